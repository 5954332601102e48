import SequiturTensors

// T steps, B sequences, D width

/// One vector for a sequence, its states weighted by what a hidden layer makes of each (Yang et al. 2016; Lin et al. 2017).
///
///     weights = softmax_t(vᵀ tanh(W h_t + b))        y = Σ_t weights_t h_t
///
/// - Shape: hidden [T, B, D], lengths [B] (int32) → [B, D].
public final class AttentionPooling: Module {
    public let key: Linear  // [D, D]
    public let vector: Linear  // [1, D]

    public init(width: Int, random: RandomStream) {
        key = Linear(from: width, to: width, random: random.split("key"))
        vector = Linear(from: width, to: 1, hasBias: false, random: random.split("vector"))
    }

    public func callAsFunction(_ hidden: Tensor, lengths: Tensor? = nil) -> Tensor {
        let (steps, rows) = (hidden.shape[0], hidden.shape[1])
        var scores = vector(key(hidden).hyperbolicTangent()).reshaped([steps, rows])
        if let counts = lengths?.int32s() {
            let absent = (0..<steps).flatMap { step in counts.map { step >= Int($0) } }
            scores = scores.masked(Tensor(absent, shape: [steps, rows]), value: -.infinity)
        }
        let weights = scores.transposed().softmax().transposed().reshaped([steps, rows, 1])
        return (hidden * weights).sum(axes: [0])
    }
}
