import SequiturFiles
import SequiturLayers
import SequiturTensors

/// The shape of a Transformer language model: what `config.json` holds.
public struct TransformerConfiguration: Sendable, Equatable {
    public var vocabularySize: Int
    public var width: Int
    public var layers: Int
    public var heads: Int
    /// Heads of keys and values, which divide the heads.
    public var keyHeads: Int
    /// The width of a head where it is not width / heads.
    public var ownHeadWidth: Int?
    public var feedForwardWidth: Int
    /// Tokens of the sequences that it is trained on: how far it sees, unless its positions know no end.
    public var block: Int
    public var positions: PositionKind
    /// The base of the angles of rotary positions.
    public var rotaryBase: Float
    public var rotaryScaling = RotaryScaling.none
    /// How many of the last positions a layer sees; all where nil.
    public var window: Int?
    public var normalization: Normalization
    public var epsilon: Float
    public var activation: Activation
    /// Whether maps and norms have biases.
    public var hasBias: Bool
    /// Of the maps to queries, keys and values, and of the one behind attention; as `hasBias` where nil.
    public var hasQueryBias: Bool?
    public var hasAttentionOutputBias: Bool?
    /// The output matrix is the embedding table.
    public var tiesEmbeddings: Bool
    /// Dropout on what attention and feed-forward parts add to the stream.
    public var dropout: Float
    /// Dropout on what the first layer reads.
    public var inputDropout: Float
    /// Dropout of the weights of attention.
    public var attentionDropout: Float

    public init(
        vocabularySize: Int, width: Int, layers: Int, heads: Int, keyHeads: Int? = nil, feedForwardWidth: Int? = nil, block: Int,
        positions: PositionKind = .learned, rotaryBase: Float = 10_000, normalization: Normalization = .layer,
        epsilon: Float = 1e-5,
        activation: Activation = .gelu, hasBias: Bool = true, tiesEmbeddings: Bool = true, dropout: Float = 0,
        inputDropout: Float = 0, attentionDropout: Float = 0
    ) {
        self.vocabularySize = vocabularySize
        self.width = width
        self.layers = layers
        self.heads = heads
        self.keyHeads = keyHeads ?? heads
        self.feedForwardWidth = feedForwardWidth ?? Self.feedForwardWidth(of: width, activation)
        self.block = block
        self.positions = positions
        self.rotaryBase = rotaryBase
        self.normalization = normalization
        self.epsilon = epsilon
        self.activation = activation
        self.hasBias = hasBias
        self.tiesEmbeddings = tiesEmbeddings
        self.dropout = dropout
        self.inputDropout = inputDropout
        self.attentionDropout = attentionDropout
    }

    /// Four times the width; where gated two thirds of that, in whole eights, so that the three matrices weigh what two would.
    public static func feedForwardWidth(of width: Int, _ activation: Activation) -> Int {
        activation.isGated ? max(8, (width * 8 / 3 + 4) / 8 * 8) : 4 * width
    }

    /// The width of a head.
    public var headWidth: Int { ownHeadWidth ?? width / max(1, heads) }

    /// The most positions that a sequence may have; nil where positions know no end.
    public var limit: Int? {
        switch positions {
        case .rotary: max(block, rotaryScaling.extent ?? 0)
        case .learned, .sinusoidal: block
        case .alibi, .none: nil
        }
    }

    /// Refuses what no model can be made of.
    public func validate() throws {
        func require(_ holds: Bool, _ reason: String) throws { if !holds { throw ConfigurationError(reason: reason) } }
        for (name, value, most) in [
            ("vocabulary size", vocabularySize, 1 << 24), ("width", width, 1 << 16), ("number of layers", layers, 256),
            ("number of heads", heads, 1 << 12), ("number of key heads", keyHeads, 1 << 12),
            ("feed-forward width", feedForwardWidth, 1 << 18), ("block", block, 1 << 20),
        ] {
            try require((1...most).contains(value), "the \(name) must lie in 1...\(most), but is \(value)")
        }
        try require(
            vocabularySize > 1, "a vocabulary of one token leaves nothing to predict: give a text with more characters or words")
        try require((1...(1 << 16)).contains(headWidth), "the width of a head must lie in 1...65536, but is \(headWidth)")
        try require(
            width % heads == 0 || ownHeadWidth != nil,
            "a width of \(width) cannot be shared out among \(heads) heads: give a width that is a multiple of the heads")
        try require(
            heads % keyHeads == 0, "\(heads) heads cannot share \(keyHeads) key heads: give a number that divides the heads")
        try require(
            positions != .rotary || headWidth % 2 == 0,
            "rotary positions turn pairs, but the heads are \(headWidth) wide: give an even width for each head, or other positions"
        )
        try require(rotaryBase > 1 && rotaryBase.isFinite, "the base of rotary positions must be above 1, but is \(rotaryBase)")
        try require(window.map { $0 > 0 } ?? true, "the window of attention must be above 0, but is \(window ?? 0)")
        try require(epsilon >= 0 && epsilon < 1, "the norms' ε must be at least 0 and below 1, but is \(epsilon)")
        for (name, rate) in [
            ("dropout", dropout), ("input dropout", inputDropout), ("attention dropout", attentionDropout),
        ] {
            try require(rate >= 0 && rate < 1, "\(name) must be at least 0 and below 1, but is \(rate)")
        }
    }

    /// Parameters of a model of this shape, or nil where they cannot be counted.
    public var parameterCount: Int? {
        func sum(_ terms: Int?...) -> Int? {
            terms.reduce(0 as Int?) { total, term in
                guard let total, let term else { return nil }
                let (value, overflow) = total.addingReportingOverflow(term)
                return overflow ? nil : value
            }
        }
        func product(_ factors: Int...) -> Int? {
            factors.reduce(1 as Int?) { total, factor in
                guard let (value, overflow) = total?.multipliedReportingOverflow(by: factor), !overflow else { return nil }
                return value
            }
        }
        let queries = heads * headWidth, joint = queries + 2 * keyHeads * headWidth,
            expanded = feedForwardWidth * (activation.isGated ? 2 : 1)
        let norm = hasBias && normalization == .layer ? 2 * width : width
        let biases =
            (hasQueryBias ?? hasBias ? joint : 0) + (hasAttentionOutputBias ?? hasBias ? width : 0)
            + (hasBias ? expanded + width : 0)
        guard
            let layer = sum(
                product(joint, width), product(queries, width), product(expanded, width), product(width, feedForwardWidth),
                biases,
                2 * norm),
            let table = product(vocabularySize, width)
        else { return nil }
        return sum(
            table, tiesEmbeddings ? 0 : table, positions == .learned ? product(block, width) : 0, product(layers, layer), norm)
    }
}

// MARK: config.json

extension TransformerConfiguration {
    public var json: JSONValue {
        [
            "model_type": .string(ModelArchitecture.transformer.modelType), "vocab_size": .integer(Int64(vocabularySize)),
            "hidden_size": .integer(Int64(width)), "num_hidden_layers": .integer(Int64(layers)),
            "num_attention_heads": .integer(Int64(heads)), "num_key_value_heads": .integer(Int64(keyHeads)),
            "intermediate_size": .integer(Int64(feedForwardWidth)), "max_position_embeddings": .integer(Int64(block)),
            "position_embedding_type": .string(positions.rawValue), "rope_theta": .number(Double(rotaryBase)),
            "normalization": .string(normalization.rawValue), "norm_eps": .number(Double(epsilon)),
            "hidden_act": .string(activation.rawValue), "use_bias": .bool(hasBias), "tie_word_embeddings": .bool(tiesEmbeddings),
            "dropout": .number(Double(dropout)), "input_dropout": .number(Double(inputDropout)),
            "attention_dropout": .number(Double(attentionDropout)),
        ]
    }

    /// Reads `config.json`; every key must be there, and no other.
    public init(json: JSONValue) throws {
        let reader = try KeyReader(
            json,
            allowed: [
                "model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
                "intermediate_size", "max_position_embeddings", "position_embedding_type", "rope_theta", "normalization",
                "norm_eps", "hidden_act", "use_bias", "tie_word_embeddings", "dropout", "input_dropout", "attention_dropout",
            ])
        func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ type: Choice.Type) throws -> Choice
        where Choice.RawValue == String {
            let name = try reader.string(key)
            guard let known = Choice(rawValue: name) else {
                let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
                throw ConfigurationError(reason: "\"\(key)\" is \"\(name.printable(limit: 40))\"; known are \(names)")
            }
            return known
        }
        self.init(
            vocabularySize: try reader.integer("vocab_size"), width: try reader.integer("hidden_size"),
            layers: try reader.integer("num_hidden_layers"), heads: try reader.integer("num_attention_heads"),
            keyHeads: try reader.integer("num_key_value_heads"), feedForwardWidth: try reader.integer("intermediate_size"),
            block: try reader.integer("max_position_embeddings"),
            positions: try choice("position_embedding_type", PositionKind.self), rotaryBase: try reader.float("rope_theta"),
            normalization: try choice("normalization", Normalization.self), epsilon: try reader.float("norm_eps"),
            activation: try choice("hidden_act", Activation.self), hasBias: try reader.bool("use_bias"),
            tiesEmbeddings: try reader.bool("tie_word_embeddings"), dropout: try reader.float("dropout"),
            inputDropout: try reader.float("input_dropout"), attentionDropout: try reader.float("attention_dropout"))
        try validate()
    }
}
