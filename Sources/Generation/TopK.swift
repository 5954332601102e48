/// Leaves the k likeliest tokens (Fan, Lewis & Dauphin 2018): the scores below the k-th highest become −∞. Tokens that
/// share the k-th highest score all stay. Where k is the size of the vocabulary or more, nothing changes.
public struct TopK: ScoreProcessor, Equatable {
    public let count: Int

    /// - Throws: `GenerationError.invalidSetting` unless `count` is at least 1.
    public init(_ count: Int) throws {
        guard count >= 1 else {
            throw GenerationError.invalidSetting(
                name: "top-k", value: "\(count)", allowed: "at least 1, or 0 to choose among all tokens")
        }
        self.count = count
    }

    public func process(_ scores: inout [Float], after history: TokenHistory) {
        guard count < scores.count else { return }
        var ranking = Ranking(of: scores) { _ in true }
        guard let last = ranking.endOfHead(reaching: Double(count), weight: { _ in 1 }) else { return }
        let threshold = scores[Ranking.token(of: last)]
        scores.withUnsafeMutableBufferPointer { scores in
            for index in scores.indices { scores[index] = scores[index] < threshold ? -.infinity : scores[index] }
        }
    }
}
