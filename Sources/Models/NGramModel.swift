/// An interpolated n-gram language model with sentence symbols, of order 1 to 10.
///
/// The exact chain rule, with w_0 = `<s>` and the last word `</s>`,
///
///     P(w_1 … w_T) = Π_t P(w_t | w_0 … w_{t−1})
///
/// is approximated by letting each word depend on the n − 1 words before it only, P(w_t | w_{t−n+1} … w_{t−1}): for n = 2,
/// P(I) P(love | I) P(natural | love) becomes P(I | `<s>`) P(love | I) P(natural | love) … P(`</s>` | processing).
/// `</s>` is predicted as any word is, so that the probabilities of all sentences of all lengths sum to one, and after
/// every context the probabilities of all words and `</s>` do. `<s>` is a context only and has no probability.
///
/// The probabilities are those of interpolated modified Kneser–Ney smoothing (Chen and Goodman, "An empirical study of
/// smoothing techniques for language modeling", 1998), which `NGramEstimation` gives, or come from ARPA text. They are
/// held in back-off form: a stored n-gram has its whole probability, and a word w not stored after the context h has
///
///     log P(w | h) = backoff(h) + log P(w | h')      h' is h without its first word; backoff(h) is 0 if h is not stored
///
/// A model is immutable and may be asked from any number of threads. One opened from its binary form is read straight from
/// the mapped file.
public final class NGramModel: Sendable {
    let storage: NGramStorage

    init(_ storage: NGramStorage) { self.storage = storage }

    /// Estimates a model from one stream of tokens. `NGramEstimator` takes text in pieces and tells its statistics.
    ///
    /// - Throws: `NGramError`.
    public convenience init(
        estimatedFrom tokens: [Int32], vocabulary: [String], endOfSentence: Int32?, unknown: Int32? = nil,
        settings: NGramSettings = NGramSettings()
    ) throws {
        var estimator = try NGramEstimator(
            vocabulary: vocabulary, endOfSentence: endOfSentence, unknown: unknown, settings: settings)
        try estimator.append(tokens)
        self.init(try estimator.finish().model.storage)
    }

    /// n: a token is predicted from the n − 1 before it.
    public var order: Int { storage.layout.order }
    /// How many tokens there are, `</s>` included; `<s>` only where the vocabulary of the estimation had it.
    public var vocabularySize: Int { storage.layout.vocabularySize }
    /// The token that ends sentences; nil for a model of one unbroken text.
    public var endOfSentence: Int32? { storage.layout.endOfSentence.map(Int32.init) }
    /// The token that stands for words outside the vocabulary, if there is one.
    public var unknown: Int32? { storage.layout.unknown.map(Int32.init) }
    /// How many n-grams each order has; unigrams include `<s>`.
    public var counts: [Int] { storage.layout.counts }
    /// The size of the binary form, which is what the model takes of memory or maps.
    public var byteCount: Int { storage.layout.byteCount }

    /// The spelling of each id.
    public var vocabulary: [String] { (0..<vocabularySize).map { storage.tokens.string(of: $0) } }

    /// The id of a word: of `<unk>` for one outside the vocabulary, and nil where the model has no `<unk>` either.
    public func id(of word: String) -> Int32? {
        var word = word
        let id = word.withUTF8 { storage.tokens.id(of: UnsafeRawBufferPointer($0)) }
        return id.map(Int32.init) ?? unknown
    }
}
