import SequiturDatasets
import SequiturFiles
import SequiturText

/// What a model of a task of understanding is asked: a line of text, or a JSON object.
public struct PredictionInput: Sendable {
    public var text: String
    /// The second text of a pair.
    public var second: String?
    /// Where the text comes in words already.
    public var words: [String]?
    /// Where two entities stand, in code points.
    public var first: Range<Int>?
    public var other: Range<Int>?
    public var question: String?
    /// The line of a file in which it stands, for messages.
    public var line = 1
    /// What else the JSON object had, such as an id: given back with the answer.
    public var carried: [JSONValue.Member] = []

    public init(text: String, second: String? = nil) {
        self.text = text
        self.second = second
    }

    /// Reads one line of JSON: an object with `text` or `words`, and what the task needs beside it.
    ///
    /// - Throws: one line that says what is wrong.
    public init(json: JSONValue) throws {
        guard let members = json.members else { throw PredictionError("a JSON object is expected, but \(json.kind) came") }
        func range(_ key: String) throws -> Range<Int>? {
            guard let value = json[key], !value.isNull else { return nil }
            guard let ends = value.array, ends.count == 2, let start = ends[0].int, let end = ends[1].int, 0 <= start, start < end
            else {
                throw PredictionError("\"\(key)\" must be a list of two whole numbers, the code points of its start and end")
            }
            return start..<end
        }
        if let value = json["words"] ?? json["tokens"] {
            guard let items = value.array, case let found = items.compactMap(\.string), found.count == items.count, !found.isEmpty
            else {
                throw PredictionError("\"words\" must be a list of strings with one at least")
            }
            words = found
        }
        guard let text = try Self.text(json, "text") ?? Self.text(json, "context") ?? words?.joined(separator: " ") else {
            throw PredictionError("the object has neither \"text\" nor \"words\"")
        }
        self.text = text
        // A list under "second" is where the second entity stands.
        let isSpan = json["second"]?.array != nil
        second = try isSpan ? nil : Self.text(json, "second")
        question = try Self.text(json, "question")
        first = try range("first")
        other = isSpan ? try range("second") : nil
        carried = members.filter { $0.key == "id" }
    }

    private static func text(_ json: JSONValue, _ key: String) throws -> String? {
        guard let value = json[key], !value.isNull else { return nil }
        guard let text = value.string else { throw PredictionError("\"\(key)\" must be a string, but is \(value.kind)") }
        return text
    }
}

/// Something that a model cannot be asked, in one line.
public struct PredictionError: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// An answer, for programs and for people.
public struct Prediction: Sendable {
    /// A stretch of the text, in Unicode code points.
    public struct Span: Sendable, Equatable {
        public let label: String
        public let range: Range<Int>
        public let text: String
        /// That of its least probable word.
        public let probability: Double

        public init(label: String, range: Range<Int>, text: String, probability: Double) {
            self.label = label
            self.range = range
            self.text = text
            self.probability = probability
        }

        var json: JSONValue {
            [
                "label": .string(label), "start": .integer(Int64(range.lowerBound)), "end": .integer(Int64(range.upperBound)),
                "text": .string(text), "probability": .number(probability),
            ]
        }
    }

    public var text: String
    public var members: [JSONValue.Member]
    /// What is shown in the text itself.
    public var spans: [Span] = []
    /// What is shown behind it: a label and how sure the model is of it.
    public var labels: [(name: String, value: Double)] = []

    public init(text: String, members: [JSONValue.Member] = []) {
        self.text = text
        self.members = members
    }

    public var json: JSONValue { .object(members) }

    mutating func add(_ key: String, _ value: JSONValue) { members.append(.init(key: key, value: value)) }
}

/// A model that can be asked.
public protocol PredictingModel: LabeledModel {
    /// - Throws: `PredictionError` for what it cannot be asked.
    func predict(_ inputs: [PredictionInput], progress: (Int) throws -> Void) throws -> [Prediction]
}

extension Array where Element == Float {
    /// The classes with their probabilities, the most probable first.
    func ranked(_ names: [String]) -> JSONValue {
        .object(
            indices.sorted { (self[$1], $0) < (self[$0], $1) }.map { .init(key: names[$0], value: .number(Double(self[$0]))) })
    }
}
