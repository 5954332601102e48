import SequiturDatasets
import SequiturFiles
import SequiturModels
import SequiturText

/// A tokenizer with what hiding tokens needs: a mask, and perhaps tokens around a text and padding.
struct MaskedTokenizer {
    let tokenizer: SubwordTokenizer
    let mask: Int32
    let beginning, end, padding: Int32?

    /// Special tokens of the tokenizers that are trained for this task where BERT's own are not theirs.
    private static let specialTokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]

    /// - Parameter name: of the tokenizer, for messages.
    /// - Throws: `ConfigurationError` where there is no mask.
    init(_ tokenizer: any Tokenizer, named name: String) throws {
        let advice = "give --tokenizer wordpiece, byte-level or unigram, or the tokenizer of an encoder"
        guard let subwords = tokenizer as? SubwordTokenizer else {
            throw ConfigurationError(reason: "\(name): a tokenizer of kind \(tokenizer.kindName) has no mask token; \(advice)")
        }
        let pipeline = subwords.pipeline, names = Set(pipeline.addedTokens.map(\.content))
        func id(_ candidates: String...) -> Int32? { candidates.first { names.contains($0) }.flatMap { pipeline.id(of: $0) } }
        guard let mask = id("[MASK]", "<mask>") else {
            throw ConfigurationError(reason: "\(name): it has no token [MASK] or <mask>; \(advice)")
        }
        self.tokenizer = subwords
        self.mask = mask
        beginning = id("[CLS]", "<s>")
        end = id("[SEP]", "</s>")
        padding = id("[PAD]", "<pad>")
    }

    /// A tokenizer of this kind learnt from text, with a mask and with tokens around a text.
    init(
        training kind: TokenizerKind, _ options: TokenizerOptions, on reader: TextReader, progress: ReadingProgress
    ) throws {
        guard kind == .byteLevel || kind == .unigram else {
            try self.init(
                try reader.trainTokenizer(kind, options: options, progress: progress), named: "--tokenizer \(kind.rawValue)")
            return
        }
        var options = options
        options.specialTokens = Self.specialTokens
        let plain = try reader.trainTokenizer(kind, options: options, progress: progress).json
        func special(_ name: String) -> JSONValue { ["SpecialToken": ["id": .string(name), "type_id": 0]] }
        func entry(_ name: String) -> JSONValue.Member {
            let id = JSONValue.integer(Int64(Self.specialTokens.firstIndex(of: name) ?? 0))
            return .init(key: name, value: ["id": .string(name), "ids": [id], "tokens": [.string(name)]])
        }
        let first: JSONValue = ["Sequence": ["id": "A", "type_id": 0]],
            second: JSONValue = ["Sequence": ["id": "B", "type_id": 0]]
        let around: JSONValue = [
            "type": "TemplateProcessing", "single": [special("<s>"), first, special("</s>")],
            "pair": [special("<s>"), first, special("</s>"), special("</s>"), second, special("</s>")],
            "special_tokens": .object([entry("<s>"), entry("</s>")]),
        ]
        let members = (plain.members ?? []).map { member in
            member.key == "post_processor" ? JSONValue.Member(key: member.key, value: around) : member
        }
        try self.init(SubwordTokenizer(TokenizerPipeline(.object(members))), named: "--tokenizer \(kind.rawValue)")
    }

    /// How tokens are hidden.
    ///
    /// - Parameter wholeWords: whether the pieces of a word are hidden together.
    func masking(probability: Double, wholeWords: Bool) -> MaskedWindows.Masking {
        let pipeline = tokenizer.pipeline, special = Set(pipeline.addedTokens.filter(\.isSpecial).map(\.id))
        let tokens = tokenizer.vocabulary.tokens
        // A piece that begins a word shows it by its first character, or one that goes on by ##.
        let marks = ["Ġ", "Ċ", "▁"], marksBeginnings = tokens.contains { token in marks.contains { token.hasPrefix($0) } }
        return MaskedWindows.Masking(
            probability: probability, mask: mask, vocabularySize: tokens.count,
            isSpecial: tokens.indices.map { special.contains(Int32($0)) },
            continuesWord: wholeWords
                ? tokens.map { token in
                    marksBeginnings ? !marks.contains { token.hasPrefix($0) } : token.hasPrefix("##")
                } : nil)
    }
}
