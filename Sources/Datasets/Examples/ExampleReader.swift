import SequiturFiles

/// Reads labelled examples from files of the usual formats.
///
///     let file = try ExampleReader().taggedSentences("eng.train")
///     print(file.examples.count, file.notes)
///
/// Files are mapped, and their bytes decide: lines end at U+000A alone, a carriage return before it and a byte order mark at the
/// beginning are left out, and what is not UTF-8 is an error that names the byte. A row that no example can be made of is a
/// `BadRow`, thrown or listed as `ExampleReadingOptions.skipsBadRows` has it. Memory is linear in the length of the file.
///
/// What all methods throw: `FileError`; `DatasetError` for a file that is empty or not UTF-8, for a format that cannot hold such
/// examples, and for columns that the file has not; `BadRow`.
public struct ExampleReader: Sendable {
    public let options: ExampleReadingOptions

    public init(_ options: ExampleReadingOptions = ExampleReadingOptions()) {
        self.options = options
    }

    /// Sentences with a tag for each word: CoNLL columns, CoNLL-U, a parallel folder, JSON.
    ///
    /// Tags of spans are BIO when they are read, whatever scheme the file has them in; `notes` says what was converted.
    public func taggedSentences(_ path: String) throws -> ExampleFile<TaggedSentence> {
        let place = ExamplePlace(path, options)
        let format = try format(of: place, among: [.conll, .conllu, .jsonl, .json, .parallel], orElse: .conll)
        var file: ExampleFile<TaggedSentence>
        switch format {
        case .parallel: file = try parallelSentences(place.path)
        case .conllu: file = try ExampleText.read(place.path, universalDependencies)
        case .jsonl, .json:
            file = try records(place, format, TaggedSentenceFields(options).sentence)
        default: file = try ExampleText.read(place.path, columns)
        }
        file.convertTags()
        return file
    }

    /// Texts with labels: TSV, CSV, JSON, a parallel folder, lines that begin or end with their label.
    public func labeledTexts(_ path: String) throws -> ExampleFile<LabeledText> {
        try texts(path, isPair: false)
    }

    /// Pairs of texts with labels or scores: TSV, CSV, JSON.
    public func textPairs(_ path: String) throws -> ExampleFile<LabeledText> {
        try texts(path, isPair: true)
    }

    private func texts(_ path: String, isPair: Bool) throws -> ExampleFile<LabeledText> {
        let place = ExamplePlace(path, options)
        let others: [ExampleFormat] = isPair ? [] : [.parallel, .labelFirst, .labelLast]
        let format = try format(of: place, among: [.tsv, .csv, .jsonl, .json] + others, orElse: nil)
        var file: ExampleFile<LabeledText>
        switch format {
        case .parallel: file = try parallelTexts(place.path)
        case .labelFirst, .labelLast:
            file = try ExampleText.read(place.path) { try labeledLines($0, isLabelFirst: format == .labelFirst) }
        case .jsonl, .json: file = try records(place, format, LabeledTextFields(options, isPair: isPair).example)
        default: file = try ExampleText.read(place.path) { try table($0, isQuoted: format == .csv, isPair: isPair) }
        }
        let unlabelled = file.examples.count { $0.labels.isEmpty }
        if unlabelled > 0, unlabelled < file.examples.count {
            file.notes.append("\(unlabelled) of \(file.examples.count) rows have no label")
        }
        return file
    }

    /// Sentences with two marked entities: SemEval-2010 task 8, JSON.
    public func relations(_ path: String) throws -> ExampleFile<RelationExample> {
        let place = ExamplePlace(path, options)
        let format = try format(of: place, among: [.semeval, .jsonl, .json], orElse: .semeval)
        guard format == .semeval else { return try records(place, format, RelationFields(options).example) }
        return try ExampleText.read(place.path, semEval)
    }

    /// Questions with answers that are spans of their contexts: SQuAD 1.1 and 2, JSON.
    public func questions(_ path: String) throws -> ExampleFile<QuestionExample> {
        let place = ExamplePlace(path, options)
        let format = try format(of: place, among: [.squad, .jsonl, .json], orElse: .squad)
        guard format == .squad else { return try records(place, format, QuestionExample.init(record:line:)) }
        return try ExampleText.read(place.path, articles)
    }
}

/// What a user's path names: a file or folder, and one of its splits.
struct ExamplePlace {
    let path: String
    let split: String?

    init(_ path: String, _ options: ExampleReadingOptions) {
        guard !Folder.exists(path), let mark = path.lastIndex(of: "#"), Folder.exists(String(path[..<mark])) else {
            (self.path, split) = (path, options.split)
            return
        }
        self.path = String(path[..<mark])
        split = String(path[path.index(after: mark)...])
    }
}

extension ExampleReader {
    /// The format that was asked for; else the one that the name of the file or its first lines show.
    private func format(
        of place: ExamplePlace, among formats: [ExampleFormat], orElse fallback: ExampleFormat?
    ) throws -> ExampleFormat {
        let allowed = formats.map(\.rawValue).joined(separator: ", ")
        if let asked = options.format {
            guard formats.contains(asked) else {
                throw DatasetError.invalidSetting(name: "the format", value: asked.rawValue, allowed: "one of \(allowed)")
            }
            return asked
        }
        if Folder.isFolder(place.path) {
            guard formats.contains(.parallel) else {
                throw FileError(action: "read", path: place.path, reason: "it is a folder", advice: "name one file of it")
            }
            return .parallel
        }
        var found = Self.format(ofName: place.path)
        // Words and tags between tabs.
        if found == .tsv, formats.contains(.conll) { found = .conll }
        if found == nil || found == .json {
            found = try ExampleText.read(place.path) { Self.format(of: $0, among: formats) } ?? found
            if let fallback, found.map({ !formats.contains($0) }) ?? true { return fallback }
        }
        guard let found, formats.contains(found) else {
            throw DatasetError.invalidSetting(
                name: "the format of '\(place.path.printable(limit: 1024))'", value: found?.rawValue ?? "not recognised",
                allowed: "named: one of \(allowed)")
        }
        return found
    }

    private static func format(ofName path: String) -> ExampleFormat? {
        let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.index(after: $0)...] } ?? path[...]
        guard let dot = name.lastIndex(of: ".") else { return nil }
        switch name[name.index(after: dot)...].lowercased() {
        case "conllu": return .conllu
        case "conll", "bio", "iob", "iob2", "bmes", "bioes": return .conll
        case "tsv": return .tsv
        case "csv": return .csv
        case "jsonl", "ndjson": return .jsonl
        case "json": return .json
        default: return nil
        }
    }

    /// What the first lines look like; nil where they could be several formats.
    private static func format(of text: ExampleText, among formats: [ExampleFormat]) -> ExampleFormat? {
        var lines = text.lines, first: [UnsafeRawBufferPointer] = []
        while first.count < 100, let line = lines.next() {
            if !line.isBlank { first.append(line) }
        }
        if beginsAsJSON(text.bytes) {
            // A whole value in the first of several lines: JSON lines.
            if first.count > 1, let value = try? JSONValue.parse(first[0]), value.members != nil { return .jsonl }
            return hasArticles(text) ? .squad : .json
        }
        if formats.contains(.conllu), first.allSatisfy(isUniversal), !first.allSatisfy({ $0[0] == UInt8(ascii: "#") }) {
            return .conllu
        }
        if first.allSatisfy({ $0.contains(UInt8(ascii: "\t")) }) { return .tsv }
        if first.allSatisfy(endsWithLabel) { return .labelLast }
        if first.allSatisfy(beginsWithLabel) { return .labelFirst }
        return nil
    }

    /// An opening bracket and what may follow it; a bracket may also be the first word of a sentence.
    private static func beginsAsJSON(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let marks = bytes.lazy.filter { !$0.isSpace }.prefix(2).map { Character(Unicode.Scalar($0)) }
        return [["{", "\""], ["{", "}"], ["[", "{"], ["[", "["], ["[", "\""], ["[", "]"]].contains(Array(marks))
    }

    /// A comment, or ten columns of which the first begins with a number.
    private static func isUniversal(_ line: UnsafeRawBufferPointer) -> Bool {
        if line[0] == UInt8(ascii: "#") { return true }
        return (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(line[0]) && line.count { $0 == UInt8(ascii: "\t") } == 9
    }

    /// `sentence@label`, the label one word.
    private static func endsWithLabel(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let mark = line.lastIndex(of: UInt8(ascii: "@")), mark > 0 else { return false }
        let label = UnsafeRawBufferPointer(rebasing: line[(mark + 1)...]).trimmed
        return !label.isEmpty && !label.contains(where: \.isBlank)
    }

    /// `COARSE:fine text`.
    private static func beginsWithLabel(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), let space = line.firstIndex(where: \.isBlank) else {
            return false
        }
        return colon > 0 && colon < space - 1
            && line[..<colon].allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    /// SQuAD's articles have paragraphs, which no other JSON has near its beginning.
    private static func hasArticles(_ text: ExampleText) -> Bool {
        let start = String(decoding: text.bytes.prefix(4096), as: UTF8.self)
        return start.contains("\"paragraphs\"")
    }
}
