import SequiturFiles

/// The sizes of a fresh model of the ecosystem.
public struct PretrainedShape: Sendable {
    public var vocabularySize: Int
    public var layers: Int
    public var width: Int
    public var heads: Int
    /// Heads of keys and values; as many as heads where nil.
    public var keyHeads: Int?
    /// Four times the width where nil, two thirds of that where the architecture is gated.
    public var feedForwardWidth: Int?
    /// The most tokens of a sequence.
    public var block: Int
    public var dropout: Float
    public var attentionDropout: Float
    public var tiesEmbeddings: Bool
    public var paddingID: Int?
    public var beginningID: Int?
    public var endID: Int?

    public init(
        vocabularySize: Int, layers: Int, width: Int, heads: Int, keyHeads: Int? = nil, feedForwardWidth: Int? = nil, block: Int,
        dropout: Float = 0, attentionDropout: Float = 0, tiesEmbeddings: Bool = true, paddingID: Int? = nil,
        beginningID: Int? = nil, endID: Int? = nil
    ) {
        self.vocabularySize = vocabularySize
        self.layers = layers
        self.width = width
        self.heads = heads
        self.keyHeads = keyHeads
        self.feedForwardWidth = feedForwardWidth
        self.block = block
        self.dropout = dropout
        self.attentionDropout = attentionDropout
        self.tiesEmbeddings = tiesEmbeddings
        self.paddingID = paddingID
        self.beginningID = beginningID
        self.endID = endID
    }

    /// Ids of special tokens as `config.json` has them.
    var specialTokens: [(String, JSONValue)] {
        func id(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? nil }
        return [("pad_token_id", id(paddingID)), ("bos_token_id", id(beginningID)), ("eos_token_id", id(endID))]
    }
}

extension JSONValue {
    static func count(_ value: Int) -> JSONValue { .integer(Int64(value)) }
    /// A rate with the digits that it was given with.
    static func rate(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }

    /// An object with these members put in the place of those that it has under the same names, or behind them.
    func replacing(_ changes: [(String, JSONValue)]) -> JSONValue {
        var members = members ?? []
        for (key, value) in changes {
            if let index = members.firstIndex(where: { $0.key == key }) {
                members[index].value = value
            } else {
                members.append(Member(key: key, value: value))
            }
        }
        return .object(members)
    }
}

extension PretrainedFamily {
    /// The `config.json` of a fresh model.
    ///
    /// - Parameter head: a head over the vocabulary.
    /// - Throws: `ConfigurationError` where no model of this family can be made from nothing, or not with this head.
    public func configuration(_ shape: PretrainedShape, head: HeadKind) throws -> JSONValue {
        guard let made = architecture.fresh(shape, head: head) else {
            throw ConfigurationError(reason: "no fresh \(rawValue) with a head for \(head.rawValue) can be made here")
        }
        let common: [(String, JSONValue)] = [
            ("model_type", .string(rawValue)), ("vocab_size", .count(shape.vocabularySize)), ("dtype", "float32"),
            ("tie_word_embeddings", .bool(shape.tiesEmbeddings)),
        ]
        let dropout = architecture.dropout(shape.dropout, attention: shape.attentionDropout)
        return JSONValue.object([]).replacing(common + made + dropout + shape.specialTokens)
    }
}

extension PretrainedArchitecture {
    static func fresh(_ shape: PretrainedShape, head: HeadKind) -> [(String, JSONValue)]? { nil }
    static func dropout(_ rate: Float, attention: Float) -> [(String, JSONValue)] { [] }
}
