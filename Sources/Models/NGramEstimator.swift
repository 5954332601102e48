/// Takes in a text piece by piece and estimates an n-gram model from it.
///
///     var estimator = try NGramEstimator(vocabulary: tokens, endOfSentence: end, settings: NGramSettings(order: 5))
///     try estimator.append(stream)
///     let (model, statistics) = try estimator.finish()
///
/// Memory: about 40 bytes for each token of the text while it is sorted and counted, and 16 for each n-gram kept.
public struct NGramEstimator {
    private let vocabulary: [String]
    private let settings: NGramSettings
    private let endOfSentence: UInt32?
    private let unknown: UInt32?
    private let beginning: UInt32
    private var text: [UInt32] = []
    private var tokenCount = 0
    private var sentenceCount = 0
    /// Whether the next token begins a sentence.
    private var isAtBeginning = true

    /// - Parameters:
    ///   - vocabulary: The spelling of each id, all different. Where `<s>` is one of them, that id stands for the
    ///     beginning of a sentence and is never predicted; otherwise the model adds `<s>` behind the last id.
    ///   - endOfSentence: The token that ends each sentence, `</s>` in ARPA text, which is predicted as any word is. Nil
    ///     makes the whole text one sentence without end, as suits characters.
    ///   - unknown: The token that stands for words outside the vocabulary; `<unk>` if the vocabulary has it.
    /// - Throws: `NGramError` for a vocabulary or settings that cannot be.
    public init(
        vocabulary: [String], endOfSentence: Int32?, unknown: Int32? = nil, settings: NGramSettings = NGramSettings()
    ) throws {
        try settings.validate()
        func index(of spelling: String) -> Int? {
            vocabulary.firstIndex { $0.utf8.elementsEqual(spelling.utf8) }
        }
        let beginning = index(of: "<s>") ?? vocabulary.count
        func symbol(_ name: String, _ id: Int32) throws -> UInt32 {
            guard id >= 0, id < vocabulary.count, id != beginning else {
                throw NGramError.symbol(name, id: id, vocabularySize: vocabulary.count)
            }
            return UInt32(id)
        }
        guard vocabulary.count < Int(Int32.max), vocabulary.count > (beginning < vocabulary.count ? 1 : 0) else {
            throw NGramError.vocabularySize(vocabulary.count)
        }
        var spellings: Set<[UInt8]> = []
        for (id, token) in vocabulary.enumerated() {
            guard !token.isEmpty else { throw NGramError.token(id: id, reason: "is empty") }
            guard spellings.insert(Array(token.utf8)).inserted else {
                throw NGramError.token(id: id, reason: "has the spelling of an earlier one")
            }
        }
        self.beginning = UInt32(beginning)
        self.endOfSentence = try endOfSentence.map { try symbol("</s>", $0) }
        self.unknown = try unknown.map { try symbol("<unk>", $0) } ?? index(of: "<unk>").map(UInt32.init)
        self.vocabulary = vocabulary
        self.settings = settings
    }

    /// Adds tokens to the end of the text.
    ///
    /// - Throws: `NGramError.tokenOutOfRange`, or `beginningInText` where the text itself holds `<s>`; nothing is then added.
    public mutating func append(_ tokens: UnsafeBufferPointer<Int32>) throws {
        // Room for an `<s>` before each token and the padding at the end.
        guard text.count + 2 * tokens.count + NGramSettings.maximumOrder < Int(UInt32.max) else {
            throw NGramError.textTooLong(limit: Int(UInt32.max) - NGramSettings.maximumOrder)
        }
        for (position, id) in tokens.enumerated() {
            guard id >= 0, id < vocabulary.count else {
                throw NGramError.tokenOutOfRange(id: id, position: tokenCount + position, vocabularySize: vocabulary.count)
            }
            guard id != beginning else { throw NGramError.beginningInText(position: tokenCount + position) }
        }
        for id in tokens {
            let word = UInt32(id)
            if isAtBeginning {
                text.append(beginning)
                sentenceCount += 1
            }
            text.append(word)
            isAtBeginning = word == endOfSentence
        }
        tokenCount += tokens.count
    }

    /// Adds tokens to the end of the text.
    public mutating func append(_ tokens: [Int32]) throws {
        try tokens.withUnsafeBufferPointer { try append($0) }
    }

    /// Adds whole sentences, each without its end, which is added.
    ///
    /// - Throws: `NGramError.noEndOfSentence` for a model without that token, and what `append(_:)` throws.
    public mutating func append(sentences: [[Int32]]) throws {
        guard let endOfSentence else { throw NGramError.noEndOfSentence }
        for sentence in sentences { try append(sentence + [Int32(endOfSentence)]) }
    }

    /// Estimates the model.
    ///
    /// - Throws: `NGramError.noText`, or `tooLarge` for a model that its format cannot address.
    public consuming func finish() throws -> (model: NGramModel, statistics: NGramStatistics) {
        guard tokenCount > 0 else { throw NGramError.noText }
        let order = settings.order
        let count = text.count
        let wordCount = max(vocabulary.count, Int(beginning) + 1)
        text.append(contentsOf: repeatElement(beginning, count: order))
        let suffixes = NGramSuffixes(of: text, count: count, order: order, wordCount: wordCount, beginning: beginning)
        let minimumCounts = (1...order).map { settings.minimumCount(order: $0) }
        let (distinct, kept) = suffixes.census(minimumCounts: minimumCounts)
        guard
            let layout = NGramLayout(
                vocabularySize: vocabulary.count, beginningOfSentence: beginning, endOfSentence: endOfSentence, unknown: unknown,
                tokenByteCount: vocabulary.reduce(0) { $0 + $1.utf8.count }, counts: [wordCount] + kept.dropFirst())
        else { throw NGramError.tooLarge }
        let builder = try NGramBuilder(layout, tokens: vocabulary.map(\.utf8))
        var estimation = NGramEstimation(
            text: text, suffixes: suffixes, smoothing: settings.smoothing, minimumCounts: minimumCounts, distinct: distinct,
            builder: builder)
        let orders = estimation.run()
        return (
            NGramModel(builder.finish()),
            NGramStatistics(tokenCount: tokenCount, sentenceCount: sentenceCount, orders: orders)
        )
    }
}
