import SequiturTensors

// H hidden width

/// What the update gate z of a GRU multiplies. Either convention becomes the other by negating what z is computed from,
/// as σ(−a) = 1 − σ(a).
public enum UpdateGate: String, Sendable, CaseIterable {
    /// h' = (1 − z) ⊙ n + z ⊙ h, as in Cho et al. 2014, PyTorch and cuDNN: z keeps.
    case keep
    /// h' = (1 − z) ⊙ h + z ⊙ n, as in Chung et al. 2014: z replaces.
    case replace
}

extension Tensor {
    /// A GRU's weight or bias, its gates below one another in the order r, z, n, with the rows of z negated.
    ///
    /// - Shape: [3H, …] → the same.
    public func withUpdateGateNegated() -> Tensor {
        precondition(rank >= 1 && shape[0] % 3 == 0, "withUpdateGateNegated: rows of three gates expected, \(shape) found")
        let width = shape[0] / 3, signs = (0..<shape[0]).map { $0 / max(1, width) == 1 ? Float(-1) : 1 }
        return self * Tensor(signs, shape: [shape[0]] + Array(repeating: 1, count: rank - 1))
    }
}
