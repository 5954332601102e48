import SequiturFiles

/// The words and characters that a model of words knows, each with an id: 0 is for all others, then come reserved ones.
///
///     let lexicon = try Lexicon(words: [["The", "cat"], ["the", "dog"]], settings: LexiconSettings())
///     lexicon.id(of: "THE")   // that of "the"
public struct Lexicon: Sendable, Equatable {
    public let settings: LexiconSettings
    public let words: Vocabulary
    public let characters: Vocabulary
    /// Words that stand for themselves, such as separators: the ids after 0.
    public let reserved: [String]
    /// Words that the corpus has once: a model that sometimes takes them for unknown ones learns what to do with those.
    public let singletons: Set<Int32>

    static let unknown = "<unk>"

    /// Counts a corpus; frequent words come first, words of equal count in the order of Unicode.
    public init(
        words sentences: some Sequence<[String]>, settings: LexiconSettings, reserved: [String] = []
    ) throws {
        var counts: [String: Int] = [:], characterCounts: [Unicode.Scalar: Int] = [:]
        for word in sentences.joined() {
            counts[settings.normalized(word), default: 0] += 1
            for scalar in word.unicodeScalars { characterCounts[scalar, default: 0] += 1 }
        }
        let taken = Set(reserved + [Self.unknown])
        let kept = counts.filter { $0.value >= settings.minimumCount && !taken.contains($0.key) }
        let ordered = kept.map { ($0.key, count: $0.value) }.sorted { ($1.count, $0.0) < ($0.count, $1.0) }
            .prefix(settings.maximumWords ?? .max)
        let characters = characterCounts.filter { $0.value >= settings.minimumCharacterCount }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { String($0.key) }
        let first = 1 + reserved.count
        self.settings = settings
        self.reserved = reserved
        // Canonically equivalent spellings are one key of a Swift dictionary; the vocabulary tells them apart, so neither is there twice.
        words = try Vocabulary([Self.unknown] + reserved + ordered.map { $0.0 }, unknown: Self.unknown)
        self.characters = try Vocabulary([Self.unknown] + characters, unknown: Self.unknown)
        singletons = Set(ordered.indices.filter { ordered[$0].count == 1 }.map { Int32(first + $0) })
    }

    public func id(of word: String) -> Int32 {
        if let own = words.id(of: word), own > 0, Int(own) <= reserved.count { return own }
        return words.id(of: settings.normalized(word)) ?? 0
    }

    /// The characters of a word; of a long one the first and the last.
    public func characterIDs(of word: String) -> [Int32] {
        let all = word.unicodeScalars.map { characters.id(of: String($0)) ?? 0 }
        let limit = settings.maximumCharacters
        guard all.count > limit else { return all }
        return Array(all.prefix(limit / 2) + all.suffix(limit - limit / 2))
    }

    // MARK: File

    public var json: JSONValue {
        [
            "lowercase": .bool(settings.lowercases), "digits_alike": .bool(settings.makesDigitsAlike),
            "maximum_characters": .integer(Int64(settings.maximumCharacters)),
            "reserved": .array(reserved.map { .string($0) }), "words": .array(words.tokens.map { .string($0) }),
            "characters": .array(characters.tokens.map { .string($0) }),
        ]
    }

    /// Reads what `json` gives.
    ///
    /// - Throws: `TokenizerError.malformedFile`.
    public init(json: JSONValue) throws {
        func malformed(_ key: String, _ expected: String) -> TokenizerError {
            .malformedFile(reason: "\"\(key)\" of the lexicon must be \(expected)")
        }
        func strings(_ key: String) throws -> [String] {
            guard let values = json[key]?.array else { throw malformed(key, "a list of strings") }
            let found = values.compactMap(\.string)
            guard found.count == values.count else { throw malformed(key, "a list of strings") }
            return found
        }
        var settings = LexiconSettings()
        guard let lowercases = json["lowercase"]?.bool else { throw malformed("lowercase", "true or false") }
        guard let alike = json["digits_alike"]?.bool else { throw malformed("digits_alike", "true or false") }
        guard let limit = json["maximum_characters"]?.int, (2...65536).contains(limit) else {
            throw malformed("maximum_characters", "a whole number from 2 to 65536")
        }
        (settings.lowercases, settings.makesDigitsAlike, settings.maximumCharacters) = (lowercases, alike, limit)
        self.settings = settings
        reserved = try strings("reserved")
        let words = try strings("words"), characters = try strings("characters")
        guard words.starts(with: [Self.unknown] + reserved) else {
            throw malformed("words", "a list that begins with \(Self.unknown) and the reserved words")
        }
        guard characters.first == Self.unknown else { throw malformed("characters", "a list that begins with \(Self.unknown)") }
        self.words = try Vocabulary(words, unknown: Self.unknown)
        self.characters = try Vocabulary(characters, unknown: Self.unknown)
        singletons = []
    }
}

/// How words are looked up, and which are kept.
public struct LexiconSettings: Sendable, Equatable {
    /// Whether words are looked up in lower case; their characters keep theirs.
    public var lowercases = true
    /// Whether all digits are looked up as 0 (Collobert et al. 2011).
    public var makesDigitsAlike = true
    /// Words that occur less often are unknown.
    public var minimumCount = 1
    public var minimumCharacterCount = 1
    /// The most words; nil for any number.
    public var maximumWords: Int?
    /// The most characters of a word that are read.
    public var maximumCharacters = 40

    public init() {}

    /// A word as it is looked up.
    public func normalized(_ word: String) -> String {
        var word = word
        if makesDigitsAlike, word.utf8.contains(where: { $0 >= 0x31 && $0 <= 0x39 }) {
            word = String(String.UnicodeScalarView(word.unicodeScalars.map { ("1"..."9").contains($0) ? "0" : $0 }))
        }
        return lowercases ? word.lowercased() : word
    }
}
