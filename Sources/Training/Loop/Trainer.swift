import SequiturFiles
import SequiturLayers
import SequiturTensors

/// Trains: steps, validations, checkpoints, until a limit is reached, patience is exhausted or somebody interrupts.
///
///     let trainer = try Trainer(task, settings: TrainingSettings(epochs: 10, schedule: .init(learningRate: 0.002)), folder: folder)
///     let outcome = try trainer.run()
///
/// Afterwards the model and the folder's `model.safetensors` hold the best weights: those of the best validation, averaged where
/// weights are averaged; without validations those of the last step.
public final class Trainer<Work: TrainingTask> {
    public let task: Work
    public let settings: TrainingSettings
    public let folder: RunFolder?
    public let step: TrainingStep<Work>
    let average: WeightAverage
    let observer: (any TrainingObserver)?
    let isInterrupted: () -> Bool
    var state: TrainerState
    var log: MetricsLog?
    /// The step of the newest checkpoint on the disk.
    var savedStep: Int?
    /// The step of the checkpoint from which this part of the run went on.
    var resumedStep: Int?
    /// The best weights of a run without folder.
    var bestWeights: [Tensor]?
    /// Why the best weights could not be written.
    var weightsFailure: (any Error)?
    /// Whether the present epoch was begun and has had no step yet.
    var isEpochBarren = true
    var saveRetry = SaveRetry()
    var clock = RunClock()

    /// - Parameters:
    ///   - folder: where checkpoints, metrics and the best weights go; nil keeps everything in memory.
    ///   - isInterrupted: asked after every step; true saves and ends the run.
    /// - Throws: `TrainingError.invalidSetting`.
    public init(
        _ task: Work, settings: TrainingSettings, folder: RunFolder? = nil, observer: (any TrainingObserver)? = nil,
        isInterrupted: @escaping () -> Bool = { false }
    ) throws {
        try settings.validate()
        self.task = task
        self.settings = settings
        self.folder = folder
        self.observer = observer
        self.isInterrupted = isInterrupted
        let parameters = task.parameters
        average = WeightAverage(of: parameters, settings: settings.averaging)
        state = TrainerState(
            run: String(UInt64.random(in: 0 ... .max), radix: 16), seed: settings.seed, window: settings.averaging.window)
        step = TrainingStep(
            task, optimizer: settings.optimizer.optimizer(for: parameters), accumulate: settings.accumulate, clip: settings.clip,
            precision: settings.precision, random: RandomStream(seed: settings.seed).split("training"))
    }

    /// Steps made so far, those of earlier parts of the run included.
    public var stepCount: Int { state.step }

    /// Trains to the end.
    ///
    /// - Throws: `TrainingError.notFinite` where a loss or a gradient is not a number; what the task throws; `FileError` where
    ///   the best weights cannot be written. A checkpoint that cannot be written is a warning, and the run goes on.
    public func run() throws -> TrainingOutcome {
        clock = RunClock(spent: state.seconds, progress: progress)
        log = try folder.map { try MetricsLog(path: $0.path(of: .metrics), from: state.step) }
        observer?.trainingStarted(
            TrainingStart(step: state.step, maximumSteps: settings.maximumSteps, progress: progress))
        do {
            let outcome = outcome(try train())
            record(outcome.json)
            observer?.trainingFinished(outcome)
            return outcome
        } catch let TrainingError.notFinite(quantity, value, number, _) {
            let step = max(number, state.step)
            let error = TrainingError.notFinite(quantity: quantity, value: value, step: step, checkpoint: newestCheckpoint)
            record(["event": "failed", "step": .integer(Int64(step)), "message": .string(error.description)])
            throw error
        }
    }

    private func train() throws -> TrainingOutcome.Reason {
        while true {
            state.seconds = clock.seconds
            if let reason = endReason {
                try finish()
                return reason
            }
            if isInterrupted() {
                try endInterrupted()
                return .interrupted
            }
            guard try makeStep() else {
                try endEpoch()
                continue
            }
            // The last step is validated and saved at the end.
            if endReason != nil { continue }
            if let interval = settings.validateEvery, state.step % interval == 0 {
                try validateAndSave()
            } else {
                try saveIfDue()
            }
        }
    }

    /// - Returns: false where the epoch has ended.
    private func makeStep() throws -> Bool {
        let began = clock.seconds
        let rate = settings.schedule.rate(step: state.step, progress: progress, plateau: state.plateau)
        guard let result = try step(number: state.step + 1, learningRate: rate) else { return false }
        state.step += 1
        average.update()
        state.seconds = clock.seconds
        let report = StepReport(
            step: state.step, epoch: epoch, loss: result.loss, targetCount: result.targetCount, gradientNorm: result.gradientNorm,
            learningRate: result.learningRate, seconds: state.seconds - began, progress: progress,
            remainingSeconds: clock.remaining(progress: progress))
        observer?.stepMade(report)
        record(report.json)
        isEpochBarren = false
        return true
    }

    private func endEpoch() throws {
        guard !isEpochBarren else { throw TrainingError.nothingToLearn }
        try Engine.run { try task.startNextEpoch() }
        state.epoch += 1
        isEpochBarren = true
        if settings.validateEvery == nil { try validateAndSave() }
    }

    // MARK: Where the run stands

    /// Epochs, the present one's part included.
    var epoch: Double { Double(state.epoch) + task.epochProgress }

    /// How much of the run is done, by the limit that is nearest.
    var progress: Double {
        var done = 0.0
        if let epochs = settings.epochs { done = max(done, epochs == 0 ? 1 : epoch / Double(epochs)) }
        if let steps = settings.maximumSteps { done = max(done, Double(state.step) / Double(steps)) }
        if let minutes = settings.maximumMinutes { done = max(done, state.seconds / (60 * minutes)) }
        return min(done, 1)
    }

    private var endReason: TrainingOutcome.Reason? {
        if let patience = settings.patience, state.validationsWithoutImprovement >= patience { return .stoppedEarly }
        if let epochs = settings.epochs, state.epoch >= epochs { return .completed }
        if let steps = settings.maximumSteps, state.step >= steps { return .completed }
        if let minutes = settings.maximumMinutes, state.seconds >= 60 * minutes { return .timeLimit }
        return nil
    }
}
