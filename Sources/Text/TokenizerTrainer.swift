/// What a trainer puts into the vocabulary.
public struct TokenizerOptions: Sendable, Equatable {
    /// The least that a vocabulary's maximum may be: two special tokens and one more.
    public static let smallestVocabulary = 3

    /// At most this many tokens, special ones included, and at least `smallestVocabulary`; the most frequent stay. Nil: no
    /// limit.
    public var maximumVocabularySize: Int?
    /// What occurs less often is left out.
    public var minimumFrequency: Int
    /// Whether an unknown token `<unk>` stands for everything that is not in the vocabulary. Without one, encoding such
    /// text is an error that names what and where. Nil: yes for words; for characters only where the other options may
    /// leave characters out.
    public var includesUnknown: Bool?
    /// The special tokens of a vocabulary of subwords, in the order of their ids; the usual ones of its kind where nil.
    public var specialTokens: [String]?

    public init(maximumVocabularySize: Int? = nil, minimumFrequency: Int = 1, includesUnknown: Bool? = nil) {
        self.maximumVocabularySize = maximumVocabularySize
        self.minimumFrequency = minimumFrequency
        self.includesUnknown = includesUnknown
    }

    /// - Throws: `TokenizerError.invalidOption`.
    func validated() throws -> TokenizerOptions {
        guard minimumFrequency >= 1 else {
            throw TokenizerError.invalidOption(name: "minimum frequency", value: minimumFrequency, minimum: 1)
        }
        if let maximumVocabularySize, maximumVocabularySize < Self.smallestVocabulary {
            throw TokenizerError.invalidOption(
                name: "maximum vocabulary size", value: maximumVocabularySize, minimum: Self.smallestVocabulary)
        }
        return self
    }

    /// How many of the candidates stay beside `specialCount` special tokens.
    func limit(besides specialCount: Int) -> Int {
        max(0, (maximumVocabularySize ?? Int(Int32.max)) - specialCount)
    }
}

/// Learns a tokenizer from text of any size, piece by piece: memory grows with the distinct words or characters alone.
public protocol TokenizerTrainer {
    /// Counts what stands in `bytes`, the next piece of UTF-8 text, cut anywhere.
    ///
    /// - Throws: `TokenizerError` for bytes that are not UTF-8 and for words without end.
    mutating func append(_ bytes: UnsafeRawBufferPointer) throws
    /// Ends a document.
    mutating func finishDocument() throws
    /// The tokenizer for everything counted so far.
    ///
    /// - Throws: `TokenizerError` where the text is too small for a vocabulary or the options contradict it.
    func makeTokenizer() throws -> any Tokenizer
}

extension TokenizerTrainer {
    /// Counts a whole document.
    public mutating func append(document text: String) throws {
        var text = text
        try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
        try finishDocument()
    }
}
