import SequiturModels
import Testing

/// One way of estimating, with a small random text.
struct NGramCase: Sendable, CustomTestStringConvertible {
    var order: Int
    var smoothing = NGramSettings.Smoothing.modifiedKneserNey
    var minimumCounts = [1]
    var hasEnd = true
    var seed: UInt64 = 1
    var sentenceCount = 40

    var testDescription: String { "order \(order), \(smoothing), minimum counts \(minimumCounts), </s> \(hasEnd), seed \(seed)" }

    /// Small enough to be changed at every byte.
    static let small = NGramCase(order: 3, sentenceCount: 8)

    static let all: [NGramCase] =
        (1...6).map { NGramCase(order: $0, seed: UInt64($0)) } + (1...4).map { NGramCase(order: $0, smoothing: .kneserNey) }
        + (1...4).map { NGramCase(order: $0, smoothing: .maximumLikelihood) }
        + [
            NGramCase(order: 3, hasEnd: false), NGramCase(order: 4, smoothing: .maximumLikelihood, hasEnd: false),
            NGramCase(order: 3, minimumCounts: [1, 1, 2], seed: 2), NGramCase(order: 4, minimumCounts: [1, 2, 3], seed: 3),
            NGramCase(order: 4, smoothing: .maximumLikelihood, minimumCounts: [1, 2], seed: 4), NGramCase(order: 10, seed: 5),
        ]

    /// Ids 0 (the end of a sentence), 1 … 6 and 7, which the text lacks.
    var vocabulary: [String] { ["<eos>", "one", "two", "three", "four", "five", "six", "<unk>"] }
    var sentences: [[Int32]] {
        randomNGramSentences(count: sentenceCount, longest: 9, words: 6, seed: seed).map { hasEnd ? $0 + [0] : $0 }
    }
    var stream: [Int32] { Array(sentences.joined()) }

    func model() throws -> NGramModel {
        try NGramModel(
            estimatedFrom: stream, vocabulary: vocabulary, endOfSentence: hasEnd ? 0 : nil,
            settings: NGramSettings(order: order, smoothing: smoothing, minimumCounts: minimumCounts))
    }

    func reference() -> NGramReference {
        NGramReference(
            sentences: hasEnd ? sentences : [stream], outcomes: Array(0..<8), order: order, smoothing: smoothing,
            minimumCounts: minimumCounts)
    }

    /// Texts to stand before a token: the empty one, all beginnings of sentences of the text, and random ones.
    var histories: [[Int32]] {
        let seen = sentences.flatMap { sentence in (0..<max(sentence.count, 1)).map { Array(sentence.prefix($0)) } }
        return [[]] + seen + randomNGramSentences(count: 50, longest: 6, words: 7, seed: seed + 100)
    }
}
