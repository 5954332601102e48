import CSequiturKernels

/// The function between the two maps of a feed-forward layer.
public enum Activation: String, Sendable, CaseIterable {
    /// max(0, x)
    case relu
    /// x Φ(x), with the normal distribution's own Φ (Hendrycks & Gimpel 2016).
    case gelu
    /// The approximation of GELU by tanh that GPT-2 uses.
    case geluTanh = "gelu-tanh"
    /// x σ(x)
    case silu
    /// silu(a) ⊙ b with x = [a | b] (Shazeer 2020).
    case swiglu
    /// gelu(a) ⊙ b with x = [a | b] and GPT-2's GELU, as in T5 1.1 (Shazeer 2020).
    case geglu

    /// True where the width of what is read is twice that of what comes out.
    public var isGated: Bool { self == .swiglu || self == .geglu }

    var operation: Int32 {
        switch self {
        case .relu: Int32(SEQUITUR_RELU)
        case .gelu: Int32(SEQUITUR_GELU)
        case .geluTanh, .geglu: Int32(SEQUITUR_GELU_TANH)
        case .silu, .swiglu: Int32(SEQUITUR_SILU)
        }
    }
}

extension Tensor {
    /// y = f(x); a gated one gives y = f(a) ⊙ b, where a and b are the halves of x's last axis.
    ///
    /// - Shape: [..., D], or [..., 2 D] where gated → [..., D], in the type of x. bfloat16 has a bfloat16 gradient.
    public func activated(_ activation: Activation) -> Tensor {
        precondition(
            dtype.isFloatingPoint && rank >= 1 && (!activation.isGated || shape[rank - 1] % 2 == 0),
            "activated: \(activation.rawValue) of \(dtype) \(shape)")
        let width = shape[rank - 1] / (activation.isGated ? 2 : 1), rows = width == 0 ? 0 : shape.dropLast().reduce(1, *)
        let y = Tensor.uninitialized(Array(shape.dropLast()) + [width], dtype)
        let operation = activation.operation, isGated: Int32 = activation.isGated ? 1 : 0
        sequitur_activation_forward(operation, isGated, elements, y.elements, dtype.rawValue, Int64(rows), Int64(width))
        return y.recordedWithHalves(from: self) { [self] upstream, sink in
            let gradient = Tensor.uninitialized(shape, dtype)
            sequitur_activation_backward(
                operation, isGated, elements, dtype.rawValue, upstream.elements, upstream.dtype.rawValue, gradient.elements,
                Int64(rows), Int64(width))
            keepAlive(upstream)
            sink.add(gradient, to: self)
        }
    }
}
