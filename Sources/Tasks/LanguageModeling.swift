import SequiturDatasets
import SequiturFiles
import SequiturGeneration
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

/// Trains language models on plain text: recurrent ones and counted ones, into a run folder.
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
    }

    /// - Parameters:
    ///   - observer: watches the steps of a recurrent model.
    ///   - isInterrupted: asked after every step; true saves and ends the run.
    public func train(observer: (any TrainingObserver)? = nil, isInterrupted: @escaping () -> Bool = { false }) throws -> Result {
        let reader = try TextReader(settings.data)
        let start = try settings.from.map { try TrainedLanguageModel(folder: $0) }
        let folder =
            try settings.resume
            ? RunFolder(opening: settings.output)
            : RunFolder(creating: settings.output, overwrite: settings.overwrite, others: [TrainedLanguageModel.countsFile])
        let tokenizer = try start?.tokenizer ?? tokenizer(reader, in: folder)
        let corpus = try LanguageModelingCorpus(reader, settings: settings, tokenizer: tokenizer, folder: folder)
        try describe(folder, corpus, tokenizer)
        switch settings.architecture {
        case .lstm, .gru, .rnn: return try trainRecurrent(corpus, tokenizer, start, folder, observer, isInterrupted)
        case .ngram: return try count(corpus, tokenizer, folder)
        }
    }

    private func tokenizer(_ reader: TextReader, in folder: RunFolder) throws -> any Tokenizer {
        if settings.resume { return try TokenizerFile.read(folder.path(of: .tokenizer)) }
        switch settings.tokenizer {
        case .file(let path): return try TokenizerFile.read(path)
        case .trained(let kind, let options): return try reader.trainTokenizer(kind, options: options)
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
        let scorer = NeuralScorer(model: model, startToken: corpus.startToken(of: tokenizer), rowCount: settings.batch)
        let validate: () throws -> LanguageModelScore? = {
            try withContext(precision: settings.training.precision) { try corpus.validation.map { try scorer.score($0) } }
        }
        let task = Engine.run {
            LanguageModelingTask(model, batches: batches, regularization: settings.regularization, score: validate)
        }
        try TokenizerFile.write(tokenizer, to: folder.path(of: .tokenizer))
        try model.configuration.json.write(to: folder.path(of: .configuration))
        let trainer = try Trainer(
            task, settings: settings.training, folder: folder, observer: observer, isInterrupted: isInterrupted)
        if settings.resume { try trainer.resume() }
        let outcome = try trainer.run()
        let trained = TrainedLanguageModel(model: .recurrent(model), tokenizer: tokenizer)
        let isFinished = outcome.reason != .interrupted
        return Result(
            model: trained, outcome: outcome, parameterCount: task.parameters.count, trainingTokens: corpus.training.count,
            validation: isFinished ? try validate() : nil, test: isFinished ? try test(trained) : nil)
    }

    /// A new model, or that of the folder to start from with the dropout of these settings.
    private func recurrentModel(_ tokenizer: any Tokenizer, _ start: TrainedLanguageModel?) throws -> RecurrentLanguageModel {
        var shape = settings.network.configuration(settings.architecture.cell ?? .lstm, vocabularySize: tokenizer.vocabularySize)
        let random = RandomStream(seed: settings.training.seed).split("parameters")
        guard let start else { return try Engine.run { try RecurrentLanguageModel(shape, random: random) } }
        guard case .recurrent(let model) = start.model, start.architecture == settings.architecture else {
            throw ConfigurationError(
                reason:
                    "\(settings.from ?? "") holds a model of type \(start.architecture.rawValue), but \(settings.architecture.rawValue) is to be trained: start from a run of that type"
            )
        }
        shape.cell = model.configuration.cell
        shape.embeddingSize = model.configuration.embeddingSize
        shape.hiddenSize = model.configuration.hiddenSize
        shape.layers = model.configuration.layers
        shape.tiesEmbeddings = model.configuration.tiesEmbeddings
        return try Engine.run {
            let made = try RecurrentLanguageModel(shape, random: random)
            for (entry, source) in zip(made.parameters().entries, model.parameters().entries) {
                entry.parameter.assign(source.parameter.value)
            }
            return made
        }
    }

    // MARK: Counted models

    private func count(_ corpus: LanguageModelingCorpus, _ tokenizer: any Tokenizer, _ folder: RunFolder) throws -> Result {
        var estimator = try NGramEstimator(
            vocabulary: tokenizer.vocabulary.tokens, endOfSentence: tokenizer.endOfSentence, unknown: tokenizer.unknown,
            settings: settings.counts)
        let piece = 1 << 20
        for begin in stride(from: 0, to: corpus.training.count, by: piece) {
            try estimator.append(corpus.training.tokens(at: begin..<min(begin + piece, corpus.training.count)))
        }
        let trained = TrainedLanguageModel(model: .ngram(try estimator.finish().model), tokenizer: tokenizer)
        try trained.write(to: folder.path)
        if let path = settings.arpa, case .ngram(let model) = trained.model { try model.writeARPA(to: path) }
        // Read back, so that what is scored is what was saved, from the map.
        let saved = try TrainedLanguageModel(folder: folder.path)
        return Result(
            model: saved, outcome: nil, parameterCount: nil, trainingTokens: corpus.training.count,
            validation: try corpus.validation.map { try saved.score($0, rowCount: 1) }, test: try test(saved))
    }

    private func test(_ model: TrainedLanguageModel) throws -> LanguageModelEvaluation? {
        try settings.test.map { try model.evaluate([$0], precision: settings.training.precision) }
    }

    // MARK: sequitur.json

    private func describe(_ folder: RunFolder, _ corpus: LanguageModelingCorpus, _ tokenizer: any Tokenizer) throws {
        let fingerprint = corpus.record.fingerprint.description
        if settings.resume {
            let before = try folder.readDescription()["data"]?["fingerprint"]?.string
            guard before == fingerprint else {
                throw ConfigurationError(
                    reason:
                        "the text in \(settings.data.joined(separator: ", ")) is not the one that the run in \(folder.path) was trained on: give the same data to --resume, or begin anew with --from \(folder.path)"
                )
            }
            return
        }
        let members: [(String, JSONValue)] =
            [
                ("task", "language-modeling"), ("model", .string(settings.architecture.rawValue)),
                ("seed", .integer(Int64(bitPattern: settings.training.seed))),
                ("precision", .string(settings.training.precision.resolved.rawValue)),
                ("processor", .string(Processor.instructionSet)), ("product_library", .string(Processor.productLibrary)),
                (
                    "data",
                    [
                        "paths": .array(settings.data.map { .string($0) }), "fingerprint": .string(fingerprint),
                        "bytes": .integer(Int64(corpus.record.byteCount)),
                        "characters": .integer(Int64(corpus.record.characterCount)),
                        "training_tokens": .integer(Int64(corpus.training.count)),
                        "validation_tokens": .integer(Int64(corpus.validation?.count ?? 0)),
                    ]
                ), ("tokenizer", .string(tokenizer.fingerprint.description)),
            ] + description.map { ($0.key, $0.value) }
        try folder.write(.object(members.map { JSONValue.Member(key: $0.0, value: $0.1) }))
    }
}

/// The text of a run as tokens: what is trained on, and what is validated on.
struct LanguageModelingCorpus {
    let training: any TokenStream
    let validation: (any TokenStream)?
    let record: TextRecord
    /// The validation text is a file of its own, so that it begins a text; otherwise it goes on from the training text.
    private let validationBegins: Bool

    /// Texts longer than this are encoded into a file and mapped.
    private static let largestInMemory = 64 << 20

    init(_ reader: TextReader, settings: LanguageModelingSettings, tokenizer: any Tokenizer, folder: RunFolder) throws {
        let cache = "\(folder.path)/cache"
        let text = try TokenizedText(
            reader, tokenizer: tokenizer, cacheFolder: reader.byteCount > Self.largestInMemory ? cache : nil)
        record = text.record
        validationBegins = settings.validation != nil
        if let path = settings.validation {
            let other = try TextReader(path)
            training = text.tokens
            validation = try TokenizedText(
                other, tokenizer: tokenizer, cacheFolder: other.byteCount > Self.largestInMemory ? cache : nil
            ).tokens
        } else {
            let parts = try text.tokens.split(validationFraction: settings.validationFraction)
            training = parts.training
            validation = parts.validation.count > 1 ? parts.validation : nil
        }
    }

    /// What a model reads before the validation text: the end of a sentence, where that text begins one.
    func startToken(of tokenizer: any Tokenizer) -> Int32? { validationBegins ? tokenizer.endOfSentence : nil }
}
