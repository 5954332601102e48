/// How an n-gram model is estimated.
public struct NGramSettings: Equatable, Sendable {
    /// How probability is moved from the n-grams that were seen to those that were not.
    public enum Smoothing: String, CaseIterable, Sendable {
        /// Three discounts an order (Chen and Goodman 1998), interpolated. The best of the counted models.
        case modifiedKneserNey = "modified-kneser-ney"
        /// One discount an order (Kneser and Ney 1995), interpolated.
        case kneserNey = "kneser-ney"
        /// Relative frequencies of the text itself: what was not seen after a context has probability zero.
        case maximumLikelihood = "maximum-likelihood"
    }

    /// The longest n-grams that any setting may ask for.
    public static let maximumOrder = 10

    /// n: how many tokens an n-gram has, so that a token is predicted from the n − 1 before it.
    public var order: Int
    public var smoothing: Smoothing
    /// The n-grams of order k that occur in the text fewer than `minimumCounts[k - 1]` times are left out and their
    /// probability goes to the lower order; orders past the end use the last number. Begins with 1, never falls.
    ///
    /// With [1], the default, a 5-gram model of the Penn Treebank has a test perplexity of 141.2, the published one;
    /// with [1, 1, 2], SRILM's default cut-offs, it has 147.4 and a fifth of the size.
    public var minimumCounts: [Int]

    public init(order: Int = 5, smoothing: Smoothing = .modifiedKneserNey, minimumCounts: [Int] = [1]) {
        self.order = order
        self.smoothing = smoothing
        self.minimumCounts = minimumCounts
    }

    /// - Throws: `NGramError.order` or `NGramError.minimumCounts`.
    func validate() throws {
        guard (1...Self.maximumOrder).contains(order) else { throw NGramError.order(order) }
        guard minimumCounts.first == 1, minimumCounts.count <= order,
            zip(minimumCounts, minimumCounts.dropFirst()).allSatisfy({ $0 <= $1 })
        else { throw NGramError.minimumCounts(minimumCounts, order: order) }
    }

    /// How often an n-gram of `order` must occur to be kept.
    func minimumCount(order: Int) -> Int { minimumCounts[min(order, minimumCounts.count) - 1] }
}
