import SequiturFiles

/// What tasks of understanding learn from: labelled examples, as any of the readers in this folder gives them.
///
/// Each example knows the line of its file on which it begins (from 1), for messages and reports.

/// Words with a tag each: named entities, parts of speech, slots; with a label of the whole where the data has one (an intent).
public struct TaggedSentence: Sendable, Equatable {
    public var words: [String]
    /// As many as words.
    public var tags: [String]
    public var label: String?
    public var line: Int

    public init(words: [String], tags: [String], label: String? = nil, line: Int = 0) {
        self.words = words
        self.tags = tags
        self.label = label
        self.line = line
    }
}

/// A text, or a pair of texts, with labels: one of a single-label task, any number of a multi-label task.
public struct LabeledText: Sendable, Equatable {
    public var text: String
    /// The second text of a pair.
    public var second: String?
    /// Empty where the file has none, as test sets may.
    public var labels: [String]
    public var line: Int

    public init(text: String, second: String? = nil, labels: [String], line: Int = 0) {
        self.text = text
        self.second = second
        self.labels = labels
        self.line = line
    }
}

/// A sentence with two marked entities and the relation between them.
public struct RelationExample: Sendable, Equatable {
    /// Without marks.
    public var text: String
    /// Where the entities stand in `text`, in Unicode code points.
    public var first, second: Range<Int>
    /// As the file spells it, direction included: `Cause-Effect(e2,e1)`. Nil where the file has none.
    public var relation: String?
    public var line: Int

    public init(text: String, first: Range<Int>, second: Range<Int>, relation: String?, line: Int = 0) {
        self.text = text
        self.first = first
        self.second = second
        self.relation = relation
        self.line = line
    }
}

/// A question on a context whose answers are spans of it.
public struct QuestionExample: Sendable, Equatable {
    /// A span of the context, as its text and its start in Unicode code points.
    public struct Answer: Sendable, Equatable {
        public var text: String
        public var start: Int

        public init(text: String, start: Int) {
            self.text = text
            self.start = start
        }
    }

    public var id: String
    /// The article; splits go by it, so that no context stands on both sides.
    public var title: String
    public var context: String
    public var question: String
    /// Empty where the context does not answer the question.
    public var answers: [Answer]

    public init(id: String, title: String, context: String, question: String, answers: [Answer]) {
        self.id = id
        self.title = title
        self.context = context
        self.question = question
        self.answers = answers
    }
}

/// What a reader found in a file.
public struct ExampleFile<Example: Sendable>: Sendable {
    public var path: String
    public var examples: [Example]
    /// Rows that were left out, as far as rows may be.
    public var badRows: [BadRow]
    /// What a user should know of the reading, such as a tag scheme that was converted; one line each.
    public var notes: [String]

    public init(path: String, examples: [Example] = [], badRows: [BadRow] = [], notes: [String] = []) {
        self.path = path
        self.examples = examples
        self.badRows = badRows
        self.notes = notes
    }
}

/// A row that no example can be made of, and why.
public struct BadRow: Error, Sendable, Equatable, CustomStringConvertible {
    public var path: String
    /// From 1.
    public var line: Int
    public var reason: String

    public init(path: String, line: Int, reason: String) {
        self.path = path
        self.line = line
        self.reason = reason
    }

    public var description: String { "'\(path.printable(limit: 1024))' line \(line): \(reason)" }
}
