import SequiturLayers
import SequiturTensors

// T words, B texts, I width of a word's vector, D width of its state

/// Words in their context, from nothing but labelled data: a vector for each word, features of its characters beside it, and a net that
/// reads them in both directions.
///
///     let encoder = try WordEncoder(WordEncoderConfiguration(wordCount: 1000), random: RandomStream(seed: 1))
///     encoder(batch)   // [T, B, D]
///
/// With a convolution of characters and an LSTM this is the encoder of Ma & Hovy (2016), with an LSTM of characters that of Lample et
/// al. (2016). Vectors begin even in ±√(3/width).
public final class WordEncoder: Module {
    public let configuration: WordEncoderConfiguration
    public let words: Embedding
    public let types: Embedding?
    public let convolution: CharacterConvolution?
    public let spelling: CharacterLSTM?
    public let recurrent: RecurrentNetwork?
    public let projection: Linear?
    public let transformer: TransformerEncoder?
    private let inputDropout, outputDropout, characterDropout: Dropout
    /// Words that training has once; see `WordEncoderConfiguration.wordDropout`.
    public var singletons: Set<Int32> = []

    public init(_ configuration: WordEncoderConfiguration, random: RandomStream) throws {
        try configuration.validate()
        self.configuration = configuration
        let (width, input, hidden) = (configuration.wordWidth, configuration.inputSize, configuration.hiddenSize)
        words = Embedding(count: configuration.wordCount, width: width, random: random.split("words"))
        let bound = (3 / Float(width)).squareRoot()
        words.weight.assign(.uniform([configuration.wordCount, width], -bound, bound, from: random.split("words.vectors")))
        types =
            configuration.typeCount > 0
            ? Embedding(count: configuration.typeCount, width: width, random: random.split("types")) : nil
        types?.weight.assign(.uniform([configuration.typeCount, width], -bound, bound, from: random.split("types.vectors")))
        let (characters, characterWidth, features) = (
            configuration.characterCount, configuration.characterWidth, configuration.characterFeatureWidth
        )
        convolution =
            configuration.characters == .cnn
            ? CharacterConvolution(
                characters: characters, width: characterWidth, filters: features, random: random.split("convolution")) : nil
        spelling =
            configuration.characters == .lstm
            ? CharacterLSTM(
                characters: characters, width: characterWidth, hiddenSize: features / 2, random: random.split("spelling"))
            : nil
        var options = RecurrentOptions(layers: configuration.layers, isBidirectional: true, dropout: configuration.dropout)
        options.locksDropout = true
        recurrent = configuration.context.cell.map {
            RecurrentNetwork($0, from: input, to: hidden, options: options, random: random.split("recurrent"))
        }
        let isTransformer = configuration.context == .transformer
        projection = isTransformer ? Linear(from: input, to: hidden, random: random.split("projection")) : nil
        var settings = TransformerLayerSettings(
            width: hidden, heads: configuration.heads, feedForwardWidth: 4 * hidden, normalizesFirst: true)
        settings.dropout = configuration.dropout / 2
        transformer =
            isTransformer ? TransformerEncoder(settings, layers: configuration.layers, random: random.split("transformer")) : nil
        inputDropout = Dropout(configuration.dropout, name: "words.input")
        outputDropout = Dropout(configuration.dropout, name: "words.output")
        characterDropout = Dropout(configuration.dropout, name: "words.characters")
    }

    public var outputSize: Int { configuration.outputSize }

    /// The state of every word: [T, B, D]; beyond a text's end they mean nothing.
    public func callAsFunction(_ batch: TextBatch) -> Tensor { states(batch).states }

    /// The same, with the words' vectors from which they come: [T, B, I].
    public func states(_ batch: TextBatch) -> (vectors: Tensor, states: Tensor) {
        var x = words(withUnknowns(batch.ids))
        if let types {
            x = x + types(batch.types ?? Tensor([Int32](repeating: 0, count: batch.ids.count), shape: batch.ids.shape))
        }
        if let features = features(batch) { x = .concatenated([x, features], axis: 2) }
        x = inputDropout(x)  // [T, B, I]
        if let recurrent { return (x, outputDropout(recurrent(x, lengths: batch.lengths).outputs)) }
        guard let projection, let transformer else { return (x, x) }
        let scale = Float(configuration.hiddenSize).squareRoot()
        let positions = SinusoidalPositions.table(count: batch.steps, width: configuration.hiddenSize)
            .reshaped([batch.steps, 1, configuration.hiddenSize])
        let stream = projection(x) * Tensor(scale) + positions
        return (x, outputDropout(transformer(stream, pattern: AttentionPattern(lengths: batch.lengths))))
    }

    /// What the characters of each word give: [T, B, F].
    private func features(_ batch: TextBatch) -> Tensor? {
        guard let spellings = batch.spellings else { return nil }
        let distinct: Tensor? =
            convolution.map { $0(spellings.characters, lengths: spellings.lengths, dropout: characterDropout) }
            ?? spelling.map { $0(spellings.characters, lengths: spellings.lengths, dropout: characterDropout) }
        return distinct.map { $0.rows(spellings.places).reshaped([batch.steps, batch.rows, $0.shape[1]]) }
    }

    /// While training, words that were seen once are unknown at times.
    private func withUnknowns(_ ids: Tensor) -> Tensor {
        let context = Context.current, rate = Double(configuration.wordDropout)
        guard context.mode == .training, rate > 0, !singletons.isEmpty else { return ids }
        let stream = context.random.split("words.unknown"), rows = ids.shape[1]
        var changed = ids.int32s()
        for index in changed.indices where singletons.contains(changed[index]) {
            let (step, row) = (index / rows, index % rows)
            if stream.split(step).uniform(context.firstExample + row) < rate { changed[index] = 0 }
        }
        return Tensor(changed, shape: ids.shape)
    }
}

/// What a word is made of, read by an LSTM in both directions (Lample et al. 2016).
///
/// - Shape: ids [C, U] (int32), lengths [U] (int32) → [U, 2 · hiddenSize]: the last states of both directions.
public final class CharacterLSTM: Module {
    public let embedding: Embedding
    public let recurrent: RecurrentNetwork

    public init(characters count: Int, width: Int, hiddenSize: Int, random: RandomStream) {
        embedding = Embedding(count: count, width: width, random: random.split("embedding"))
        let bound = (3 / Float(width)).squareRoot()
        embedding.weight.assign(.uniform([count, width], -bound, bound, from: random.split("vectors")))
        recurrent = RecurrentNetwork(
            .lstm, from: width, to: hiddenSize, options: RecurrentOptions(isBidirectional: true),
            random: random.split("recurrent"))
    }

    public func callAsFunction(_ ids: Tensor, lengths: Tensor, dropout: Dropout? = nil) -> Tensor {
        let vectors = embedding(ids)
        let (_, state) = recurrent(dropout.map { $0(vectors) } ?? vectors, lengths: lengths)
        return .concatenated(state.layers.map(\.hidden), axis: 1)
    }
}
