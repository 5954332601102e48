import SequiturTensors
import SequiturText

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// T steps, B sentences, K tags, V words and classes

/// A hidden Markov model of tagged sentences (Rabiner 1989; for parts of speech Church 1988), counted: the classical baseline of
/// tagging.
///
///     P(words, tags) = P(y₀) Π_t P(y_t | y_{t−1}) Π_t P(x_t | y_t) · P(end | y_{n−1})
///
///     P(j | i) = (c(i, j) + α) / (c(i) + α (K + 1))       P(x | i) = (c(i, x) + β) / (c(i) + β V)
///
/// c are counts of a tagged corpus, α and β are added to each. x is a word, or the class of a word that training has seen fewer times
/// than `minimumWordCount` (see `WordClasses`): rare words of the corpus are counted as their classes, and so stand for words that it
/// does not have. Over all words and classes, and over all tags and the end, probabilities sum to one.
///
///     let model = try HiddenMarkovModel(estimatedFrom: [.init(words: ["time", "flies"], tags: ["NOUN", "VERB"])])
///     model.tags(of: [["time", "flies"]])   // [["NOUN", "VERB"]]
public final class HiddenMarkovModel: Sendable {
    /// Words with their tags, one for each.
    public struct Sentence: Sendable, Equatable {
        public var words: [String]
        public var tags: [String]

        public init(words: [String], tags: [String]) {
            self.words = words
            self.tags = tags
        }
    }

    public let settings: HiddenMarkovSettings
    let counts: HiddenMarkovCounts
    private let transitions, start, end: Tensor  // logarithms: [K, K], [K], [K]
    private let emissions: Tensor  // logarithms: [V, K]

    init(_ counts: HiddenMarkovCounts, settings: HiddenMarkovSettings) {
        self.settings = settings
        self.counts = counts
        let tags = counts.tags.count, items = counts.items, alpha = settings.transitionSmoothing,
            beta = settings.emissionSmoothing
        let totals = counts.tagTotals, sentences = counts.start.reduce(0) { $0 + Double($1) }
        func logarithm(_ count: Int32, _ added: Double, _ total: Double, _ outcomes: Int) -> Float {
            let share = (Double(count) + added) / (total + added * Double(outcomes))
            return Float(share > 0 ? log(share) : -.infinity)
        }
        start = Tensor(counts.start.map { logarithm($0, alpha, sentences, tags) })
        end = Tensor(zip(counts.end, totals).map { logarithm($0, alpha, $1, tags + 1) })
        transitions = Tensor(
            counts.transitions.enumerated().map { logarithm($0.element, alpha, totals[$0.offset / tags], tags + 1) },
            shape: [tags, tags])
        emissions = Tensor(
            counts.emissions.enumerated().map { logarithm($0.element, beta, totals[$0.offset % tags], items) },
            shape: [items, tags])
    }

    /// The names of the tags, in the order in which the corpus has them.
    public var tagNames: [String] { counts.tags.tokens }
    /// Words that are counted one by one.
    public var wordCount: Int { counts.words.count }
    /// Classes of all other words.
    public var classNames: [String] { counts.classes.tokens }

    /// The most probable tags of each sentence (Viterbi 1967).
    public func tags(of sentences: [[String]]) -> [[String]] {
        let names = tagNames
        return inBatches(sentences) { chain in chain.bestPaths().map { $0[0].tags.map { names[Int($0)] } } }
    }

    /// The most probable tags of each sentence, and how probable each is by itself.
    public func answers(to sentences: [[String]]) -> [(tags: [String], probabilities: [Float])] {
        let names = tagNames
        return inBatches(sentences) { chain in
            let marginals = chain.marginals().floats(), rows = chain.lengths.count  // [T, B, K]
            return chain.bestPaths().enumerated().map { row, paths in
                let tags = paths[0].tags
                return (
                    tags.map { names[Int($0)] },
                    tags.enumerated().map { marginals[($0 * rows + row) * names.count + Int($1)] }
                )
            }
        }
    }

    /// How many counts it has.
    public var parameterCount: Int { counts.start.count + counts.end.count + counts.transitions.count + counts.emissions.count }

    /// log P(words) of each sentence over all taggings, its end included, in nats (the forward algorithm). Of a word that the model
    /// does not count one by one it is the probability of its class.
    public func logProbabilities(of sentences: [[String]]) -> [Double] {
        inBatches(sentences) { chain in chain.logPartition().floats().map(Double.init) }
    }

    /// log P(words, tags) of a sentence; −∞ for a tag that the model does not have.
    public func logProbability(of sentence: Sentence) -> Double {
        precondition(
            sentence.words.count == sentence.tags.count,
            "logProbability: \(sentence.words.count) words, \(sentence.tags.count) tags")
        let ids = sentence.tags.compactMap(counts.tags.id(of:))
        guard ids.count == sentence.tags.count else { return -.infinity }
        return inBatches([sentence.words]) { chain in
            let loss = chain.negativeLogLikelihood(of: Tensor(ids, shape: [ids.count, 1])).scalar
            return [Double(chain.logPartition().scalar - loss)]
        }[0]
    }

    /// What `body` makes of the sentences, some of them at a time.
    private func inBatches<Result>(_ sentences: [[String]], _ body: (LinearChain) -> [Result]) -> [Result] {
        let rows = 64
        return Engine.run {
            withoutGradients {
                stride(from: 0, to: sentences.count, by: rows).flatMap { first in
                    body(chain(sentences[first..<min(first + rows, sentences.count)]))
                }
            }
        }
    }

    private func chain(_ sentences: ArraySlice<[String]>) -> LinearChain {
        let steps = sentences.map(\.count).max() ?? 0
        var ids = [Int32](repeating: 0, count: steps * sentences.count)
        for (row, sentence) in sentences.enumerated() {
            for (step, word) in sentence.enumerated() { ids[step * sentences.count + row] = item(of: word) }
        }
        return LinearChain(
            emissions: emissions.rows(Tensor(ids, shape: [steps, sentences.count])), transitions: transitions, start: start,
            end: end, lengths: Tensor(sentences.map { Int32($0.count) }))
    }

    /// The row of a word in the emissions: its own, or that of its class.
    func item(of word: String) -> Int32 { counts.item(of: word, longestSuffix: settings.longestSuffix) }

    /// The distributions of the model: of the first tag; for each tag, of the next one and the end; for each tag, of words and classes.
    package var distributions: [[Float]] {
        let ends = end.reshaped([tagNames.count, 1]), words = emissions.transposed()
        let next = Tensor.concatenated([transitions, ends], axis: 1)
        return [start.exponential().floats()]
            + [next, words].flatMap { table in (0..<table.shape[0]).map { table[$0].exponential().floats() } }
    }
}

/// How a hidden Markov model counts. The defaults did best on the development sets of UD English EWT and CoNLL-2003.
public struct HiddenMarkovSettings: Sendable, Equatable {
    /// Words seen at least as often are counted one by one.
    public var minimumWordCount: Int
    /// A class exists where the corpus has at least as many rare words that could belong to it.
    public var minimumClassCount: Int
    /// Characters of a suffix that tells classes apart.
    public var longestSuffix: Int
    /// α, added to the count of each pair of tags.
    public var transitionSmoothing: Double
    /// β, added to the count of each word and class under each tag.
    public var emissionSmoothing: Double

    public init(
        minimumWordCount: Int = 2, minimumClassCount: Int = 5, longestSuffix: Int = 4, transitionSmoothing: Double = 0.1,
        emissionSmoothing: Double = 0.003
    ) {
        self.minimumWordCount = minimumWordCount
        self.minimumClassCount = minimumClassCount
        self.longestSuffix = longestSuffix
        self.transitionSmoothing = transitionSmoothing
        self.emissionSmoothing = emissionSmoothing
    }

    /// Refuses what no model can be made of.
    func validate() throws(HiddenMarkovError) {
        func require(_ holds: Bool, _ reason: String) throws(HiddenMarkovError) {
            if !holds { throw HiddenMarkovError(reason: reason) }
        }
        try require(minimumWordCount >= 1, "the minimum word count must be at least 1, but is \(minimumWordCount)")
        try require(minimumClassCount >= 1, "the minimum class count must be at least 1, but is \(minimumClassCount)")
        try require((0...32).contains(longestSuffix), "the longest suffix must lie in 0...32, but is \(longestSuffix)")
        for (name, value) in [("transition", transitionSmoothing), ("emission", emissionSmoothing)] {
            try require(value > 0 && value <= 1e6, "\(name) smoothing must be above 0 and at most 1000000, but is \(value)")
        }
    }
}

/// Data that no hidden Markov model can be counted from, or a file that holds none: one line.
public struct HiddenMarkovError: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { reason }
}
