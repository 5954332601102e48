/// Sharpens or flattens the distribution (Ackley, Hinton & Sejnowski 1985):
///
///     s_i ← s_i / τ        p_i ∝ p_i^{1/τ}
///
/// τ = 1 does nothing; as τ → 0 the draw becomes the greedy choice, as τ → ∞ it becomes even.
public struct Temperature: ScoreProcessor, Equatable {
    public let temperature: Float

    /// - Throws: `GenerationError.invalidSetting` unless `temperature` is a number above 0.
    public init(_ temperature: Double) throws {
        guard temperature > 0, temperature.isFinite else {
            throw GenerationError.invalidSetting(
                name: "temperature", value: "\(temperature)", allowed: "a number above 0; for the likeliest token choose greedy")
        }
        self.temperature = positiveFloat(temperature)
    }

    public func process(_ scores: inout [Float], after history: TokenHistory) {
        var highest = -Float.infinity
        for score in scores { highest = score > highest ? score : highest }
        // Where the quotient overflows, the distribution that a shift leaves as it is does not.
        let shift = highest.isFinite && !(highest / temperature).isFinite ? highest : 0
        scores.withUnsafeMutableBufferPointer { scores in
            for index in scores.indices { scores[index] = (scores[index] - shift) / temperature }
        }
    }
}
