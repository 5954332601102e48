#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Computes a model's probabilities from the sorted places of its text, one order after the other.
///
/// With c(h w) the count of the n-gram, D the discount of that count and h' the context h without its first word:
///
///     P(w | h) = (c(h w) − D(c(h w))) / Σ_v c(h v) + γ(h) P(w | h')      γ(h) = Σ_v D(c(h v)) / Σ_v c(h v)
///
/// The highest order counts occurrences; lower orders count the different words that the n-gram follows, but occurrences
/// where it begins with `<s>`, which follows nothing. Below the unigrams lies the uniform distribution over all words
/// but `<s>`. γ(h) is also the weight with which a context backs off to h' for words not seen after it.
/// The count of an n-gram that is left out by a minimum count goes to γ(h) whole.
struct NGramEstimation {
    private let text: [UInt32]
    private let suffixes: NGramSuffixes
    private let smoothing: NGramSettings.Smoothing
    private let minimumCounts: [Int]
    private let distinct: [Int]
    private let builder: NGramBuilder
    private let order: Int
    private let beginning: UInt32
    /// For each place of the text, which of the n-grams of the order last done begins there: the word itself for
    /// unigrams, else its rank among all different ones.
    private var ranks: [UInt32]
    /// Of the order last done, by rank: how often the n-gram occurs, and its probability.
    private var occurrences: [UInt32] = []
    private var probabilities: [Float] = []

    init(
        text: [UInt32], suffixes: NGramSuffixes, smoothing: NGramSettings.Smoothing, minimumCounts: [Int], distinct: [Int],
        builder: NGramBuilder
    ) {
        self.text = text
        self.suffixes = suffixes
        self.smoothing = smoothing
        self.minimumCounts = minimumCounts
        self.distinct = distinct
        self.builder = builder
        order = minimumCounts.count
        beginning = builder.layout.beginningOfSentence
        ranks = [UInt32](text.prefix(suffixes.count))
    }

    mutating func run() -> [NGramStatistics.Order] {
        [estimateUnigrams()] + (2..<(order + 1)).map { estimate($0) }
    }

    private mutating func estimateUnigrams() -> NGramStatistics.Order {
        let wordCount = builder.layout.counts[0]
        occurrences = [UInt32](repeating: 0, count: wordCount)
        for word in ranks { occurrences[Int(word)] += 1 }
        var counts = order == 1 || smoothing == .maximumLikelihood ? occurrences : continuations(1, count: wordCount)
        counts[Int(beginning)] = 0
        let (countsOfCounts, discounts) = discounts(of: counts)
        var total = 0.0
        var removed = 0.0
        for count in counts {
            total += Double(count)
            removed += discounts.discount(of: count)
        }
        let outcomes = wordCount - 1
        let uniform = removed / total / Double(outcomes)
        probabilities = counts.map { Float((Double($0) - discounts.discount(of: $0)) / total + uniform) }
        probabilities[Int(beginning)] = 0
        let logProbabilities = builder.logProbabilities(order: 1)
        for (word, probability) in probabilities.enumerated() { logProbabilities[word] = min(0, log(probability)) }
        let distinct = counts.count { $0 > 0 }
        return NGramStatistics.Order(distinct: distinct, kept: distinct, countsOfCounts: countsOfCounts, discounts: discounts)
    }

    private mutating func estimate(_ order: Int) -> NGramStatistics.Order {
        let count = distinct[order - 1]
        var lower = [Float](repeating: 0, count: count)
        var occurrences = [UInt32](repeating: 0, count: count)
        var rank = -1
        for index in 0..<suffixes.count where suffixes.reaches(order, at: index) {
            if suffixes.differs(order, at: index) {
                rank += 1
                lower[rank] = probabilities[Int(ranks[Int(suffixes.positions[index]) + 1])]
            }
            occurrences[rank] += 1
        }
        rank = -1
        for index in 0..<suffixes.count where suffixes.reaches(order, at: index) {
            if suffixes.differs(order, at: index) { rank += 1 }
            ranks[Int(suffixes.positions[index])] = UInt32(rank)
        }
        var counts = occurrences
        if order < self.order, smoothing != .maximumLikelihood {
            counts = continuations(order, count: count)
            for (rank, count) in counts.enumerated() where count == 0 { counts[rank] = occurrences[rank] }
        }
        let (countsOfCounts, discounts) = discounts(of: counts)
        fill(order, occurrences: occurrences, counts: counts, discounts: discounts, probabilities: &lower)
        self.occurrences = occurrences
        probabilities = lower
        return NGramStatistics.Order(
            distinct: count, kept: builder.layout.counts[order - 1], countsOfCounts: countsOfCounts, discounts: discounts)
    }

    /// How many different words each n-gram of `order`, the order last ranked, follows. Zero for those that begin with `<s>`.
    private func continuations(_ order: Int, count: Int) -> [UInt32] {
        var result = [UInt32](repeating: 0, count: count)
        for index in 0..<suffixes.count where suffixes.reaches(order + 1, at: index) && suffixes.differs(order + 1, at: index) {
            result[Int(ranks[Int(suffixes.positions[index]) + 1])] += 1
        }
        return result
    }

    private func discounts(of counts: [UInt32]) -> ([Int], NGramDiscounts) {
        var countsOfCounts = [0, 0, 0, 0]
        for count in counts where count > 0 && count <= 4 { countsOfCounts[Int(count) - 1] += 1 }
        return (countsOfCounts, NGramDiscounts(countsOfCounts: countsOfCounts, smoothing: smoothing))
    }

    /// Writes the n-grams of `order`, the back-off weights of their contexts, and where each context's n-grams begin.
    ///
    /// - Parameter probabilities: By rank; the probability of the n-gram without its first word is replaced by its own,
    ///   which stays of no use for an n-gram that is left out.
    private func fill(
        _ order: Int, occurrences: [UInt32], counts: [UInt32], discounts: NGramDiscounts, probabilities: inout [Float]
    ) {
        let words = builder.words(order: order)
        let logProbabilities = builder.logProbabilities(order: order)
        let backoffs = builder.backoffs(order: order - 1)
        let firstChildren = builder.firstChildren(order: order - 1)
        let minimum = minimumCounts[order - 1]
        let contextMinimum = minimumCounts[order - 2]
        var nextContext = 0  // the next context of the model to be written
        var nextChild = 0
        var contextRank = -1
        var rank = -1
        var siblings: [UInt32] = []  // the last words of the n-grams seen so far in this context

        func finishContext() {
            guard contextRank >= 0, self.occurrences[contextRank] >= contextMinimum else {
                return siblings.removeAll(keepingCapacity: true)
            }
            let first = rank + 1 - siblings.count
            var total = 0.0
            var removed = 0.0
            for sibling in first..<(rank + 1) {
                total += Double(counts[sibling])
                removed += occurrences[sibling] >= minimum ? discounts.discount(of: counts[sibling]) : Double(counts[sibling])
            }
            let backoff = siblings.isEmpty ? 1 : removed / total
            backoffs[nextContext] = Float(log(backoff))
            firstChildren[nextContext] = UInt32(nextChild)
            nextContext += 1
            for (sibling, word) in zip(first..., siblings) where occurrences[sibling] >= minimum {
                let count = counts[sibling]
                let own = (Double(count) - discounts.discount(of: count)) / total
                probabilities[sibling] = Float(own + backoff * Double(probabilities[sibling]))
                words[nextChild] = word
                logProbabilities[nextChild] = min(0, log(probabilities[sibling]))
                nextChild += 1
            }
            siblings.removeAll(keepingCapacity: true)
        }

        for index in 0..<suffixes.count where suffixes.reaches(order - 1, at: index) {
            let place = Int(suffixes.positions[index])
            if suffixes.differs(order - 1, at: index) {
                finishContext()
                contextRank = order == 2 ? Int(text[place]) : contextRank + 1
                // Words that the text does not have are unigrams all the same.
                while order == 2, nextContext < contextRank {
                    firstChildren[nextContext] = UInt32(nextChild)
                    nextContext += 1
                }
            }
            if suffixes.reaches(order, at: index), suffixes.differs(order, at: index) {
                rank += 1
                siblings.append(text[place + order - 1])
            }
        }
        finishContext()
        for context in nextContext...builder.layout.counts[order - 2] { firstChildren[context] = UInt32(nextChild) }
    }
}
