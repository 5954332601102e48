import SequiturFiles

/// A pipeline as language models are trained on it: a text is one long sequence of tokens, without the special ones that a
/// post-processor puts around, and each document ends with the end of sentence, where the vocabulary has one.
///
///     let tokenizer = try SubwordTokenizer(TokenizerPipeline(contentsOf: "gpt2/tokenizer.json"))
///     let ids = try tokenizer.encode("once upon a time")
///
/// Text of any size is encoded in bounded memory, in parts of at least `smallestPart` bytes (but for the last). A part ends before
/// a lone space or line break that has a letter or a number on its left and a character that is seen on its right, or after
/// `largestPart` bytes where there is none. For every tokenizer whose pieces begin at white space, as all that are trained here and
/// those of GPT-2, LLaMA, BERT and SentencePiece, the first way of cutting changes nothing: the ids are those of the whole text at
/// once. Where the text arrives cut makes no difference in any case.
///
/// Decoding leaves special tokens out, as `TokenizerPipeline.decode` does.
public struct SubwordTokenizer: Tokenizer {
    public let pipeline: TokenizerPipeline
    /// What encodes parts of texts: the pipeline as its tokenizer.json describes it, which for a model of SentencePiece is not to the
    /// letter what SentencePiece does. So a run goes on with what it began with.
    private let written: TokenizerPipeline
    /// The tokens as the file has them; ids that no token has are filled up.
    public let vocabulary: Vocabulary
    public let fingerprint: Fingerprint

    /// How many bytes a part of a text has before it may end.
    public static let smallestPart = 1 << 16
    /// How many it has at most.
    public static let largestPart = 1 << 20

    /// What ends a sentence, the first of these that is a special token: the format does not say.
    private static let ends = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "[EOS]", "[SEP]"]

    /// - Throws: `TokenizerError` for a pipeline without tokens.
    public init(_ pipeline: TokenizerPipeline) throws {
        self.pipeline = pipeline
        do {
            written = pipeline.isSentencePiece ? try TokenizerPipeline(pipeline.json) : pipeline
        } catch let error as TokenizerFormatError {
            throw TokenizerError.malformedFile(reason: error.description)
        }
        var known = ByteStringTable()
        let tokens = (0..<pipeline.idLimit).map { id in
            var token = pipeline.token(for: Int32(id)) ?? "<|unused:\(id)|>"
            while !known.insert(token).isNew { token = "<|\(token):\(id)|>" }
            return token
        }
        guard !tokens.isEmpty else { throw TokenizerError.malformedFile(reason: "the vocabulary is empty") }
        let special = pipeline.addedTokens.filter(\.isSpecial)
        let end = Self.ends.compactMap { name in special.first { $0.content == name } }.first
        vocabulary = try Vocabulary(
            tokens, unknown: pipeline.unknownID.map { tokens[Int($0)] }, endOfSentence: end.map { tokens[Int($0.id)] })
        var hash = XXHash64()
        hash.update(pipeline.fingerprint.value)
        hash.update(UInt64(bitPattern: Int64(vocabulary.endOfSentence ?? -1)))
        fingerprint = Fingerprint(hash.digest)
    }

    public var kindName: String { pipeline.modelKind }
    public var json: JSONValue { pipeline.json }

    public func makeEncoder() -> any TokenEncoder { SubwordEncoder(written, endOfSentence: endOfSentence) }

    public func makeDecoder() -> any TokenDecoder { SubwordDecoder(pipeline: pipeline, vocabularySize: vocabularySize) }
}

extension TokenizerPipeline {
    /// The id of the token for what the vocabulary lacks.
    var unknownID: Int32? {
        let file = json["model"] ?? nil
        if case .unigram(let model) = model { return model.unknown }
        return file["unk_token"]?.string.flatMap { id(of: $0) }
    }

    /// What the model's tokens are: one of `TokenizerKind`'s names, or another.
    var modelKind: String {
        switch model {
        case .wordPiece: TokenizerKind.wordPiece.rawValue
        case .bytePair(let model): model.readsBytes ? TokenizerKind.byteLevel.rawValue : "byte-pair"
        case .unigram: TokenizerKind.unigram.rawValue
        case .wordLevel: "word-level"
        }
    }
}

private struct SubwordEncoder: TokenEncoder {
    private let pipeline: TokenizerPipeline
    private let endOfSentence: Int32?
    /// What is not encoded yet, and where it stands in the text.
    private var pending: [UInt8] = []
    private var offset = 0
    /// So many pending bytes are known to be UTF-8, whole characters.
    private var validCount = 0
    /// Up to here there is no place to cut.
    private var searchedCount = 0

    init(_ pipeline: TokenizerPipeline, endOfSentence: Int32?) {
        self.pipeline = pipeline
        self.endOfSentence = endOfSentence
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer, into ids: inout [Int32]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            pending.append(contentsOf: rest.prefix(SubwordTokenizer.largestPart))
            rest = rest.dropFirst(SubwordTokenizer.largestPart)
            guard pending.count > SubwordTokenizer.smallestPart else { return }
            try validate(isLast: false)
            while let end = nextCut() { try encode(end, into: &ids) }
        }
    }

    mutating func finish(_ ending: TextEnding, into ids: inout [Int32]) throws {
        let rest = self
        defer { self = SubwordEncoder(rest.pipeline, endOfSentence: rest.endOfSentence) }
        try validate(isLast: true)
        while let end = nextCut() { try encode(end, into: &ids) }
        if !pending.isEmpty { try encode(pending.count, into: &ids) }
        if ending == .document, let endOfSentence { ids.append(endOfSentence) }
    }

    private mutating func validate(isLast: Bool) throws {
        try pending.withUnsafeBytes { bytes in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[validCount...])
            let whole = isLast ? rest.count : rest.wholeUTF8Count
            if let invalid = UnsafeRawBufferPointer(rebasing: rest[..<whole]).firstInvalidUTF8Offset {
                throw TokenizerError.invalidUTF8(byteOffset: offset + validCount + invalid)
            }
            validCount += whole
        }
    }

    /// Where the part at the beginning of what is pending ends; nil while that is not known.
    private mutating func nextCut() -> Int? {
        let tables = UnicodeTables.shared
        return pending.withUnsafeBufferPointer { bytes in
            let text = UnsafeBufferPointer(rebasing: bytes[..<validCount])
            var place = max(searchedCount, SubwordTokenizer.smallestPart)
            defer { searchedCount = place }
            // The character after the place must be there.
            while place < text.count - 1, place < SubwordTokenizer.largestPart {
                if text[place] == 0x20 || text[place] == 0x0A {
                    let right = tables[UTF8Scalars.decode(text, at: place + 1).scalar]
                    let left = tables[UTF8Scalars.decode(text, before: place).scalar]
                    let isSeen = right.isDisjoint(with: [.whiteSpace, .regularSpace, .space])
                    if isSeen, !left.isDisjoint(with: [.letter, .number]) { return place }
                }
                place += 1
            }
            guard text.count > SubwordTokenizer.largestPart + 1 else { return nil }
            var end = SubwordTokenizer.largestPart
            while UTF8Scalars.isContinuation(text[end]) { end -= 1 }
            return end
        }
    }

    private mutating func encode(_ count: Int, into ids: inout [Int32]) throws {
        do {
            try pending.withUnsafeBufferPointer { bytes in
                try pipeline.appendIDs(
                    of: UnsafeBufferPointer(rebasing: bytes[..<count]), isContinuation: offset > 0, into: &ids)
            }
        } catch let error as TokenizerError {
            throw error.moved(by: offset)
        }
        pending.removeFirst(count)
        offset += count
        validCount -= count
        searchedCount = 0
    }
}

private struct SubwordDecoder: TokenDecoder {
    private let pipeline: TokenizerPipeline
    private let vocabularySize: Int
    private var stream: DecodingStream

    init(pipeline: TokenizerPipeline, vocabularySize: Int) {
        self.pipeline = pipeline
        self.vocabularySize = vocabularySize
        stream = DecodingStream(pipeline.decoder)
    }

    mutating func append(_ id: Int32) throws -> String {
        guard id >= 0, id < vocabularySize else { throw TokenizerError.idOutOfRange(id, vocabularySize: vocabularySize) }
        return try pipeline.decodedToken(id).map { try stream.append($0) } ?? ""
    }

    mutating func finish() throws -> String { try stream.finish() }
}
