import SequiturDatasets
import SequiturFiles
import SequiturGeneration
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

/// Trains several architectures on the same text, with the same tokenizer, seed, batches, optimizer and time, in widths that give them
/// about equal numbers of parameters, and measures them alike.
///
/// Each becomes an ordinary run in a folder of its own within the output folder, beside the tokenizer that they share and
/// `comparison.json`, which holds what is known of those that are done.
///
///     var comparison = LanguageModelComparison(LanguageModelingSettings(data: ["book.txt"], output: "comparison"))
///     comparison.settings.training.maximumMinutes = 2
///     for model in try comparison.run().models { print(model.architecture, model.validationLoss ?? .nan) }
public struct LanguageModelComparison {
    /// What the models share; architecture, widths, number of layers and learning rate are set for each.
    public var settings: LanguageModelingSettings
    public var architectures: [ModelArchitecture] = [.rnn, .gru, .lstm, .transformer]
    /// How many parameters each is to have, about.
    public var parameters = 800_000
    public var recurrentLayers = 1
    public var transformerLayers = 4
    /// For each architecture in turn; nil takes `defaultLearningRate`.
    public var learningRates: [Double]?
    /// Tokens that each writes, to be timed.
    public var generatedTokens = 500
    /// Kept in `comparison.json`: a comparison can only be gone on with under the same.
    public var description: JSONValue = [:]

    public init(_ settings: LanguageModelingSettings) {
        self.settings = settings
        self.settings.training.epochs = nil
        self.settings.training.maximumMinutes = 2
        self.settings.training.schedule.warmupSteps = 100
    }

    /// Rates at which each learns well in the first minutes with AdamW, found on tinyshakespeare with 800,000 parameters.
    public static func defaultLearningRate(of architecture: ModelArchitecture) -> Double {
        switch architecture {
        case .rnn: 0.001
        case .lstm, .gru: 0.004
        case .transformer, .ngram, .gpt2, .llama, .mistral, .qwen2: 0.002
        }
    }

    public struct Result {
        /// Of those that are done, in order.
        public let models: [ComparedModel]
        public let vocabularySize: Int
        /// The name of its kind.
        public let tokenizer: String
        /// How the run ended in which the comparison was interrupted; nil where all are done.
        public let interruption: TrainingOutcome?
    }

    /// - Parameters:
    ///   - observer: of the training of the model that is given.
    ///   - isInterrupted: as for `LanguageModeling.train`.
    /// - Throws: as `LanguageModeling.train`; `ConfigurationError` where no model has about so many parameters, or where the comparison
    ///   to go on with was made with other settings.
    public func run(
        observer: (ComparedModel) -> (any TrainingObserver)? = { _ in nil }, isInterrupted: @escaping () -> Bool = { false }
    ) throws -> Result {
        try requireSound()
        let reader = try TextReader(settings.data)
        for path in [settings.validation, settings.test] { if let path { _ = try TextReader(path) } }
        try Folder.make(settings.output)
        let folder = settings.output
        guard let lock = try FolderLock(folder) else {
            throw TrainingError.folderInUse(path: folder, process: FolderLock.holder(of: folder))
        }
        return try withExtendedLifetime(lock) {
            let record = try ComparisonRecord(
                folder, description: description, resume: settings.resume, overwrite: settings.overwrite)
            let tokenizer = try tokenizer(reader, isResumed: record.isResumed) { _, _ in
                if isInterrupted() { throw CancellationError() }
            }
            let plans = try plans(tokenizer)
            return try train(plans, tokenizer, record, observer, isInterrupted)
        }
    }

    private func requireSound() throws {
        func require(_ holds: Bool, _ reason: String) throws { if !holds { throw ConfigurationError(reason: reason) } }
        try require(!architectures.isEmpty, "there is nothing to compare: name at least one model")
        try require(Set(architectures).count == architectures.count, "a model is named twice: each has one place in the table")
        if let other = architectures.first(where: { $0.family != nil }) {
            throw ConfigurationError(
                reason:
                    "a \(other.rawValue) is not among what can be compared: name rnn, gru, lstm or transformer, which can be one of its shape"
            )
        }
        try require(!architectures.contains(.ngram), "an n-gram model has no parameters to be trained: compare neural models")
        try require(
            learningRates.map { $0.count == architectures.count } ?? true,
            "\(learningRates?.count ?? 0) learning rates for \(architectures.count) models: give one for each")
    }

    /// The tokenizer that all share, in the output folder.
    private func tokenizer(_ reader: TextReader, isResumed: Bool, _ progress: ReadingProgress) throws -> any Tokenizer {
        if isResumed, Folder.exists(tokenizerPath) { return try TokenizerFile.read(tokenizerPath) }
        switch settings.tokenizer {
        case .file(let path): return try TokenizerFile.read(path)
        case .trained(let kind, let options): return try reader.trainTokenizer(kind, options: options, progress: progress)
        }
    }

    private var tokenizerPath: String { "\(settings.output)/tokenizer.json" }

    // MARK: The models

    private struct Plan {
        var settings: LanguageModelingSettings
        var model: ComparedModel
    }

    private func plans(_ tokenizer: any Tokenizer) throws -> [Plan] {
        try architectures.enumerated().map { index, architecture in
            var own = settings
            own.architecture = architecture
            own.network.layers = architecture == .transformer ? transformerLayers : recurrentLayers
            own.transformer.block = settings.steps
            own.tokenizer = .file(tokenizerPath)
            own.output = "\(settings.output)/\(architecture.rawValue)"
            let rate = learningRates?[index] ?? Self.defaultLearningRate(of: architecture)
            own.training.schedule.learningRate = rate
            let count = try own.fitWidths(to: parameters, vocabularySize: tokenizer.vocabularySize)
            let model = ComparedModel(
                architecture: architecture, run: own.output, layers: own.network.layers, width: own.network.width,
                feedForwardWidth: own.transformer.feedForwardWidth, parameterCount: count, learningRate: rate)
            return Plan(settings: own, model: model)
        }
    }

    private func train(
        _ plans: [Plan], _ tokenizer: any Tokenizer, _ record: ComparisonRecord,
        _ observer: (ComparedModel) -> (any TrainingObserver)?, _ isInterrupted: @escaping () -> Bool
    ) throws -> Result {
        var plans = plans, done: [ComparedModel] = []
        func result(_ interruption: TrainingOutcome? = nil) -> Result {
            Result(
                models: done, vocabularySize: tokenizer.vocabularySize, tokenizer: tokenizer.kindName, interruption: interruption)
        }
        for index in plans.indices {
            if let results = record[plans[index].model.architecture] { try plans[index].model.takeResults(results) }
        }
        try TokenizerFile.write(tokenizer, to: tokenizerPath)
        try record.write(record.models)
        for var plan in plans {
            if record[plan.model.architecture] == nil {
                // Of a comparison that was begun, a run may have been begun too.
                plan.settings.resume = record.isResumed && RunFolder.isRun(plan.settings.output)
                plan.settings.overwrite = settings.overwrite
                Memory.trim()
                Memory.resetPeak()
                let trained = try LanguageModeling(plan.settings, description: [("settings", description)]).train(
                    observer: observer(plan.model), isInterrupted: isInterrupted)
                guard let outcome = trained.outcome, outcome.reason != .interrupted else { return result(trained.outcome) }
                try measure(&plan.model, trained, outcome)
                try record.write(done + [plan.model])
            }
            done.append(plan.model)
        }
        return result()
    }

    private func measure(_ model: inout ComparedModel, _ trained: LanguageModeling.Result, _ outcome: TrainingOutcome) throws {
        model.steps = outcome.step
        model.epochs = outcome.epoch
        model.seconds = outcome.seconds
        model.tokensPerSecond = try Self.tokensPerSecond(ofRun: model.run)
        model.validationLoss = trained.validation?.crossEntropy
        model.testLoss = trained.test?.score.crossEntropy
        model.testBitsPerCharacter = trained.test?.bitsPerCharacter
        model.peakBytes = Memory.statistics.peakBytes
        var generation = GenerationSettings()
        generation.seed = settings.training.seed
        for count in [min(20, generatedTokens), generatedTokens] {  // the first time to warm up
            generation.maximumTokens = count
            model.generatedTokensPerSecond = try withContext(precision: settings.training.precision) {
                try trained.model.generate("", settings: generation).tokensPerSecond
            }
        }
    }

    /// Of all steps of a run, its parts together.
    private static func tokensPerSecond(ofRun folder: String) throws -> Double {
        let path = "\(folder)/\(RunFolder.File.metrics.rawValue)"
        var targets = 0.0, seconds = 0.0
        for line in try MappedFile(path: path).text().split(separator: "\n") {
            let event = try Array(line.utf8).withUnsafeBytes { try JSONValue.parse($0) }
            guard event["event"] == "step" else { continue }
            targets += event["targets"]?.double ?? 0
            seconds += event["seconds"]?.double ?? 0
        }
        return seconds > 0 ? targets / seconds : 0
    }
}

/// `comparison.json`: the settings of a comparison, and what is known of the models that are done.
private struct ComparisonRecord {
    private let path: String
    private let description: JSONValue
    private var found: [JSONValue] = []
    let isResumed: Bool

    static let fileName = "comparison.json"
    private static let versionKey = "sequitur_comparison"

    init(_ folder: String, description: JSONValue, resume: Bool, overwrite: Bool) throws {
        path = "\(folder)/\(Self.fileName)"
        self.description = description
        isResumed = resume
        guard Folder.exists(path) else {
            if resume {
                throw ConfigurationError(reason: "\(folder) has no \(Self.fileName): there is no comparison to go on with")
            }
            return
        }
        guard resume || overwrite else {
            throw ConfigurationError(
                reason: "\(folder) holds a comparison: go on with it (--resume), replace it (--overwrite), or name another folder"
            )
        }
        guard resume else { return }
        let json = try JSONValue.parse(contentsOf: path)
        guard json[Self.versionKey] == 1, let models = json["models"]?.array, let settings = json["settings"] else {
            throw ConfigurationError(reason: "\(path) is not the record of a comparison: begin anew with --overwrite")
        }
        let keys = (settings.members ?? []).map(\.key) + (description.members ?? []).map(\.key)
        if let key = keys.first(where: { settings[$0] != description[$0] }) {
            throw ConfigurationError(
                reason:
                    "\(path): \"\(key.printable(limit: 40))\" was \((settings[key] ?? .null).serialized().printable(limit: 60)), but is \((description[key] ?? .null).serialized().printable(limit: 60)) now: go on with the same settings, or begin anew with --overwrite"
            )
        }
        found = models
    }

    /// What was found of a model.
    subscript(architecture: ModelArchitecture) -> JSONValue? { found.first { $0["model"]?.string == architecture.rawValue } }

    var models: [JSONValue] { found }

    func write(_ models: [ComparedModel]) throws { try write(models.map(\.json)) }

    func write(_ models: [JSONValue]) throws {
        let record: JSONValue = [Self.versionKey: 1, "settings": description, "models": .array(models)]
        try record.write(to: path)
    }
}

extension RunFolder {
    /// Whether a run was begun in a folder.
    fileprivate static func isRun(_ path: String) -> Bool { (try? RunFolder(opening: path)) != nil }
}
