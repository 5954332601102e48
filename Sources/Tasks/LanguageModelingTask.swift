import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTraining

/// Truncated back-propagation through time as the trainer sees it: windows of contiguous text, the state carried from window to
/// window and cut off from the tape.
final class LanguageModelingTask<Model: LanguageModel>: TrainingTask where Model.State == RecurrentState {
    let model: Model
    let parameters: ParameterList
    private let regularization: ActivationRegularization
    private let labelSmoothing: Float
    private var batches: ContiguousBatches
    private var batch = TokenBatch()
    private var state: RecurrentState
    private let score: () throws -> LanguageModelScore?

    /// - Parameter score: scores the validation text; nil where there is none.
    init(
        _ model: Model, batches: ContiguousBatches, regularization: ActivationRegularization = .none, labelSmoothing: Float = 0,
        score: @escaping () throws -> LanguageModelScore? = { nil }
    ) {
        self.model = model
        self.batches = batches
        self.regularization = regularization
        self.labelSmoothing = labelSmoothing
        self.score = score
        parameters = model.parameters()
        state = model.initialState(rows: batches.rowCount)
    }

    func nextBatch() throws -> MicroBatch? {
        guard try batches.next(into: &batch) else { return nil }
        if batch.isFirst { state = model.initialState(rows: batch.rowCount) }
        let shape = [batch.length, batch.rowCount]
        let inputs = Tensor(batch.inputs, shape: shape), targets = Tensor(batch.targets, shape: shape)
        return MicroBatch(exampleCount: batch.rowCount, learningRateScale: batch.learningRateScale) { [self] in
            let result = model.loss(
                inputs: inputs, targets: targets, state: state, regularization: regularization, labelSmoothing: labelSmoothing)
            state = result.state.detached
            return MicroBatchLoss(objective: result.objective, loss: result.loss)
        }
    }

    func startNextEpoch() { batches.startNextEpoch() }

    var epochProgress: Double { batches.epochProgress }

    func validate() throws -> Validation? { try Validation(of: score) }

    // MARK: Going on

    var position: JSONValue {
        let place = batches.position
        return [
            "epoch": .integer(Int64(place.epoch)), "window": .integer(Int64(place.window)),
            "offset": .integer(Int64(place.offset)),
            "row_count": .integer(Int64(place.rowCount)), "row_length": .integer(Int64(place.rowLength)),
        ]
    }

    var carriedState: [(name: String, tensor: Tensor)] {
        state.layers.enumerated().flatMap { index, layer in
            [("hidden.\(index)", layer.hidden)] + (layer.cell.map { [("cell.\(index)", $0)] } ?? [])
        }
    }

    func restore(position: JSONValue, carriedState: NamedTensors) throws {
        let reader = try KeyReader(position, allowed: ["epoch", "window", "offset", "row_count", "row_length"])
        try batches.restore(
            BatchPosition(
                epoch: reader.integer("epoch"), window: reader.integer("window"), offset: reader.integer("offset"),
                rowCount: reader.integer("row_count"), rowLength: reader.integer("row_length")))
        state = RecurrentState(
            layers: try state.layers.enumerated().map { index, layer in
                RecurrentState.Layer(
                    hidden: try carriedState.tensor(named: "hidden.\(index)", shape: layer.hidden.shape),
                    cell: try layer.cell.map { try carriedState.tensor(named: "cell.\(index)", shape: $0.shape) })
            })
    }
}
