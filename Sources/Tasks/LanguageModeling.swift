import SequiturDatasets
import SequiturFiles
import SequiturGeneration
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

/// Trains language models on plain text: recurrent ones, Transformers and counted ones, into a run folder.
///
///     let result = try LanguageModeling(LanguageModelingSettings(data: ["book.txt"], output: "run")).train()
///     print(result.validation?.perplexity ?? .nan)
public struct LanguageModeling {
    public let settings: LanguageModelingSettings
    /// Written to the run's `sequitur.json` beside what follows from the data.
    public let description: [(key: String, value: JSONValue)]

    public init(_ settings: LanguageModelingSettings, description: [(key: String, value: JSONValue)] = []) {
        self.settings = settings
        self.description = description
    }

    public struct Result {
        /// The model with its best weights.
        public let model: TrainedLanguageModel
        /// How a recurrent model's training ended; nil for a counted one.
        public let outcome: TrainingOutcome?
        public let parameterCount: Int?
        public let trainingTokens: Int
        /// Of the finished model on the validation text; nil where there is none, or the run was interrupted.
        public let validation: LanguageModelScore?
        /// Of the finished model on the test text.
        public let test: LanguageModelEvaluation?

        /// As the run folder keeps it.
        var evaluation: [RunEvaluation] {
            [validation.map { RunEvaluation("validation", $0) }, test.map { RunEvaluation("test", $0) }].compactMap { $0 }
        }
    }

    /// - Parameters:
    ///   - observer: watches the steps of a neural model, and is warned.
    ///   - isInterrupted: asked while text is read and counted and after every step; true saves and ends the run.
    /// - Throws: one line for whatever is wrong with text, settings or folders, before anything in the run folder is changed;
    ///   `CancellationError` where the run is interrupted before there is anything to save.
    public func train(observer: (any TrainingObserver)? = nil, isInterrupted: @escaping () -> Bool = { false }) throws -> Result {
        let reader = try TextReader(settings.data)
        let start = try settings.from.map { try TrainedLanguageModel(folder: $0, dropout: settings.dropoutRates) }
        let folder =
            try settings.resume
            ? RunFolder(resuming: settings.output) : RunFolder(reserving: settings.output, overwrite: settings.overwrite)
        // The folder is locked until all is written.
        return try withExtendedLifetime(folder) {
            if settings.resume { try record.requireSameTask(folder) }
            let reading: ReadingProgress = { _, _ in if isInterrupted() { throw CancellationError() } }
            let tokenizer = try tokenizer(reader, start, in: folder, reading)
            let corpus = try LanguageModelingCorpus(
                reader, settings: settings, tokenizer: tokenizer, cacheFolder: folder.cache, progress: reading)
            if settings.resume { try record.requireSameText(folder, corpus) }
            switch settings.architecture {
            case .lstm, .gru, .rnn: return try trainRecurrent(corpus, tokenizer, start, folder, observer, isInterrupted)
            case .gpt2, .llama, .mistral, .qwen2:
                return try trainPretrained(corpus, tokenizer, start, folder, observer, isInterrupted)
            case .transformer: return try trainTransformer(corpus, tokenizer, start, folder, observer, isInterrupted)
            case .ngram: return try count(corpus, tokenizer, folder, observer, isInterrupted)
            }
        }
    }

    private func tokenizer(
        _ reader: TextReader, _ start: TrainedLanguageModel?, in folder: RunFolder, _ progress: ReadingProgress
    ) throws -> any Tokenizer {
        if settings.resume { return try TokenizerFile.read(folder.path(of: .tokenizer)) }
        if let start { return start.tokenizer }
        switch settings.tokenizer {
        case .file(let path): return try TokenizerFile.read(path)
        case .trained(let kind, let options): return try reader.trainTokenizer(kind, options: options, progress: progress)
        }
    }

    // MARK: Recurrent models

    private func trainRecurrent(
        _ corpus: LanguageModelingCorpus, _ tokenizer: any Tokenizer, _ start: TrainedLanguageModel?, _ folder: RunFolder,
        _ observer: (any TrainingObserver)?, _ isInterrupted: @escaping () -> Bool
    ) throws -> Result {
        let model = try recurrentModel(tokenizer, start)
        let settings = settings
        let truncation: Truncation = settings.variableLength ? .variable(seed: settings.training.seed) : .fixed
        let batches = try ContiguousBatches(
            corpus.training, rowCount: settings.batch, windowLength: settings.steps, truncation: truncation)
        let scorer = NeuralScorer(model: model, startToken: corpus.startToken, rowCount: settings.batch)
        let validate: () throws -> LanguageModelScore? = {
            try withContext(precision: settings.training.precision) { try corpus.validation.map { try scorer.score($0) } }
        }
        let task = Engine.run {
            LanguageModelingTask(
                model, batches: batches, regularization: settings.regularization, labelSmoothing: settings.labelSmoothing,
                score: validate)
        }
        return try run(
            task, .recurrent(model), model.configuration.json, validate, corpus, tokenizer, folder, observer, isInterrupted)
    }

    /// Trains, and scores what came out.
    func run(
        _ task: some TrainingTask, _ model: TrainedLanguageModel.Model, _ configuration: JSONValue,
        _ validate: () throws -> LanguageModelScore?, _ corpus: LanguageModelingCorpus, _ tokenizer: any Tokenizer,
        _ folder: RunFolder, _ observer: (any TrainingObserver)?, _ isInterrupted: @escaping () -> Bool,
        pretrained: PretrainedModel? = nil
    ) throws -> Result {
        let trainer = try Trainer(
            task, settings: settings.training, folder: folder, observer: observer, isInterrupted: isInterrupted)
        if settings.resume {
            try trainer.resume()
        } else {
            try begin(folder, corpus, tokenizer)
            // What else the model to start from says of text goes along, byte for byte.
            if pretrained != nil, let from = settings.from { try TokenizerFolder.copyCompanions(of: from, to: folder.path) }
            try TokenizerFile.write(tokenizer, to: folder.path(of: .tokenizer))
        }
        try configuration.write(to: folder.path(of: .configuration))
        let outcome = try trainer.run()
        let trained = TrainedLanguageModel(model: model, tokenizer: tokenizer, pretrained: pretrained)
        let isFinished = outcome.reason != .interrupted
        let result = Result(
            model: trained, outcome: outcome, parameterCount: task.parameters.count, trainingTokens: corpus.training.count,
            validation: isFinished ? try validate() : nil, test: isFinished ? try test(trained, corpus) : nil)
        folder.conclude(result.evaluation, observer)
        return result
    }

    /// A new model, or that of the folder to start from with the dropout of these settings.
    private func recurrentModel(_ tokenizer: any Tokenizer, _ start: TrainedLanguageModel?) throws -> RecurrentLanguageModel {
        var shape = settings.network.configuration(settings.architecture.cell ?? .lstm, vocabularySize: tokenizer.vocabularySize)
        let random = RandomStream(seed: settings.training.seed).split("parameters")
        guard let start else { return try Engine.run { try RecurrentLanguageModel(shape, random: random) } }
        guard case .recurrent(let model) = start.model, start.architecture == settings.architecture else {
            throw wrongStart(start)
        }
        let own = model.configuration
        (shape.cell, shape.layers, shape.tiesEmbeddings) = (own.cell, own.layers, own.tiesEmbeddings)
        (shape.embeddingSize, shape.hiddenSize, shape.projectionSize) = (own.embeddingSize, own.hiddenSize, own.projectionSize)
        (shape.normalizesLayers, shape.learnsInitialState) = (own.normalizesLayers, own.learnsInitialState)
        return try Engine.run {
            let made = try RecurrentLanguageModel(shape, random: random)
            for (entry, source) in zip(made.parameters().entries, model.parameters().entries) {
                entry.parameter.assign(source.parameter.value)
            }
            return made
        }
    }

    func wrongStart(_ start: TrainedLanguageModel) -> ConfigurationError {
        ConfigurationError(
            reason:
                "\(settings.from ?? "") holds a model of type \(start.architecture.rawValue), but \(settings.architecture.rawValue) is to be trained: start from a run of that type"
        )
    }

    // MARK: Counted models

    private func count(
        _ corpus: LanguageModelingCorpus, _ tokenizer: any Tokenizer, _ folder: RunFolder,
        _ observer: (any TrainingObserver)?, _ isInterrupted: () -> Bool
    ) throws -> Result {
        var estimator = try NGramEstimator(
            vocabulary: tokenizer.vocabulary.tokens, endOfSentence: tokenizer.endOfSentence, unknown: tokenizer.unknown,
            settings: settings.counts)
        let piece = 1 << 20
        for begin in stride(from: 0, to: corpus.training.count, by: piece) {
            if isInterrupted() { throw CancellationError() }
            try estimator.append(corpus.training.tokens(at: begin..<min(begin + piece, corpus.training.count)))
        }
        let trained = TrainedLanguageModel(model: .ngram(try estimator.finish().model), tokenizer: tokenizer)
        if isInterrupted() { throw CancellationError() }
        try begin(folder, corpus, tokenizer)
        try trained.write(to: folder.path)
        if let path = settings.arpa, case .ngram(let model) = trained.model { try model.writeARPA(to: path) }
        // Read back, so that what is scored is what was saved, from the map.
        let saved = try TrainedLanguageModel(folder: folder.path)
        let result = Result(
            model: saved, outcome: nil, parameterCount: nil, trainingTokens: corpus.training.count,
            validation: try corpus.validation.map { try saved.score($0, rowCount: 1) }, test: try test(saved, corpus))
        folder.conclude(result.evaluation, observer)
        return result
    }

    private func test(_ model: TrainedLanguageModel, _ corpus: LanguageModelingCorpus) throws -> LanguageModelEvaluation? {
        try corpus.test.map { try model.evaluate($0, precision: settings.training.precision) }
    }

    private var record: RunRecord {
        RunRecord(
            task: "language-modeling", model: settings.architecture.rawValue, data: settings.data, training: settings.training,
            description: description)
    }

    private func begin(_ folder: RunFolder, _ corpus: LanguageModelingCorpus, _ tokenizer: any Tokenizer) throws {
        try record.begin(folder, corpus, tokenizer, others: [TrainedLanguageModel.countsFile])
    }
}
