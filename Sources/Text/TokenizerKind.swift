import SequiturFiles

/// The tokenizers there are. A new kind is a case here; the compiler then names the places that need it.
public enum TokenizerKind: String, CaseIterable, Sendable {
    /// One token for every Unicode scalar; see `CharacterTokenizer`.
    case character
    /// One token for every word between white space, one for every end of a line; see `WordTokenizer`.
    case word

    /// The kind of this name.
    ///
    /// - Throws: `TokenizerError.unknownKind`, which lists the names there are.
    public init(named name: String) throws {
        guard let kind = TokenizerKind(rawValue: name) else { throw TokenizerError.unknownKind(name) }
        self = kind
    }

    /// What the tokens stand for: `character`, `word`.
    public var unit: String {
        switch self {
        case .character: "character"
        case .word: "word"
        }
    }

    /// A trainer that learns a tokenizer of this kind from text.
    ///
    /// - Throws: `TokenizerError.invalidOption`.
    public func makeTrainer(_ options: TokenizerOptions = TokenizerOptions()) throws -> any TokenizerTrainer {
        switch self {
        case .character: try CharacterTokenizerTrainer(options)
        case .word: try WordTokenizerTrainer(options)
        }
    }

    /// Reads a tokenizer of this kind out of the contents of tokenizer.json.
    func makeTokenizer(_ json: TokenizerJSON) throws -> any Tokenizer {
        switch self {
        case .character: try CharacterTokenizer(json)
        case .word: try WordTokenizer(json)
        }
    }
}
