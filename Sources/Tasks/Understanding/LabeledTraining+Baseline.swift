import SequiturModels
import SequiturTraining

extension LabeledTraining {
    /// A baseline is learnt at once: in seconds, or in minutes that can be interrupted, and then nothing is left in the folder.
    func learn(
        baseline data: LabeledData<Model.Example>, into folder: RunFolder, observer: (any TrainingObserver)?,
        isInterrupted: () -> Bool
    ) throws -> Result {
        let clock = ContinuousClock(), start = clock.now
        let model = try Model(learningFrom: data.training, settings: settings, isInterrupted: isInterrupted)
        let seconds = (clock.now - start) / .seconds(1)
        if isInterrupted() { throw CancellationError() }
        try model.requireMeasurable(data.validation + data.test)
        try begin(folder, model, data)
        try model.write(to: folder, origin: nil)
        return try finish(
            Result(
                model: model, outcome: nil, seconds: seconds, parameterCount: model.parameterCount,
                trainableCount: model.parameterCount, data: data), in: folder, observer)
    }
}
