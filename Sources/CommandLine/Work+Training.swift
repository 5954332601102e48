import SequiturConsole
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTasks
import SequiturTensors
import SequiturText
import SequiturTraining

extension LibraryWork {
    func trainLanguageModel(_ command: TrainLanguageModeling, in console: Console) throws -> Summary {
        command.machine.arithmetic.apply()
        var command = command
        if let from = command.model.from {
            command.model.from = try resolvedFolder(from, in: console, showsProgress: command.progress.progress)
        }
        let settings = command.librarySettings
        let task = LanguageModeling(settings, description: [("settings", console.settings.values)])
        let steps = settings.architecture.cell == nil ? settings.transformer.block : settings.steps
        let view = TrainingView(console, isShown: command.progress.progress, tokensPerStep: settings.batch * steps)
        defer { view.finish() }
        let result = try trained { try task.train(observer: view) { Interruption.isRequested } }
        view.finish()
        if let outcome = result.outcome, outcome.reason == .interrupted {
            throw Interrupted(
                outcome.checkpoint.map { "saved '\($0.printable(limit: 1024))'; go on with the same command and --resume" }
                    ?? "nothing could be saved; begin anew with the same command and --overwrite")
        }
        return summary(of: result, in: settings.output)
    }

    private func trained(_ train: () throws -> LanguageModeling.Result) throws -> LanguageModeling.Result {
        do { return try Interruption.handled(train) } catch is CancellationError {
            throw Interrupted("training had not begun, and nothing was changed; begin again with the same command")
        }
    }

    private func summary(of result: LanguageModeling.Result, in folder: String) -> Summary {
        var summary = Summary()
        summary.add("run", .string(folder), "run")
        summary.add("model", .string(result.model.architecture.rawValue), "model")
        if let count = result.parameterCount {
            summary.add("parameters", .integer(Int64(count)), "parameters", as: Quantity.count(Double(count)))
        }
        summary.add("vocabulary", .integer(Int64(result.model.vocabularySize)), "vocabulary")
        summary.add(
            "training_tokens", .integer(Int64(result.trainingTokens)), "training tokens",
            as: Quantity.count(Double(result.trainingTokens)))
        if let outcome = result.outcome {
            summary.add("end", .string(outcome.reason.rawValue), "end", as: outcome.reason.words)
            summary.add("steps", .integer(Int64(outcome.step)), "steps")
            summary.add("epochs", .number(outcome.epoch), "epochs", as: Quantity.fixed(outcome.epoch, 2))
            summary.add("seconds", .number(outcome.seconds), "time", as: Quantity.duration(outcome.seconds))
        }
        if let score = result.validation {
            summary.add(
                "validation_loss", .number(score.crossEntropy), "validation loss", as: Quantity.fixed(score.crossEntropy, 4))
            summary.add(
                "validation_perplexity", .number(score.perplexity), "validation perplexity",
                as: Quantity.fixed(score.perplexity, 2))
        }
        if let test = result.test {
            summary.add(
                "test_loss", .number(test.score.crossEntropy), "test loss", as: Quantity.fixed(test.score.crossEntropy, 4))
            summary.add("test_perplexity", .number(test.perplexity), "test perplexity", as: Quantity.fixed(test.perplexity, 2))
            summary.add(
                "test_bits_per_character", .number(test.bitsPerCharacter), "test bits per character",
                as: Quantity.fixed(test.bitsPerCharacter, 3))
        }
        return summary
    }
}

extension TrainingOutcome.Reason {
    var words: String {
        switch self {
        case .completed: "completed"
        case .timeLimit: "time limit"
        case .stoppedEarly: "no more improvement"
        case .interrupted: "interrupted"
        }
    }
}

/// Shows a training run: the bar, and a line for every validation.
final class TrainingView: TrainingObserver {
    private let console: Console
    private let isShown: Bool
    private let tokensPerStep: Int
    private let name: String
    private var reporter: ProgressReporter?
    private var tokens = 0
    private var smoothed: Double?

    /// - Parameter name: what the bar begins with.
    init(_ console: Console, isShown: Bool, tokensPerStep: Int, name: String = "training") {
        self.console = console
        self.isShown = isShown
        self.tokensPerStep = tokensPerStep
        self.name = name
    }

    func trainingStarted(_ start: TrainingStart) {
        tokens = start.step * tokensPerStep
        reporter = console.progress(name, total: start.maximumSteps, initial: start.step, unit: "tokens", isShown: isShown)
    }

    func stepMade(_ report: StepReport) {
        tokens += report.targetCount
        let loss = smoothed.map { 0.98 * $0 + 0.02 * report.loss } ?? report.loss
        smoothed = loss
        reporter?.update(
            completed: report.step, work: tokens, fraction: report.progress,
            fields: [
                .init("loss", Quantity.fixed(loss, 3)), .init("epoch", Quantity.fixed(report.epoch, 2)),
                .init("rate", Quantity.significant(report.learningRate)),
            ])
    }

    func validated(_ report: ValidationReport) {
        let metrics = report.validation.metrics.map { "\($0.name) \(Quantity.fixed($0.value, $0.value < 10 ? 4 : 2))" }.joined(
            separator: "  ")
        let notes = (report.isBest ? ["best"] : []) + report.consequences.map(\.words)
        show("step \(report.step)  validation \(metrics)\(notes.isEmpty ? "" : "  (\(notes.joined(separator: ", ")))")")
    }

    func warned(_ message: String) {
        let line = "\(console.name): warning: \(message)"
        if let reporter { reporter.message(line) } else { console.note(line) }
    }

    func finish() {
        reporter?.finish()
        reporter = nil
    }

    private func show(_ line: String) { if isShown { reporter?.message(line) } }
}

extension ValidationReport.Consequence {
    fileprivate var words: String {
        switch self {
        case .rateReduced: "learning rate lowered"
        case .averagingBegun: "averaging begins"
        case .stopping: "patience is exhausted"
        }
    }
}

// MARK: The command's settings as the library's

extension ArithmeticSettings {
    /// Sets the number of threads, before the first work.
    func apply() { if threads > 0 { Engine.requestedThreads = threads } }
}

extension TrainLanguageModeling {
    var librarySettings: LanguageModelingSettings {
        var settings = LanguageModelingSettings(data: data.data, output: run.output)
        settings.validation = data.validation
        settings.validationFraction = data.validationFraction
        settings.test = data.test
        settings.tokenizer = data.tokenizerSource
        settings.architecture = model.architecture
        settings.from = model.from
        settings.network.layers = network.layers
        settings.network.width = network.width
        settings.network.embeddingWidth = network.embeddingWidth
        settings.network.tiesEmbeddings = network.tieEmbeddings
        settings.network.dropout = Float(regularization.dropout)
        settings.network.layerDropout = regularization.layerDropout.map(Float.init)
        settings.network.inputDropout = regularization.inputDropout.map(Float.init)
        settings.network.embeddingDropout = Float(regularization.embeddingDropout)
        settings.network.cell = cell
        settings.network.projection = recurrent.projection
        settings.network.layerNorm = recurrent.layerNorm
        settings.network.learnedInitialState = recurrent.learnedInitialState
        settings.network.zoneoutHidden = Float(recurrent.zoneoutHidden)
        settings.network.zoneoutCell = Float(recurrent.zoneoutCell)
        settings.network.weightDropout = Float(recurrent.weightDropout)
        settings.network.lockedDropout = recurrent.lockedDropout
        settings.transformer.heads = transformer.heads
        settings.transformer.keyHeads = transformer.keyHeads
        settings.transformer.feedForwardWidth = transformer.feedForwardWidth
        settings.transformer.block = transformer.block
        settings.transformer.positions = transformer.positions
        settings.transformer.normalization = transformer.norm
        settings.transformer.activation = transformer.activation
        settings.transformer.hasBias = transformer.bias
        settings.transformer.attentionDropout = transformer.attentionDropout.map(Float.init)
        settings.counts = NGramSettings(order: counts.order, minimumCounts: counts.minimumCounts)
        settings.arpa = counts.arpa
        settings.batch = batches.batch
        settings.steps = batches.steps
        settings.variableLength = batches.variableLength
        settings.regularization = .init(
            activation: Float(regularization.activationRegularization),
            temporal: Float(regularization.temporalActivationRegularization))
        settings.labelSmoothing = Float(regularization.labelSmoothing)
        settings.training = trainingSettings
        settings.resume = run.resume
        settings.overwrite = run.overwrite
        return settings
    }

    /// The form of the cell that is asked for.
    private var cell: RecurrentCell? {
        switch model.architecture {
        case .gru: recurrent.reset == .before ? .gruResetBefore : .gru
        case .rnn: recurrent.nonlinearity == .relu ? .rectified : .tanh
        case .lstm, .transformer, .ngram, .gpt2, .llama, .mistral, .qwen2: nil
        }
    }

    private var trainingSettings: TrainingSettings {
        TrainingSettings(
            optimization, schedule, limits, averaging, run, machine, accumulate: batches.accumulate)
    }
}

extension TrainingSettings {
    /// The settings that all tasks share, by the groups of their flags.
    init(
        _ optimization: OptimizationSettings, _ schedule: ScheduleSettings, _ limits: LimitSettings,
        _ averaging: sequitur.AveragingSettings, _ run: RunSettings, _ machine: MachineSettings, accumulate: Int
    ) {
        func positive(_ value: Int) -> Int? { value > 0 ? value : nil }
        self.init(
            epochs: limits.epochs, maximumSteps: limits.maximumSteps, maximumMinutes: limits.maximumMinutes,
            optimizer: OptimizerSettings(
                kind: optimization.optimizer, momentum: Float(optimization.momentum), beta1: Float(optimization.beta1),
                beta2: Float(optimization.beta2), epsilon: Float(optimization.epsilon),
                weightDecay: Float(optimization.weightDecay)),
            schedule: LearningRateSchedule(
                kind: schedule.schedule, learningRate: schedule.highestLearningRate(for: optimization.optimizer),
                warmupSteps: schedule.warmupSteps, minimumLearningRate: schedule.minimumLearningRate,
                plateauFactor: schedule.plateauFactor, plateauPatience: schedule.plateauPatience),
            averaging: SequiturTraining.AveragingSettings(
                kind: averaging.average, decay: averaging.averageDecay, window: averaging.averageWindow),
            accumulate: accumulate, clip: optimization.clip > 0 ? optimization.clip : nil,
            validateEvery: positive(limits.validateEvery), patience: positive(limits.patience),
            checkpointEvery: positive(run.checkpointEvery), keepCheckpoints: run.keepCheckpoints, seed: UInt64(machine.seed),
            precision: machine.arithmetic.precision)
    }
}

extension DataSettings {
    var tokenizerSource: LanguageModelingSettings.TokenizerSource {
        switch tokenizer {
        case .trained(let kind): .trained(kind, vocabulary.options)
        case .file(let path): .file(path)
        }
    }
}

extension VocabularySettings {
    var options: TokenizerOptions { TokenizerOptions(maximumVocabularySize: vocabularySize, minimumFrequency: minimumFrequency) }
}
