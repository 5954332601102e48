import SequiturFiles
import Synchronization

/// A tokenizer as Hugging Face's `tokenizers` stores it: added tokens, normalizer, pre-tokenizer, model, post-processor and
/// decoder, each carried out to the letter.
///
///     let tokenizer = try TokenizerPipeline(contentsOf: "bert/tokenizer.json")
///     let encoding = try tokenizer.encode("Hello, y'all!", pair: "How are you?")
///     encoding.ids  // [101, 7592, 1010, …]
///     let text = tokenizer.decode(encoding.ids)
///
/// Encoding is thread-safe.
public final class TokenizerPipeline: Sendable {
    /// The contents of tokenizer.json, as they were read.
    public let json: JSONValue
    public let truncation: TokenTruncation?
    public let padding: TokenPadding?
    /// The added tokens, in the order of the file.
    public var addedTokens: [AddedToken] { added.tokens }

    let model: TokenizerModel
    /// Whether this does what SentencePiece does, not what `tokenizers` makes of the file.
    let isSentencePiece: Bool
    private let added: AddedTokens
    private let normalizer: Normalizer?
    private let preTokenizer: PreTokenizer?
    private let postProcessor: PostProcessor?
    let decoder: DecodingStep?
    /// The text of each id as encodings show it; empty where there is no such id.
    private let texts: [String]
    /// Which ids decoding leaves out with the special tokens.
    private let skipped: [Bool]
    private let workspaces = Mutex<[EncodingWorkspace]>([])

    static let byteLimit = Int(Int32.max) / 8

    /// - Throws: `TokenizerFormatError` that names the key and what was expected there.
    public convenience init(_ json: JSONValue) throws { try self.init(json, sentencePiece: nil) }

    /// - Parameter sentencePiece: takes the place of the file's normalizer, which is as close to it as `tokenizers` can be, and has
    ///   special tokens in the text taken for text, as SentencePiece does.
    init(_ json: JSONValue, sentencePiece: SentencePieceNormalizer?) throws {
        let reader = ComponentReader(json, key: "")
        guard json.members != nil else {
            throw TokenizerFormatError(key: "tokenizer", expected: "an object", found: json.kind)
        }
        let version = reader.member("version")
        guard version.value.isNull || version.value == "1.0" else { throw version.error(expected: #"version "1.0""#) }
        self.json = json
        truncation = try reader.optional("truncation").map(TokenTruncation.init)
        padding = try reader.optional("padding").map(TokenPadding.init)
        normalizer = try sentencePiece.map(Normalizer.sentencePiece) ?? reader.optional("normalizer").map(Normalizer.init)
        // The normaliser makes spaces visible, and sums of scores are rounded over the whole text.
        preTokenizer = sentencePiece == nil ? try reader.optional("pre_tokenizer").map(PreTokenizer.init) : nil
        isSentencePiece = sentencePiece != nil
        postProcessor = try reader.optional("post_processor").map(PostProcessor.init)
        decoder = try reader.optional("decoder").map(DecodingStep.init)
        model = try TokenizerModel(
            reader.member("model"), readsBytes: preTokenizer?.endsInBytes ?? false, hidden: sentencePiece?.hidden)
        added = try AddedTokens(
            reader.member("added_tokens"), vocabulary: model.vocabulary, normalizer: sentencePiece == nil ? normalizer : nil,
            findsSpecial: sentencePiece == nil)

        let limit = max(model.vocabulary.idLimit, Int(added.largestID) + 1)
        var texts = [String](repeating: "", count: limit)
        for id in 0..<limit {
            if let bytes = model.vocabulary.bytes(of: Int32(id)) { texts[id] = String(decoding: bytes, as: UTF8.self) }
        }
        var special = ByteStringTable()
        for token in added.tokens {
            texts[Int(token.id)] =
                added.normalizedForms[token.id].map { String(decoding: $0, as: UTF8.self) } ?? token.content
            if token.isSpecial { special.insert(token.content) }
        }
        skipped = texts.map { special.index(of: $0) != nil }
        self.texts = texts
    }

    /// The same tokenizer with other lengths.
    private init(_ other: TokenizerPipeline, json: JSONValue, truncation: TokenTruncation?, padding: TokenPadding?) {
        (self.json, self.truncation, self.padding) = (json, truncation, padding)
        (model, added, normalizer, preTokenizer) = (other.model, other.added, other.normalizer, other.preTokenizer)
        (postProcessor, decoder, texts, skipped) = (other.postProcessor, other.decoder, other.texts, other.skipped)
        isSentencePiece = other.isSentencePiece
    }

    /// The same tokenizer with its own truncation and padding replaced; nil for none.
    public func adjusted(truncation: TokenTruncation?, padding: TokenPadding?) -> TokenizerPipeline {
        let members = (json.members ?? []).map { member in
            switch member.key {
            case "truncation": JSONValue.Member(key: member.key, value: truncation?.json ?? nil)
            case "padding": JSONValue.Member(key: member.key, value: padding?.json ?? nil)
            default: member
            }
        }
        return TokenizerPipeline(self, json: .object(members), truncation: truncation, padding: padding)
    }

    /// Every id is below this.
    public var idLimit: Int { texts.count }

    /// Reads a tokenizer.json.
    ///
    /// - Throws: `FileError` with the path, the key and what was expected there.
    public convenience init(contentsOf path: String) throws {
        let json = try JSONValue.parse(contentsOf: path)
        do {
            try self.init(json)
        } catch let error as TokenizerFormatError {
            throw FileError(
                action: "use", path: path, reason: error.description, advice: "mend the file or fetch it again")
        }
    }

    /// The number of tokens, added ones included.
    public var vocabularySize: Int {
        let vocabulary = model.vocabulary
        return vocabulary.count + added.tokens.count { vocabulary.id(of: $0.content) == nil }
    }

    /// What tells this tokenizer from every other: the digest of its tokenizer.json.
    public var fingerprint: Fingerprint { json.serializedBytes().withUnsafeBytes { Fingerprint(of: $0) } }

    /// The token of `id`, nil where there is none.
    public func token(for id: Int32) -> String? {
        guard id >= 0, id < texts.count, added[id] != nil || model.vocabulary.bytes(of: id) != nil else { return nil }
        return texts[Int(id)]
    }

    /// The id of `token`, nil where there is none.
    public func id(of token: String) -> Int32? { added.id(of: token) ?? model.vocabulary.id(of: token) }

    /// Encodes a text, or a pair of texts, truncated and padded as the tokenizer says.
    ///
    /// - Parameter addsSpecialTokens: whether the post-processor may add tokens.
    /// - Throws: `TokenizerError` for text that the model has no tokens for and no unknown token either, `EncodingError`
    ///   where truncation is impossible.
    public func encode(_ text: String, pair: String? = nil, addsSpecialTokens: Bool = true) throws -> Encoding {
        try withWorkspace { try encode(text, pair: pair, addsSpecialTokens: addsSpecialTokens, in: $0) }
    }

    func withWorkspace<Result>(_ body: (EncodingWorkspace) throws -> Result) rethrows -> Result {
        let workspace = workspaces.withLock { $0.popLast() } ?? EncodingWorkspace()
        defer { workspaces.withLock { $0.append(workspace) } }
        return try body(workspace)
    }

    func encode(
        _ text: String, pair: String?, addsSpecialTokens: Bool, in workspace: EncodingWorkspace
    ) throws -> Encoding {
        var encodings = [try encodeAlone(text, typeID: 0, in: workspace)]
        if let pair { encodings.append(try encodeAlone(pair, typeID: 1, in: workspace)) }
        return try finish(encodings, addsSpecialTokens: addsSpecialTokens)
    }

    /// Encodes words that stand apart already, as in tagging: each is taken for a text of its own, and its offsets count
    /// from its own start.
    public func encode(words: [String], addsSpecialTokens: Bool = true) throws -> Encoding {
        try withWorkspace { workspace in
            var whole = Encoding()
            for (index, word) in words.enumerated() {
                var encoding = try encodeAlone(word, typeID: 0, in: workspace)
                encoding.words = [Int32](repeating: Int32(truncatingIfNeeded: index), count: encoding.count)
                whole.append(encoding)
            }
            return try finish([whole], addsSpecialTokens: addsSpecialTokens)
        }
    }

    /// TokenTruncation, special tokens, padding.
    private func finish(_ encodings: [Encoding], addsSpecialTokens: Bool) throws -> Encoding {
        var encodings = encodings
        if let truncation {
            let added = addsSpecialTokens ? postProcessor?.addedCount(isPair: encodings.count == 2) ?? 0 : 0
            try truncation.apply(to: &encodings, added: added)
        }
        if let postProcessor {
            encodings = [try postProcessor.apply(to: encodings, addsSpecialTokens: addsSpecialTokens)]
        } else if encodings.count == 2 {
            encodings = [try .joined(encodings)]
        }
        if let padding { try padding.apply(to: &encodings) }
        return encodings[0]
    }

    private func encodeAlone(_ text: String, typeID: Int32, in workspace: EncodingWorkspace) throws -> Encoding {
        var text = text
        return try text.withUTF8 { bytes in
            try prepare(bytes, isContinuation: false, in: workspace)
            return try workspace.text.withPieces { bytes, origins, pieces in
                var encoding = Encoding()
                encoding.reserve(bytes.count / 4 + 1)
                for (word, piece) in pieces.enumerated() {
                    let slice = UnsafeBufferPointer(rebasing: bytes[piece.start..<piece.end])
                    let word = Int32(truncatingIfNeeded: word)
                    guard piece.isOpen else {
                        encoding.append(
                            piece.id, String(decoding: slice, as: UTF8.self),
                            PipelineText.place(origins[piece.start], origins[piece.end - 1]), word)
                        continue
                    }
                    try tokenize(slice, in: workspace)
                    for token in workspace.tokens {
                        let (start, end) = (Int(token.start), Int(token.end))
                        let place =
                            end <= slice.count
                            ? PipelineText.place(origins[piece.start + start], origins[piece.start + max(start, end - 1)])
                            : start..<end
                        let text =
                            token.isSurface
                            ? String(decoding: slice[start..<end], as: UTF8.self) : texts[Int(token.id)]
                        encoding.append(token.id, text, place, word)
                    }
                }
                encoding.fill(typeID: typeID)
                return encoding
            }
        }
    }

    /// The text of `ids`; ids that no token has are passed over.
    ///
    /// - Parameter skipsSpecialTokens: whether special tokens are left out.
    /// - Throws: `EncodingError.patternTooSlow`.
    public func decode(_ ids: [Int32], skipsSpecialTokens: Bool = true) throws -> String {
        var tokens: [[UInt8]] = []
        for id in ids {
            guard let text = token(for: id), !(skipsSpecialTokens && skipped[Int(id)]) else { continue }
            tokens.append(Array(text.utf8))
        }
        guard let decoder else { return String(decoding: Array(tokens.joined(separator: [0x20])), as: UTF8.self) }
        return String(decoding: Array(try decoder.apply(to: tokens).joined()), as: UTF8.self)
    }

    /// The bytes of the token of `id` as the decoder takes them, nil for a special token and where there is none.
    func decodedToken(_ id: Int32) -> [UInt8]? {
        guard let text = token(for: id), !skipped[Int(id)] else { return nil }
        return Array(text.utf8)
    }

    /// The ids of part of a text, without special tokens: `bytes` are UTF-8.
    ///
    /// - Parameter isContinuation: whether the part is not the first of its text.
    /// - Throws: `TokenizerError` with offsets in `bytes`, `EncodingError`.
    func appendIDs(of bytes: UnsafeBufferPointer<UInt8>, isContinuation: Bool, into ids: inout [Int32]) throws {
        try withWorkspace { workspace in
            try prepare(bytes, isContinuation: isContinuation, in: workspace)
            try workspace.text.withPieces { normalized, origins, pieces in
                for piece in pieces {
                    guard piece.isOpen else {
                        ids.append(piece.id)
                        continue
                    }
                    do {
                        try tokenize(UnsafeBufferPointer(rebasing: normalized[piece.start..<piece.end]), in: workspace)
                    } catch TokenizerError.unknownCharacter(let scalar, let offset) {
                        let place = PipelineText.place(origins[piece.start + offset], origins[piece.start + offset]).lowerBound
                        throw TokenizerError.unknownCharacter(scalar, byteOffset: Self.offset(of: place, in: bytes))
                    }
                    for token in workspace.tokens { ids.append(token.id) }
                }
            }
        }
    }

    /// Where the code point of that number begins.
    private static func offset(of place: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var offset = 0
        for _ in 0..<place where offset < bytes.count { offset += UTF8Scalars.length(bytes[offset]) }
        return offset
    }

    /// Takes up a text, finds the added tokens in it, normalises it and cuts it into pieces.
    private func prepare(_ bytes: UnsafeBufferPointer<UInt8>, isContinuation: Bool, in workspace: EncodingWorkspace) throws {
        guard bytes.count <= Self.byteLimit else { throw EncodingError.textTooLong(limit: Self.byteLimit) }
        workspace.text.reset(bytes, isContinuation: isContinuation)
        try added.extract(from: &workspace.text, normalizer: normalizer)
        try preTokenizer?.apply(to: &workspace.text, keepsBytes: model.readsBytes)
    }

    /// The tokens of a piece, in the workspace.
    @inline(__always)
    private func tokenize(_ piece: UnsafeBufferPointer<UInt8>, in workspace: EncodingWorkspace) throws {
        workspace.tokens.removeAll(keepingCapacity: true)
        try workspace.cache.tokenize(piece, into: &workspace.tokens) { piece, tokens in
            try model.tokenize(piece, scratch: &workspace.scratch, into: &tokens)
        }
    }
}

/// What encoding needs beside the tokenizer: memory that is used again, and the words seen so far.
final class EncodingWorkspace: @unchecked Sendable {
    var text = PipelineText()
    var tokens: [ModelToken] = []
    var scratch = ModelScratch()
    var cache = WordCache()
}

extension Encoding {
    fileprivate mutating func reserve(_ count: Int) {
        ids.reserveCapacity(count)
        tokens.reserveCapacity(count)
        offsets.reserveCapacity(count)
        words.reserveCapacity(count)
    }

    @inline(__always)
    fileprivate mutating func append(_ id: Int32, _ token: String, _ place: Range<Int>, _ word: Int32) {
        ids.append(id)
        tokens.append(token)
        offsets.append(place)
        words.append(word)
    }

    /// Fills in what is the same for all tokens of a text.
    fileprivate mutating func fill(typeID: Int32) {
        typeIDs = [Int32](repeating: typeID, count: count)
        specialTokensMask = [Int32](repeating: 0, count: count)
        attentionMask = [Int32](repeating: 1, count: count)
    }
}
