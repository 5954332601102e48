import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTraining

/// Learning from labelled examples, as the trainer sees it.
final class LabeledTask<Model: LabeledModel>: TrainingTask {
    let model: Model
    let parameters: ParameterList
    private let items: [Model.Item]
    private var batches: LengthBatches
    private let validation: [Model.Example]
    private let tuning: TuningSettings
    /// What the last validation found.
    private(set) var lastEvaluation: TaskEvaluation?

    init(
        _ model: Model, items: [Model.Item], validation: [Model.Example], settings: LabeledSettings
    ) throws {
        self.model = model
        self.items = items
        self.validation = validation
        tuning = settings.tuning
        batches = LengthBatches(
            sizes: items.map(model.size(of:)), batchSize: settings.batch, maximumSize: settings.batchTokens,
            pool: settings.groupsByLength ? 64 : 1, seed: settings.training.seed)
        try tuning.apply(to: model.module)
        parameters = model.module.parameters()
    }

    func nextBatch() throws -> MicroBatch? {
        guard let chosen = batches.next() else { return nil }
        return MicroBatch(exampleCount: chosen.count) { [model, items] in try model.loss(of: chosen.map { items[$0] }) }
    }

    func startNextEpoch() {
        batches.startNextEpoch()
        if tuning.unfreezesGradually { tuning.setRates(of: model.module, epoch: batches.epoch) }
    }

    var batchCount: Int { batches.batchCount }
    var epochProgress: Double { batches.epochProgress }

    func validate() throws -> Validation? {
        guard !validation.isEmpty else { return nil }
        let found = model.evaluation(of: validation, try model.answers(to: validation) { _ in })
        lastEvaluation = found
        return Validation(metric: -found.figures[0].value, metrics: found.figures.map { .init($0.name, $0.value) })
    }

    // MARK: Files

    func writeWeights(to path: String) throws { try model.writeWeights(to: path) }
    func readWeights(from path: String) throws { try model.readWeights(from: path) }

    var position: JSONValue { ["epoch": .integer(Int64(batches.epoch)), "batch": .integer(Int64(batches.batch))] }

    func restore(position: JSONValue, carriedState: NamedTensors) throws {
        let reader = try KeyReader(position, allowed: ["epoch", "batch"])
        try batches.restore(epoch: reader.integer("epoch"), batch: reader.integer("batch"))
        if tuning.unfreezesGradually { tuning.setRates(of: model.module, epoch: batches.epoch) }
    }
}
