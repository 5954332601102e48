import SequiturFiles

/// How the labels of a row are spelt.
struct LabelReading {
    private let separator: Character?
    private let delimiter: Character?

    init(_ options: ExampleReadingOptions) { (separator, delimiter) = (options.labelSeparator, options.labelDelimiter) }

    /// The labels that a cell holds; at least one.
    func labels(of text: String) throws -> [String] {
        guard let separator else { return [try label(text[...])] }
        return try text.split(separator: separator, omittingEmptySubsequences: false).map(label)
    }

    private func label(_ text: Substring) throws -> String {
        let whole = delimiter.map { delimiter in text.prefix { $0 != delimiter } } ?? text
        guard let first = whole.utf8.firstIndex(where: { !$0.isSpace }), let last = whole.utf8.lastIndex(where: { !$0.isSpace })
        else { throw RowRefusal("the label is empty") }
        return String(whole[first...last])
    }

    /// Strings and numbers are labels, arrays of them several.
    func labels(of value: JSONValue) throws -> [String] {
        switch value {
        case .string(let text): return try labels(of: text)
        case .integer(let number): return [String(number)]
        case .number(let number): return ["\(number)"]
        case .array(let values):
            return try values.flatMap { value in
                if case .array = value { throw RowRefusal("a label must be a string or a number, but is an array") }
                return try labels(of: value)
            }
        default: throw RowRefusal("a label must be a string or a number, but is \(value.kind)")
        }
    }
}

/// The names that columns and JSON fields usually have.
enum UsualNames {
    static let text = ["text", "sentence", "review", "content", "comment", "question", "query", "utterance"]
    static let first = [
        "text", "sentence1", "sentence_a", "text1", "text_a", "question1", "premise", "#1 string", "question", "query",
        "sentence",
    ]
    static let second = [
        "second", "sentence2", "sentence_b", "text2", "text_b", "question2", "hypothesis", "#2 string", "answer",
    ]
    static let label = [
        "label", "labels", "intent", "category", "class", "sentiment", "topic", "score", "similarity", "quality", "target",
        "is_duplicate", "gold_label",
    ]
    static let words = ["words", "tokens"]
    static let tags = ["tags", "ner_tags", "slots"]
    static let number = ["id", "idx", "index"]
}
