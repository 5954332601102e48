/// Leaves the nucleus of the distribution (Holtzman et al. 2020): the smallest set of likeliest tokens whose probabilities
/// sum to at least p. The others' scores become −∞.
///
/// A token stays if the probabilities of all likelier tokens sum to less than p, so the likeliest always does. Of tokens
/// with equal scores the one with the higher id counts as likelier. p = 1 does nothing.
public struct TopP: ScoreProcessor, Equatable {
    public let probability: Double

    /// - Throws: `GenerationError.invalidSetting` unless `probability` is above 0 and at most 1.
    public init(_ probability: Double) throws {
        guard probability > 0, probability <= 1 else {
            throw GenerationError.invalidSetting(
                name: "top-p", value: "\(probability)", allowed: "a number above 0 and at most 1; 1 chooses among all tokens")
        }
        self.probability = probability
    }

    public func process(_ scores: inout [Float], after history: TokenHistory) {
        guard probability < 1 else { return }
        let probabilities = probabilities(of: scores)
        // Tokens below this sum to less than 1 − p even if all are, so the rest holds the nucleus.
        let least = Float((1 - probability) / Double(scores.count))
        var ranking = Ranking(of: scores) { probabilities[$0] >= least }
        guard let last = ranking.endOfHead(reaching: probability, weight: { Double(probabilities[$0]) }) else { return }
        scores.withUnsafeMutableBufferPointer { scores in
            for index in scores.indices {
                scores[index] = Ranking.key(of: scores[index], at: index) < last ? -.infinity : scores[index]
            }
        }
    }
}
