import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTasks
import SequiturTensors
import SequiturText
import SequiturTraining
import Testing

/// Encoders pre-trained from text to a folder of the ecosystem, and on from one.
@Suite(.serialized) struct MaskedLanguageModelingTests {
    @Test(arguments: [PretrainedFamily.bert, .roberta, .distilbert, .electra], [false, true])
    func aSmallEncoderLearnsAndSaves(_ family: PretrainedFamily, wholeWords: Bool) throws {
        try withTemporaryFolder { folder in
            var settings = try settings(in: folder)
            settings.family = family
            settings.masksWholeWords = wholeWords
            settings.training.maximumSteps = 40
            if family == .roberta { settings.tokenizer = .trained(.byteLevel, TokenizerOptions(maximumVocabularySize: 340)) }
            let losses = Losses(), result = try MaskedLanguageModeling(settings).train(observer: losses)
            #expect(result.outcome.reason == .completed && result.model.family == family)
            let first = try #require(losses.values.first), last = losses.values.suffix(10).reduce(0, +) / 10
            #expect(last < 0.75 * first, "\(first) to \(last)")
            let validation = try #require(result.validation)
            #expect(validation.crossEntropy < 0.75 * first && validation.count > 30)

            let run = settings.output, loaded = try PretrainedModel(folder: run)
            #expect(loaded.family == family && loaded.headKind == .maskedLanguageModel && loaded.report.unexpected.isEmpty)
            #expect(loaded.parameters().count == result.parameterCount)
            let configuration = try JSONValue.parse(contentsOf: run + "/config.json")
            #expect(configuration["model_type"]?.string == family.rawValue)
            #expect(configuration["architectures"]?.array?.first?.string?.hasSuffix("ForMaskedLM") == true)
            #expect(configuration["vocab_size"]?.int == result.tokenizer.vocabularySize)
            #expect(try JSONValue.parse(contentsOf: run + "/sequitur.json")["task"] == "masked-language-modeling")
            let tokenizer = try TokenizerFile.read(run + "/tokenizer.json")
            #expect(tokenizer.fingerprint == result.tokenizer.fingerprint)

            let ids = try tokenizer.encode("the raven watched the old harbour")
            #expect(ids.allSatisfy { Int($0) < loaded.body.vocabularySize })
            func logits(_ model: PretrainedModel) throws -> [Float] {
                let input = SequenceInput(.ids(Tensor(ids, shape: [ids.count, 1])))
                return try Engine.run { try #require(try model.outputs(of: input).logits).floats() }
            }
            #expect(try logits(loaded) == logits(result.model))
        }
    }

    /// RoBERTa's tokens stand around a text, whatever kind of pieces it has; BERT's around WordPiece's.
    @Test func tokensStandAroundATextAsTheFamilyHasThem() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(in: folder)
            settings.training.maximumSteps = 1
            for (index, kind) in [TokenizerKind.wordPiece, .byteLevel, .unigram].enumerated() {
                settings.output = "\(folder)/\(index)"
                settings.family = kind == .wordPiece ? .bert : .roberta
                settings.tokenizer = .trained(kind, TokenizerOptions(maximumVocabularySize: 300))
                _ = try MaskedLanguageModeling(settings).train()
                let pipeline = try TokenizerPipeline(contentsOf: settings.output + "/tokenizer.json")
                let tokens = try pipeline.encode("the raven").tokens
                let around = kind == .wordPiece ? ["[CLS]", "[SEP]"] : ["<s>", "</s>"]
                #expect(tokens.first == around[0] && tokens.last == around[1] && tokens.count > 2, "\(tokens)")
                #expect(pipeline.id(of: kind == .wordPiece ? "[MASK]" : "<mask>") != nil)
                let configuration = try JSONValue.parse(contentsOf: settings.output + "/config.json")
                for (key, name) in [("bos_token_id", around[0]), ("eos_token_id", around[1])] {
                    #expect(configuration[key]?.int == pipeline.id(of: name).map(Int.init), "\(key)")
                }
                let padding = kind == .wordPiece ? "[PAD]" : "<pad>"
                #expect(configuration["pad_token_id"]?.int == pipeline.id(of: padding).map(Int.init))
            }
        }
    }

    @Test func anInterruptedRunEndsWithTheSameWeights() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(in: folder)
            settings.dropout = 0.2
            settings.training.maximumSteps = 24
            settings.training.validateEvery = 5
            let whole = Losses(), parts = Losses()
            let expected = try MaskedLanguageModeling(settings).train(observer: whole)
            settings.output = "\(folder)/parts"
            let first = try MaskedLanguageModeling(settings).train(observer: parts) { parts.values.count == 13 }
            #expect(first.outcome.reason == .interrupted && first.validation == nil)
            settings.resume = true
            let second = try MaskedLanguageModeling(settings).train(observer: parts)
            #expect(parts.values == whole.values && second.validation == expected.validation)
            for name in ["model.safetensors", "config.json", "tokenizer.json"] {
                #expect(try bytes(of: "\(folder)/parts/\(name)") == bytes(of: "\(folder)/run/\(name)"), "\(name)")
            }
        }
    }

    // MARK: From a folder

    @Test func aRunIsAStartForAnother() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(in: folder)
            settings.training.maximumSteps = 20
            let before = try #require(MaskedLanguageModeling(settings).train().validation)
            settings.from = settings.output
            settings.output = "\(folder)/more"
            hardlyTrain(&settings)
            let after = try #require(MaskedLanguageModeling(settings).train().validation)
            #expect(abs(after.crossEntropy - before.crossEntropy) < 1e-3 && after.count == before.count)
        }
    }

    /// A folder with another head, or with a body alone under its own names: the body goes on, the head is drawn.
    @Test func aFreshHeadOnAnotherFoldersBody() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(in: folder)
            settings.training.maximumSteps = 20
            _ = try MaskedLanguageModeling(settings).train()
            let run = settings.output, tokenizer = "\(run)/tokenizer.json"
            let weights = try WeightFiles(folder: run)
            let all = try weights.entries.map { ($0.name, try weights.tensor(named: $0.name)) }
            let body = all.filter { $0.0.hasPrefix("bert.") }
            #expect(body.count < all.count && !body.isEmpty)
            let labels = [("classifier.weight", Tensor.ones([2, 16])), ("classifier.bias", Tensor.ones([2]))]
            for (name, className, tensors) in [
                ("tagger", "BertForTokenClassification", body + labels),
                ("bare", "BertModel", body.map { (String($0.0.dropFirst("bert.".count)), $0.1) }),
            ] {
                let start = "\(folder)/\(name)"
                try Folder.make(start)
                try Checkpoint.write(tensors.map { (name: $0.0, tensor: $0.1) }, to: start + "/model.safetensors")
                try AtomicFile.write(bytes(of: tokenizer), to: start + "/tokenizer.json")
                var members = try #require(try JSONValue.parse(contentsOf: run + "/config.json").members)
                let place = try #require(members.firstIndex { $0.key == "architectures" })
                members[place].value = [.string(className)]
                try JSONValue.object(members).write(to: start + "/config.json")

                settings.from = start
                settings.output = "\(folder)/\(name)-run"
                hardlyTrain(&settings)
                let result = try MaskedLanguageModeling(settings).train()
                // The head is as one is drawn: deviation 0.02, nothing added.
                let head = try #require(result.model.head), dense = try #require(head.dense)
                let deviation = dense.weight.value.floats().reduce(0) { $0 + Double($1 * $1) } / Double(dense.weight.count)
                #expect((0.015...0.025).contains(deviation.squareRoot()))
                for parameter in [dense.bias, head.output.bias] {
                    #expect(try #require(parameter).value.floats().allSatisfy { abs($0) < 1e-4 })
                }
                let made = try PretrainedModel(folder: settings.output), written = try WeightFiles(folder: settings.output)
                #expect(made.headKind == .maskedLanguageModel && made.report.unexpected.isEmpty)
                for (name, value) in body {
                    let kept = try written.tensor(named: name)
                    let moved = zip(kept.floats(), value.floats()).reduce(0) { max($0, abs($1.0 - $1.1)) }
                    #expect(kept.shape == value.shape && moved < 1e-4, "\(name)")
                }
            }
        }
    }

    // MARK: What is refused

    private func refusal(_ settings: MaskedLanguageModelingSettings) -> String? {
        do {
            _ = try MaskedLanguageModeling(settings).train()
            return nil
        } catch {
            let message = String(describing: error)
            #expect(!message.contains("\n"))
            return message
        }
    }

    @Test func aTokenizerWithoutAMaskIsRefused() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(in: folder)
            let reader = try TextReader(settings.data)
            for kind in [TokenizerKind.character, .word, .byteLevel] {
                let path = "\(folder)/\(kind.rawValue).json"
                let options = TokenizerOptions(maximumVocabularySize: 300)
                try TokenizerFile.write(reader.trainTokenizer(kind, options: options) { _, _ in }, to: path)
                settings.tokenizer = .file(path)
                #expect(refusal(settings)?.contains("mask") == true, "\(kind)")
            }
            settings.tokenizer = .file("\(folder)/nowhere.json")
            #expect(refusal(settings)?.contains("nowhere.json") == true)
            #expect(!Folder.exists("\(folder)/run/config.json"))
        }
    }

    @Test func whatDoesNotFitTheStartIsRefused() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(in: folder)
            settings.training.maximumSteps = 1
            _ = try MaskedLanguageModeling(settings).train()
            var other = settings
            other.from = settings.output
            other.output = "\(folder)/other"
            other.block = 17
            #expect(refusal(other)?.contains("positions for 16 tokens") == true)
            (other.block, other.family) = (16, .roberta)
            #expect(refusal(other)?.contains("holds a bert, but a roberta") == true)
            other.from = "\(folder)/nowhere"
            #expect(refusal(other)?.contains("nowhere") == true)

            var resumed = settings
            resumed.resume = true
            resumed.family = .electra
            #expect(refusal(resumed)?.contains("with model bert") == true)
            resumed.family = .bert
            try writeSentences(200, to: "\(folder)/text.txt")
            #expect(refusal(resumed)?.contains("not the one that the run") == true)
        }
    }

    @Test func shapesThatNoEncoderHasAreRefused() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(in: folder)
            settings.heads = 3
            #expect(refusal(settings) != nil)
            settings.heads = 2
            settings.block = 3
            #expect(refusal(settings) != nil)
            settings.block = 16
            settings.family = .gpt2
            #expect(refusal(settings) != nil)
        }
    }

    // MARK: Parts

    private func settings(in folder: String) throws -> MaskedLanguageModelingSettings {
        try writeSentences(400, to: "\(folder)/text.txt")
        var settings = MaskedLanguageModelingSettings(data: ["\(folder)/text.txt"], output: "\(folder)/run")
        settings.tokenizer = .trained(.wordPiece, TokenizerOptions(maximumVocabularySize: 150))
        (settings.layers, settings.width, settings.heads, settings.block) = (1, 16, 2, 16)
        (settings.batch, settings.dropout) = (8, 0)
        settings.training.epochs = nil
        settings.training.maximumSteps = 120
        settings.training.schedule = LearningRateSchedule(kind: .constant, learningRate: 0.01)
        settings.training.precision = .float32
        return settings
    }

    private func hardlyTrain(_ settings: inout MaskedLanguageModelingSettings) {
        settings.training.maximumSteps = 1
        settings.training.schedule = LearningRateSchedule(kind: .constant, learningRate: 1e-6)
    }

    private final class Losses: TrainingObserver {
        var values: [Double] = []
        func stepMade(_ report: StepReport) { values.append(report.loss) }
    }
}
