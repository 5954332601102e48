import SequiturTensors

/// The shape of a Transformer's layers.
public struct TransformerLayerSettings: Sendable {
    public var width: Int
    public var heads: Int
    /// Heads of keys and values, which divide the heads; as many as those where nil.
    public var keyHeads: Int?
    /// Of queries and keys; width / heads where nil.
    public var headWidth: Int?
    public var feedForwardWidth: Int
    public var activation: Activation
    public var normalization: Normalization
    public var epsilon: Float
    /// Each part reads normalised rows and is added to the stream (Xiong et al. 2020); otherwise the sum is normalised (Vaswani et al.
    /// 2017).
    public var normalizesFirst: Bool
    public var hasBias: Bool
    /// Of the maps to queries, keys and values, and of the one behind attention; as `hasBias` where nil.
    public var hasQueryBias: Bool?
    public var hasOutputBias: Bool?
    /// Of what each part adds to the stream.
    public var dropout: Float
    /// Of the weights of attention.
    public var attentionDropout: Float
    /// Of what the second map of the feed-forward part reads.
    public var activationDropout: Float
    public var rotary: RotaryPositions?
    /// Attention with linear biases.
    public var hasSlopes: Bool
    /// The factor of q · k; 1 / √(head's width) where nil.
    public var attentionScale: Float?
    /// How many of the last positions are seen; all where nil.
    public var window: Int?

    public init(
        width: Int, heads: Int, keyHeads: Int? = nil, feedForwardWidth: Int, activation: Activation = .relu,
        normalization: Normalization = .layer, epsilon: Float = 1e-5, normalizesFirst: Bool = false, hasBias: Bool = true,
        dropout: Float = 0, attentionDropout: Float = 0, activationDropout: Float = 0, rotary: RotaryPositions? = nil,
        hasSlopes: Bool = false
    ) {
        self.width = width
        self.heads = heads
        self.keyHeads = keyHeads
        self.feedForwardWidth = feedForwardWidth
        self.activation = activation
        self.normalization = normalization
        self.epsilon = epsilon
        self.normalizesFirst = normalizesFirst
        self.hasBias = hasBias
        self.dropout = dropout
        self.attentionDropout = attentionDropout
        self.activationDropout = activationDropout
        self.rotary = rotary
        self.hasSlopes = hasSlopes
    }

    func norm() -> Norm { Norm(normalization, width: width, epsilon: epsilon, hasBias: hasBias) }

    func attention(isWithin: Bool, name: String, random: RandomStream) -> MultiHeadAttention {
        MultiHeadAttention(
            width: width, heads: heads, keyHeads: keyHeads, headWidth: headWidth, hasBias: hasQueryBias ?? hasBias,
            hasOutputBias: hasOutputBias ?? hasBias, scale: attentionScale, window: isWithin ? window : nil,
            dropout: attentionDropout, rotary: isWithin ? rotary : nil, hasSlopes: isWithin && hasSlopes, name: name,
            random: random)
    }

    func feedForward(name: String, random: RandomStream) -> FeedForward {
        FeedForward(
            width: width, hiddenWidth: feedForwardWidth, activation: activation, hasBias: hasBias, dropout: activationDropout,
            name: name, random: random)
    }
}

/// What flows from layer to layer: the stream, and what the last part adds to it, which the next norm sums in its one pass over memory.
struct ResidualStream {
    var sum: Tensor
    var branch: Tensor?

    init(_ x: Tensor) { sum = x }

    /// One part of a layer: stream + dropout(part(norm(stream))), or norm(stream + dropout(part(stream))).
    mutating func apply(_ norm: Norm, first: Bool, _ dropout: Dropout, _ part: (Tensor) -> Tensor) {
        if first {
            let normalized: Tensor
            (sum, normalized) = norm.sum(sum, branch, feedsProduct: true)
            branch = dropout(part(normalized))
        } else {
            sum = norm.sum(sum, dropout(part(sum)), feedsProduct: false).normalized
        }
    }

    /// The stream with everything added, normalised where there is a last norm.
    func finished(_ norm: Norm?, feedsProduct: Bool = false) -> Tensor {
        if let norm { return norm.sum(sum, branch, feedsProduct: feedsProduct).normalized }
        return branch.map { sum + $0.cast(to: .float32) } ?? sum
    }
}

/// A layer of an encoder, or of a decoder without an encoder (Vaswani et al. 2017): attention within the sequence, then the
/// feed-forward part, each with a residual connection and a norm.
///
///     post-norm   h = norm₁(x + attention(x))          y = norm₂(h + feedForward(h))
///     pre-norm    h = x + attention(norm₁(x))          y = h + feedForward(norm₂(h))
///
/// - Shape: x [T, B, width] → the same.
public final class TransformerEncoderLayer: Module {
    public let selfAttention: MultiHeadAttention
    public let feedForward: FeedForward
    public let norm1: Norm
    public let norm2: Norm
    private let dropout1, dropout2: Dropout
    private let normalizesFirst: Bool

    /// - Parameter name: tells this layer's randomness from that of others in the model.
    public init(_ settings: TransformerLayerSettings, name: String = "layer", random: RandomStream) {
        selfAttention = settings.attention(isWithin: true, name: "\(name).attention", random: random.split("selfAttention"))
        feedForward = settings.feedForward(name: "\(name).activation", random: random.split("feedForward"))
        norm1 = settings.norm()
        norm2 = settings.norm()
        dropout1 = Dropout(settings.dropout, name: "\(name).1")
        dropout2 = Dropout(settings.dropout, name: "\(name).2")
        normalizesFirst = settings.normalizesFirst
    }

    public func callAsFunction(_ x: Tensor, pattern: AttentionPattern = AttentionPattern()) -> Tensor {
        var stream = ResidualStream(x)
        apply(to: &stream, pattern)
        return stream.finished(nil)
    }

    func apply(to stream: inout ResidualStream, _ pattern: AttentionPattern, memory: KeyValueWriter? = nil, index: Int = 0) {
        stream.apply(norm1, first: normalizesFirst, dropout1) {
            selfAttention($0, pattern: pattern, memory: memory, layer: index)
        }
        stream.apply(norm2, first: normalizesFirst, dropout2) { feedForward($0) }
    }
}

/// A layer of a decoder (Vaswani et al. 2017): attention within what is written, attention to the encoder's output, and the
/// feed-forward part.
///
/// - Shape: x [T, B, width], encoded [S, B, width] → [T, B, width].
public final class TransformerDecoderLayer: Module {
    public let selfAttention: MultiHeadAttention
    public let crossAttention: MultiHeadAttention
    public let feedForward: FeedForward
    public let norm1: Norm
    public let norm2: Norm
    public let norm3: Norm
    private let dropout1, dropout2, dropout3: Dropout
    private let normalizesFirst: Bool

    /// - Parameter name: tells this layer's randomness from that of others in the model.
    public init(_ settings: TransformerLayerSettings, name: String = "layer", random: RandomStream) {
        selfAttention = settings.attention(isWithin: true, name: "\(name).attention", random: random.split("selfAttention"))
        crossAttention = settings.attention(isWithin: false, name: "\(name).cross", random: random.split("crossAttention"))
        feedForward = settings.feedForward(name: "\(name).activation", random: random.split("feedForward"))
        norm1 = settings.norm()
        norm2 = settings.norm()
        norm3 = settings.norm()
        dropout1 = Dropout(settings.dropout, name: "\(name).1")
        dropout2 = Dropout(settings.dropout, name: "\(name).2")
        dropout3 = Dropout(settings.dropout, name: "\(name).3")
        normalizesFirst = settings.normalizesFirst
    }

    /// - Parameters:
    ///   - pattern: of attention within x, causal unless said otherwise.
    ///   - encodedPattern: of attention to the encoder's output, such as its lengths.
    public func callAsFunction(
        _ x: Tensor, encoded: Tensor, pattern: AttentionPattern = AttentionPattern(isCausal: true),
        encodedPattern: AttentionPattern = AttentionPattern()
    ) -> Tensor {
        var stream = ResidualStream(x)
        apply(to: &stream, crossAttention.project(encoded), pattern, encodedPattern)
        return stream.finished(nil)
    }

    func apply(
        to stream: inout ResidualStream, _ encoded: Tensor, _ pattern: AttentionPattern, _ encodedPattern: AttentionPattern,
        memory: KeyValueWriter? = nil, index: Int = 0
    ) {
        stream.apply(norm1, first: normalizesFirst, dropout1) {
            selfAttention($0, pattern: pattern, memory: memory, layer: index)
        }
        stream.apply(norm2, first: normalizesFirst, dropout2) { crossAttention($0, projected: encoded, pattern: encodedPattern) }
        stream.apply(norm3, first: normalizesFirst, dropout3) { feedForward($0) }
    }
}
