import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTraining

/// Language modelling on windows in a random order as the trainer sees it: every sequence begins anew, and no state is carried.
final class WindowedLanguageModelingTask<Model: LanguageModel>: TrainingTask {
    let model: Model
    let parameters: ParameterList
    private var windows: ShuffledWindows
    private var batch = TokenBatch()
    private let labelSmoothing: Float
    private let weights: PretrainedModel?
    private let score: () throws -> LanguageModelScore?

    /// - Parameters:
    ///   - weights: how the model's weights are written and read, where that is not this house's layout.
    ///   - score: scores the validation text; nil where there is none.
    init(
        _ model: Model, windows: ShuffledWindows, labelSmoothing: Float = 0, weights: PretrainedModel? = nil,
        score: @escaping () throws -> LanguageModelScore? = { nil }
    ) {
        self.model = model
        self.labelSmoothing = labelSmoothing
        self.windows = windows
        self.weights = weights
        self.score = score
        parameters = model.parameters()
    }

    func nextBatch() throws -> MicroBatch? {
        guard try windows.next(into: &batch) else { return nil }
        let shape = [batch.length, batch.rowCount]
        let inputs = Tensor(batch.inputs, shape: shape), targets = Tensor(batch.targets, shape: shape)
        return MicroBatch(exampleCount: batch.rowCount) { [model, labelSmoothing] in
            let result = model.loss(
                inputs: inputs, targets: targets, state: model.initialState(rows: inputs.shape[1]), regularization: .none,
                labelSmoothing: labelSmoothing)
            return MicroBatchLoss(objective: result.objective, loss: result.loss)
        }
    }

    func startNextEpoch() { windows.startNextEpoch() }

    var epochProgress: Double { windows.epochProgress }

    func validate() throws -> Validation? { try Validation(of: score) }

    func writeWeights(to path: String) throws {
        if let weights { return try weights.writeWeights(to: path) }
        try Checkpoint.write(parameters, metadata: ["format": "pt"], to: path)
    }

    func readWeights(from path: String) throws {
        if let weights { return try weights.readWeights(from: path) }
        try Checkpoint.read(parameters, from: path)
    }

    var position: JSONValue { ["epoch": .integer(Int64(windows.epoch)), "batch": .integer(Int64(windows.batch))] }

    func restore(position: JSONValue, carriedState: NamedTensors) throws {
        let reader = try KeyReader(position, allowed: ["epoch", "batch"])
        try windows.restore(epoch: reader.integer("epoch"), batch: reader.integer("batch"))
    }
}

extension Validation {
    /// Loss and perplexity of a validation text, nil where there is none.
    init?(of score: () throws -> LanguageModelScore?) throws {
        do {
            guard let score = try score() else { return nil }
            self.init(
                metric: score.crossEntropy,
                metrics: [.init("loss", score.crossEntropy), .init("perplexity", score.perplexity)])
        } catch let error as LossNotFinite {
            throw TrainingError.notFinite(quantity: "validation loss", value: error.loss, step: 0, checkpoint: nil)
        }
    }
}
