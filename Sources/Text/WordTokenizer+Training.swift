/// Counts the words of a text and makes the `WordTokenizer` for it.
///
/// The vocabulary is `<unk>` (unless refused), `<eos>`, then the words by falling frequency, equally frequent ones by
/// first occurrence.
public struct WordTokenizerTrainer: TokenizerTrainer {
    private struct Counts: WordSink {
        var words = ByteStringTable()
        var frequencies: [Int] = []

        mutating func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
            let (index, isNew) = words.insert(bytes)
            guard isNew else {
                frequencies[index] += 1
                return
            }
            if let invalid = bytes.firstInvalidUTF8Offset { throw TokenizerError.invalidUTF8(byteOffset: offset + invalid) }
            frequencies.append(1)
        }

        mutating func lineEnd() {}
    }

    private let options: TokenizerOptions
    private var counts = Counts()
    private var pending = PendingBytes()

    /// - Throws: `TokenizerError.invalidOption`.
    public init(_ options: TokenizerOptions = TokenizerOptions()) throws { self.options = try options.validated() }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        try pending.feedWords(bytes, into: &counts)
    }

    public mutating func finishDocument() throws {
        try pending.finishWords(into: &counts)
    }

    public func makeTokenizer() throws -> any Tokenizer {
        let unknown = counts.words.index(of: WordTokenizer.unknownToken)
        let endOfSentence = counts.words.index(of: WordTokenizer.endOfSentenceToken)
        let candidates = counts.frequencies.indices.filter { $0 != unknown && $0 != endOfSentence }
        guard candidates.contains(where: { counts.frequencies[$0] >= options.minimumFrequency }) else {
            throw TokenizerError.vocabularyTooSmall(
                kind: .word, found: 0, minimum: 1, minimumFrequency: options.minimumFrequency)
        }
        let includesUnknown = options.includesUnknown ?? true
        let special = (includesUnknown ? [WordTokenizer.unknownToken] : []) + [WordTokenizer.endOfSentenceToken]
        let byFrequency = candidates.sorted { (counts.frequencies[$1], $0) < (counts.frequencies[$0], $1) }
        let kept = byFrequency.prefix(options.limit(besides: special.count))
            .prefix { counts.frequencies[$0] >= options.minimumFrequency }
        if !includesUnknown, let left = unknown ?? byFrequency.dropFirst(kept.count).first {
            throw TokenizerError.unknownTokenNeeded(kind: .word, example: counts.words.string(at: left))
        }
        return try WordTokenizer(
            Vocabulary(
                special + kept.map(counts.words.string(at:)), unknown: includesUnknown ? WordTokenizer.unknownToken : nil,
                endOfSentence: WordTokenizer.endOfSentenceToken))
    }
}

extension WordTokenizer {
    /// Makes the tokenizer for `text`.
    ///
    /// - Throws: `TokenizerError`.
    public init(trainedOn text: String, options: TokenizerOptions = TokenizerOptions()) throws {
        var trainer = try WordTokenizerTrainer(options)
        try trainer.append(document: text)
        try self.init(trainer.makeTokenizer().vocabulary)
    }
}
