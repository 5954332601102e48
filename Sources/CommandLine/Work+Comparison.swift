import SequiturConsole
import SequiturFiles
import SequiturModels
import SequiturTasks
import SequiturTraining

extension LibraryWork {
    func compareLanguageModels(_ command: CompareLanguageModeling, in console: Console) throws -> ComparisonReport {
        command.machine.arithmetic.apply()
        let comparison = command.libraryComparison(console.settings.values)
        var view: TrainingView?
        defer { view?.finish() }
        let result: LanguageModelComparison.Result
        do {
            result = try Interruption.handled {
                try comparison.run { model in
                    view?.finish()
                    let made = TrainingView(
                        console, isShown: command.progress.progress, tokensPerStep: command.models.batch * command.models.steps,
                        name: model.architecture.rawValue)
                    view = made
                    return made
                } isInterrupted: {
                    Interruption.isRequested
                }
            }
        } catch is CancellationError {
            throw Interrupted("nothing was trained; begin again with the same command")
        }
        view?.finish()
        if let interruption = result.interruption {
            throw Interrupted(
                interruption.checkpoint.map { "saved '\($0.printable(limit: 1024))'; go on with the same command and --resume" }
                    ?? "nothing could be saved of the last model; go on with the same command and --resume")
        }
        let report = ComparisonReport(command, result)
        if let path = command.run.report {
            let arguments = Array(Swift.CommandLine.arguments.dropFirst())
            let text = report.markdown(arguments: arguments, version: Sequitur.configuration.version)
            try AtomicFile.write(text, to: path)
        }
        return report
    }
}

extension CompareLanguageModeling {
    /// Settings that may differ when a comparison goes on: where results go, and how they are shown.
    private static let passing: Set<String> = ["resume", "overwrite", "report", "json", "progress", "recipe", "output"]

    func libraryComparison(_ values: JSONValue) -> LanguageModelComparison {
        var shared = LanguageModelingSettings(data: data.data, output: run.output)
        shared.validation = data.validation
        shared.validationFraction = data.validationFraction
        shared.test = data.test
        shared.tokenizer = data.tokenizerSource
        shared.network.dropout = Float(models.dropout)
        shared.transformer.heads = models.heads
        shared.batch = models.batch
        shared.steps = models.steps
        shared.resume = run.resume
        shared.overwrite = run.overwrite
        var comparison = LanguageModelComparison(shared)
        comparison.settings.training.maximumMinutes = models.maximumMinutes
        comparison.settings.training.maximumSteps = models.maximumSteps
        comparison.settings.training.schedule.warmupSteps = models.warmupSteps
        comparison.settings.training.validateEvery = models.validateEvery > 0 ? models.validateEvery : nil
        comparison.settings.training.seed = UInt64(machine.seed)
        comparison.settings.training.precision = machine.arithmetic.precision
        comparison.architectures = models.models
        comparison.parameters = models.parameters.count
        comparison.recurrentLayers = models.recurrentLayers
        comparison.transformerLayers = models.transformerLayers
        comparison.learningRates = models.learningRates.isEmpty ? nil : models.learningRates
        comparison.description = .object((values.members ?? []).filter { !Self.passing.contains($0.key) })
        return comparison
    }
}
