import SequiturLayers
import SequiturTensors

/// The shape of a Transformer that reads a source and writes a target (T5, BART, Marian).
public struct EncoderDecoderConfiguration: Sendable, Equatable {
    /// The shape of the encoder, or of the decoder.
    public struct Stack: Sendable, Equatable {
        public var layers: Int
        public var heads: Int
        public var feedForwardWidth: Int

        public init(layers: Int, heads: Int, feedForwardWidth: Int) {
            (self.layers, self.heads, self.feedForwardWidth) = (layers, heads, feedForwardWidth)
        }
    }

    /// How a token's place is known.
    public enum Positions: Sendable, Equatable {
        /// By biases of the scores, which all layers of a stack share (Raffel et al. 2020); `reach` is the distance from which on all
        /// are the same.
        case relative(buckets: Int, reach: Int)
        /// By `count` trained vectors, before which `offset` rows stand that nothing reads.
        case learned(count: Int, offset: Int)
        /// By `count` fixed waves, all sines before all cosines, which a folder may hold.
        case sinusoidal(count: Int, isStored: Bool)
    }

    /// Tokens of what is read.
    public var sourceVocabularySize: Int
    /// Tokens of what is written.
    public var vocabularySize: Int
    public var width: Int
    /// The width of a head; the width shared out among the heads where nil.
    public var headWidth: Int?
    public var encoder: Stack
    public var decoder: Stack
    public var positions: Positions
    public var activation = Activation.gelu
    public var normalization = Normalization.layer
    public var epsilon: Float = 1e-5
    /// Each part reads normalised rows, and each stack ends with a norm.
    public var normalizesFirst = false
    /// Whether what the first layers read is normalised.
    public var normalizesEmbeddings = false
    /// Whether embeddings are multiplied by √width.
    public var scalesEmbeddings = false
    /// Whether maps and norms have biases.
    public var hasBias = true
    /// The factor of q · k; 1 / √(head's width) where nil.
    public var attentionScale: Float?
    /// Source and target have one table of embeddings.
    public var sharesEmbeddings = true
    /// The output matrix is the table of the target's embeddings.
    public var tiesOutput = true
    /// Whether hidden states are divided by √width before the output matrix.
    public var scalesOutput = false
    /// Whether a vector is added to the logits.
    public var hasLogitsBias = false
    /// Dropout of what the first layers read and of what each part adds to the stream.
    public var dropout: Float = 0
    /// Dropout of the weights of attention.
    public var attentionDropout: Float = 0
    /// Dropout of what the second map of the feed-forward part reads.
    public var activationDropout: Float = 0
    /// Dropout of what the stacks give.
    public var outputDropout: Float = 0

    public init(
        sourceVocabularySize: Int? = nil, vocabularySize: Int, width: Int, headWidth: Int? = nil, encoder: Stack, decoder: Stack,
        positions: Positions
    ) {
        self.sourceVocabularySize = sourceVocabularySize ?? vocabularySize
        self.vocabularySize = vocabularySize
        self.width = width
        self.headWidth = headWidth
        self.encoder = encoder
        self.decoder = decoder
        self.positions = positions
    }

    /// The most tokens of a sequence; nil where positions know no end.
    public var limit: Int? {
        switch positions {
        case .relative: nil
        case .learned(let count, _), .sinusoidal(let count, _): count
        }
    }

    /// Refuses what no model can be made of.
    public func validate() throws {
        func require(_ holds: Bool, _ reason: String) throws { if !holds { throw ConfigurationError(reason: reason) } }
        for (name, value, most) in [
            ("source's vocabulary size", sourceVocabularySize, 1 << 24), ("vocabulary size", vocabularySize, 1 << 24),
            ("width", width, 1 << 16), ("number of encoder layers", encoder.layers, 256),
            ("number of decoder layers", decoder.layers, 256), ("number of encoder heads", encoder.heads, 1 << 12),
            ("number of decoder heads", decoder.heads, 1 << 12),
            ("encoder's feed-forward width", encoder.feedForwardWidth, 1 << 18),
            ("decoder's feed-forward width", decoder.feedForwardWidth, 1 << 18), ("width of a head", headWidth ?? 1, 1 << 12),
            ("number of positions", limit ?? 1, 1 << 20),
        ] {
            try require((1...most).contains(value), "the \(name) must lie in 1...\(most), but is \(value)")
        }
        for heads in [encoder.heads, decoder.heads] where headWidth == nil {
            try require(
                width % heads == 0,
                "a width of \(width) cannot be shared out among \(heads) heads: give a width that is a multiple of the heads")
        }
        if case .relative(let buckets, let reach) = positions {
            try require(
                buckets <= 1 << 16 && reach <= 1 << 30 && RelativePositions.isPossible(buckets: buckets, reach: reach),
                "\(buckets) buckets cannot share out distances up to \(reach): give at least 4, and a distance above half of them"
            )
        }
        try require(
            !sharesEmbeddings || sourceVocabularySize == vocabularySize,
            "one table of embeddings cannot serve vocabularies of \(sourceVocabularySize) and \(vocabularySize) tokens")
        try require(epsilon >= 0 && epsilon < 1, "the norms' ε must be at least 0 and below 1, but is \(epsilon)")
        for (name, rate) in [
            ("dropout", dropout), ("attention dropout", attentionDropout), ("activation dropout", activationDropout),
            ("output dropout", outputDropout),
        ] {
            try require(rate >= 0 && rate < 1, "\(name) must be at least 0 and below 1, but is \(rate)")
        }
    }

    /// Elements of the matrices of a model of this shape; of a valid configuration it fits.
    ///
    /// - Parameter hasDecoder: false for the encoder alone.
    func parameterCount(hasDecoder: Bool = true) -> Int {
        func attention(_ heads: Int) -> Int { 4 * heads * (headWidth ?? width / heads) * width }
        func feedForward(_ stack: Stack) -> Int { (activation.isGated ? 3 : 2) * width * stack.feedForwardWidth }
        let places =
            switch positions {
            case .learned(let count, let offset): (count + offset) * width
            case .sinusoidal(let count, isStored: true): count * width
            case .relative(let buckets, _): buckets * max(encoder.heads, decoder.heads)
            case .sinusoidal: 0
            }
        let table = vocabularySize * width
        let reading = sourceVocabularySize * width + places + encoder.layers * (attention(encoder.heads) + feedForward(encoder))
        guard hasDecoder else { return reading }
        return reading + places + decoder.layers * (2 * attention(decoder.heads) + feedForward(decoder))
            + (sharesEmbeddings ? 0 : table) + (tiesOutput ? 0 : table)
    }

    /// As `TransformerEncoder` and `TransformerDecoder` take it.
    func layerSettings(_ stack: Stack) -> TransformerLayerSettings {
        var settings = TransformerLayerSettings(
            width: width, heads: stack.heads, feedForwardWidth: stack.feedForwardWidth, activation: activation,
            normalization: normalization, epsilon: epsilon, normalizesFirst: normalizesFirst, hasBias: hasBias, dropout: dropout,
            attentionDropout: attentionDropout, activationDropout: activationDropout)
        settings.headWidth = headWidth
        settings.attentionScale = attentionScale
        return settings
    }
}
