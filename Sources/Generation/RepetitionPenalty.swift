/// Makes tokens that the prompt or the text so far has had less likely, once each however often they came (Keskar et al.
/// 2019, "CTRL", §4.1, in the form of Hugging Face's transformers, in which the penalty acts the same way on both signs):
///
///     s_i ← s_i / θ  where s_i ≥ 0        s_i ← s_i θ  where s_i < 0        for every token i seen
///
/// θ = 1 does nothing, 1.2 is the paper's choice, and below 1 repetition is rewarded.
public struct RepetitionPenalty: ScoreProcessor, Equatable {
    public let penalty: Float

    /// - Throws: `GenerationError.invalidSetting` unless `penalty` is a number above 0.
    public init(_ penalty: Double) throws {
        guard penalty > 0, penalty.isFinite else {
            throw GenerationError.invalidSetting(
                name: "repetition-penalty", value: "\(penalty)", allowed: "a number above 0; 1 does nothing, 1.2 is usual")
        }
        self.penalty = positiveFloat(penalty)
    }

    public func process(_ scores: inout [Float], after history: TokenHistory) {
        let most = Float.greatestFiniteMagnitude
        for token in history.distinct {
            let score = scores[Int(token)]
            guard score.isFinite else { continue }
            scores[Int(token)] = max(-most, min(score < 0 ? score * penalty : score / penalty, most))
        }
    }
}

/// The nearest Float that is neither zero nor infinite nor subnormal.
func positiveFloat(_ value: Double) -> Float {
    max(.leastNormalMagnitude, min(Float(value), .greatestFiniteMagnitude))
}
