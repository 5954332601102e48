import SequiturFiles
import SequiturText

/// Where the parts of an example stand in a JSON record.
struct RecordFields {
    private let names: [String]
    private let isAsked: Bool
    private let role: String

    /// - Parameter asked: a name, or several with commas between them; nil for the first of the usual names that a record has.
    init(_ asked: String?, usual: [String], role: String) {
        names = asked.map { [$0] } ?? usual
        isAsked = asked != nil
        self.role = role
    }

    /// The field's value; nil where a field that nobody asked for by name is absent or null.
    func optional(in record: JSONValue) throws -> JSONValue? {
        for name in names { if let value = record[name], !value.isNull { return value } }
        guard isAsked else { return nil }
        throw missing(in: record)
    }

    func required(in record: JSONValue) throws -> JSONValue {
        guard let value = try optional(in: record) else { throw missing(in: record) }
        return value
    }

    /// A text, or the texts of several fields joined by a space.
    func text(in record: JSONValue) throws -> String {
        if isAsked, let name = names.first, record[name] == nil, name.contains(",") {
            let parts = try name.split(separator: ",").map { part in
                let part = String(part).asciiTrimmed
                guard let value = record[part] else { throw RowRefusal("the field '\(part.printable())' is missing") }
                return try string(value)
            }
            let text = parts.filter { !$0.asciiTrimmed.isEmpty }.joined(separator: " ")
            guard !text.isEmpty else { throw RowRefusal("the \(role) is empty") }
            return text
        }
        let text = try string(required(in: record))
        guard !text.asciiTrimmed.isEmpty else {
            throw RowRefusal("the \(role) is empty")
        }
        return text
    }

    private func string(_ value: JSONValue) throws -> String {
        guard let text = value.string else { throw RowRefusal("the \(role) must be a string, but is \(value.kind)") }
        return text
    }

    /// A list of strings, none of them empty.
    func strings(in record: JSONValue) throws -> [String] {
        let value = try required(in: record)
        guard let values = value.array else { throw RowRefusal("the \(role) must be an array of strings, but is \(value.kind)") }
        return try values.map { value in
            guard let text = value.string else {
                throw RowRefusal("the \(role) must be an array of strings, but one of it is \(value.kind)")
            }
            guard !text.isEmpty else { throw RowRefusal("one of the \(role) is empty") }
            return text
        }
    }

    private func missing(in record: JSONValue) -> RowRefusal {
        guard let members = record.members else { return RowRefusal("an object was expected, but here is \(record.kind)") }
        let known = members.prefix(16).map { $0.key.printable(limit: 40) }.joined(separator: ", ")
        let expected = names.map { "'\($0.printable())'" }.joined(separator: " or ")
        return RowRefusal(
            "a field \(expected) was expected for the \(role), but the record has \(known.isEmpty ? "none" : known)")
    }
}

/// `{"words": […], "tags": […], "label": …}`.
struct TaggedSentenceFields {
    private let words, tags, label: RecordFields
    private let labels: LabelReading

    init(_ options: ExampleReadingOptions) {
        words = RecordFields(options.wordField, usual: UsualNames.words, role: "words")
        tags = RecordFields(options.tagField, usual: UsualNames.tags, role: "tags")
        label = RecordFields(options.labelField, usual: ["label", "intent"], role: "label")
        labels = LabelReading(options)
    }

    func sentence(_ record: JSONValue, line: Int) throws -> TaggedSentence {
        let words = try words.strings(in: record), tags = try tags.strings(in: record)
        guard words.count == tags.count else {
            throw RowRefusal("\(words.count.counted("word")) cannot have \(tags.count.counted("tag"))")
        }
        guard !words.isEmpty else { throw RowRefusal("the sentence is empty") }
        let found = try label.optional(in: record).map(labels.labels) ?? []
        guard found.count < 2 else { throw RowRefusal("a sentence has one label, but here are \(found.count)") }
        return TaggedSentence(words: words, tags: tags, label: found.first, line: line)
    }
}

/// `{"text": …, "second": …, "label": …}`, or `["text", "label"]`.
struct LabeledTextFields {
    private let text, second, label: RecordFields
    private let isPair: Bool
    private let labels: LabelReading

    init(_ options: ExampleReadingOptions, isPair: Bool) {
        text = RecordFields(
            options.textField, usual: isPair ? UsualNames.first : UsualNames.text, role: isPair ? "first text" : "text")
        second = RecordFields(options.secondField, usual: UsualNames.second, role: "second text")
        label = RecordFields(options.labelField, usual: UsualNames.label, role: "label")
        self.isPair = isPair
        labels = LabelReading(options)
    }

    func example(_ record: JSONValue, line: Int) throws -> LabeledText {
        if let values = record.array { return try example(values, line: line) }
        return LabeledText(
            text: try text.text(in: record), second: isPair ? try second.text(in: record) : nil,
            labels: try label.optional(in: record).map(labels.labels) ?? [], line: line)
    }

    private func example(_ values: [JSONValue], line: Int) throws -> LabeledText {
        let textCount = isPair ? 2 : 1
        guard values.count == textCount + 1 else {
            throw RowRefusal(
                "\(isPair ? "two texts" : "a text") and a label were expected, but here are \(values.count.counted("value"))")
        }
        let texts = try values.prefix(textCount).map { value in
            guard let text = value.string else { throw RowRefusal("a text must be a string, but is \(value.kind)") }
            guard !text.asciiTrimmed.isEmpty else { throw RowRefusal("the text is empty") }
            return text
        }
        return LabeledText(
            text: texts[0], second: isPair ? texts[1] : nil, labels: try labels.labels(of: values[textCount]), line: line)
    }
}

/// `{"text": …, "first": [start, end], "second": [start, end], "relation": …}`, places in code points; or `words` instead of the
/// text, and places in words.
struct RelationFields {
    private let text, words, relation: RecordFields

    init(_ options: ExampleReadingOptions) {
        text = RecordFields(options.textField, usual: ["text", "sentence"], role: "text")
        words = RecordFields(options.wordField, usual: UsualNames.words, role: "words")
        relation = RecordFields(options.labelField, usual: ["relation", "label"], role: "relation")
    }

    func example(_ record: JSONValue, line: Int) throws -> RelationExample {
        let relation = try relation.optional(in: record).map { value in
            guard let text = value.string, !text.asciiTrimmed.isEmpty else {
                throw RowRefusal("the relation must be a string, but is \(value.kind == "a string" ? "empty" : value.kind)")
            }
            return text
        }
        if try text.optional(in: record) != nil {
            let text = try text.text(in: record), length = text.unicodeScalars.count
            let (first, second) = try apart(place("first", in: record, length), place("second", in: record, length))
            return RelationExample(text: text, first: first, second: second, relation: relation, line: line)
        }
        let words = try words.strings(in: record)
        var starts = [0]
        for word in words { starts.append(starts[starts.count - 1] + word.unicodeScalars.count + 1) }
        func places(_ name: String) throws -> Range<Int> {
            let range = try place(name, in: record, words.count)
            return starts[range.lowerBound]..<starts[range.upperBound] - 1
        }
        let (first, second) = try apart(places("first"), places("second"))
        return RelationExample(text: words.joined(separator: " "), first: first, second: second, relation: relation, line: line)
    }

    private func apart(_ first: Range<Int>, _ second: Range<Int>) throws -> (Range<Int>, Range<Int>) {
        guard !first.overlaps(second) else { throw RowRefusal("'first' and 'second' overlap, but two entities were expected") }
        return (first, second)
    }

    private func place(_ name: String, in record: JSONValue, _ length: Int) throws -> Range<Int> {
        guard let ends = record[name]?.array, ends.count == 2, let start = ends[0].int, let end = ends[1].int else {
            throw RowRefusal("'\(name)' must be the start and the end of an entity, as [start, end]")
        }
        guard start >= 0, start < end, end <= length else {
            throw RowRefusal("'\(name)' is [\(start), \(end)], but must lie within 0 and \(length) and not be empty")
        }
        return start..<end
    }
}
