import SequiturLayers
import SequiturTensors

// T tokens, B sequences, E width of embeddings, D width

/// A Transformer that sees both sides of every token (Devlin et al. 2019):
///
///     x_t = W norm(E w_t + P t + S s_t)        h = Transformer(x)        pooled = tanh(W_p h_1 + b_p)
///
/// with W where embeddings are narrower than the layers, and S where segments are told apart. Weights begin normal with deviation 0.02.
public final class EncoderModel: SequenceModel {
    public let configuration: EncoderConfiguration
    public let words: Embedding
    /// [positions, E]
    public let positions: Parameter
    /// [types, E]
    public let types: Parameter?
    public let norm: Norm
    public let projection: Linear?
    public let encoder: TransformerEncoder
    public let pooler: Linear?
    private let dropout: Dropout

    public init(_ configuration: EncoderConfiguration, random: RandomStream) throws {
        try configuration.validate()
        self.configuration = configuration
        let c = configuration
        words = Embedding(count: c.vocabularySize, width: c.embeddingWidth, random: random.split("words"))
        positions = Parameter(.normal([c.positions, c.embeddingWidth], deviation: 0.02, from: random.split("positions")))
        types =
            c.types > 0 ? Parameter(.normal([c.types, c.embeddingWidth], deviation: 0.02, from: random.split("types"))) : nil
        norm = Norm(.layer, width: c.embeddingWidth, epsilon: c.epsilon)
        projection =
            c.embeddingWidth == c.width ? nil : Linear(from: c.embeddingWidth, to: c.width, random: random.split("projection"))
        encoder = TransformerEncoder(c.layerSettings, layers: c.layers, hasNorm: false, random: random.split("encoder"))
        pooler = c.hasPooler ? Linear(from: c.width, to: c.width, random: random.split("pooler")) : nil
        dropout = Dropout(c.dropout, name: "embeddings")
        if !random.isUnfilled { initialize(random.split("initial")) }
    }

    private func initialize(_ random: RandomStream) {
        for entry in parameters().entries where entry.parameter.shape.count == 2 {
            entry.parameter.assign(.normal(entry.parameter.shape, deviation: 0.02, from: random.split(entry.name)))
        }
    }

    public var vocabularySize: Int { configuration.vocabularySize }
    public var hiddenSize: Int { configuration.width }
    public var limit: Int? { configuration.limit }

    // MARK: Hidden states

    public func initialState(rows: Int) -> WholeSequences { WholeSequences() }

    /// Hidden states of whole sequences: there is nothing that a next piece could go on from.
    public func callAsFunction(_ input: SequenceInput, state: WholeSequences) -> (hidden: Tensor, state: WholeSequences) {
        let pattern = AttentionPattern(lengths: input.mask == nil ? input.lengths : nil, mask: input.keyMask)
        return (encoder(embedded(input), pattern: pattern), state)
    }

    /// tanh(W_p h + b_p) for hidden states [B, D] of first tokens; nil where the model has no pooler.
    public func pooled(_ first: Tensor) -> Tensor? { pooler.map { $0(first).hyperbolicTangent() } }

    private func embedded(_ input: SequenceInput) -> Tensor {
        precondition(
            input.steps <= configuration.limit,
            "EncoderModel: \(input.steps) tokens, but positions for \(configuration.limit)")
        var x: Tensor
        switch input.content {
        case .ids(let ids): x = words(ids)
        case .embeddings(let vectors): x = vectors
        }
        x = x + positionRows(input)
        if let types {
            let first = types()[0..<1].reshaped([1, 1, configuration.embeddingWidth])
            x = x + (input.types.map { types().rows($0) } ?? first)
        }
        x = dropout(norm(x))
        return projection.map { $0(x) } ?? x
    }

    private func positionRows(_ input: SequenceInput) -> Tensor {
        let table = positions(), steps = input.steps, width = configuration.embeddingWidth
        switch configuration.numbering {
        case .fromZero: return table[0..<steps].reshaped([steps, 1, width])
        case .behindPadding(let padding):
            let start = padding + 1
            guard case .ids(let ids) = input.content else { return table[start..<(start + steps)].reshaped([steps, 1, width]) }
            // Tokens are counted; padding is not, wherever it stands.
            let all = ids.int32s(), rows = input.rows
            guard all.contains(Int32(padding)) else { return table[start..<(start + steps)].reshaped([steps, 1, width]) }
            var numbers = [Int32](repeating: Int32(padding), count: all.count)
            for row in 0..<rows {
                var next = Int32(start)
                for step in 0..<steps where all[step * rows + row] != Int32(padding) {
                    numbers[step * rows + row] = next
                    next += 1
                }
            }
            return table.rows(Tensor(numbers, shape: [steps, rows]))
        }
    }
}

/// The state of a model that reads whole sequences: none.
public struct WholeSequences: SequenceState {
    public init() {}
    public func select(rows: [Int]) -> WholeSequences { self }
    public func concatenated(with other: WholeSequences) -> WholeSequences { self }
    public func truncated(to length: Int) -> WholeSequences? { length == 0 ? self : nil }
    public var detached: WholeSequences { self }
    public var byteCount: Int { 0 }
}
