import SequiturDatasets
import SequiturFiles
import SequiturGeneration
import SequiturLayers
import SequiturModels
import SequiturTasks
import SequiturTensors
import SequiturText
import SequiturTraining
import Testing

/// Language models in the layout of the ecosystem, from text to a folder and on from one.
@Suite(.serialized) struct PretrainedModelingTests {
    static let architectures: [ModelArchitecture] = [.gpt2, .llama, .mistral, .qwen2]

    @Test(arguments: architectures) func aSmallModelLearnsSavesLoadsAndWrites(_ architecture: ModelArchitecture) throws {
        try withTemporaryFolder { folder in
            let settings = try settings(architecture, in: folder), losses = Losses()
            let result = try LanguageModeling(settings).train(observer: losses), run = settings.output
            #expect(result.outcome?.reason == .completed && result.model.architecture == architecture)
            let first = try #require(losses.values.first), validation = try #require(result.validation)
            #expect(validation.crossEntropy < 0.4 * first, "\(first) to \(validation.crossEntropy)")

            let configuration = try JSONValue.parse(contentsOf: run + "/config.json")
            #expect(configuration["model_type"]?.string == architecture.rawValue)
            let classes = ["gpt2": "GPT2LMHeadModel", "llama": "LlamaForCausalLM", "mistral": "MistralForCausalLM"]
            let className = classes[architecture.rawValue] ?? "Qwen2ForCausalLM"
            #expect(configuration["architectures"] == [.string(className)])
            let folderModel = try PretrainedModel(folder: run)
            #expect(folderModel.isLanguageModel && folderModel.report.unexpected.isEmpty)
            #expect(folderModel.parameters().count == result.parameterCount)
            #expect(try TokenizerFile.read(run).fingerprint == result.model.tokenizer.fingerprint)

            let loaded = try TrainedLanguageModel(folder: run)
            #expect(loaded.architecture == architecture && loaded.vocabularySize == result.model.vocabularySize)
            let one = try loaded.evaluate(settings.data, precision: .float32)
            #expect(abs(one.score.crossEntropy - validation.crossEntropy) < 0.25 * validation.crossEntropy)
            var greedy = GenerationSettings()
            (greedy.greedy, greedy.maximumTokens) = (true, 40)
            let text = try loaded.generate("the raven", settings: greedy).text
            #expect(try text == result.model.generate("the raven", settings: greedy).text)
            #expect(text.contains("the old") && text.contains("every morning"), "\(text)")
        }
    }

    @Test(arguments: [ModelArchitecture.gpt2, .qwen2]) func anInterruptedRunEndsWithTheSameWeights(
        _ architecture: ModelArchitecture
    ) throws {
        try withTemporaryFolder { folder in
            var settings = try settings(architecture, in: folder)
            settings.network.dropout = 0.2
            settings.training.maximumSteps = 22
            settings.training.validateEvery = 5
            let whole = Losses(), parts = Losses()
            let expected = try LanguageModeling(settings).train(observer: whole)
            settings.output = "\(folder)/parts"
            let first = try LanguageModeling(settings).train(observer: parts) { parts.values.count == 13 }
            #expect(first.outcome?.reason == .interrupted)
            settings.resume = true
            let second = try LanguageModeling(settings).train(observer: parts)
            #expect(parts.values == whole.values && second.validation == expected.validation)
            for name in ["model.safetensors", "config.json", "tokenizer.json"] {
                #expect(try bytes(of: "\(folder)/parts/\(name)") == bytes(of: "\(folder)/run/\(name)"), "\(name)")
            }
        }
    }

    @Test(arguments: [ModelArchitecture.gpt2, .llama]) func aRunIsAStartForAnother(_ architecture: ModelArchitecture) throws {
        try withTemporaryFolder { folder in
            var settings = try settings(architecture, in: folder)
            settings.training.maximumSteps = 12
            let before = try #require(LanguageModeling(settings).train().validation)
            settings.from = settings.output
            settings.output = "\(folder)/more"
            settings.tokenizer = .trained(.character, TokenizerOptions())  // the folder's own is taken
            hardlyTrain(&settings)
            let result = try LanguageModeling(settings).train(), after = try #require(result.validation)
            #expect(abs(after.crossEntropy - before.crossEntropy) < 1e-3 && after.count == before.count)
            #expect(try bytes(of: "\(folder)/more/tokenizer.json") == bytes(of: "\(folder)/run/tokenizer.json"))
            #expect(try PretrainedModel(folder: "\(folder)/more").report.unexpected.isEmpty)

            settings.output = "\(folder)/longer"
            settings.transformer.block = 32
            #expect(refusal(settings)?.contains("positions for 16 tokens") == true)
            settings.transformer.block = 16
            settings.output = "\(folder)/other"
            settings.architecture = architecture == .gpt2 ? .llama : .gpt2
            #expect(refusal(settings)?.contains("holds a model of type \(architecture.rawValue)") == true)
            settings.architecture = .transformer
            #expect(refusal(settings)?.contains("holds a model of type \(architecture.rawValue)") == true)
            settings.from = "\(folder)/nowhere"
            #expect(refusal(settings)?.contains("nowhere") == true)
        }
    }

    @Test func filesThatDoNotBelongTogetherAreRefused() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(.llama, in: folder)
            settings.training.maximumSteps = 1
            _ = try LanguageModeling(settings).train()
            let run = settings.output, path = "\(run)/config.json", text = try MappedFile(path: path).text()
            let changes = [
                ("\"num_hidden_layers\":1", "\"num_hidden_layers\":2"), ("\"hidden_size\":32", "\"hidden_size\":65536"),
                ("LlamaForCausalLM", "LlamaForSequenceClassification"), ("\"vocab_size\":300", "\"vocab_size\":299"),
                ("\"model_type\":\"llama\"", "\"model_type\":\"gpt2\""), ("\"model_type\":\"llama\"", "\"model_type\":\"camel\""),
            ]
            let packed = try JSONValue.parse(contentsOf: path).serialized()
            for (old, new) in changes {
                #expect(packed.contains(old), "\(old) in \(packed)")
                try AtomicFile.write(packed.replacing(old, with: new), to: path)
                let message = message { _ = try TrainedLanguageModel(folder: run) }
                #expect(message?.contains("\n") == false, "\(new): \(message ?? "taken")")
            }
            try AtomicFile.write(text, to: path)
            // A tokenizer with more tokens than the model.
            settings.output = "\(folder)/large"
            settings.training.maximumSteps = 1
            settings.tokenizer = .trained(.byteLevel, TokenizerOptions(maximumVocabularySize: 310))
            _ = try LanguageModeling(settings).train()
            try AtomicFile.write(bytes(of: "\(folder)/large/tokenizer.json"), to: "\(run)/tokenizer.json")
            #expect(message { _ = try TrainedLanguageModel(folder: run) }?.contains("do not belong together") == true)
        }
    }

    // MARK: Rows that no token has

    /// Published models have more rows than their tokenizers have tokens: what those rows say is never heard.
    @Test func unusedRowsAreNeverWritten() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(.gpt2, in: folder)
            settings.training.maximumSteps = 10
            _ = try LanguageModeling(settings).train()
            let run = try PretrainedModel(folder: settings.output), tokenizer = try TokenizerFile.read(settings.output)
            let own = try run.languageModel("run"), rows = tokenizer.vocabularySize + 5
            let padded = "\(folder)/padded"
            try Folder.make(padded)
            // Whatever the state, one of two opposite rows scores beyond all tokens.
            let loud = Tensor.normal([1, 32], deviation: 1000, from: RandomStream(seed: 1))
            let weights = try WeightFiles(folder: settings.output)
            try Checkpoint.write(
                try weights.entries.map { entry in
                    let value = try weights.tensor(named: entry.name)
                    let isTable = entry.name.hasSuffix("wte.weight")
                    return (entry.name, isTable ? .concatenated([value, loud, loud * Tensor(-1), .zeros([3, 32])]) : value)
                }, to: padded + "/model.safetensors")
            let text = try JSONValue.parse(contentsOf: settings.output + "/config.json").serialized()
            try AtomicFile.write(
                text.replacing("\"vocab_size\":\(rows - 5)", with: "\"vocab_size\":\(rows)"), to: padded + "/config.json")
            try AtomicFile.write(bytes(of: settings.output + "/tokenizer.json"), to: padded + "/tokenizer.json")

            let model = try TrainedLanguageModel(folder: padded)
            #expect(model.vocabularySize == rows && model.tokenizer.vocabularySize == rows - 5)
            for temperature in [0, 1, 50] as [Double] {
                var sampling = GenerationSettings()
                (sampling.maximumTokens, sampling.seed, sampling.greedy) = (60, 4, temperature == 0)
                if temperature > 0 { sampling.temperature = temperature }
                let expected = try TrainedLanguageModel(folder: settings.output).generate("the raven", settings: sampling)
                let found = try model.generate("the raven", settings: sampling)
                #expect(found.text == expected.text && found.tokenCount == 60)
            }
            // Where nothing says that there may be such rows, they are a mistake; too few always are.
            let wide = try PretrainedModel(folder: padded).languageModel("padded")
            #expect(throws: GenerationError.self) { try TextGenerator(model: wide, tokenizer: tokenizer) }
            #expect(throws: Never.self) { try TextGenerator(model: wide, tokenizer: tokenizer, hasUnusedRows: true) }
            let options = TokenizerOptions(maximumVocabularySize: 310)
            let larger = try TextReader(settings.data).trainTokenizer(.byteLevel, options: options)
            #expect(larger.vocabularySize > own.vocabularySize)
            #expect(throws: GenerationError.self) { try TextGenerator(model: own, tokenizer: larger, hasUnusedRows: true) }
        }
    }

    // MARK: Parts

    private func settings(_ architecture: ModelArchitecture, in folder: String) throws -> LanguageModelingSettings {
        try writeSentences(300, to: "\(folder)/text.txt")
        var settings = LanguageModelingSettings(data: ["\(folder)/text.txt"], output: "\(folder)/run")
        settings.architecture = architecture
        settings.tokenizer = .trained(.byteLevel, TokenizerOptions(maximumVocabularySize: 300))
        settings.network.width = 32
        settings.network.layers = 1
        settings.transformer.heads = 2
        settings.transformer.block = 16
        settings.batch = 8
        settings.training.epochs = nil
        settings.training.maximumSteps = 100
        settings.training.schedule = LearningRateSchedule(kind: .constant, learningRate: 0.01)
        settings.training.precision = .float32
        return settings
    }

    private func hardlyTrain(_ settings: inout LanguageModelingSettings) {
        settings.training.maximumSteps = 1
        settings.training.schedule = LearningRateSchedule(kind: .constant, learningRate: 1e-7)
    }

    private func message(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch { return String(describing: error) }
    }

    private func refusal(_ settings: LanguageModelingSettings) -> String? {
        let found = message { _ = try LanguageModeling(settings).train() }
        #expect(found?.contains("\n") != true)
        return found
    }

    private final class Losses: TrainingObserver {
        var values: [Double] = []
        func stepMade(_ report: StepReport) { values.append(report.loss) }
    }
}
