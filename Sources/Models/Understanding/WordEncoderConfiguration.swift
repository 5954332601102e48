import SequiturFiles
import SequiturLayers

/// What reads the words of a text, one vector each.
public enum WordContext: String, Sendable, CaseIterable {
    case rnn, lstm, gru, transformer
    /// Nothing: a word's state is its own vector.
    case bag

    var cell: RecurrentCell? {
        switch self {
        case .rnn: .tanh
        case .lstm: .lstm
        case .gru: .gru
        case .transformer, .bag: nil
        }
    }
}

/// How a word's characters are read.
public enum CharacterFeatures: String, Sendable, CaseIterable {
    case none
    /// A convolution, and of each filter the greatest (Ma & Hovy 2016).
    case cnn
    /// The last states of an LSTM in both directions (Lample et al. 2016).
    case lstm
}

/// The shape of a `WordEncoder`.
public struct WordEncoderConfiguration: Sendable, Equatable {
    public var context: WordContext
    public var wordCount: Int
    public var wordWidth: Int
    public var characters: CharacterFeatures
    public var characterCount: Int
    public var characterWidth: Int
    /// Filters of the convolution, or both directions' hidden units together.
    public var characterFeatureWidth: Int
    /// Hidden units of each direction; the width of a Transformer. A bag has none.
    public var hiddenSize: Int
    public var layers: Int
    /// Heads of a Transformer.
    public var heads: Int
    /// Of words' vectors and of what comes out.
    public var dropout: Float
    /// Probability with which a word that training has once is taken for an unknown one.
    public var wordDropout: Float
    /// Kinds of words that a task tells apart, each with a vector that is added to the word's own; 0 for none.
    public var typeCount = 0

    public init(
        context: WordContext = .lstm, wordCount: Int, wordWidth: Int = 100, characters: CharacterFeatures = .none,
        characterCount: Int = 1, characterWidth: Int = 30, characterFeatureWidth: Int = 50, hiddenSize: Int = 200,
        layers: Int = 1,
        heads: Int = 4, dropout: Float = 0.5, wordDropout: Float = 0
    ) {
        self.context = context
        self.wordCount = wordCount
        self.wordWidth = wordWidth
        self.characters = characters
        self.characterCount = characterCount
        self.characterWidth = characterWidth
        self.characterFeatureWidth = characterFeatureWidth
        self.hiddenSize = hiddenSize
        self.layers = layers
        self.heads = heads
        self.dropout = dropout
        self.wordDropout = wordDropout
    }

    /// Width of a word's vector, its characters' features beside it.
    public var inputSize: Int { wordWidth + (characters == .none ? 0 : characterFeatureWidth) }

    /// Width of a word's state.
    public var outputSize: Int {
        switch context {
        case .bag: inputSize
        case .transformer: hiddenSize
        case .rnn, .lstm, .gru: 2 * hiddenSize
        }
    }

    /// - Throws: `ConfigurationError`.
    public func validate() throws {
        for (name, value, most) in [
            ("number of words", wordCount, 1 << 26), ("word width", wordWidth, 1 << 14),
            ("number of characters", characterCount, 1 << 21),
            ("character width", characterWidth, 1 << 12), ("width of characters' features", characterFeatureWidth, 1 << 12),
            ("hidden size", hiddenSize, 1 << 14), ("number of layers", layers, 64), ("number of heads", heads, 1 << 10),
        ] where !(1...most).contains(value) {
            throw ConfigurationError(reason: "the \(name) must lie in 1...\(most), but is \(value)")
        }
        for (name, rate) in [("dropout", dropout), ("word dropout", wordDropout)] where !(rate >= 0 && rate < 1) {
            throw ConfigurationError(reason: "\(name) must be at least 0 and below 1, but is \(rate)")
        }
        guard (0...1024).contains(typeCount) else {
            throw ConfigurationError(reason: "the number of types must lie in 0...1024, but is \(typeCount)")
        }
        if context == .transformer, hiddenSize % heads != 0 {
            throw ConfigurationError(reason: "the hidden size, \(hiddenSize), must be a multiple of the heads, \(heads)")
        }
        if characters == .lstm, characterFeatureWidth % 2 != 0 {
            throw ConfigurationError(
                reason: "the width of characters' features, \(characterFeatureWidth), is shared by two directions")
        }
    }

    // MARK: config.json

    public var json: JSONValue {
        [
            "model_type": "sequitur_words", "context": .string(context.rawValue), "words": .integer(Int64(wordCount)),
            "word_width": .integer(Int64(wordWidth)), "character_features": .string(characters.rawValue),
            "characters": .integer(Int64(characterCount)), "character_width": .integer(Int64(characterWidth)),
            "character_feature_width": .integer(Int64(characterFeatureWidth)), "hidden_size": .integer(Int64(hiddenSize)),
            "num_hidden_layers": .integer(Int64(layers)), "num_attention_heads": .integer(Int64(heads)),
            "dropout": .number(Double(dropout)), "word_dropout": .number(Double(wordDropout)),
            "types": .integer(Int64(typeCount)),
        ]
    }

    /// Reads what `json` gives.
    public init(json: JSONValue) throws {
        let reader = try KeyReader(
            json,
            allowed: [
                "model_type", "context", "words", "word_width", "character_features", "characters", "character_width",
                "character_feature_width", "hidden_size", "num_hidden_layers", "num_attention_heads", "dropout", "word_dropout",
                "types",
            ])
        func choice<Choice: RawRepresentable & CaseIterable>(_ key: String) throws -> Choice where Choice.RawValue == String {
            let name = try reader.string(key)
            guard let choice = Choice(rawValue: name) else {
                let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
                throw ConfigurationError(reason: "\"\(key)\" must be one of \(known), but is \"\(name.printable(limit: 40))\"")
            }
            return choice
        }
        guard try reader.string("model_type") == "sequitur_words" else {
            throw ConfigurationError(reason: "\"model_type\" must be \"sequitur_words\"")
        }
        self.init(
            context: try choice("context"), wordCount: try reader.integer("words"), wordWidth: try reader.integer("word_width"),
            characters: try choice("character_features"), characterCount: try reader.integer("characters"),
            characterWidth: try reader.integer("character_width"),
            characterFeatureWidth: try reader.integer("character_feature_width"), hiddenSize: try reader.integer("hidden_size"),
            layers: try reader.integer("num_hidden_layers"), heads: try reader.integer("num_attention_heads"),
            dropout: try reader.float("dropout"), wordDropout: try reader.float("word_dropout"))
        typeCount = try reader.has("types") ? reader.integer("types") : 0
        try validate()
    }
}
