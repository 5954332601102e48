import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

/// Trains a model of a task of understanding into a run folder, and measures it.
///
///     let settings = LabeledSettings(data: ["train.conll"], output: "runs/entities", training: …)
///     let result = try LabeledTraining<Tagger>(settings).train()
///     print(result.test?.figures ?? [])
public struct LabeledTraining<Model: LabeledModel> {
    public let settings: LabeledSettings
    /// Written to the run's `sequitur.json` beside what follows from the data.
    public let description: [(key: String, value: JSONValue)]

    public init(_ settings: LabeledSettings, description: [(key: String, value: JSONValue)] = []) {
        self.settings = settings
        self.description = description
    }

    public struct Result {
        /// The model with its best weights.
        public let model: Model
        /// How the training went; nil of a baseline, which is learnt at once.
        public let outcome: TrainingOutcome?
        public let seconds: Double
        public let parameterCount: Int
        public let trainableCount: Int
        public let data: LabeledData<Model.Example>
        /// Of the finished model; nil where there are no such examples, or the run was interrupted.
        public internal(set) var validation: TaskEvaluation?
        public internal(set) var test: TaskEvaluation?
    }

    /// - Throws: one line for whatever is wrong with data, settings or folders, before anything in the run folder is changed;
    ///   `CancellationError` where the run is interrupted before there is anything to save.
    public func train(
        observer: (any TrainingObserver)? = nil, notes: (String) -> Void = { _ in },
        isInterrupted: @escaping () -> Bool = { false }
    ) throws -> Result {
        if case .baseline(let kind) = settings.encoder {
            guard Model.baselines.contains(kind) else { throw kind.refusal(by: Model.kind, Model.baselines) }
            guard !settings.resume else {
                throw ConfigurationError(
                    reason: "\(kind.rawValue) is learnt at once, so there is nothing to go on with: give --overwrite")
            }
        }
        let data = try LabeledData<Model.Example>(reading: Model.self, settings, notes: notes)
        let folder =
            try settings.resume
            ? RunFolder(resuming: settings.output) : RunFolder(reserving: settings.output, overwrite: settings.overwrite)
        // The folder is locked until all is written.
        return try withExtendedLifetime(folder) {
            if case .baseline = settings.encoder {
                return try learn(baseline: data, into: folder, observer: observer, isInterrupted: isInterrupted)
            }
            if settings.resume { try record.requireSame(folder, fingerprint: data.fingerprint) }
            let model = try Model(learningFrom: data.training, settings: settings)
            try model.requireMeasurable(data.validation + data.test)
            let items = try model.items(of: data.training)
            let task: LabeledTask<Model> = try Engine.run {
                try LabeledTask(model, items: items, validation: data.validation, settings: settings)
            }
            var training = settings.training
            training.schedule.warmupSteps = warmupSteps(batches: task.batchCount)
            let trainer = try Trainer(
                task, settings: training, folder: folder, observer: observer, isInterrupted: isInterrupted)
            if isInterrupted() { throw CancellationError() }
            if settings.resume {
                try trainer.resume()
            } else {
                try begin(folder, model, data)
                var origin: String?
                if case .folder(let path) = settings.encoder { origin = path }
                try model.write(to: folder, origin: origin)
            }
            let outcome = try trainer.run()
            let result = Result(
                model: model, outcome: outcome, seconds: outcome.seconds, parameterCount: task.parameters.count,
                trainableCount: task.parameters.trainableCount, data: data)
            guard outcome.reason == .interrupted else {
                try calibrate(model, by: data.validation, folder)
                return try finish(result, in: folder, observer)
            }
            try forgetEvaluation(folder)
            folder.writeReport(observer)
            return result
        }
    }

    /// What an earlier part of a run came to is not what its weights now are.
    private func forgetEvaluation(_ folder: RunFolder) throws {
        for name in [Self.evaluationFile, TaskEvaluation.findingsFile] { try Folder.removeFile("\(folder.path)/\(name)") }
    }

    /// Measures the finished model, and writes down what was found.
    func finish(_ result: Result, in folder: RunFolder, _ observer: (any TrainingObserver)?) throws -> Result {
        var result = result
        result.validation = try evaluation(of: result.data.validation, result.model)
        result.test = try evaluation(of: result.data.test, result.model)
        let (validation, test) = (result.validation, result.test)
        try write(validation, test, to: folder)
        folder.writeReport(observer)
        return result
    }

    /// Refuses a run's folder that is of another task, of another model or of other data.
    ///
    /// - Throws: one line that says which.
    public func requireSame(_ folder: RunFolder) throws {
        let data = try LabeledData<Model.Example>(reading: Model.self, settings) { _ in }
        try record.requireSame(folder, fingerprint: data.fingerprint)
    }

    /// The share of the run that is warmed up, in steps.
    private func warmupSteps(batches: Int) -> Int {
        let perEpoch = (batches + settings.training.accumulate - 1) / settings.training.accumulate
        let byEpochs = settings.training.epochs.map { $0 * perEpoch } ?? .max
        let total = min(byEpochs, settings.training.maximumSteps ?? .max)
        return total == .max ? 0 : Int((settings.warmup * Double(total)).rounded())
    }

    private func evaluation(of examples: [Model.Example], _ model: Model) throws -> TaskEvaluation? {
        guard !examples.isEmpty else { return nil }
        return try withContext(precision: settings.training.precision) {
            model.evaluation(of: examples, try model.answers(to: examples) { _ in })
        }
    }

    /// What is chosen after training stands in `sequitur.json` with the rest.
    private func calibrate(_ model: Model, by examples: [Model.Example], _ folder: RunFolder) throws {
        guard !examples.isEmpty else { return }
        let before = model.json
        try withContext(precision: settings.training.precision) { try model.calibrate(on: examples) }
        guard model.json != before, let members = try folder.readDescription().members else { return }
        try folder.write(.object(members.map { $0.key == "model_settings" ? .init(key: $0.key, value: model.json) : $0 }))
    }

    static var evaluationFile: String { "evaluation.json" }

    private func write(_ validation: TaskEvaluation?, _ test: TaskEvaluation?, to folder: RunFolder) throws {
        let members = [("validation", validation?.json), ("test", test?.json)].compactMap { name, json in
            json.map { JSONValue.Member(key: name, value: $0) }
        }
        try forgetEvaluation(folder)
        try JSONValue.object(members).write(to: "\(folder.path)/\(Self.evaluationFile)")
        let findings = test?.findings(of: "test") ?? validation?.findings(of: "validation")
        try findings?.write(to: "\(folder.path)/\(TaskEvaluation.findingsFile)")
    }

    private var record: RunRecord {
        RunRecord(
            task: Model.kind.rawValue, model: settings.encoder.name, data: settings.data, training: settings.training,
            description: description)
    }

    func begin(_ folder: RunFolder, _ model: Model, _ data: LabeledData<Model.Example>) throws {
        let others =
            Model.files + [Self.evaluationFile, TaskEvaluation.findingsFile]
            + LabeledData<Model.Example>.Part.allCases.map(\.fileName)
        try record.begin(
            folder,
            data: [
                ("fingerprint", .string(data.fingerprint.description)),
                ("training_examples", .integer(Int64(data.training.count))),
                ("validation_examples", .integer(Int64(data.validation.count))),
                ("test_examples", .integer(Int64(data.test.count))),
                ("bad_rows", .integer(Int64(data.badRows.count))),
            ], others: [("model_settings", model.json)], files: others)
        // Others can so learn from and be measured on the same rows.
        if settings.split != nil { try data.write(to: folder.path) }
    }
}

/// The examples of a run, in their three parts.
public struct LabeledData<Example: JSONExample>: Sendable {
    enum Part: String, CaseIterable {
        case training, validation, test

        var fileName: String { "split.\(rawValue).jsonl" }
    }

    public let training: [Example]
    public let validation: [Example]
    public let test: [Example]
    public let badRows: [BadRow]
    public let fingerprint: Fingerprint

    /// - Parameter notes: takes what a user should know of the files.
    init<Model: LabeledModel>(
        reading: Model.Type, _ settings: LabeledSettings, notes: (String) -> Void
    ) throws where Model.Example == Example {
        let reader = ExampleReader(settings.reading)
        var badRows: [BadRow] = []
        func read(_ path: String) throws -> [Example] {
            let file = try Model.read(path, reader)
            for note in file.notes { notes("\(path): \(note)") }
            if !file.badRows.isEmpty {
                notes("\(path): \(file.badRows.count) bad rows were left out; the first is \(file.badRows[0])")
            }
            badRows += file.badRows
            return file.examples
        }
        var training = try settings.data.flatMap(read)
        var validation = try settings.validation.map(read) ?? [], test = try settings.test.map(read) ?? []
        if let split = settings.split {
            let parts = split.parts(training, seed: settings.splitSeed, stratifiedBy: Model.stratum, groupedBy: Model.group)
            training = parts.train
            if settings.validation == nil { validation = parts.validation }
            if settings.test == nil { test = parts.test }
        }
        guard !training.isEmpty else {
            throw ConfigurationError(reason: "'\(settings.data.joined(separator: ", "))' has no examples to learn from")
        }
        (self.training, self.validation, self.test, self.badRows) = (training, validation, test, badRows)
        var hash = XXHash64()
        for part in [training, validation, test] {
            hash.update(UInt64(part.count))
            for example in part { Model.mark(example, in: &hash) }
        }
        fingerprint = Fingerprint(hash.digest)
    }
}

extension LabeledData {
    /// Writes what a split made of the data, as JSON lines.
    func write(to folder: String) throws {
        for (part, examples) in zip(Part.allCases, [training, validation, test]) {
            try ExampleWriter.write(examples, to: "\(folder)/\(part.fileName)")
        }
    }
}
