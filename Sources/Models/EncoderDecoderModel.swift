import SequiturLayers
import SequiturTensors

// S tokens of the source, T of the target, B sequences, D width

/// A Transformer that reads a source and writes a target (Vaswani et al. 2017), as T5, BART and Marian are:
///
///     m = encoder(x)        h = decoder(y, m), position t seeing those up to t        P(y_{t+1}) = softmax(s · W h_t + b)
///
/// with a factor s and a vector b where the architecture has them; W may be the target's embeddings. As a sequence model it reads the
/// target; its state holds the encoded source, by `encode`.
///
///     let state = model.encode(.ids(source, lengths: lengths))
///     let (hidden, after) = model(.ids(target), state: state)      // [T, B, D]
public final class EncoderDecoderModel: LanguageModel {
    public let configuration: EncoderDecoderConfiguration
    public let sourceEmbeddings: StackEmbeddings
    public let encoder: TransformerEncoder
    public let targetEmbeddings: StackEmbeddings
    public let decoder: TransformerDecoder
    /// Nil where the table of the target's embeddings is the output matrix.
    public let output: Linear?
    /// [1, vocabularySize], which nothing trains.
    public let logitsBias: Parameter?
    private let sourceDropout, targetDropout: Dropout

    public init(_ configuration: EncoderDecoderConfiguration, random: RandomStream) throws {
        try configuration.validate()
        self.configuration = configuration
        let c = configuration
        let words = Embedding(count: c.sourceVocabularySize, width: c.width, random: random.split("words"))
        sourceEmbeddings = StackEmbeddings(c, words: words, isCausal: false, random: random.split("sourceEmbeddings"))
        encoder = TransformerEncoder(c.layerSettings(c.encoder), layers: c.encoder.layers, random: random.split("encoder"))
        targetEmbeddings = StackEmbeddings(
            c,
            words: c.sharesEmbeddings
                ? words : Embedding(count: c.vocabularySize, width: c.width, random: random.split("targetWords")),
            isCausal: true, random: random.split("targetEmbeddings"))
        decoder = TransformerDecoder(c.layerSettings(c.decoder), layers: c.decoder.layers, random: random.split("decoder"))
        output =
            c.tiesOutput ? nil : Linear(from: c.width, to: c.vocabularySize, hasBias: false, random: random.split("output"))
        logitsBias = c.hasLogitsBias ? Parameter(.zeros([1, c.vocabularySize]), isTrainable: false, isDecayed: false) : nil
        sourceDropout = Dropout(c.outputDropout, name: "encoded")
        targetDropout = Dropout(c.outputDropout, name: "decoded")
        if !random.isUnfilled { configuration.initialize(parameters(), random.split("initial")) }
    }

    public var vocabularySize: Int { configuration.vocabularySize }
    public var hiddenSize: Int { configuration.width }
    public var limit: Int? { configuration.limit }

    // MARK: The source

    /// Hidden states of the encoder: [S, B, D].
    public func encoded(_ source: SequenceInput) -> Tensor {
        sourceDropout(sourceEmbeddings.read(source, by: encoder, limit: limit))
    }

    /// The state before the first token of what is written to a source.
    public func encode(_ source: SequenceInput) -> EncoderDecoderState {
        EncoderDecoderState(
            source: EncodedSource(decoder.memory(of: encoded(source)), of: source), target: TransformerState(rows: source.rows))
    }

    /// The state of `rows` sequences that have no source: attention to it gives nothing but its bias.
    public func initialState(rows: Int) -> EncoderDecoderState {
        let nothing = SequenceInput(.embeddings(.zeros([0, rows, configuration.width])))
        return EncoderDecoderState(
            source: EncodedSource(decoder.memory(of: .zeros([0, rows, configuration.width])), of: nothing),
            target: TransformerState(rows: rows))
    }

    // MARK: The target

    /// - Parameter input: the next tokens of the target.
    public func callAsFunction(_ input: SequenceInput, state: EncoderDecoderState) -> (hidden: Tensor, state: EncoderDecoderState)
    {
        let lengths = state.target.lengths
        precondition(
            input.mask == nil || lengths.allSatisfy { $0 == 0 }, "EncoderDecoderModel: a mask for what was read before")
        let writer = KeyValueWriter(state.target, steps: input.steps, counts: input.lengths?.int32s().map(Int.init))
        let hidden = decoded(input, state.source, lengths: lengths, writer: writer)
        var ids: Tensor?
        if case .ids(let read) = input.content { ids = read }
        return (hidden, EncoderDecoderState(source: state.source, target: writer.finish(reading: ids)))
    }

    private func decoded(_ input: SequenceInput, _ source: EncodedSource, lengths: [Int], writer: KeyValueWriter?) -> Tensor {
        let before = lengths.max() ?? 0, end = before + input.steps
        precondition(
            input.rows == source.rows && end <= limit ?? .max,
            "EncoderDecoderModel: \(input.rows) targets of \(end) positions for \(source.rows) sources, limit \(limit ?? .max)")
        let pattern = AttentionPattern(
            isCausal: true, mask: input.keyMask,
            bias: targetEmbeddings.relative?(queries: input.steps, keys: end, offsets: lengths))
        return targetDropout(
            decoder(
                targetEmbeddings(input, lengths: lengths), memory: source.layers, writer: writer, pattern: pattern,
                encodedPattern: source.pattern))
    }

    // MARK: The head

    var outputWeight: Parameter { output?.weight ?? targetEmbeddings.words.weight }

    public func logits(_ hidden: Tensor) -> Tensor { scaled(hidden).linear(outputWeight, bias: outputBias) }

    private var outputBias: Tensor? { logitsBias.map { $0().reshaped([vocabularySize]) } }

    private func scaled(_ hidden: Tensor) -> Tensor {
        configuration.scalesOutput ? hidden * Tensor(1 / Float(configuration.width).squareRoot()) : hidden
    }

    /// The loss of whole targets of an encoded source: what the state has read of targets is not seen, and it is returned as it is.
    public func loss(
        inputs: Tensor, targets: Tensor, state: EncoderDecoderState, regularization: ActivationRegularization,
        labelSmoothing: Float
    ) -> LanguageModelLoss<EncoderDecoderState> {
        let lengths = Array(repeating: 0, count: inputs.shape[1])
        let hidden = decoded(.ids(inputs), state.source, lengths: lengths, writer: nil)  // [T, B, D]
        let loss = scaled(hidden).reshaped([-1, configuration.width]).linearCrossEntropy(
            weight: outputWeight(), bias: outputBias, targets: targets.reshaped([-1]), labelSmoothing: labelSmoothing)
        return LanguageModelLoss(loss: loss, penalty: regularization.penalty(raw: hidden, dropped: hidden), state: state)
    }
}

/// The encoder of an encoder–decoder alone, such as T5's.
public final class SourceEncoderModel: SequenceModel {
    public let configuration: EncoderDecoderConfiguration
    public let sourceEmbeddings: StackEmbeddings
    public let encoder: TransformerEncoder
    private let dropout: Dropout

    public init(_ configuration: EncoderDecoderConfiguration, random: RandomStream) throws {
        try configuration.validate()
        self.configuration = configuration
        let c = configuration
        let words = Embedding(count: c.sourceVocabularySize, width: c.width, random: random.split("words"))
        sourceEmbeddings = StackEmbeddings(c, words: words, isCausal: false, random: random.split("sourceEmbeddings"))
        encoder = TransformerEncoder(c.layerSettings(c.encoder), layers: c.encoder.layers, random: random.split("encoder"))
        dropout = Dropout(c.outputDropout, name: "encoded")
        if !random.isUnfilled { configuration.initialize(parameters(), random.split("initial")) }
    }

    public var vocabularySize: Int { configuration.sourceVocabularySize }
    public var hiddenSize: Int { configuration.width }
    public var limit: Int? { configuration.limit }

    public func initialState(rows: Int) -> WholeSequences { WholeSequences() }

    /// Hidden states of whole sequences: there is nothing that a next piece could go on from.
    public func callAsFunction(_ input: SequenceInput, state: WholeSequences) -> (hidden: Tensor, state: WholeSequences) {
        (dropout(sourceEmbeddings.read(input, by: encoder, limit: limit)), state)
    }
}

extension StackEmbeddings {
    /// Hidden states of a source: [S, B, D].
    fileprivate func read(_ source: SequenceInput, by encoder: TransformerEncoder, limit: Int?) -> Tensor {
        precondition(source.steps <= limit ?? .max, "encoder: \(source.steps) tokens, but positions for \(limit ?? .max)")
        let pattern = AttentionPattern(
            lengths: source.lengths, mask: source.keyMask, bias: relative?(queries: source.steps, keys: source.steps))
        return encoder(callAsFunction(source, lengths: []), pattern: pattern)
    }
}

extension EncoderDecoderConfiguration {
    /// First weights. With relative positions, scores are not divided by the root of a head's width, so that maps to queries begin so
    /// much smaller, and embeddings begin normal (Raffel et al. 2020); otherwise all is normal with deviation 0.02.
    fileprivate func initialize(_ list: ParameterList, _ random: RandomStream) {
        for entry in list.entries where entry.parameter.shape.count == 2 && entry.parameter.isTrainable {
            let shape = entry.parameter.shape, stream = random.split(entry.name)
            let fan = 1 / Float(shape[1]).squareRoot()
            guard case .relative = positions else {
                entry.parameter.assign(.normal(shape, deviation: 0.02, from: stream))
                continue
            }
            if entry.name.hasSuffix("words.weight") {
                entry.parameter.assign(.normal(shape, deviation: 1, from: stream))
            } else if entry.name.hasSuffix("relative.weight") {
                entry.parameter.assign(.normal(shape, deviation: 1 / Float(width).squareRoot(), from: stream))
            } else if entry.name.hasSuffix("inputWeight") {
                let inner = shape[0] / 3, stack = entry.name.hasPrefix("encoder") ? encoder : decoder
                let ofQueries = fan / Float(inner / stack.heads).squareRoot()
                entry.parameter.assign(
                    .concatenated([
                        .normal([inner, shape[1]], deviation: ofQueries, from: stream.split("queries")),
                        .normal([2 * inner, shape[1]], deviation: fan, from: stream.split("others")),
                    ]))
            } else {
                entry.parameter.assign(.normal(shape, deviation: fan, from: stream))
            }
        }
    }
}
