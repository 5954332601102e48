import SequiturFiles

/// An example that can be written as a JSON object, in the fields that `ExampleReader` looks for.
public protocol JSONExample: Sendable {
    var json: JSONValue { get }
}

/// Writes examples as JSON lines, so that another program, or the reader of another day, has the same rows.
public enum ExampleWriter {
    /// - Throws: `FileError`; the file is then as it was.
    public static func write(_ examples: some Sequence<some JSONExample>, to path: String) throws {
        try AtomicFile.write(to: path) { writer in
            for example in examples { try writer.write(example.json.serializedBytes() + [UInt8(ascii: "\n")]) }
        }
    }
}

extension TaggedSentence: JSONExample {
    /// `{"words": […], "tags": […], "label": …}`.
    public var json: JSONValue {
        .object(
            [.init(key: "words", value: .strings(words)), .init(key: "tags", value: .strings(tags))]
                + (label.map { [.init(key: "label", value: .string($0))] } ?? []))
    }
}

extension LabeledText: JSONExample {
    /// `{"text": …, "second": …, "label": …}`; `"labels": […]` where there is not exactly one.
    public var json: JSONValue {
        .object(
            [.init(key: "text", value: .string(text))] + (second.map { [.init(key: "second", value: .string($0))] } ?? [])
                + [
                    labels.count == 1
                        ? .init(key: "label", value: .string(labels[0])) : .init(key: "labels", value: .strings(labels))
                ])
    }
}

extension RelationExample: JSONExample {
    /// `{"text": …, "first": [start, end], "second": [start, end], "relation": …}`.
    public var json: JSONValue {
        .object(
            [
                .init(key: "text", value: .string(text)), .init(key: "first", value: .range(first)),
                .init(key: "second", value: .range(second)),
            ] + (relation.map { [.init(key: "relation", value: .string($0))] } ?? []))
    }
}

extension QuestionExample: JSONExample {
    /// `{"id": …, "title": …, "context": …, "question": …, "answers": [{"text": …, "answer_start": …}]}`.
    public var json: JSONValue {
        [
            "id": .string(id), "title": .string(title), "context": .string(context), "question": .string(question),
            "answers": .array(answers.map { ["text": .string($0.text), "answer_start": .integer(Int64($0.start))] }),
        ]
    }
}

extension JSONValue {
    fileprivate static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
    fileprivate static func range(_ range: Range<Int>) -> JSONValue {
        [.integer(Int64(range.lowerBound)), .integer(Int64(range.upperBound))]
    }
}
