import SequiturLayers
import SequiturTensors

/// A recurrent language model (Mikolov et al. 2010; with gated cells and dropout as in Zaremba et al. 2014):
///
///     x_t = E w_t        h_t = cell(x_t, h_{t−1})        P(w_{t+1}) = softmax(W h_t + b)
///
/// W may be E itself (Press & Wolf 2017; Inan et al. 2017). Dropout acts on words of the table (embedding dropout: Gal &
/// Ghahramani 2016), on the inputs, between layers and on the outputs.
public final class RecurrentLanguageModel: LanguageModel {
    public let configuration: RecurrentConfiguration
    public let embedding: Embedding
    public let recurrent: RecurrentNetwork
    public let output: Linear
    private let embeddingDropout, inputDropout, outputDropout: Dropout

    public init(_ configuration: RecurrentConfiguration, random: RandomStream) throws {
        try configuration.validate()
        self.configuration = configuration
        let c = configuration
        embedding = Embedding(count: c.vocabularySize, width: c.embeddingSize, random: random.split("embedding"))
        recurrent = RecurrentNetwork(
            c.cell, from: c.embeddingSize, to: c.hiddenSize, options: c.options, random: random.split("recurrent"))
        output =
            c.tiesEmbeddings
            ? Linear(tied: embedding.weight) : Linear(from: c.outputSize, to: c.vocabularySize, random: random.split("output"))
        embeddingDropout = Dropout(c.embeddingDropout, name: "embedding")
        inputDropout = Dropout(c.inputDropout, name: "input", isLocked: c.locksDropout)
        outputDropout = Dropout(c.dropout, name: "output", isLocked: c.locksDropout)
    }

    public var vocabularySize: Int { configuration.vocabularySize }
    public var hiddenSize: Int { configuration.outputSize }
    public var limit: Int? { nil }

    public func initialState(rows: Int) -> RecurrentState { recurrent.initialState(rows: rows) }

    public func callAsFunction(_ input: SequenceInput, state: RecurrentState) -> (hidden: Tensor, state: RecurrentState) {
        precondition(input.mask == nil, "RecurrentLanguageModel: padding stands behind the tokens, so give lengths")
        let (outputs, after) = recurrent(recurrentInput(input), state: state, lengths: input.lengths)
        return (outputs, after)
    }

    public func logits(_ hidden: Tensor) -> Tensor { output(hidden) }

    public func loss(
        inputs: Tensor, targets: Tensor, state: RecurrentState, regularization: ActivationRegularization, labelSmoothing: Float
    ) -> LanguageModelLoss<RecurrentState> {
        let (raw, after) = self(.ids(inputs), state: state)  // [T, B, H]
        let hidden = outputDropout(raw)
        let loss = hidden.reshaped([-1, configuration.outputSize]).linearCrossEntropy(
            weight: output.weight(), bias: output.bias?(), targets: targets.reshaped([-1]), labelSmoothing: labelSmoothing)
        return LanguageModelLoss(loss: loss, penalty: regularization.penalty(raw: raw, dropped: hidden), state: after)
    }

    /// Words as the first layer reads them: as rows of the table, whose products equal ids share, where the table is smaller
    /// than the batch and no dropout tells equal words apart; as vectors otherwise.
    private func recurrentInput(_ input: SequenceInput) -> RecurrentInput {
        switch input.content {
        case .embeddings(let vectors): return .vectors(inputDropout(vectors))
        case .ids(let ids): return recurrentInput(ids)
        }
    }

    private func recurrentInput(_ ids: Tensor) -> RecurrentInput {
        let table = embedding.weight(), factors = embeddingDropout.factors(count: vocabularySize)  // [V, 1]
        let isDropped = inputDropout.rate > 0 && Context.current.mode == .training
        if vocabularySize < ids.count, !isDropped {
            return .rows(table: factors.map { table * $0 } ?? table, ids: ids)
        }
        let vectors = table.rows(ids)
        return .vectors(inputDropout(factors.map { vectors * $0.rows(ids) } ?? vectors))
    }
}
