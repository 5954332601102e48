import SequiturTensors

/// Penalties on the hidden states of a recurrent model (AR and TAR: Merity, McCann and Socher 2017):
///
///     L = α · mean(h̃²) + β · mean((h_{t+1} − h_t)²)
///
/// on the last layer's outputs h, and on h̃, what dropout leaves of them: the first keeps activations small, the second keeps
/// them from changing fast.
///
///     let regularization = ActivationRegularization(activation: 2, temporal: 1)
///     let penalty = regularization.penalty(raw: outputs, dropped: dropout(outputs))
public struct ActivationRegularization: Sendable, Equatable {
    /// α
    public var activation: Float
    /// β
    public var temporal: Float

    public init(activation: Float = 0, temporal: Float = 0) {
        self.activation = activation
        self.temporal = temporal
    }

    public static let none = ActivationRegularization()

    /// L; nil where both weights are 0, or what they would weigh is not there.
    ///
    /// - Parameters:
    ///   - raw: h. A single step has no change to another.
    ///   - dropped: h̃.
    /// - Shape: raw, dropped [T, B, H] → []
    public func penalty(raw: Tensor, dropped: Tensor) -> Tensor? {
        precondition(
            raw.shape == dropped.shape && raw.shape.count == 3,
            "ActivationRegularization: raw \(raw.shape) and dropped \(dropped.shape) must be [T, B, H] alike")
        guard raw.count > 0 else { return nil }
        var terms: [Tensor] = []
        if activation > 0 { terms.append(dropped.squared().mean() * Tensor(activation)) }
        let last = raw.shape[0] - 1
        if temporal > 0, last > 0 { terms.append((raw[1..<(last + 1)] - raw[0..<last]).squared().mean() * Tensor(temporal)) }
        return terms.dropFirst().reduce(terms.first) { sum, next in sum.map { $0 + next } }
    }
}
