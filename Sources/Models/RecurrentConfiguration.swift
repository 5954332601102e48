import SequiturFiles
import SequiturLayers

/// The shape of a recurrent language model: what `config.json` holds.
public struct RecurrentConfiguration: Sendable, Equatable {
    public var cell: RecurrentCell
    public var vocabularySize: Int
    public var embeddingSize: Int
    public var hiddenSize: Int
    public var layers: Int
    /// The output matrix is the embedding table; their widths must agree.
    public var tiesEmbeddings: Bool
    /// Dropout on what the head reads.
    public var dropout: Float
    /// Dropout on what the first layer reads.
    public var inputDropout: Float
    /// Dropout between layers.
    public var layerDropout: Float
    /// Whole words dropped from the table.
    public var embeddingDropout: Float

    /// Width of an LSTM's hidden state after a projection; 0 leaves it at the hidden size.
    public var projectionSize = 0
    /// Layer norm in the cells.
    public var normalizesLayers = false
    /// Whether the state before the first token is learned.
    public var learnsInitialState = false
    /// Probabilities with which units of the states keep their values.
    public var zoneoutHidden: Float = 0
    public var zoneoutCell: Float = 0
    /// Dropout on the recurrent weights.
    public var weightDropout: Float = 0
    /// Whether inputs, layers and outputs have one mask for all tokens of a sequence.
    public var locksDropout = false

    static let mostLayers = 256
    static let mostTokens = 1 << 24

    public init(
        cell: RecurrentCell = .lstm, vocabularySize: Int, embeddingSize: Int, hiddenSize: Int, layers: Int,
        tiesEmbeddings: Bool = false, dropout: Float = 0,
        inputDropout: Float = 0, layerDropout: Float = 0, embeddingDropout: Float = 0
    ) {
        self.cell = cell
        self.vocabularySize = vocabularySize
        self.embeddingSize = embeddingSize
        self.hiddenSize = hiddenSize
        self.layers = layers
        self.tiesEmbeddings = tiesEmbeddings
        self.dropout = dropout
        self.inputDropout = inputDropout
        self.layerDropout = layerDropout
        self.embeddingDropout = embeddingDropout
    }

    /// Refuses what no model can be made of.
    public func validate() throws {
        func require(_ holds: Bool, _ reason: String) throws { if !holds { throw ConfigurationError(reason: reason) } }
        for (name, value, most) in [
            ("vocabulary size", vocabularySize, Self.mostTokens), ("embedding size", embeddingSize, 1 << 16),
            ("hidden size", hiddenSize, 1 << 16),
            ("number of layers", layers, Self.mostLayers),
        ] {
            try require((1...most).contains(value), "the \(name) must lie in 1...\(most), but is \(value)")
        }
        try require(
            vocabularySize > 1, "a vocabulary of one token leaves nothing to predict: give a text with more characters or words")
        for (name, rate) in [
            ("dropout", dropout), ("input dropout", inputDropout), ("layer dropout", layerDropout),
            ("embedding dropout", embeddingDropout), ("weight dropout", weightDropout), ("hidden zoneout", zoneoutHidden),
            ("cell zoneout", zoneoutCell),
        ] {
            try require(rate >= 0 && rate < 1, "\(name) must be at least 0 and below 1, but is \(rate)")
        }
        try require(
            0 <= projectionSize && projectionSize < hiddenSize,
            "the projection size must be from 0 to below the hidden size, \(hiddenSize), but is \(projectionSize)")
        try require(
            cell.hasCellState || (projectionSize == 0 && zoneoutCell == 0),
            "a projection and cell zoneout belong to lstm, but the cell is \(cell.rawValue): set both to 0")
        try require(
            !tiesEmbeddings || embeddingSize == outputSize,
            "tied embeddings need one width, but the embedding size is \(embeddingSize) and the \(projectionSize > 0 ? "projection" : "hidden") size \(outputSize): make them equal or do not tie"
        )
    }

    /// Width of what the head reads.
    public var outputSize: Int { projectionSize > 0 ? projectionSize : hiddenSize }

    /// How the net is built beyond its cell and widths.
    var options: RecurrentOptions {
        var options = RecurrentOptions(layers: layers, dropout: layerDropout)
        options.projectionSize = projectionSize
        options.normalizesLayers = normalizesLayers
        options.learnsInitialState = learnsInitialState
        options.zoneoutHidden = zoneoutHidden
        options.zoneoutCell = zoneoutCell
        options.weightDropout = weightDropout
        options.locksDropout = locksDropout
        return options
    }
}

/// A configuration that no model can be made of: one line saying what is wrong and what to do.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public init(reason: String) { self.reason = reason }
    public var description: String { reason }
}

// MARK: config.json

extension RecurrentConfiguration {
    /// The architecture that `--model` and `model_type` name.
    public var architecture: ModelArchitecture {
        switch cell {
        case .lstm: .lstm
        case .gru, .gruResetBefore: .gru
        case .tanh, .rectified: .rnn
        }
    }

    public var json: JSONValue {
        [
            "model_type": .string(architecture.modelType), "cell": .string(cell.rawValue),
            "vocab_size": .integer(Int64(vocabularySize)),
            "embedding_size": .integer(Int64(embeddingSize)), "hidden_size": .integer(Int64(hiddenSize)),
            "num_hidden_layers": .integer(Int64(layers)), "tie_word_embeddings": .bool(tiesEmbeddings),
            "dropout": .number(Double(dropout)),
            "input_dropout": .number(Double(inputDropout)), "layer_dropout": .number(Double(layerDropout)),
            "embedding_dropout": .number(Double(embeddingDropout)), "projection_size": .integer(Int64(projectionSize)),
            "layer_norm": .bool(normalizesLayers), "learned_initial_state": .bool(learnsInitialState),
            "zoneout_hidden": .number(Double(zoneoutHidden)), "zoneout_cell": .number(Double(zoneoutCell)),
            "weight_dropout": .number(Double(weightDropout)), "locked_dropout": .bool(locksDropout),
        ]
    }

    /// Reads `config.json`. Every key must be there, but for those that older versions did not write, and no other.
    public init(json: JSONValue) throws {
        let reader = try KeyReader(
            json,
            allowed: [
                "model_type", "cell", "vocab_size", "embedding_size", "hidden_size", "num_hidden_layers", "tie_word_embeddings",
                "dropout", "input_dropout", "layer_dropout", "embedding_dropout", "projection_size", "layer_norm",
                "learned_initial_state", "zoneout_hidden", "zoneout_cell", "weight_dropout", "locked_dropout",
            ])
        let name = try reader.string("cell")
        guard let cell = RecurrentCell(rawValue: name) else {
            let known = RecurrentCell.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(reason: "\"cell\" must be one of \(known), but is \"\(name.printable(limit: 40))\"")
        }
        self.init(
            cell: cell, vocabularySize: try reader.integer("vocab_size"), embeddingSize: try reader.integer("embedding_size"),
            hiddenSize: try reader.integer("hidden_size"), layers: try reader.integer("num_hidden_layers"),
            tiesEmbeddings: try reader.bool("tie_word_embeddings"), dropout: try reader.float("dropout"),
            inputDropout: try reader.float("input_dropout"), layerDropout: try reader.float("layer_dropout"),
            embeddingDropout: try reader.float("embedding_dropout"))
        if reader.has("projection_size") { projectionSize = try reader.integer("projection_size") }
        if reader.has("layer_norm") { normalizesLayers = try reader.bool("layer_norm") }
        if reader.has("learned_initial_state") { learnsInitialState = try reader.bool("learned_initial_state") }
        if reader.has("zoneout_hidden") { zoneoutHidden = try reader.float("zoneout_hidden") }
        if reader.has("zoneout_cell") { zoneoutCell = try reader.float("zoneout_cell") }
        if reader.has("weight_dropout") { weightDropout = try reader.float("weight_dropout") }
        if reader.has("locked_dropout") { locksDropout = try reader.bool("locked_dropout") }
        guard try reader.string("model_type") == architecture.modelType else {
            throw ConfigurationError(
                reason: "\"cell\" \(cell.rawValue) belongs to the model_type \(architecture.modelType), not to another")
        }
        try validate()
    }
}

/// Reads the members of a JSON object whose keys are known.
package struct KeyReader {
    let value: JSONValue

    package init(_ value: JSONValue, allowed: Set<String>) throws {
        guard let members = value.members else {
            throw ConfigurationError(reason: "an object was expected, but \(value.kind) found")
        }
        if let unknown = members.first(where: { !allowed.contains($0.key) }) {
            throw ConfigurationError(
                reason: "unknown key \"\(unknown.key.printable())\"; known are \(allowed.sorted().joined(separator: ", "))")
        }
        self.value = value
    }

    package func has(_ key: String) -> Bool { value[key] != nil }
    package func integer(_ key: String) throws -> Int { try get(key, "a whole number") { $0.int } }
    package func double(_ key: String) throws -> Double { try get(key, "a number") { $0.double } }
    package func float(_ key: String) throws -> Float { Float(try double(key)) }
    package func bool(_ key: String) throws -> Bool { try get(key, "true or false") { $0.bool } }
    package func string(_ key: String) throws -> String { try get(key, "a string") { $0.string } }
    package func array(_ key: String) throws -> [JSONValue] { try get(key, "a list") { $0.array } }
    package func isNull(_ key: String) throws -> Bool { try get(key, "there") { $0.isNull } }

    private func get<Value>(_ key: String, _ expected: String, _ convert: (JSONValue) -> Value?) throws -> Value {
        guard let found = value[key] else { throw ConfigurationError(reason: "the key \"\(key)\" is missing") }
        guard let converted = convert(found) else {
            throw ConfigurationError(reason: "\"\(key)\" must be \(expected), but is \(found.serialized().printable(limit: 40))")
        }
        return converted
    }
}
