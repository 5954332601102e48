import SequiturTensors

/// One step from a model's scores to the distribution that the next token is chosen from.
///
/// Scores are log-probabilities up to a constant, one for each token of the vocabulary: logits or log-probabilities, −∞ for
/// a token that is out of the question. They are never NaN or +∞, and a processor keeps them so; it never rules out every
/// token. Applied to the same scores, every processor gives what its namesake in Hugging Face's transformers gives.
public protocol ScoreProcessor: Sendable {
    /// - Parameters:
    ///   - scores: [V], changed in place.
    ///   - history: the tokens of the prompt and of the text so far.
    func process(_ scores: inout [Float], after history: TokenHistory)
}

/// softmax: p_i = e^{s_i} / Σ_j e^{s_j}; zero for a score of −∞.
///
/// - Shape: [V] → [V]
func probabilities(of scores: [Float]) -> [Float] { Tensor(scores).softmax().floats() }
