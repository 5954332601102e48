import SequiturTensors

/// The position-wise part of a Transformer layer (Vaswani et al. 2017): two maps with an activation between them.
///
///     y = W₂ f(W₁ x + b₁) + b₂                with f ReLU or GELU
///     y = W₂ (silu(a) ⊙ b) + b₂, [a | b] = W₁ x + b₁      gated (SwiGLU, Shazeer 2020)
///
/// - Shape: x [..., width] → the same; W₁ [hiddenWidth, width], or [2 hiddenWidth, width] where gated; W₂ [width, hiddenWidth].
///
///     let layer = FeedForward(width: 8, hiddenWidth: 32, activation: .gelu, random: RandomStream(seed: 1))
public final class FeedForward: Module {
    public let expansion: Linear
    public let contraction: Linear
    public let activation: Activation
    private let dropout: Dropout

    /// - Parameters:
    ///   - dropout: of what the second map reads.
    ///   - name: tells this layer's randomness from that of others in the model.
    public init(
        width: Int, hiddenWidth: Int, activation: Activation = .relu, hasBias: Bool = true, dropout: Float = 0,
        name: String = "feedForward", random: RandomStream
    ) {
        precondition(width > 0 && hiddenWidth > 0, "FeedForward: widths above 0 expected, \(width) and \(hiddenWidth) given")
        expansion = Linear(
            from: width, to: hiddenWidth * (activation.isGated ? 2 : 1), hasBias: hasBias, random: random.split("expansion"))
        contraction = Linear(from: hiddenWidth, to: width, hasBias: hasBias, random: random.split("contraction"))
        self.activation = activation
        self.dropout = Dropout(dropout, name: name)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        // Many rows go by blocks that stay in a core's cache; few are limited by reading the weights, which are kept packed.
        let isShort = Context.current.tape == nil && x.rows < MatrixProduct.rowsWorthPacking
        if dropout.isActive || isShort { return contraction.operand(dropout(expansion.operand(x).activated(activation))) }
        return x.feedForward(
            expansion: expansion.weight(), expansionBias: expansion.bias?(), activation: activation,
            contraction: contraction.weight(), contractionBias: contraction.bias?())
    }
}
