import SequiturConsole
import SequiturFiles
import SequiturModels
import SequiturTasks
import SequiturTensors
import SequiturText
import SequiturTraining

/// What came of a task of understanding: a summary, and reports as other tools print them.
struct LabeledSummary: Sendable {
    var summary: Summary
    /// Titles and texts.
    var reports: [(title: String, text: String)] = []
    /// Shown instead of the summary, where there is one.
    var table: Table?
    var note: String?

    func print(in console: Console, asJSON: Bool) throws {
        if asJSON { return try console.print(summary.json) }
        for report in reports {
            try console.print(report.title + "\n")
            try console.print(report.text.hasSuffix("\n") ? report.text : report.text + "\n")
        }
        try console.print(table ?? summary.table)
        if let note { try console.print("\n" + note) }
    }
}

extension LibraryWork {
    func train(_ command: TrainTagging, in console: Console) throws -> LabeledSummary {
        var settings = try settings(command.options, characters: .cnn, in: console)
        settings.task.hasField = command.tagging.crf
        settings.task.scheme = command.tagging.scheme
        settings.task.predictsLabel = command.tagging.intents
        return try trained(LabeledTraining<Tagger>.self, settings, command.options, in: console)
    }

    func train(_ command: TrainClassification, in console: Console) throws -> LabeledSummary {
        var settings = try settings(command.options, characters: .none, in: console)
        settings.task.isMultilabel = command.classification.multilabel
        settings.task.pooling = command.pooling.pooling
        return try trained(LabeledTraining<TextClassifier>.self, settings, command.options, in: console)
    }

    func train(_ command: TrainMatching, in console: Console) throws -> LabeledSummary {
        var settings = try settings(command.options, characters: .none, in: console)
        settings.task.hasTowers = command.matching.towers
        settings.task.isScore = command.matching.scores
        settings.task.pooling = command.pooling.pooling
        return try trained(LabeledTraining<TextMatcher>.self, settings, command.options, in: console)
    }

    func train(_ command: TrainRelationExtraction, in console: Console) throws -> LabeledSummary {
        let settings = try settings(command.options, characters: .none, in: console)
        return try trained(LabeledTraining<RelationExtractor>.self, settings, command.options, in: console)
    }

    func train(_ command: TrainQuestionAnswering, in console: Console) throws -> LabeledSummary {
        var settings = try settings(command.options, characters: .none, in: console)
        settings.maximumLength = command.options.model.maximumLength ?? 384
        settings.task.stride = command.questions.stride
        settings.task.maximumAnswerLength = command.questions.maximumAnswerLength
        settings.task.answerCount = command.questions.nBest
        settings.task.emptyWindows = command.questions.emptyParts
        return try trained(LabeledTraining<AnswerFinder>.self, settings, command.options, in: console)
    }

    /// - Parameter characters: how words' characters are read where nothing is said.
    private func settings(
        _ options: LabeledOptions, characters: CharacterFeatures, in console: Console
    ) throws -> LabeledSettings {
        options.machine.arithmetic.apply()
        var options = options
        if options.model.isFolder {
            options.model.model = try resolvedFolder(options.model.model, in: console, showsProgress: options.progress.progress)
        }
        let isFolder = options.model.isFolder
        func positive(_ value: Int) -> Int? { value > 0 ? value : nil }
        let (optimization, averaging) = (options.optimization, options.averaging)
        let training = TrainingSettings(
            epochs: options.limits.epochs ?? (isFolder ? 3 : 20), maximumSteps: options.limits.maximumSteps,
            maximumMinutes: options.limits.maximumMinutes,
            optimizer: OptimizerSettings(
                kind: optimization.optimizer, momentum: Float(optimization.momentum), beta1: Float(optimization.beta1),
                beta2: Float(optimization.beta2), epsilon: Float(optimization.epsilon),
                weightDecay: Float(optimization.weightDecay)),
            schedule: LearningRateSchedule(
                kind: options.schedule.schedule, learningRate: options.schedule.learningRate ?? (isFolder ? 5e-5 : 0.002),
                minimumLearningRate: options.schedule.minimumLearningRate),
            averaging: SequiturTraining.AveragingSettings(
                kind: averaging.average, decay: averaging.averageDecay, window: averaging.averageWindow),
            accumulate: options.batches.accumulate, clip: optimization.clip > 0 ? optimization.clip : nil,
            validateEvery: positive(options.limits.validateEvery), patience: positive(options.limits.patience),
            checkpointEvery: positive(options.run.checkpointEvery), keepCheckpoints: options.run.keepCheckpoints,
            seed: UInt64(options.machine.seed), precision: options.machine.arithmetic.precision)
        var settings = LabeledSettings(data: options.data.data, output: options.run.output, training: training)
        settings.validation = options.data.validation
        settings.test = options.data.test
        settings.split = try options.data.librarySplit
        settings.splitSeed = UInt64(options.data.splitSeed)
        settings.reading = options.data.reading.options
        options.model.apply(to: &settings, characters: characters)
        settings.warmup = options.schedule.warmup
        settings.batch = options.batches.batch
        settings.batchTokens = options.batches.batchTokens
        settings.groupsByLength = options.batches.byLength
        settings.labelSmoothing = Float(options.batches.labelSmoothing)
        settings.classWeights = try options.batches.libraryWeights
        settings.tuning = options.tuning.settings
        settings.resume = options.run.resume
        settings.overwrite = options.run.overwrite
        return settings
    }

    private func trained<Model>(
        _ kind: LabeledTraining<Model>.Type, _ settings: LabeledSettings, _ options: LabeledOptions, in console: Console
    ) throws -> LabeledSummary {
        guard options.limits.seeds > 1 else {
            return summary(of: try run(kind, settings, options, in: console), in: settings)
        }
        var figures = SeedFigures()
        for seed in 0..<options.limits.seeds {
            var own = settings
            own.training.seed = settings.training.seed + UInt64(seed)
            own.output = "\(settings.output)/seed-\(own.training.seed)"
            if settings.resume {
                if let found = try SeedFigures.Run(folder: own.output, seed: own.training.seed) {
                    let finished = try RunFolder(opening: own.output)
                    try LabeledTraining<Model>(own).requireSame(finished)
                    try requireSameSettings(finished, console.settings.values)
                    figures.runs.append(found)
                    continue
                }
                own.resume = (try? RunFolder(opening: own.output)) != nil
            }
            let result = try run(kind, own, options, name: "seed \(own.training.seed)", in: console)
            figures.runs.append(
                .init(seed: own.training.seed, folder: own.output, validation: result.validation, test: result.test))
            if options.progress.progress, let line = figures.runs.last?.line { console.note(line) }
        }
        try figures.json.write(to: "\(settings.output)/seeds.json")
        return figures.summary(in: settings)
    }

    /// Figures of runs with other settings have no common mean. Where files stand, the data's fingerprint says the same.
    private func requireSameSettings(_ finished: RunFolder, _ settings: JSONValue) throws {
        let free: Set = [
            "data", "validation", "test", "model", "seed", "seeds", "output", "resume", "overwrite", "keep-checkpoints",
            "checkpoint-every", "threads", "recipe", "progress", "json",
        ]
        let found = try finished.readDescription()["settings"]
        for setting in settings.members ?? [] where !free.contains(setting.key) {
            guard let old = found?[setting.key], old != setting.value else { continue }
            throw InputError(
                "'\(finished.path)' was trained with \(setting.key) \(old.serialized()), not \(setting.value.serialized()): "
                    + "give --resume the settings that the first seeds had, or another --output")
        }
    }

    private func run<Model>(
        _ kind: LabeledTraining<Model>.Type, _ settings: LabeledSettings, _ options: LabeledOptions, name: String = "training",
        in console: Console
    ) throws -> LabeledTraining<Model>.Result {
        let task = LabeledTraining<Model>(settings, description: [("settings", console.settings.values)])
        let view = TrainingView(
            console, isShown: options.progress.progress, tokensPerStep: settings.batch, unit: "examples", name: name)
        defer { view.finish() }
        let result: LabeledTraining<Model>.Result
        do {
            result = try Interruption.handled {
                try task.train(observer: view, notes: { console.note("\(console.name): \($0)") }) { Interruption.isRequested }
            }
        } catch is CancellationError {
            throw Interrupted("training had not begun, and nothing was changed; begin again with the same command")
        }
        view.finish()
        if let outcome = result.outcome, outcome.reason == .interrupted {
            throw Interrupted(
                outcome.checkpoint.map { "saved '\($0.printable(limit: 1024))'; go on with the same command and --resume" }
                    ?? "nothing could be saved; begin anew with the same command and --overwrite")
        }
        return result
    }

    private func summary<Model>(of result: LabeledTraining<Model>.Result, in settings: LabeledSettings) -> LabeledSummary {
        var summary = Summary()
        summary.add("run", .string(settings.output), "run")
        summary.add("task", .string(Model.kind.rawValue), "task")
        summary.add("model", .string(settings.encoder.name), "model")
        summary.add(
            "parameters", .integer(Int64(result.parameterCount)), "parameters", as: Quantity.count(Double(result.parameterCount)))
        if result.trainableCount != result.parameterCount {
            summary.add(
                "trained_parameters", .integer(Int64(result.trainableCount)), "of which trained",
                as: Quantity.count(Double(result.trainableCount)))
        }
        let data = result.data
        summary.add("training_examples", .integer(Int64(data.training.count)), "training examples", as: "\(data.training.count)")
        summary.add(
            "validation_examples", .integer(Int64(data.validation.count)), "validation examples", as: "\(data.validation.count)")
        summary.add("test_examples", .integer(Int64(data.test.count)), "test examples", as: "\(data.test.count)")
        if !data.badRows.isEmpty { summary.add("bad_rows", .integer(Int64(data.badRows.count)), "bad rows left out") }
        if let outcome = result.outcome {
            summary.add("end", .string(outcome.reason.rawValue), "end", as: outcome.reason.words)
            summary.add("steps", .integer(Int64(outcome.step)), "steps")
            summary.add("epochs", .number(outcome.epoch), "epochs", as: Quantity.fixed(outcome.epoch, 2))
        }
        summary.add("seconds", .number(result.seconds), "time", as: Quantity.duration(result.seconds))
        summary.add(result.validation, "validation")
        summary.add(result.test, "test")
        return LabeledSummary(
            summary: summary, reports: (result.test ?? result.validation)?.reports.map { ($0.title, $0.text) } ?? [])
    }
}

extension Summary {
    /// The figures of an evaluation: `test_f1`, `test f1`.
    mutating func add(_ evaluation: TaskEvaluation?, _ part: String) {
        for figure in evaluation?.figures ?? [] {
            add(
                "\(part)_\(figure.name)", .number(figure.value), "\(part) \(figure.name.replacing("_", with: " "))",
                as: Quantity.fixed(figure.value, 4))
        }
    }
}
