import SequiturLayers
import SequiturTensors

// T tokens, B sequences, D width

/// A Transformer that reads from left to right (decoder-only: Radford et al. 2018), with norms first:
///
///     x_t = E w_t (+ P t)        h = Transformer(x), position t seeing those up to t        P(w_{t+1}) = softmax(W norm(h_t))
///
/// W may be E itself. Weights begin normal with deviation 0.02, those of maps that add to the stream smaller by √(2 · layers) (Radford et
/// al. 2019).
///
/// With limited positions a sequence that goes on beyond the limit is read again from the middle of what the model still sees.
public final class TransformerLanguageModel: LanguageModel {
    public let configuration: TransformerConfiguration
    public let embedding: Embedding
    /// [block, D], of learned positions.
    public let positions: Parameter?
    public let transformer: TransformerEncoder
    /// Nil where the embedding table is the output matrix.
    public let output: Linear?
    private let inputDropout: Dropout

    public init(_ configuration: TransformerConfiguration, random: RandomStream) throws {
        try configuration.validate()
        self.configuration = configuration
        let c = configuration
        embedding = Embedding(count: c.vocabularySize, width: c.width, random: random.split("embedding"))
        positions = c.positions == .learned ? Parameter(.zeros([c.block, c.width])) : nil
        var settings = TransformerLayerSettings(
            width: c.width, heads: c.heads, keyHeads: c.keyHeads, feedForwardWidth: c.feedForwardWidth, activation: c.activation,
            normalization: c.normalization, epsilon: c.epsilon, normalizesFirst: true, hasBias: c.hasBias, dropout: c.dropout,
            attentionDropout: c.attentionDropout,
            rotary: c.positions == .rotary
                ? RotaryPositions(width: c.headWidth, base: Double(c.rotaryBase), scaling: c.rotaryScaling) : nil,
            hasSlopes: c.positions == .alibi)
        settings.headWidth = c.headWidth
        settings.hasQueryBias = c.hasQueryBias
        settings.hasOutputBias = c.hasAttentionOutputBias
        settings.window = c.window
        transformer = TransformerEncoder(settings, layers: c.layers, random: random.split("transformer"))
        output =
            c.tiesEmbeddings
            ? nil : Linear(from: c.width, to: c.vocabularySize, hasBias: false, random: random.split("output"))
        inputDropout = Dropout(c.inputDropout, name: "input")
        if !random.isUnfilled { initialize(random.split("initial")) }
    }

    private func initialize(_ random: RandomStream) {
        for entry in parameters().entries where entry.parameter.shape.count == 2 {
            let addsToStream =
                entry.name.hasSuffix("output.weight") && entry.name != "output.weight"
                || entry.name.hasSuffix("contraction.weight")
            let deviation = 0.02 / (addsToStream ? Float(2 * configuration.layers).squareRoot() : 1)
            entry.parameter.assign(.normal(entry.parameter.shape, deviation: deviation, from: random.split(entry.name)))
        }
    }

    public var vocabularySize: Int { configuration.vocabularySize }
    public var hiddenSize: Int { configuration.width }
    public var limit: Int? { configuration.limit }

    public func initialState(rows: Int) -> TransformerState { TransformerState(rows: rows) }

    // MARK: Reading on

    /// - Parameter input: vectors must stay within the limit of the positions; ids may go beyond it.
    public func callAsFunction(_ input: SequenceInput, state: TransformerState) -> (hidden: Tensor, state: TransformerState) {
        guard let limit = configuration.limit else { return read(input, state) }
        guard case .ids(let ids) = input.content, input.lengths == nil, input.mask == nil else {
            let end = input.steps + (state.lengths.max() ?? 0)
            precondition(
                end <= limit, "TransformerLanguageModel: \(end) positions of vectors or padded sequences, but there are \(limit)")
            return read(input, state)
        }
        var state = state, hidden: [Tensor] = []
        for start in stride(from: 0, to: max(1, ids.shape[0]), by: limit) {
            let piece = ids[start..<min(start + limit, ids.shape[0])]
            hidden += readWithin(limit, piece, &state)
        }
        return (hidden.count == 1 ? hidden[0] : .concatenated(hidden), state)
    }

    /// Reads no more tokens than the limit; where they do not fit behind those read before, half of what is seen is given up.
    private func readWithin(_ limit: Int, _ ids: Tensor, _ state: inout TransformerState) -> [Tensor] {
        let room = limit - (state.lengths.max() ?? 0)
        if ids.shape[0] <= room {
            let (hidden, after) = read(.ids(ids), state)
            state = after
            return [hidden]
        }
        let (first, rest) = (ids[0..<room], ids[room..<ids.shape[0]])
        let before = room > 0 ? readWithin(limit, first, &state) : []
        state = reread(state, keeping: max(1, limit / 2))
        return before + readWithin(limit, rest, &state)
    }

    /// The state of sequences that begin with the last `count` tokens of these.
    private func reread(_ state: TransformerState, keeping count: Int) -> TransformerState {
        guard let tokens = state.tokens else {
            preconditionFailure("TransformerLanguageModel: what was read as vectors cannot be read again")
        }
        let kept = tokens.map { Array($0.suffix(count)) }
        let states = kept.map { row in read(.ids(Tensor(row, shape: [row.count, 1])), initialState(rows: 1)).state }
        return states.dropFirst().reduce(states[0]) { $0.concatenated(with: $1) }
    }

    private func read(_ input: SequenceInput, _ state: TransformerState) -> (hidden: Tensor, state: TransformerState) {
        precondition(
            input.mask == nil || state.lengths.allSatisfy { $0 == 0 }, "TransformerLanguageModel: a mask for what was read before"
        )
        let writer = KeyValueWriter(state, steps: input.steps, counts: input.lengths?.int32s().map(Int.init))
        let hidden = transformer(
            embedded(input, lengths: state.lengths), pattern: AttentionPattern(isCausal: true, mask: input.keyMask),
            memory: writer, feedsProduct: true)
        if case .ids(let ids) = input.content { return (hidden, writer.finish(reading: ids)) }
        return (hidden, writer.finish(reading: nil))
    }

    /// Hidden states of whole sequences; `watch` takes the stream before the first layer (0) and after each, [T, B, D], and gives what
    /// is to be read in its stead.
    func watchedHidden(_ ids: Tensor, watch: @escaping (_ layer: Int, _ stream: Tensor) -> Tensor) -> Tensor {
        let x = embedded(.ids(ids), lengths: Array(repeating: 0, count: ids.shape[1]))
        return transformer(x, pattern: AttentionPattern(isCausal: true), memory: nil, feedsProduct: false, watch: watch)
    }

    /// Token and position embeddings of sequences of which `lengths` positions were read before: [T, B, D].
    private func embedded(_ input: SequenceInput, lengths: [Int]) -> Tensor {
        var x: Tensor
        switch input.content {
        case .ids(let ids): x = embedding(ids)
        case .embeddings(let vectors): x = vectors
        }
        let steps = x.shape[0], width = configuration.width
        let first = lengths.first ?? 0, isEven = lengths.allSatisfy { $0 == first }
        switch configuration.positions {
        case .rotary, .alibi, .none: break
        case .sinusoidal:
            // As large as the waves (Vaswani et al. 2017).
            x = x * Tensor(Float(width).squareRoot())
            x = x + rows(of: SinusoidalPositions.table(count: steps + (lengths.max() ?? 0), width: width), steps, lengths)
        case .learned:
            guard let positions else { break }
            let table = positions()
            x = x + (isEven ? table[first..<(first + steps)].reshaped([steps, 1, width]) : rows(of: table, steps, lengths))
        }
        return inputDropout(x)
    }

    /// Rows of a table of positions for each step and sequence: [T, B, D].
    private func rows(of table: Tensor, _ steps: Int, _ lengths: [Int]) -> Tensor {
        table.rows(Tensor((0..<steps).flatMap { step in lengths.map { Int32($0 + step) } }, shape: [steps, lengths.count]))
    }

    // MARK: The head

    var outputWeight: Parameter { output?.weight ?? embedding.weight }

    public func logits(_ hidden: Tensor) -> Tensor { hidden.linear(outputWeight, bias: nil) }

    /// The loss of whole sequences: what the state has read is not seen, and it is returned as it is.
    public func loss(
        inputs: Tensor, targets: Tensor, state: TransformerState, regularization: ActivationRegularization, labelSmoothing: Float
    ) -> LanguageModelLoss<TransformerState> {
        precondition(
            inputs.shape[0] <= configuration.limit ?? .max,
            "TransformerLanguageModel: \(inputs.shape[0]) tokens, but positions for \(configuration.block)")
        let x = embedded(.ids(inputs), lengths: Array(repeating: 0, count: inputs.shape[1]))
        let hidden = transformer(x, pattern: AttentionPattern(isCausal: true), memory: nil, feedsProduct: true)  // [T, B, D]
        let loss = hidden.reshaped([-1, configuration.width]).linearCrossEntropy(
            weight: outputWeight(), bias: nil, targets: targets.reshaped([-1]), labelSmoothing: labelSmoothing)
        return LanguageModelLoss(loss: loss, penalty: regularization.penalty(raw: hidden, dropped: hidden), state: state)
    }
}
