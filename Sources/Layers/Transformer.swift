import SequiturTensors

/// A stack of encoder layers, with a last norm where they normalise first. With a causal pattern it is a decoder without an encoder.
///
/// - Shape: x [T, B, width] → the same.
///
///     let settings = TransformerLayerSettings(width: 8, heads: 2, feedForwardWidth: 32, normalizesFirst: true)
///     let encoder = TransformerEncoder(settings, layers: 2, random: RandomStream(seed: 1))
///     let y = encoder(x, pattern: AttentionPattern(lengths: Tensor([5, 3] as [Int32])))
public final class TransformerEncoder: Module {
    public let layers: [TransformerEncoderLayer]
    public let norm: Norm?

    /// - Parameter hasNorm: whether there is a last norm; where the layers normalise first, if nil.
    public init(_ settings: TransformerLayerSettings, layers count: Int, hasNorm: Bool? = nil, random: RandomStream) {
        layers = (0..<count).map { TransformerEncoderLayer(settings, name: "layers.\($0)", random: random.split($0)) }
        norm = hasNorm ?? settings.normalizesFirst ? settings.norm() : nil
    }

    public func callAsFunction(_ x: Tensor, pattern: AttentionPattern = AttentionPattern()) -> Tensor {
        callAsFunction(x, pattern: pattern, memory: nil, feedsProduct: false)
    }

    /// - Parameters:
    ///   - memory: keys and values of earlier positions, to which those of x are added.
    ///   - feedsProduct: the result is in the form in which a product reads it.
    ///   - watch: takes the stream before the first layer (0) and after each, and gives what is to be read in its stead.
    package func callAsFunction(
        _ x: Tensor, pattern: AttentionPattern, memory: KeyValueWriter?, feedsProduct: Bool,
        watch: ((_ layer: Int, _ stream: Tensor) -> Tensor)? = nil
    ) -> Tensor {
        var stream = ResidualStream(watch?(0, x) ?? x)
        for (index, layer) in layers.enumerated() {
            layer.apply(to: &stream, pattern, memory: memory, index: index)
            if let watch { stream = ResidualStream(watch(index + 1, stream.finished(nil))) }
        }
        return stream.finished(norm, feedsProduct: feedsProduct)
    }
}

/// A stack of decoder layers over an encoder's output, with a last norm where they normalise first.
///
/// - Shape: x [T, B, width], encoded [S, B, width] → [T, B, width].
public final class TransformerDecoder: Module {
    public let layers: [TransformerDecoderLayer]
    public let norm: Norm?

    /// - Parameter hasNorm: whether there is a last norm; where the layers normalise first, if nil.
    public init(_ settings: TransformerLayerSettings, layers count: Int, hasNorm: Bool? = nil, random: RandomStream) {
        layers = (0..<count).map { TransformerDecoderLayer(settings, name: "layers.\($0)", random: random.split($0)) }
        norm = hasNorm ?? settings.normalizesFirst ? settings.norm() : nil
    }

    /// The whole of what is written at once, as in training.
    ///
    /// - Parameters:
    ///   - pattern: of attention within x, causal unless said otherwise.
    ///   - encodedPattern: of attention to the encoder's output, such as its lengths.
    public func callAsFunction(
        _ x: Tensor, encoded: Tensor, pattern: AttentionPattern = AttentionPattern(isCausal: true),
        encodedPattern: AttentionPattern = AttentionPattern()
    ) -> Tensor {
        var stream = ResidualStream(x)
        for layer in layers { layer.apply(to: &stream, layer.crossAttention.project(encoded), pattern, encodedPattern) }
        return stream.finished(norm)
    }

    /// Keys and values that the layers make of an encoder's output, for all that will be written to it.
    public func memory(of encoded: Tensor) -> [Tensor] { layers.map { $0.crossAttention.project(encoded) } }

    /// The next positions of what is written, after those that the state has read.
    ///
    /// - Parameters:
    ///   - memory: of the encoder's output, by `memory(of:)`.
    ///   - encodedPattern: of attention to it.
    public func callAsFunction(
        _ x: Tensor, memory: [Tensor], state: TransformerState, encodedPattern: AttentionPattern = AttentionPattern()
    ) -> (outputs: Tensor, state: TransformerState) {
        let writer = KeyValueWriter(state, steps: x.shape[0])
        let outputs = callAsFunction(
            x, memory: memory, writer: writer, pattern: AttentionPattern(isCausal: true), encodedPattern: encodedPattern)
        return (outputs, writer.finish(reading: nil))
    }

    /// - Parameters:
    ///   - writer: keys and values of earlier positions, to which those of x are added; nil where nothing is read on.
    ///   - pattern: of attention within what is written, all keys counted.
    package func callAsFunction(
        _ x: Tensor, memory: [Tensor], writer: KeyValueWriter?, pattern: AttentionPattern, encodedPattern: AttentionPattern
    ) -> Tensor {
        precondition(memory.count == layers.count, "TransformerDecoder: memory of \(memory.count) layers for \(layers.count)")
        var stream = ResidualStream(x)
        for (index, layer) in layers.enumerated() {
            layer.apply(to: &stream, memory[index], pattern, encodedPattern, memory: writer, index: index)
        }
        return stream.finished(norm)
    }
}
