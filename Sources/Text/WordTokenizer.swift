/// One token for every word between white space, and one for every end of a line: the protocol of the Penn Treebank
/// and WikiText language-modelling corpora.
///
///     the cat sat\n on the mat\n   →   the cat sat <eos> on the mat <eos>
///
/// Words are taken as they stand, case and punctuation included; a text should be tokenised beforehand if punctuation is
/// to stand apart. A word that is not in the vocabulary is the unknown token, where there is one, else
/// `TokenizerError.unknownWord`. The words `<unk>` and `<eos>` in the text are those tokens. Only U+000A ends a line; see
/// `TextEnding` for a last line without one.
///
/// Decoding joins words by single spaces and breaks the line at every end of a sentence.
public struct WordTokenizer: Tokenizer, Equatable {
    static let unknownToken = "<unk>"
    static let endOfSentenceToken = "<eos>"

    public let vocabulary: Vocabulary

    /// - Parameter vocabulary: words; without an end of sentence in it, line breaks are plain white space.
    /// - Throws: `TokenizerError.malformedFile` for a token that no text can contain as a word.
    public init(_ vocabulary: Vocabulary) throws {
        for token in vocabulary.tokens where !WordScanner.isWord(token) {
            throw TokenizerError.malformedFile(
                reason: "token '\(token.printable(limit: 40))' of a word tokenizer is empty, too long or has white space in it")
        }
        self.vocabulary = vocabulary
    }

    public let kind = TokenizerKind.word
    public var kindName: String { kind.rawValue }

    public func makeEncoder() -> any TokenEncoder { WordEncoder(sink: WordEncoder.Sink(vocabulary: vocabulary)) }

    public func makeDecoder() -> any TokenDecoder { WordDecoder(vocabulary: vocabulary) }
}

private struct WordEncoder: TokenEncoder {
    struct Sink: WordSink {
        let vocabulary: Vocabulary
        var ids: [Int32] = []
        /// Whether a word stands on the current line.
        var isLineOpen = false

        init(vocabulary: Vocabulary) { self.vocabulary = vocabulary }

        mutating func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
            isLineOpen = true
            if let id = vocabulary.table.index(of: bytes) {
                ids.append(Int32(truncatingIfNeeded: id))
                return
            }
            if let invalid = bytes.firstInvalidUTF8Offset { throw TokenizerError.invalidUTF8(byteOffset: offset + invalid) }
            guard let unknown = vocabulary.unknown else {
                throw TokenizerError.unknownWord(String(decoding: bytes, as: UTF8.self), byteOffset: offset)
            }
            ids.append(unknown)
        }

        mutating func lineEnd() {
            isLineOpen = false
            if let endOfSentence = vocabulary.endOfSentence { ids.append(endOfSentence) }
        }
    }

    var sink: Sink
    private var pending = PendingBytes()

    init(sink: Sink) { self.sink = sink }

    mutating func append(_ bytes: UnsafeRawBufferPointer, into ids: inout [Int32]) throws {
        swap(&ids, &sink.ids)
        defer { swap(&ids, &sink.ids) }
        try pending.feedWords(bytes, into: &sink)
    }

    mutating func finish(_ ending: TextEnding, into ids: inout [Int32]) throws {
        swap(&ids, &sink.ids)
        defer { swap(&ids, &sink.ids) }
        try pending.finishWords(into: &sink)
        if ending == .document, sink.isLineOpen { sink.lineEnd() }
        sink.isLineOpen = false
    }
}

private struct WordDecoder: TokenDecoder {
    let vocabulary: Vocabulary
    private var isAtLineStart = true

    init(vocabulary: Vocabulary) { self.vocabulary = vocabulary }

    mutating func append(_ id: Int32) throws -> String {
        guard let word = vocabulary.token(for: id) else {
            throw TokenizerError.idOutOfRange(id, vocabularySize: vocabulary.count)
        }
        let isLineEnd = id == vocabulary.endOfSentence
        defer { isAtLineStart = isLineEnd }
        return isLineEnd ? "\n" : isAtLineStart ? word : " " + word
    }

    mutating func finish() -> String { "" }
}
