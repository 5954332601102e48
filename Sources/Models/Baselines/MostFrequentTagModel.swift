import SequiturFiles
import SequiturText

/// Gives every word the tag that it has most often, and unknown words the tag that is the most frequent of all: the floor of tagging.
///
///     tag(w) = argmax_y c(w, y)        P(y | w) = c(w, y) / c(w)
///
/// Of tags that are equally frequent the first by Unicode wins. Charniak et al. (1993), "Equations for part-of-speech tagging".
public struct MostFrequentTagModel: Sendable, Equatable {
    /// A word's tag and how often it has it.
    struct Choice: Sendable, Equatable {
        var tag: Int32
        /// c(w, y) and c(w).
        var count, total: Int
    }

    public let tags: [String]
    let words: Vocabulary
    let choices: [Choice]
    /// Of words that training does not have.
    let unknown: Choice

    /// - Throws: `BaselineError` where there is no word, or a sentence has not one tag for each word.
    public init(countedFrom sentences: [HiddenMarkovModel.Sentence]) throws {
        try BaselineError.requireTags(sentences)
        let tags = Set(sentences.lazy.flatMap(\.tags)).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: tags.enumerated().map { ($1, $0) })
        var places: [[UInt8]: Int] = [:], words: [String] = [], counts: [[Int32: Int]] = []
        var all = [Int32: Int]()
        for sentence in sentences {
            for (word, tag) in zip(sentence.words, sentence.tags) {
                let bytes = Array(word.utf8), place = places[bytes] ?? words.count
                if place == words.count {
                    places[bytes] = place
                    words.append(word)
                    counts.append([:])
                }
                counts[place][Int32(numbers[tag] ?? 0), default: 0] += 1
                all[Int32(numbers[tag] ?? 0), default: 0] += 1
            }
        }
        self.tags = tags
        self.words = try Vocabulary(words)
        choices = counts.map(Self.choice)
        unknown = Self.choice(all)
    }

    private static func choice(_ counts: [Int32: Int]) -> Choice {
        let best = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
        return Choice(tag: best?.key ?? 0, count: best?.value ?? 0, total: counts.values.reduce(0, +))
    }

    public var wordCount: Int { words.count }

    /// The tag of each word, and its share in training.
    public func answers(to words: [String]) -> [(tag: String, probability: Float)] {
        words.map { word in
            let choice = self.words.id(of: word).map { choices[Int($0)] } ?? unknown
            return (tags[Int(choice.tag)], Float(choice.count) / Float(max(1, choice.total)))
        }
    }
}

// MARK: File

extension MostFrequentTagModel {
    static let modelType = "sequitur-most-frequent-tag"

    /// Writes `config.json`: tags, words, and of each word the number of its tag, how often it has it, and how often it occurs; those of
    /// all words together come last.
    public func write(toFolder folder: String) throws {
        let rows = choices + [unknown]
        func integers(_ values: [Int]) -> JSONValue { .array(values.map { .integer(Int64($0)) }) }
        let json: JSONValue = [
            "model_type": .string(Self.modelType), "tags": .array(tags.map { .string($0) }),
            "words": .array(words.tokens.map { .string($0) }), "word_tags": integers(rows.map { Int($0.tag) }),
            "counts": integers(rows.map(\.count)), "totals": integers(rows.map(\.total)),
        ]
        try json.write(to: "\(folder)/config.json")
    }

    /// - Throws: `FileError`, `JSONError` or `BaselineError`.
    public init(folder: String) throws {
        let file = try BaselineConfiguration(
            folder: folder, type: Self.modelType, keys: ["tags", "words", "word_tags", "counts", "totals"])
        let tags = try file.distinctStrings("tags", atLeast: 1), words = try file.distinctStrings("words", atLeast: 1)
        let chosen = try file.integers("word_tags", below: tags.count, count: words.count + 1)
        let counts = try file.integers("counts", below: .max, count: words.count + 1)
        let totals = try file.integers("totals", below: .max, count: words.count + 1)
        let rows = chosen.indices.map { Choice(tag: Int32(chosen[$0]), count: counts[$0], total: totals[$0]) }
        guard rows.allSatisfy({ $0.count > 0 && $0.count <= $0.total }) else {
            throw BaselineError(reason: "\(file.path): \"counts\" must be from 1 to \"totals\"")
        }
        self.tags = tags
        self.words = try Vocabulary(words)
        choices = Array(rows.dropLast())
        unknown = rows[words.count]
    }
}
