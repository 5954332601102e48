/// What is taken off the counts of one order's n-grams: `first` off a count of one, `second` off a count of two, `third`
/// off every greater count.
///
/// Chen and Goodman (1998), with n_k the number of n-grams that have the count k:
///
///     Y = n_1 / (n_1 + 2 n_2)      D_k = k − (k + 1) Y n_{k+1} / n_k      for k = 1, 2, 3
///
/// and Kneser and Ney (1995): D = Y for every count. Small texts can lack the n-grams that these need. Where n_1 or n_2
/// is zero Y is not known; where n_k or n_{k+1} is zero, or D_k is not above zero, D_k is not. What is not known is
/// k / 2, that is 0.5, 1 and 1.5, as KenLM's fall-back has it.
public struct NGramDiscounts: Equatable, Sendable {
    public let first: Double
    public let second: Double
    public let third: Double

    /// - Parameter countsOfCounts: n_1, n_2, n_3, n_4.
    init(countsOfCounts: [Int], smoothing: NGramSettings.Smoothing) {
        let n = countsOfCounts.map(Double.init)
        let y = n[0] > 0 && n[1] > 0 ? n[0] / (n[0] + 2 * n[1]) : nil
        func discount(_ k: Int) -> Double {
            let fallback = Double(k) / 2
            guard let y, n[k - 1] > 0, n[k] > 0 else { return fallback }
            let value = Double(k) - Double(k + 1) * y * n[k] / n[k - 1]
            return value > 0 ? value : fallback
        }
        switch smoothing {
        case .modifiedKneserNey: (first, second, third) = (discount(1), discount(2), discount(3))
        case .kneserNey: (first, second, third) = (y ?? 0.5, y ?? 0.5, y ?? 0.5)
        case .maximumLikelihood: (first, second, third) = (0, 0, 0)
        }
    }

    /// What is taken off `count`.
    func discount(of count: UInt32) -> Double {
        switch count {
        case 0: 0
        case 1: first
        case 2: second
        default: third
        }
    }
}

/// What estimation found in the text.
public struct NGramStatistics: Equatable, Sendable {
    /// One order's n-grams.
    public struct Order: Equatable, Sendable {
        /// How many different n-grams the text has, the word `<s>` not counted.
        public let distinct: Int
        /// How many of them the model keeps. It has the words of the vocabulary that the text lacks besides.
        public let kept: Int
        /// n_1 … n_4: how many have a count of 1, 2, 3 and 4, after the lower orders' counts were replaced by the
        /// numbers of different tokens that they follow.
        public let countsOfCounts: [Int]
        public let discounts: NGramDiscounts
    }

    /// The tokens of the text, ends of sentences included.
    public let tokenCount: Int
    public let sentenceCount: Int
    /// From order 1 up.
    public let orders: [Order]
}
