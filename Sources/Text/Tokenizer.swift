import SequiturFiles

/// Turns text into token ids and back.
///
///     let tokenizer = try TokenizerFile.read("run/tokenizer.json")
///     let ids = try tokenizer.encode("once upon a time")
///     let text = try tokenizer.decode(ids)
///
/// Ids are dense, 0 ..< `vocabularySize`. Hugging Face's `tokenizers`, reading the file that `TokenizerFile` writes,
/// gives the same ids for the same text and the same text for the same ids.
public protocol Tokenizer: Sendable {
    /// What its tokens are: one of the names of `TokenizerKind`, or another.
    var kindName: String { get }
    /// What tells this tokenizer from every other: equal for tokenizers that give the same ids and the same text, and stable
    /// across machines and releases.
    var fingerprint: Fingerprint { get }
    var vocabulary: Vocabulary { get }
    /// An encoder for text that arrives in pieces.
    func makeEncoder() -> any TokenEncoder
    /// A decoder for ids that arrive one by one.
    func makeDecoder() -> any TokenDecoder
    /// The contents of tokenizer.json.
    var json: JSONValue { get }
}

/// What the end of a piece of text means.
public enum TextEnding: Sendable {
    /// Nothing: the text goes on, as after a prompt.
    case open
    /// The document is over: a last line without a line break is a line all the same.
    case document
}

/// Encodes text that arrives in pieces. Where the pieces are cut makes no difference.
public protocol TokenEncoder {
    /// Encodes what `bytes`, the next piece of UTF-8 text, cut anywhere, decides, and appends it to `ids`.
    ///
    /// - Throws: `TokenizerError` for text that has no ids, with the offset in bytes from the start of the text.
    mutating func append(_ bytes: UnsafeRawBufferPointer, into ids: inout [Int32]) throws
    /// Encodes what was left undecided. The encoder is then ready for another text.
    mutating func finish(_ ending: TextEnding, into ids: inout [Int32]) throws
}

/// Decodes ids that arrive one by one. The texts that it gives, joined, are what `Tokenizer.decode` gives for all the ids.
public protocol TokenDecoder {
    /// The text that `id` adds.
    ///
    /// - Throws: `TokenizerError.idOutOfRange`.
    mutating func append(_ id: Int32) throws -> String
    /// The text still held back: nothing for tokenizers whose tokens are whole characters.
    ///
    /// - Throws: `EncodingError.patternTooSlow`.
    mutating func finish() throws -> String
}

extension Tokenizer {
    public var vocabularySize: Int { vocabulary.count }
    /// The id that stands for everything that is not in the vocabulary, if there is one.
    public var unknown: Int32? { vocabulary.unknown }
    /// The id that ends a sentence, if there is one.
    public var endOfSentence: Int32? { vocabulary.endOfSentence }

    /// The token of `id`, nil where there is none.
    public func token(for id: Int32) -> String? { vocabulary.token(for: id) }

    /// The ids of `text`.
    ///
    /// - Parameter ending: `.document` for a whole document, whose last line ends even without a line break.
    /// - Throws: `TokenizerError` for a character or word that is not in a vocabulary without unknown token.
    public func encode(_ text: String, ending: TextEnding = .open) throws -> [Int32] {
        var encoder = makeEncoder()
        var ids: [Int32] = []
        var text = text
        try text.withUTF8 { try encoder.append(UnsafeRawBufferPointer($0), into: &ids) }
        try encoder.finish(ending, into: &ids)
        return ids
    }

    /// The text of `ids`.
    ///
    /// - Throws: `TokenizerError.idOutOfRange`.
    public func decode(_ ids: [Int32]) throws -> String {
        var decoder = makeDecoder()
        var text = ""
        for id in ids { text += try decoder.append(id) }
        return try text + decoder.finish()
    }

    /// The digest of kind and vocabulary.
    public var fingerprint: Fingerprint {
        var hash = XXHash64()
        hash.update(kindName)
        hash.update(UInt64(bitPattern: Int64(unknown ?? -1)))
        hash.update(UInt64(bitPattern: Int64(endOfSentence ?? -1)))
        hash.update(UInt64(vocabularySize))
        for token in vocabulary.tokens { hash.update(token) }
        return Fingerprint(hash.digest)
    }
}
