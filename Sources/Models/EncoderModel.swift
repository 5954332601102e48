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
    ///
    /// Where much of a batch would be padding, sequences go through the layers behind one another.
    public func callAsFunction(_ input: SequenceInput, state: WholeSequences) -> (hidden: Tensor, state: WholeSequences) {
        precondition(
            input.steps <= configuration.limit,
            "EncoderModel: \(input.steps) tokens, but positions for \(configuration.limit)")
        if input.mask == nil, let lengths = input.lengths?.int32s(),
            let packing = PackedRows(lengths: lengths, steps: input.steps)
        {
            return (packed(input, packing), state)
        }
        let pattern = AttentionPattern(lengths: input.mask == nil ? input.lengths : nil, mask: input.keyMask)
        return (encoder(embedded(input), pattern: pattern), state)
    }

    /// tanh(W_p h + b_p) for hidden states [B, D] of first tokens; nil where the model has no pooler.
    public func pooled(_ first: Tensor) -> Tensor? { pooler.map { $0(first).hyperbolicTangent() } }

    /// The same hidden states by rows of tokens alone, 0 where there are none: [T, B, D].
    private func packed(_ input: SequenceInput, _ packing: PackedRows) -> Tensor {
        let content: SequenceInput.Content =
            switch input.content {
            case .ids(let ids): .ids(packing.packed(ids: ids))
            case .embeddings(let vectors): .embeddings(packing.packed(vectors))
            }
        let start = Int32(firstPosition)
        let numbers =
            positionNumbers(input).map { packing.packed(ids: $0) }
            ?? Tensor(packing.places.map { start + Int32($0.step) }, shape: [packing.count, 1])
        let segments = input.types.map { packing.packed(ids: $0) }
        var context = Context.current
        context.packing = packing
        let hidden = Context.$current.withValue(context) {
            var pattern = AttentionPattern()
            pattern.packing = packing
            return encoder(embedded(content, positions().rows(numbers), segments), pattern: pattern)
        }
        return packing.unpacked(hidden)
    }

    private func embedded(_ input: SequenceInput) -> Tensor {
        let first = firstPosition, steps = input.steps
        let rows =
            positionNumbers(input).map { positions().rows($0) }
            ?? positions()[first..<(first + steps)].reshaped([steps, 1, configuration.embeddingWidth])
        return embedded(input.content, rows, input.types)
    }

    private func embedded(_ content: SequenceInput.Content, _ positions: Tensor, _ segments: Tensor?) -> Tensor {
        var x: Tensor
        switch content {
        case .ids(let ids): x = words(ids)
        case .embeddings(let vectors): x = vectors
        }
        x = x + positions
        if let types {
            let first = types()[0..<1].reshaped([1, 1, configuration.embeddingWidth])
            x = x + (segments.map { types().rows($0) } ?? first)
        }
        x = dropout(norm(x))
        return projection.map { $0(x) } ?? x
    }

    private var firstPosition: Int {
        switch configuration.numbering {
        case .fromZero: 0
        case .behindPadding(let padding): padding + 1
        }
    }

    /// The position of each token, int32 [T, B]; nil where step t has position t behind the first one.
    private func positionNumbers(_ input: SequenceInput) -> Tensor? {
        guard case .behindPadding(let padding) = configuration.numbering, case .ids(let ids) = input.content else { return nil }
        // Tokens are counted; padding is not, wherever it stands.
        let all = ids.int32s(), rows = input.rows
        guard all.contains(Int32(padding)) else { return nil }
        var numbers = [Int32](repeating: Int32(padding), count: all.count)
        for row in 0..<rows {
            var next = Int32(firstPosition)
            for step in 0..<input.steps where all[step * rows + row] != Int32(padding) {
                numbers[step * rows + row] = next
                next += 1
            }
        }
        return Tensor(numbers, shape: [input.steps, rows])
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
