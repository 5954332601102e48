import SequiturLayers
import SequiturTensors

/// The shape of a Transformer that sees both sides of a token (BERT and its kin).
public struct EncoderConfiguration: Sendable, Equatable {
    public var vocabularySize: Int
    public var width: Int
    /// The width of the embeddings, which a map widens where it is another.
    public var embeddingWidth: Int
    public var layers: Int
    public var heads: Int
    public var feedForwardWidth: Int
    public var activation: Activation
    /// Rows of the table of positions.
    public var positions: Int
    public var numbering: PositionNumbering
    /// Kinds of segments; 0 where the model does not tell them apart.
    public var types: Int
    public var epsilon: Float
    public var dropout: Float
    public var attentionDropout: Float
    /// Whether there is a map behind the first token, with a tanh.
    public var hasPooler: Bool

    /// How positions are numbered.
    public enum PositionNumbering: Sendable, Equatable {
        case fromZero
        /// The first token has the number behind this id, and padding, which is this id, its own (RoBERTa).
        case behindPadding(Int)
    }

    /// The most tokens of a sequence.
    public var limit: Int {
        switch numbering {
        case .fromZero: positions
        case .behindPadding(let id): positions - id - 1
        }
    }

    /// Refuses what no model can be made of.
    public func validate() throws {
        func require(_ holds: Bool, _ reason: String) throws { if !holds { throw ConfigurationError(reason: reason) } }
        for (name, value, most) in [
            ("vocabulary size", vocabularySize, 1 << 24), ("width", width, 1 << 16),
            ("width of the embeddings", embeddingWidth, 1 << 16), ("number of layers", layers, 256),
            ("number of heads", heads, 1 << 12), ("feed-forward width", feedForwardWidth, 1 << 18),
            ("number of positions", limit, 1 << 20),
        ] {
            try require((1...most).contains(value), "the \(name) must lie in 1...\(most), but is \(value)")
        }
        try require((0...(1 << 16)).contains(types), "the number of segment types must lie in 0...65536, but is \(types)")
        try require(
            width % heads == 0,
            "a width of \(width) cannot be shared out among \(heads) heads: give a width that is a multiple of the heads")
        try require(epsilon >= 0 && epsilon < 1, "the norms' ε must be at least 0 and below 1, but is \(epsilon)")
        for (name, rate) in [("dropout", dropout), ("attention dropout", attentionDropout)] {
            try require(rate >= 0 && rate < 1, "\(name) must be at least 0 and below 1, but is \(rate)")
        }
        try require(!activation.isGated, "\(activation.rawValue) is gated, which encoders have not")
    }

    /// Parameters of a model of this shape; of a valid configuration it fits.
    public var parameterCount: Int {
        let layer = 4 * width * width + 2 * width * feedForwardWidth + 9 * width + feedForwardWidth
        return (vocabularySize + positions + types + 2) * embeddingWidth + layers * layer
            + (embeddingWidth == width ? 0 : (embeddingWidth + 1) * width) + (hasPooler ? (width + 1) * width : 0)
    }

    /// As `TransformerEncoder` takes it.
    var layerSettings: TransformerLayerSettings {
        TransformerLayerSettings(
            width: width, heads: heads, feedForwardWidth: feedForwardWidth, activation: activation, epsilon: epsilon,
            dropout: dropout, attentionDropout: attentionDropout)
    }
}

extension EncoderConfiguration {
    /// A shape of one width, as BERT has it; what is not asked for is set afterwards.
    public init(vocabularySize: Int, width: Int, layers: Int, heads: Int, feedForwardWidth: Int, positions: Int = 512) {
        self.init(
            vocabularySize: vocabularySize, width: width, embeddingWidth: width, layers: layers, heads: heads,
            feedForwardWidth: feedForwardWidth, activation: .gelu, positions: positions, numbering: .fromZero, types: 2,
            epsilon: 1e-12, dropout: 0.1, attentionDropout: 0.1, hasPooler: false)
    }
}
