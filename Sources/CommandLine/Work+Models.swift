import SequiturConsole
import SequiturFiles
import SequiturGeneration
import SequiturModels
import SequiturTasks
import SequiturTensors
import SequiturText
import SequiturTraining

extension LibraryWork {
    func evaluate(_ command: Evaluate, in console: Console) throws -> Summary {
        command.arithmetic.apply()
        let model = try TrainedLanguageModel(folder: try resolvedFolder(command.run, in: console))
        var reporter: ProgressReporter?
        defer { reporter?.finish() }
        let result = try Interruption.handled {
            try model.evaluate([command.data], rowCount: command.batch, precision: command.arithmetic.precision) { done, total in
                if Interruption.isRequested { throw Interrupted("nothing was measured") }
                if reporter == nil {
                    reporter = console.progress("evaluating", total: total, unit: "tokens", isShown: command.progress.progress)
                }
                reporter?.update(completed: done, work: done)
            }
        }
        var summary = Summary()
        summary.add("tokens", .integer(Int64(result.score.count)), "tokens")
        summary.add("characters", .integer(Int64(result.characterCount)), "characters")
        summary.add("loss", .number(result.score.crossEntropy), "loss", as: Quantity.fixed(result.score.crossEntropy, 4))
        summary.add("perplexity", .number(result.perplexity), "perplexity", as: Quantity.fixed(result.perplexity, 3))
        summary.add(
            "bits_per_character", .number(result.bitsPerCharacter), "bits per character",
            as: Quantity.fixed(result.bitsPerCharacter, 4))
        return summary
    }

    func generate(_ command: Generate, in console: Console, emit: (String) throws -> Void) throws -> Summary {
        command.arithmetic.apply()
        let model = try TrainedLanguageModel(folder: try resolvedFolder(command.run, in: console))
        let result = try withContext(precision: command.arithmetic.precision) {
            try Interruption.handled {
                try model.generate(command.prompt, settings: command.sampling.librarySettings) { piece in
                    if Interruption.isRequested { throw Interrupted("the text ends here") }
                    try emit(piece)
                }
            }
        }
        var summary = Summary()
        summary.add("prompt", .string(command.prompt))
        summary.add("text", .string(result.text))
        summary.add("prompt_tokens", .integer(Int64(result.promptTokenCount)))
        summary.add("tokens", .integer(Int64(result.tokenCount)))
        summary.add("finish_reason", .string(result.finishReason.rawValue))
        summary.add("seed", .integer(Int64(bitPattern: result.seed)))
        summary.add("tokens_per_second", .number(result.tokensPerSecond))
        return summary
    }

    func describe(_ folder: String) throws -> Summary {
        if try PretrainedFamily(folder: folder) != nil { return try describePretrained(folder) }
        if TaskModel.kind(of: folder) != nil { return try describeTask(folder) }
        let model = try TrainedLanguageModel(folder: folder)
        var summary = Summary()
        summary.add("folder", .string(folder), "folder")
        summary.add("model", .string(model.architecture.rawValue), "model")
        summary.add("tokenizer", .string(model.tokenizer.kindName), "tokenizer")
        summary.add("vocabulary", .integer(Int64(model.vocabularySize)), "vocabulary")
        switch model.model {
        case .recurrent(let model):
            let shape = model.configuration
            summary.add("cell", .string(shape.cell.rawValue), "cell")
            summary.add("layers", .integer(Int64(shape.layers)), "layers")
            summary.add("embedding_width", .integer(Int64(shape.embeddingSize)), "embedding width")
            summary.add("width", .integer(Int64(shape.hiddenSize)), "width")
            summary.add(
                "tied_embeddings", .bool(shape.tiesEmbeddings), "tied embeddings", as: shape.tiesEmbeddings ? "yes" : "no")
            summary.addVariants(of: shape)
            let count = model.parameters().count
            summary.add("parameters", .integer(Int64(count)), "parameters", as: Quantity.count(Double(count)))
        case .transformer(let model):
            summary.addShape(model.configuration)
            let count = model.parameters().count
            summary.add("parameters", .integer(Int64(count)), "parameters", as: Quantity.count(Double(count)))
        case .ngram(let model):
            summary.add("order", .integer(Int64(model.order)), "order")
            for (index, count) in model.counts.enumerated() {
                summary.add(
                    "ngrams_\(index + 1)", .integer(Int64(count)), "\(index + 1)-grams", as: Quantity.count(Double(count)))
            }
            summary.add("bytes", .integer(Int64(model.byteCount)), "size", as: Quantity.bytes(model.byteCount))
        }
        summary.addRun(folder)
        return summary
    }

    /// A run of a task of understanding with words from nothing, or with a baseline.
    private func describeTask(_ folder: String) throws -> Summary {
        let model = try TaskModel(folder: folder), run = try RunFolder(opening: folder).readDescription()
        var summary = Summary()
        summary.add("folder", .string(folder), "folder")
        summary.add("model", .string(run["model"]?.string ?? ""), "model")
        summary.add(
            "parameters", .integer(Int64(model.parameterCount)), "parameters", as: Quantity.count(Double(model.parameterCount)))
        summary.addRun(folder)
        return summary
    }

    /// A model folder of the ecosystem, with a tokenizer or without.
    private func describePretrained(_ folder: String) throws -> Summary {
        let model = try PretrainedModel(folder: folder)
        var summary = Summary()
        summary.add("folder", .string(folder), "folder")
        summary.add("model", .string(model.family.rawValue), "model")
        summary.add("head", model.headKind.map { .string($0.rawValue) } ?? nil, "head", as: model.headKind?.rawValue ?? "none")
        if let tokenizer = try? TokenizerFile.read(folder) {
            summary.add("tokenizer", .string(tokenizer.kindName), "tokenizer")
        }
        summary.add("vocabulary", .integer(Int64(model.body.vocabularySize)), "vocabulary")
        if let decoder = model.body as? TransformerLanguageModel {
            summary.addShape(decoder.configuration)
        } else {
            summary.add("width", .integer(Int64(model.body.hiddenSize)), "width")
            if let limit = model.body.limit { summary.add("block", .integer(Int64(limit)), "block") }
        }
        let count = model.parameters().count
        summary.add("parameters", .integer(Int64(count)), "parameters", as: Quantity.count(Double(count)))
        let unexpected = model.report.unexpected
        summary.add(
            "unexpected", .array(unexpected.map { .string($0) }), unexpected.isEmpty ? nil : "without a place",
            as: unexpected.map { $0.printable(limit: 200) }.joined(separator: ", "))
        summary.addRun(folder)
        return summary
    }
}

extension Summary {
    fileprivate mutating func addShape(_ shape: TransformerConfiguration) {
        add("layers", .integer(Int64(shape.layers)), "layers")
        add("width", .integer(Int64(shape.width)), "width")
        add("heads", .integer(Int64(shape.heads)), "heads")
        add("block", .integer(Int64(shape.block)), "block")
        add("positions", .string(shape.positions.rawValue), "positions")
        add("tied_embeddings", .bool(shape.tiesEmbeddings), "tied embeddings", as: shape.tiesEmbeddings ? "yes" : "no")
    }

    /// What `sequitur.json` says of the run that made the folder, if one did.
    fileprivate mutating func addRun(_ folder: String) {
        if let run = try? RunFolder(opening: folder), let description = try? run.readDescription() {
            for key in ["task", "precision", "seed"] {
                if let value = description[key] { add(key, value, key) }
            }
            if let data = description["data"] {
                add("data", data, "trained on", as: data["paths"]?.array?.compactMap(\.string).joined(separator: ", ") ?? "")
            }
        }
    }
}

extension Summary {
    /// What a recurrent model has that most have not; people are shown what is there alone.
    fileprivate mutating func addVariants(of shape: RecurrentConfiguration) {
        func title(_ words: String, _ isThere: Bool) -> String? { isThere ? words : nil }
        add("projection", .integer(Int64(shape.projectionSize)), title("projection", shape.projectionSize > 0))
        for (key, words, isThere) in [
            ("layer_norm", "layer norm", shape.normalizesLayers),
            ("learned_initial_state", "learned initial state", shape.learnsInitialState),
            ("locked_dropout", "locked dropout", shape.locksDropout),
        ] {
            add(key, .bool(isThere), title(words, isThere), as: "yes")
        }
        for (key, words, rate) in [
            ("weight_dropout", "weight dropout", shape.weightDropout), ("zoneout_hidden", "hidden zoneout", shape.zoneoutHidden),
            ("zoneout_cell", "cell zoneout", shape.zoneoutCell),
        ] {
            add(key, .number(Double(rate)), title(words, rate > 0), as: "\(rate)")
        }
    }
}

extension SamplingSettings {
    var librarySettings: GenerationSettings {
        var settings = GenerationSettings()
        settings.maximumTokens = maximumTokens
        settings.greedy = greedy
        settings.temperature = temperature
        settings.topK = topK
        settings.topP = topP
        settings.repetitionPenalty = repetitionPenalty
        settings.seed = seed.map(UInt64.init)
        settings.stop = stop
        settings.stopAtEndOfSentence = stopAtEndOfSentence
        return settings
    }
}
