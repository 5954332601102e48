import SequiturDatasets
import SequiturFiles
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

extension LanguageModeling {
    func trainTransformer(
        _ corpus: LanguageModelingCorpus, _ tokenizer: any Tokenizer, _ start: TrainedLanguageModel?, _ folder: RunFolder,
        _ observer: (any TrainingObserver)?, _ isInterrupted: @escaping () -> Bool
    ) throws -> Result {
        let model = try transformer(tokenizer, start)
        let settings = settings
        let windows = try ShuffledWindows(
            corpus.training, rowCount: settings.batch, windowLength: settings.transformer.block, seed: settings.training.seed)
        let scorer = WindowScorer(model: model, windowLength: model.configuration.block, startToken: corpus.startToken)
        let validate: () throws -> LanguageModelScore? = {
            try withContext(precision: settings.training.precision) { try corpus.validation.map { try scorer.score($0) } }
        }
        let task = WindowedLanguageModelingTask(
            model, windows: windows, labelSmoothing: settings.labelSmoothing, score: validate)
        return try run(
            task, .transformer(model), model.configuration.json, validate, corpus, tokenizer, folder, observer, isInterrupted)
    }

    /// Trains a model in the layout of the ecosystem: a fresh one, or that of the folder to start from.
    func trainPretrained(
        _ corpus: LanguageModelingCorpus, _ tokenizer: any Tokenizer, _ start: TrainedLanguageModel?, _ folder: RunFolder,
        _ observer: (any TrainingObserver)?, _ isInterrupted: @escaping () -> Bool
    ) throws -> Result {
        let pretrained = try pretrainedModel(tokenizer, start), settings = settings
        let model = try pretrained.languageModel(settings.from ?? settings.output)
        let block = settings.transformer.block
        guard block <= model.limit ?? .max else {
            throw ConfigurationError(
                reason:
                    "\(settings.from ?? settings.output) has positions for \(model.limit ?? 0) tokens, but sequences of \(block) are asked for: give a block of at most \(model.limit ?? 0)"
            )
        }
        let windows = try ShuffledWindows(
            corpus.training, rowCount: settings.batch, windowLength: block, seed: settings.training.seed)
        let scorer = WindowScorer(model: model, windowLength: block, startToken: corpus.startToken)
        let validate: () throws -> LanguageModelScore? = {
            try withContext(precision: settings.training.precision) { try corpus.validation.map { try scorer.score($0) } }
        }
        let task = WindowedLanguageModelingTask(
            model, windows: windows, labelSmoothing: settings.labelSmoothing, weights: pretrained, score: validate)
        return try run(
            task, .transformer(model), pretrained.savedConfiguration, validate, corpus, tokenizer, folder, observer,
            isInterrupted,
            pretrained: pretrained)
    }

    private func pretrainedModel(_ tokenizer: any Tokenizer, _ start: TrainedLanguageModel?) throws -> PretrainedModel {
        if let start {
            guard let pretrained = start.pretrained, start.architecture == settings.architecture else { throw wrongStart(start) }
            return pretrained
        }
        guard let family = settings.architecture.family else {
            preconditionFailure("LanguageModeling: \(settings.architecture.rawValue) has no family")
        }
        let end = tokenizer.endOfSentence.map(Int.init)
        let shape = PretrainedShape(
            vocabularySize: tokenizer.vocabularySize, layers: settings.network.layers, width: settings.network.width,
            heads: settings.transformer.heads, keyHeads: settings.transformer.keyHeads,
            feedForwardWidth: settings.transformer.feedForwardWidth, block: settings.transformer.block,
            dropout: settings.dropoutRates.0, attentionDropout: settings.dropoutRates.attention,
            tiesEmbeddings: settings.network.tiesEmbeddings, beginningID: end, endID: end)
        let configuration = try family.configuration(shape, head: .languageModel)
        return try Engine.run {
            try PretrainedModel(
                configuration: configuration, random: RandomStream(seed: settings.training.seed).split("parameters"))
        }
    }

    /// A new model, or that of the folder to start from with the dropout of these settings.
    private func transformer(_ tokenizer: any Tokenizer, _ start: TrainedLanguageModel?) throws -> TransformerLanguageModel {
        let given = settings.transformerConfiguration(vocabularySize: tokenizer.vocabularySize)
        let random = RandomStream(seed: settings.training.seed).split("parameters")
        guard let start else { return try Engine.run { try TransformerLanguageModel(given, random: random) } }
        guard case .transformer(let model) = start.model, start.architecture == .transformer else { throw wrongStart(start) }
        var shape = model.configuration
        (shape.dropout, shape.inputDropout, shape.attentionDropout) = (given.dropout, given.inputDropout, given.attentionDropout)
        if shape.positions == .learned {
            guard given.block <= shape.block else {
                throw ConfigurationError(
                    reason:
                        "\(settings.from ?? "") has learned \(shape.block) positions, but sequences of \(given.block) tokens are asked for: give a block of at most \(shape.block)"
                )
            }
        } else {
            shape.block = given.block
        }
        return try Engine.run {
            let made = try TransformerLanguageModel(shape, random: random)
            for (entry, source) in zip(made.parameters().entries, model.parameters().entries) {
                entry.parameter.assign(source.parameter.value)
            }
            return made
        }
    }
}
