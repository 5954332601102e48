import SequiturConsole
import SequiturFiles
import SequiturModels
import SequiturTasks
import SequiturTensors
import SequiturText
import SequiturTraining

extension LibraryWork {
    func trainMaskedLanguageModel(_ command: TrainMaskedLanguageModeling, in console: Console) throws -> Summary {
        command.machine.arithmetic.apply()
        var command = command
        if let from = command.model.from {
            command.model.from = try resolvedFolder(from, in: console, showsProgress: command.progress.progress)
        }
        let settings = try command.librarySettings
        let task = MaskedLanguageModeling(settings, description: [("settings", console.settings.values)])
        let view = TrainingView(console, isShown: command.progress.progress, tokensPerStep: settings.batch * settings.block)
        defer { view.finish() }
        let result: MaskedLanguageModeling.Result
        do {
            result = try Interruption.handled { try task.train(observer: view) { Interruption.isRequested } }
        } catch is CancellationError {
            throw Interrupted("training had not begun, and nothing was changed; begin again with the same command")
        }
        view.finish()
        if result.outcome.reason == .interrupted {
            throw Interrupted(
                result.outcome.checkpoint.map { "saved '\($0.printable(limit: 1024))'; go on with the same command and --resume" }
                    ?? "nothing could be saved; begin anew with the same command and --overwrite")
        }
        var summary = Summary()
        summary.add("run", .string(settings.output), "run")
        summary.add("model", .string(result.model.family.rawValue), "model")
        summary.add(
            "parameters", .integer(Int64(result.parameterCount)), "parameters", as: Quantity.count(Double(result.parameterCount)))
        summary.add("vocabulary", .integer(Int64(result.tokenizer.vocabularySize)), "vocabulary")
        summary.add(
            "training_tokens", .integer(Int64(result.trainingTokens)), "training tokens",
            as: Quantity.count(Double(result.trainingTokens)))
        summary.add("end", .string(result.outcome.reason.rawValue), "end", as: result.outcome.reason.words)
        summary.add("steps", .integer(Int64(result.outcome.step)), "steps")
        summary.add("epochs", .number(result.outcome.epoch), "epochs", as: Quantity.fixed(result.outcome.epoch, 2))
        summary.add("seconds", .number(result.outcome.seconds), "time", as: Quantity.duration(result.outcome.seconds))
        if let score = result.validation {
            summary.add(
                "validation_loss", .number(score.crossEntropy), "validation loss", as: Quantity.fixed(score.crossEntropy, 4))
            summary.add(
                "validation_accuracy", .number(score.accuracy), "validation accuracy", as: Quantity.fixed(score.accuracy, 4))
        }
        return summary
    }
}

extension TrainMaskedLanguageModeling {
    var librarySettings: MaskedLanguageModelingSettings {
        get throws {
            var settings = MaskedLanguageModelingSettings(data: data.data, output: run.output)
            settings.validation = data.validation
            settings.validationFraction = data.validationFraction
            settings.tokenizer =
                switch data.tokenizer {
                case .trained(let kind): .trained(kind, data.vocabulary.options)
                case .file(let path): .file(path)
                }
            settings.from = model.from
            if let choice = model.model {
                settings.family = choice.family
            } else if let from = model.from {
                let path = from + "/config.json"
                settings.family = try PretrainedFamily(configuration: try JSONValue.parse(contentsOf: path), path: path)
            }
            (settings.layers, settings.width, settings.heads) = (model.layers, model.width, model.heads)
            settings.feedForwardWidth = model.feedForwardWidth
            settings.block = model.block
            settings.dropout = Float(model.dropout)
            settings.attentionDropout = model.attentionDropout.map(Float.init)
            settings.maskProbability = masking.maskProbability
            settings.masksWholeWords = masking.wholeWords
            settings.labelSmoothing = Float(masking.labelSmoothing)
            settings.batch = batches.batch
            settings.training = TrainingSettings(
                optimization, schedule, limits, averaging, run, machine, accumulate: batches.accumulate)
            settings.resume = run.resume
            settings.overwrite = run.overwrite
            return settings
        }
    }
}
