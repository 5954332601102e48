import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTraining

/// How well hidden tokens are found again.
public struct MaskedScore: Sendable, Equatable {
    /// Σ −log P, in nats.
    public var loss: Double
    public var hits: Int
    public var count: Int

    /// Nats for each hidden token.
    public var crossEntropy: Double { loss / Double(count) }
    /// The share of the hidden tokens that were the most probable ones of their places.
    public var accuracy: Double { Double(hits) / Double(count) }
}

/// Finding hidden tokens again, as the trainer sees it.
final class MaskedLanguageModelingTask: TrainingTask {
    let model: PretrainedModel
    let parameters: ParameterList
    private var windows: MaskedWindows
    private let validation: MaskedWindows?
    private let precision: Precision
    private let labelSmoothing: Float
    private var batch = TokenBatch()

    /// - Parameter validation: windows of one row each, which are read once; nil where there are none.
    init(
        _ model: PretrainedModel, windows: MaskedWindows, validation: MaskedWindows?, precision: Precision, labelSmoothing: Float
    ) {
        self.model = model
        self.windows = windows
        self.validation = validation
        self.precision = precision
        self.labelSmoothing = labelSmoothing
        parameters = model.parameters()
    }

    func nextBatch() throws -> MicroBatch? {
        guard try windows.next(into: &batch) else { return nil }
        let (inputs, targets) = batch.tensors
        return MicroBatch(exampleCount: batch.rowCount) { [model, labelSmoothing] in
            MicroBatchLoss(model.maskedLoss(inputs: inputs, targets: targets, labelSmoothing: labelSmoothing))
        }
    }

    func startNextEpoch() { windows.startNextEpoch() }

    var epochProgress: Double { windows.epochProgress }

    func validate() throws -> Validation? {
        guard let score = try score() else { return nil }
        guard score.loss.isFinite else {
            throw TrainingError.notFinite(quantity: "validation loss", value: score.loss, step: 0, checkpoint: nil)
        }
        return Validation(
            metric: score.crossEntropy, metrics: [.init("loss", score.crossEntropy), .init("accuracy", score.accuracy)])
    }

    /// Of the validation text; nil where there is none.
    func score() throws -> MaskedScore? {
        guard var windows = validation else { return nil }
        var batch = TokenBatch(), total = MaskedScore(loss: 0, hits: 0, count: 0)
        while try windows.next(into: &batch) {
            guard batch.targetCount > 0 else { continue }
            let (inputs, targets) = batch.tensors
            Engine.run {
                withContext(.inference, precision: precision) {
                    withoutGradients {
                        total.loss += Double(model.maskedLoss(inputs: inputs, targets: targets).sum.scalar)
                        total.hits += model.maskedHits(inputs: inputs, targets: targets)
                    }
                }
            }
            total.count += batch.targetCount
        }
        return total.count > 0 ? total : nil
    }

    // MARK: Files

    func writeWeights(to path: String) throws { try model.writeWeights(to: path) }
    func readWeights(from path: String) throws { try model.readWeights(from: path) }

    var position: JSONValue { ["epoch": .integer(Int64(windows.epoch)), "batch": .integer(Int64(windows.batchIndex))] }

    func restore(position: JSONValue, carriedState: NamedTensors) throws {
        let reader = try KeyReader(position, allowed: ["epoch", "batch"])
        try windows.restore(epoch: reader.integer("epoch"), batch: reader.integer("batch"))
    }
}

extension TokenBatch {
    /// Inputs and targets, [T, B].
    fileprivate var tensors: (Tensor, Tensor) {
        (Tensor(inputs, shape: [length, rowCount]), Tensor(targets, shape: [length, rowCount]))
    }
}
