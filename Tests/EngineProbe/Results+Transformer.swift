import SequiturLayers
import SequiturTensors

extension Results {
    /// A small stack of encoder layers with each kind of norm, activation and position, and its gradients.
    static func transformer() -> [(String, Tensor)] {
        let random = RandomStream(seed: 17)
        let x = Tensor.normal([70, 3, 24], from: random.split("x"))
        return [Precision.float32, .bfloat16].flatMap { (precision: Precision) in
            let kinds: [(Normalization, Activation, RotaryPositions?)] = [
                (.layer, .gelu, nil), (.rootMeanSquare, .swiglu, RotaryPositions(width: 6)),
            ]
            return kinds.flatMap { normalization, activation, rotary in
                let settings = TransformerLayerSettings(
                    width: 24, heads: 4, keyHeads: 2, feedForwardWidth: 50, activation: activation, normalization: normalization,
                    normalizesFirst: true, dropout: 0.1, attentionDropout: 0.2, rotary: rotary, hasSlopes: rotary == nil)
                let stack = TransformerEncoder(settings, layers: 2, random: random)
                return withContext(.training, random: random, precision: precision) {
                    let (value, gradients) = valueWithGradients(of: stack.parameters()) {
                        stack(x, pattern: AttentionPattern(isCausal: true)).squared().sum()
                    }
                    return [value, gradients.flat].enumerated().map {
                        ("transformer, \(activation.rawValue) in \(precision), \($0.offset)", $0.element)
                    }
                }
            }
        }
    }
}
