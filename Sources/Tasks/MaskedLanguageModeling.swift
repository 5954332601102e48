import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

/// Pre-trains encoders: hidden tokens are found again from both sides (Devlin et al. 2019). The run folder is a model folder of the
/// ecosystem, which `transformers` can load.
///
///     let result = try MaskedLanguageModeling(MaskedLanguageModelingSettings(data: ["book.txt"], output: "run")).train()
///     print(result.validation?.accuracy ?? .nan)
public struct MaskedLanguageModeling {
    public let settings: MaskedLanguageModelingSettings
    /// Written to the run's `sequitur.json` beside what follows from the data.
    public let description: [(key: String, value: JSONValue)]

    public init(_ settings: MaskedLanguageModelingSettings, description: [(key: String, value: JSONValue)] = []) {
        self.settings = settings
        self.description = description
    }

    public struct Result {
        /// The model with its best weights.
        public let model: PretrainedModel
        public let tokenizer: any Tokenizer
        public let outcome: TrainingOutcome
        public let parameterCount: Int
        public let trainingTokens: Int
        /// Of the finished model on the validation text; nil where there is none, or the run was interrupted.
        public let validation: MaskedScore?
    }

    /// - Throws: one line for whatever is wrong with text, settings or folders, before anything in the run folder is changed;
    ///   `CancellationError` where the run is interrupted before there is anything to save.
    public func train(observer: (any TrainingObserver)? = nil, isInterrupted: @escaping () -> Bool = { false }) throws -> Result {
        let reader = try TextReader(settings.data)
        let folder =
            try settings.resume
            ? RunFolder(resuming: settings.output) : RunFolder(reserving: settings.output, overwrite: settings.overwrite)
        // The folder is locked until all is written.
        return try withExtendedLifetime(folder) {
            if settings.resume { try record.requireSameTask(folder) }
            let reading: ReadingProgress = { _, _ in if isInterrupted() { throw CancellationError() } }
            let tokenizer = try tokenizer(reader, in: folder, reading)
            let corpus = try LanguageModelingCorpus(
                reader, settings: corpusSettings, tokenizer: tokenizer.tokenizer, cacheFolder: folder.cache, progress: reading)
            if settings.resume { try record.requireSameText(folder, corpus) }
            return try train(corpus, tokenizer, in: folder, observer, isInterrupted)
        }
    }

    private func train(
        _ corpus: LanguageModelingCorpus, _ tokenizer: MaskedTokenizer, in folder: RunFolder, _ observer: (any TrainingObserver)?,
        _ isInterrupted: @escaping () -> Bool
    ) throws -> Result {
        let settings = settings
        let model: PretrainedModel = try Engine.run { try self.model(tokenizer) }
        guard settings.block <= model.body.limit ?? .max else {
            throw ConfigurationError(
                reason:
                    "\(settings.from ?? settings.output) has positions for \(model.body.limit ?? 0) tokens, but sequences of \(settings.block) are asked for: give a block of at most \(model.body.limit ?? 0)"
            )
        }
        func windows(_ tokens: any TokenStream, rows: Int, seed: UInt64) throws -> MaskedWindows {
            try MaskedWindows(
                tokens, rowCount: rows, windowLength: settings.block,
                masking: tokenizer.masking(probability: settings.maskProbability, wholeWords: settings.masksWholeWords),
                beginning: tokenizer.beginning, end: tokenizer.end, seed: seed)
        }
        let training = try windows(corpus.training, rows: settings.batch, seed: settings.training.seed)
        // Hidden alike in every validation and every run.
        let validation = try corpus.validation.map { try windows($0, rows: 1, seed: 0) }
        let task = Engine.run {
            MaskedLanguageModelingTask(
                model, windows: training, validation: validation, precision: settings.training.precision,
                labelSmoothing: settings.labelSmoothing)
        }
        let trainer = try Trainer(
            task, settings: settings.training, folder: folder, observer: observer, isInterrupted: isInterrupted)
        if settings.resume {
            try trainer.resume()
        } else {
            try record.begin(folder, corpus, tokenizer.tokenizer)
            // What else the model to start from says of text goes along, byte for byte.
            if let from = settings.from { try TokenizerFolder.copyCompanions(of: from, to: folder.path) }
            try TokenizerFile.write(tokenizer.tokenizer, to: folder.path(of: .tokenizer))
        }
        try model.savedConfiguration.write(to: folder.path(of: .configuration))
        let outcome = try trainer.run()
        let score = outcome.reason == .interrupted ? nil : try task.score()
        let evaluation = score.map {
            RunEvaluation("validation", ["loss": .number($0.crossEntropy), "accuracy": .number($0.accuracy)])
        }
        folder.conclude([evaluation].compactMap { $0 }, observer)
        return Result(
            model: model, tokenizer: tokenizer.tokenizer, outcome: outcome, parameterCount: task.parameters.count,
            trainingTokens: corpus.training.count, validation: score)
    }

    // MARK: Parts

    private var record: RunRecord {
        RunRecord(
            task: "masked-language-modeling", model: settings.family.rawValue, data: settings.data, training: settings.training,
            description: description)
    }

    /// As language modelling reads its text.
    private var corpusSettings: LanguageModelingSettings {
        var made = LanguageModelingSettings(data: settings.data, output: settings.output)
        made.validation = settings.validation
        made.validationFraction = settings.validationFraction
        made.architecture = .transformer
        return made
    }

    private func tokenizer(_ reader: TextReader, in folder: RunFolder, _ progress: ReadingProgress) throws -> MaskedTokenizer {
        if settings.resume {
            let path = folder.path(of: .tokenizer)
            return try MaskedTokenizer(TokenizerFile.read(path), named: path)
        }
        if let from = settings.from { return try MaskedTokenizer(TokenizerFile.read(from), named: from) }
        switch settings.tokenizer {
        case .file(let path): return try MaskedTokenizer(TokenizerFile.read(path), named: path)
        case .trained(let kind, let options):
            return try MaskedTokenizer(training: kind, options, on: reader, progress: progress)
        }
    }

    /// A fresh model, or that of the folder to start from.
    private func model(_ tokenizer: MaskedTokenizer) throws -> PretrainedModel {
        let random = RandomStream(seed: settings.training.seed).split("parameters")
        let rates = (settings.dropout, attention: settings.attentionDropout ?? settings.dropout)
        let size = tokenizer.tokenizer.vocabularySize
        guard let from = settings.from else {
            let shape = PretrainedShape(
                vocabularySize: size, layers: settings.layers, width: settings.width, heads: settings.heads,
                feedForwardWidth: settings.feedForwardWidth, block: settings.block, dropout: rates.0,
                attentionDropout: rates.attention, paddingID: tokenizer.padding.map(Int.init),
                beginningID: tokenizer.beginning.map(Int.init), endID: tokenizer.end.map(Int.init))
            return try PretrainedModel(
                configuration: settings.family.configuration(shape, head: .maskedLanguageModel), random: random)
        }
        let model = try PretrainedModel(folder: from, dropout: rates, head: .maskedLanguageModel, random: random)
        guard model.family == settings.family else {
            throw ConfigurationError(
                reason:
                    "\(from) holds a \(model.family.rawValue), but a \(settings.family.rawValue) is to be trained: start from one of that type"
            )
        }
        guard size <= model.body.vocabularySize else {
            throw ConfigurationError(
                reason:
                    "\(from): the model has \(model.body.vocabularySize) tokens, but its tokenizer has \(size): the files do not belong together"
            )
        }
        return model
    }
}
