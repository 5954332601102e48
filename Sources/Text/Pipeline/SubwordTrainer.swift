import SequiturFiles

/// Learns byte-level BPE (Sennrich et al., 2016; Radford et al., 2019), WordPiece (Schuster and Nakajima, 2012) or a unigram
/// language model (Kudo, 2018) from text of any size in bounded memory.
///
///     var trainer = try SubwordTrainer(.byteLevel, vocabularySize: 16_000)
///     for line in lines { try trainer.append(line) }
///     let tokenizer = try trainer.makePipeline()
///
/// Text is cut into words as the tokenizer will cut it, and all that is kept of it is how often each word occurs; see `WordCounts` for
/// what happens where there are too many. For BPE and WordPiece the pair of neighbouring symbols that occurs most often becomes a
/// symbol, again and again, until the vocabulary is full; of pairs that occur equally often, that of the smaller ids. For unigrams see
/// `UnigramTraining`.
public struct SubwordTrainer {
    public enum Kind: String, CaseIterable, Sendable {
        /// GPT-2's kind: every text has tokens, and they spell it to the byte.
        case byteLevel = "byte-level"
        /// BERT's kind: lower case without accents, words with unknown characters are `[UNK]`.
        case wordPiece = "wordpiece"
        /// LLaMA's and T5's kind: spaces are part of the tokens, line breaks stand alone, and characters that have no token are spelt
        /// in bytes.
        case unigram
    }

    private let kind: Kind
    private let vocabularySize: Int
    private let minimumFrequency: Int
    private let specialTokens: [String]
    private let normalizer: Normalizer?
    private let preTokenizer: PreTokenizer
    private let parts: JSONValue
    private var text = PipelineText()
    private var counts: WordCounts
    /// The last line of the text so far, and where it stands.
    private var line: [UInt8] = []
    private var lineOffset = 0

    /// The longest line that is taken as a whole.
    private static let lineLimit = 1 << 20

    /// - Parameters:
    ///   - vocabularySize: the number of tokens; special tokens and single symbols are among them, and stay even where there
    ///     are more of them.
    ///   - minimumFrequency: pairs that occur less often are not merged; words that occur less often do not count for unigrams.
    /// - Throws: `TokenizerError.invalidOption`.
    public init(_ kind: Kind, vocabularySize: Int, minimumFrequency: Int = 2, specialTokens: [String]? = nil) throws {
        guard vocabularySize >= 1 else {
            throw TokenizerError.invalidOption(name: "vocabulary size", value: vocabularySize, minimum: 1)
        }
        guard minimumFrequency >= 1 else {
            throw TokenizerError.invalidOption(name: "minimum frequency", value: minimumFrequency, minimum: 1)
        }
        self.kind = kind
        self.vocabularySize = vocabularySize
        self.minimumFrequency = minimumFrequency
        self.specialTokens = specialTokens ?? kind.specialTokens
        for needed in kind.neededTokens where !self.specialTokens.contains(needed) {
            throw TokenizerError.missingSpecialToken(needed)
        }
        parts = kind.parts(specialTokens: self.specialTokens)
        let reader = ComponentReader(parts, key: "")
        normalizer = try reader.optional("normalizer").map(Normalizer.init)
        preTokenizer = try PreTokenizer(reader.member("pre_tokenizer"))
        counts = WordCounts()
    }

    /// - Throws: `TokenizerError.invalidOption`.
    public init(_ kind: Kind, _ options: TokenizerOptions) throws {
        let options = try options.validated()
        try self.init(
            kind, vocabularySize: options.maximumVocabularySize ?? TokenizerKind.defaultSubwordCount,
            minimumFrequency: options.minimumFrequency, specialTokens: options.specialTokens)
    }

    /// Counts the words of `text`, which should begin and end where words do: a line, or a document.
    ///
    /// - Throws: `EncodingError.patternTooSlow`.
    public mutating func append(_ text: String) throws {
        var text = text
        try text.withUTF8 { try count($0) }
    }

    private mutating func count(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        text.reset(bytes)
        try normalizer?.apply(to: &text)
        try preTokenizer.apply(to: &text, keepsBytes: true)
        text.withPieces { bytes, _, pieces in
            for piece in pieces {
                counts.add(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[piece.start..<piece.end]))
            }
        }
    }

    /// The tokenizer for everything counted so far.
    ///
    /// - Throws: `TokenizerError` where a special token stands there twice, or a vocabulary of unigrams is too small.
    public func makePipeline() throws -> TokenizerPipeline {
        var known = ByteStringTable()
        for token in specialTokens where !known.insert(token).isNew { throw TokenizerError.duplicateToken(token) }
        let model: JSONValue =
            switch kind {
            case .byteLevel, .wordPiece: mergedModel(known)
            case .unigram: try unigramModel()
            }
        let added = specialTokens.enumerated().map { TokenizerFolder.added($1, id: .integer(Int64($0))) }
        func part(_ name: String) -> JSONValue { parts[name] ?? nil }
        return try TokenizerPipeline([
            "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(added), "normalizer": part("normalizer"),
            "pre_tokenizer": part("pre_tokenizer"), "post_processor": part("post_processor"), "decoder": part("decoder"),
            "model": model,
        ])
    }

    private func unigramModel() throws -> JSONValue {
        let bytes = (0..<256).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return "<0x\(digits.count < 2 ? "0" : "")\(digits)>"
        }
        let room = vocabularySize - specialTokens.count - bytes.count
        let counts = counts.limited(minimum: minimumFrequency, symbols: UnigramTraining.symbolLimit)
        // The names of bytes are tokens that a text may have by chance: there must be another way to spell them, and a more probable
        // one.
        let required = "<0x123456789ABCDEF>".unicodeScalars.map { Array(String($0).utf8) }
        var training = try UnigramTraining(
            counts, pieceCount: room, required: Array(Set(required)).sorted { $0[0] < $1[0] },
            reservedCount: specialTokens.count + bytes.count)
        let pieces = training.run()
        let byteScore = 8 * min(-1, pieces.map(\.score).min() ?? 0)
        let entries = specialTokens.map { ($0, 0.0) } + bytes.map { ($0, byteScore) } + pieces
        return [
            "type": "Unigram", "unk_id": .integer(Int64(specialTokens.firstIndex(of: "<unk>") ?? 0)),
            "vocab": .array(entries.map { [.string($0.0), .number($0.1)] }), "byte_fallback": true,
        ]
    }

    private func mergedModel(_ special: ByteStringTable) -> JSONValue {
        var tokens = specialTokens
        var known = special
        func id(_ token: String) -> Int32 {
            let (index, isNew) = known.insert(token)
            if isNew { tokens.append(token) }
            return Int32(index)
        }
        let counts = counts.limited(minimum: 1, symbols: PairMerging.symbolLimit)
        var merging = PairMerging()
        if kind == .byteLevel {
            let alphabet = ByteAlphabet.scalars.map { Unicode.Scalar($0).map(String.init) ?? "" }
            for symbol in alphabet.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) { _ = id(symbol) }
            let ids = alphabet.map(id)
            counts.forEach { word, count in merging.add(word.map { ids[Int($0)] }, count: count) }
        } else {
            var symbols: Set<String> = []
            func split(_ word: ArraySlice<UInt8>) -> [String] {
                String(decoding: word, as: UTF8.self).unicodeScalars.enumerated().map { $0 == 0 ? String($1) : "##\($1)" }
            }
            counts.forEach { word, _ in symbols.formUnion(split(word)) }
            for symbol in symbols.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) { _ = id(symbol) }
            counts.forEach { word, count in merging.add(split(word).map(id), count: count) }
        }
        var merges: [JSONValue] = []
        merging.prepare()
        while tokens.count < vocabularySize, let (left, right) = merging.best(minimumFrequency) {
            let (first, second) = (tokens[Int(left)], tokens[Int(right)])
            let isContinuation = kind == .wordPiece && second.hasPrefix("##")
            merging.merge(left, right, into: id(first + (isContinuation ? String(second.dropFirst(2)) : second)))
            merges.append([.string(first), .string(second)])
        }
        let vocabulary = TokenizerFolder.vocabulary(tokens)
        guard kind == .byteLevel else {
            return [
                "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                "vocab": vocabulary,
            ]
        }
        return [
            "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
            "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": vocabulary, "merges": .array(merges),
        ]
    }
}

extension SubwordTrainer: TokenizerTrainer {
    /// Text is counted line by line; lines of more than a mebibyte are cut.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x0A).map { $0 + 1 }
            let part = rest[..<(end ?? rest.endIndex)].prefix(Self.lineLimit)
            line.append(contentsOf: part)
            rest = rest[part.endIndex...]
            if part.last == 0x0A {
                try finishLine(line.count)
            } else if line.count >= Self.lineLimit {
                try finishLine(line.withUnsafeBytes { $0.wholeUTF8Count })
            }
        }
    }

    public mutating func finishDocument() throws {
        try finishLine(line.count)
        lineOffset = 0
    }

    private mutating func finishLine(_ byteCount: Int) throws {
        let text = Array(line.prefix(byteCount))
        if let invalid = text.withUnsafeBytes({ $0.firstInvalidUTF8Offset }) {
            throw TokenizerError.invalidUTF8(byteOffset: lineOffset + invalid)
        }
        try text.withUnsafeBufferPointer { try count($0) }
        line.removeFirst(byteCount)
        lineOffset += byteCount
    }

    public func makeTokenizer() throws -> any Tokenizer { try SubwordTokenizer(makePipeline()) }
}
