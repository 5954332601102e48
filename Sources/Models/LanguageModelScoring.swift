#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How well a language model predicts a text: the sum of the natural-log probabilities of its targets, and their number.
///
/// Scores add up, so a long text may be scored in parts cut at ends of sentences; the division by the number of targets
/// comes last:
///
///     cross entropy  H = −(1/N) Σ_t log P(w_t | w_1 … w_{t−1})        perplexity = e^H
///
/// where N counts every target of the whole text, not of a sentence or a batch.
public struct LanguageModelScore: Equatable, Sendable {
    /// Σ log P, in nats; `-infinity` where the model gives a target no probability.
    public var logProbability: Double
    /// How many targets were scored.
    public var count: Int

    public init(logProbability: Double = 0, count: Int = 0) {
        self.logProbability = logProbability
        self.count = count
    }

    /// Nats per target; not a number where nothing was scored.
    public var crossEntropy: Double { -logProbability / Double(count) }
    /// Perplexity per target; not a number where nothing was scored.
    public var perplexity: Double { exp(crossEntropy) }

    public static func + (left: Self, right: Self) -> Self {
        Self(logProbability: left.logProbability + right.logProbability, count: left.count + right.count)
    }

    public static func += (left: inout Self, right: Self) { left = left + right }
}

/// A language model, counted or neural, that can say how probable a stream of tokens is.
///
/// A stream is a text in the ids of the model's vocabulary, with the end-of-sentence token, where the vocabulary has one,
/// at the end of every line. Every token of the stream is a target, the ends of sentences included and the beginning of
/// a sentence never, and the text before the stream counts as ended: a counted model starts in the context `<s>`, a
/// recurrent one reads an end-of-sentence token first. So perplexity per token counts the words and one `</s>` a
/// sentence, as published Penn Treebank figures do, and models with the same vocabulary can be compared.
/// A model with nothing to read before the first token may leave that one target out.
public protocol LanguageModelScorer {
    /// How many tokens the model distributes its probability over: ids are 0 ..< `vocabularySize`.
    var vocabularySize: Int { get }

    /// Σ log P(w_t | w_1 … w_{t−1}) over the targets of `stream`.
    ///
    /// - Throws: where the stream holds an id outside the vocabulary.
    func score(_ stream: UnsafeBufferPointer<Int32>) throws -> LanguageModelScore
}

extension LanguageModelScorer {
    /// Σ log P(w_t | w_1 … w_{t−1}) over the targets of `stream`.
    public func score(_ stream: [Int32]) throws -> LanguageModelScore {
        try stream.withUnsafeBufferPointer { try score($0) }
    }
}
