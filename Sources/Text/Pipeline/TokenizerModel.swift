/// A token that a model finds in a piece of text.
struct ModelToken {
    var id: Int32
    /// The token's bytes within the piece.
    var start: Int32
    var end: Int32
    /// Whether the token's text is that of the piece, not that of its id.
    var isSurface: Bool

    @inline(__always)
    init(_ id: Int32, _ start: Int, _ end: Int, isSurface: Bool = false) {
        self.id = id
        self.start = Int32(truncatingIfNeeded: start)
        self.end = Int32(truncatingIfNeeded: end)
        self.isSurface = isSurface
    }
}

/// What turns a piece of text into tokens: one case for each class of `tokenizers.models`.
enum TokenizerModel: Sendable {
    case wordPiece(WordPieceModel)
    case bytePair(BytePairModel)
    case unigram(UnigramModel)
    case wordLevel(WordLevelModel)

    /// - Parameter readsBytes: whether the pieces come as bytes instead of characters of the byte alphabet, where the model
    ///   can take them so.
    /// - Parameter hidden: the ids of tokens that a model of unigrams does not cut text into.
    init(_ reader: ComponentReader, readsBytes: Bool, hidden: Set<Int32>?) throws {
        switch try reader.type("a model") {
        case "WordPiece": self = .wordPiece(try WordPieceModel(reader))
        case "BPE": self = .bytePair(try BytePairModel(reader, readsBytes: readsBytes))
        case "Unigram": self = .unigram(try UnigramModel(reader, hidden: hidden))
        case "WordLevel": self = .wordLevel(try WordLevelModel(reader))
        default: throw reader.member("type").error(expected: "a model: BPE, Unigram, WordLevel or WordPiece")
        }
    }

    var vocabulary: TokenVocabulary {
        switch self {
        case .wordPiece(let model): model.vocabulary
        case .bytePair(let model): model.vocabulary
        case .unigram(let model): model.vocabulary
        case .wordLevel(let model): model.vocabulary
        }
    }

    var readsBytes: Bool {
        if case .bytePair(let model) = self { model.readsBytes } else { false }
    }

    /// Appends the tokens of `piece`, which is not empty.
    @inline(__always)
    func tokenize(_ piece: UnsafeBufferPointer<UInt8>, scratch: inout ModelScratch, into tokens: inout [ModelToken]) throws {
        switch self {
        case .wordPiece(let model): try model.tokenize(piece, into: &tokens)
        case .bytePair(let model): try model.tokenize(piece, scratch: &scratch, into: &tokens)
        case .unigram(let model): try model.tokenize(piece, scratch: &scratch, into: &tokens)
        case .wordLevel(let model): try model.tokenize(piece, into: &tokens)
        }
    }
}

/// Memory that models use again from piece to piece.
struct ModelScratch {
    var symbols: [BytePairModel.Symbol] = []
    var queue = BytePairModel.Queue()
    var path: [UnigramModel.Step] = []
}

/// Words as they stand in the vocabulary.
struct WordLevelModel: Sendable {
    let vocabulary: TokenVocabulary
    private let unknown: Int32?
    private let unknownToken: String

    init(_ reader: ComponentReader) throws {
        vocabulary = try TokenVocabulary(reader.member("vocab"))
        unknownToken = try reader.member("unk_token").string()
        unknown = vocabulary.id(of: unknownToken)
    }

    func tokenize(_ piece: UnsafeBufferPointer<UInt8>, into tokens: inout [ModelToken]) throws {
        guard let id = vocabulary.id(of: piece) ?? unknown else { throw TokenizerError.missingSpecialToken(unknownToken) }
        tokens.append(ModelToken(id, 0, piece.count))
    }
}

/// WordPiece (Schuster and Nakajima, 2012): from left to right, the longest token that fits; a word that no tokens cover is
/// the unknown token as a whole.
struct WordPieceModel: Sendable {
    let vocabulary: TokenVocabulary
    private let trie: ByteTrie
    /// Where tokens that go on with a word begin in the trie, nil where there are none.
    private let continuation: Int?
    private let unknown: Int32?
    private let unknownToken: String
    private let maximumCharacters: Int

    init(_ reader: ComponentReader) throws {
        vocabulary = try TokenVocabulary(reader.member("vocab"))
        unknownToken = try reader.optional("unk_token")?.string() ?? "[UNK]"
        unknown = vocabulary.id(of: unknownToken)
        maximumCharacters = try reader.optional("max_input_chars_per_word")?.integer(0...Int(Int32.max)) ?? 100
        var trie = ByteTrie()
        try vocabulary.forEach { bytes, id in
            guard trie.insert(bytes, value: id) else {
                throw reader.member("vocab").error(expected: "at most 2²⁸ bytes of tokens", found: "more")
            }
        }
        continuation = trie.node(of: (try reader.optional("continuing_subword_prefix")?.string() ?? "##").utf8)
        self.trie = trie
    }

    func tokenize(_ piece: UnsafeBufferPointer<UInt8>, into tokens: inout [ModelToken]) throws {
        let first = tokens.count
        var start = 0
        if piece.count <= maximumCharacters || UTF8Scalars.count(piece) <= maximumCharacters {
            while start < piece.count {
                guard let root = start == 0 ? 0 : continuation else { break }
                var node = root
                var offset = start
                var found: (id: Int32, end: Int)?
                while offset < piece.count {
                    node = trie.next(node, piece[offset])
                    if node == 0 { break }
                    offset += 1
                    let value = trie.values[node]
                    if value >= 0 { found = (value, offset) }
                }
                guard let found else { break }
                tokens.append(ModelToken(found.id, start, found.end))
                start = found.end
            }
        }
        guard start < piece.count else { return }
        tokens.removeSubrange(first...)
        guard let unknown else { throw TokenizerError.missingSpecialToken(unknownToken) }
        tokens.append(ModelToken(unknown, 0, piece.count))
    }
}
