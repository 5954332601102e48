import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTraining

/// A small recurrent language model with dropout on an endless pattern, as the tests train it.
final class SmallTask: TrainingTask {
    let model: RecurrentLanguageModel
    let parameters: ParameterList
    private var batches: ContiguousBatches
    private let validationTokens: MemoryTokens?
    private var state: RecurrentState
    /// What validations say instead of what the model does.
    var scriptedMetrics: [Double]?
    /// Called with the number of every batch handed out.
    var beforeBatch: (Int) -> Void = { _ in }
    private(set) var batchCount = 0

    static let vocabulary = 11
    /// A model this small has nothing for a second thread to do but wait.
    private static let usesOneThread: Void = { Engine.requestedThreads = 1 }()

    init(
        rows: Int = 4, window: Int = 5, dropout: Float = 0.3, tokenCount: Int = 400, truncation: Truncation = .fixed,
        hasValidation: Bool = true
    ) throws {
        Self.usesOneThread
        let configuration = RecurrentConfiguration(
            vocabularySize: Self.vocabulary, embeddingSize: 8, hiddenSize: 8, layers: 2, dropout: dropout, inputDropout: dropout,
            layerDropout: dropout, embeddingDropout: dropout / 3)
        model = try RecurrentLanguageModel(configuration, random: RandomStream(seed: 7))
        parameters = model.parameters()
        batches = try ContiguousBatches(
            Self.tokens(tokenCount, from: 0), rowCount: rows, windowLength: window, truncation: truncation)
        validationTokens = hasValidation ? try Self.tokens(60, from: 1000) : nil
        state = model.initialState(rows: rows)
    }

    private static func tokens(_ count: Int, from start: Int) throws -> MemoryTokens {
        let random = RandomStream(seed: 3)
        let ids = (start..<(start + count)).map { index in
            Int32(random.uniform(index) < 0.2 ? Int(random.bits(index) % UInt64(vocabulary)) : index * 3 % vocabulary)
        }
        return try MemoryTokens(ids, vocabularySize: vocabulary)
    }

    func nextBatch() throws -> MicroBatch? {
        var batch = TokenBatch()
        guard try batches.next(into: &batch) else { return nil }
        batchCount += 1
        beforeBatch(batchCount)
        return MicroBatch(exampleCount: batch.rowCount, learningRateScale: batch.learningRateScale) { [self] in
            if batch.isFirst { state = model.initialState(rows: batch.rowCount) }
            let shape = [batch.length, batch.rowCount]
            let found = model.loss(
                inputs: Tensor(batch.inputs, shape: shape), targets: Tensor(batch.targets, shape: shape), state: state,
                regularization: ActivationRegularization(activation: 0.1, temporal: 0.1))
            state = found.state.detached
            return MicroBatchLoss(objective: found.objective, loss: found.loss)
        }
    }

    func startNextEpoch() { batches.startNextEpoch() }
    var epochProgress: Double { batches.epochProgress }

    func validate() throws -> Validation? {
        guard let validationTokens else { return nil }
        if let metric = scriptedMetrics?.first {
            scriptedMetrics?.removeFirst()
            return Validation(metric: metric, metrics: [])
        }
        var parts = try EvaluationBatches(validationTokens, rowCount: 1, windowLength: 20)
        var batch = TokenBatch(), state = model.initialState(rows: 1), sum = 0.0
        while try parts.next(into: &batch) {
            let shape = [batch.length, 1]
            let found = model.loss(
                inputs: Tensor(batch.inputs, shape: shape), targets: Tensor(batch.targets, shape: shape), state: state,
                regularization: .none)
            state = found.state
            sum += Double(found.loss.sum.scalar)
        }
        let loss = sum / Double(parts.targetCount)
        return Validation(metric: loss, metrics: [.init("loss", loss)])
    }

    var position: JSONValue {
        let position = batches.position
        return [
            "epoch": .integer(Int64(position.epoch)), "window": .integer(Int64(position.window)),
            "offset": .integer(Int64(position.offset)), "rows": .integer(Int64(position.rowCount)),
            "length": .integer(Int64(position.rowLength)),
        ]
    }

    var carriedState: [(name: String, tensor: Tensor)] {
        state.layers.enumerated().flatMap { [("\($0).hidden", $1.hidden), ("\($0).cell", $1.cell ?? .zeros([0]))] }
    }

    func restore(position: JSONValue, carriedState: NamedTensors) throws {
        guard let epoch = position["epoch"]?.int, let window = position["window"]?.int, let offset = position["offset"]?.int,
            let rows = position["rows"]?.int, let length = position["length"]?.int
        else { throw StateError(source: carriedState.source, reason: "the position in the data is missing") }
        try batches.restore(BatchPosition(epoch: epoch, window: window, offset: offset, rowCount: rows, rowLength: length))
        let shape = [rows, model.configuration.hiddenSize]
        state = RecurrentState(
            layers: try state.layers.indices.map {
                RecurrentState.Layer(
                    hidden: try carriedState.tensor(named: "\($0).hidden", shape: shape),
                    cell: try carriedState.tensor(named: "\($0).cell", shape: shape))
            })
    }

    /// The bits of every parameter.
    var weights: [[UInt32]] { parameters.entries.map { $0.parameter.value.floats().map(\.bitPattern) } }
}

/// Keeps what a trainer tells.
final class Recorder: TrainingObserver {
    private(set) var steps: [StepReport] = []
    private(set) var validations: [ValidationReport] = []
    private(set) var checkpoints: [CheckpointReport] = []
    private(set) var warnings: [String] = []
    private(set) var start: TrainingStart?
    private(set) var outcome: TrainingOutcome?
    var onStep: (StepReport) -> Void = { _ in }

    func trainingStarted(_ start: TrainingStart) { self.start = start }
    func stepMade(_ report: StepReport) {
        steps.append(report)
        onStep(report)
    }
    func validated(_ report: ValidationReport) { validations.append(report) }
    func checkpointSaved(_ report: CheckpointReport) { checkpoints.append(report) }
    func warned(_ message: String) { warnings.append(message) }
    func trainingFinished(_ outcome: TrainingOutcome) { self.outcome = outcome }

    /// The bits of the loss of every step.
    var losses: [UInt64] { steps.map(\.loss.bitPattern) }
}

extension TrainingSettings {
    /// Settings of a short run that the tests change where they need.
    static func short(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
        var settings = TrainingSettings(
            maximumSteps: 12, optimizer: OptimizerSettings(kind: .adamw, weightDecay: 0.01),
            schedule: LearningRateSchedule(kind: .cosine, learningRate: 0.01, warmupSteps: 2), clip: 1, seed: 5,
            precision: .float32)
        change(&settings)
        return settings
    }
}
