import SequiturFiles

/// The tokenizers that are trained here. A new kind is a case here; the compiler then names the places that need it.
public enum TokenizerKind: String, CaseIterable, Sendable {
    /// One token for every Unicode scalar; see `CharacterTokenizer`.
    case character
    /// One token for every word between white space, one for every end of a line; see `WordTokenizer`.
    case word
    /// GPT-2's kind of subwords: every text has tokens, and they spell it to the byte.
    case byteLevel = "byte-level"
    /// BERT's kind of subwords: lower case without accents; words with unknown characters are `[UNK]`.
    case wordPiece = "wordpiece"
    /// SentencePiece's kind of subwords: those under which the text is most probable.
    case unigram

    /// The size of a vocabulary of subwords for which none is given.
    public static let defaultSubwordCount = 16_000

    /// The kind of this name.
    ///
    /// - Throws: `TokenizerError.unknownKind`, which lists the names there are.
    public init(named name: String) throws {
        guard let kind = TokenizerKind(rawValue: name) else { throw TokenizerError.unknownKind(name) }
        self = kind
    }

    /// What the tokens stand for: `character`, `word`, `subword`.
    public var unit: String {
        switch self {
        case .character: "character"
        case .word: "word"
        case .byteLevel, .wordPiece, .unigram: "subword"
        }
    }

    /// A trainer that learns a tokenizer of this kind from text.
    ///
    /// - Throws: `TokenizerError.invalidOption`.
    public func makeTrainer(_ options: TokenizerOptions = TokenizerOptions()) throws -> any TokenizerTrainer {
        switch self {
        case .character: try CharacterTokenizerTrainer(options)
        case .word: try WordTokenizerTrainer(options)
        case .byteLevel: try SubwordTrainer(.byteLevel, options)
        case .wordPiece: try SubwordTrainer(.wordPiece, options)
        case .unigram: try SubwordTrainer(.unigram, options)
        }
    }
}
