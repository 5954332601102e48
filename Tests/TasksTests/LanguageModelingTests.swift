import SequiturFiles
import SequiturGeneration
import SequiturModels
import SequiturTasks
import SequiturTensors
import SequiturText
import SequiturTraining
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The whole path on a small text: train, save, load, evaluate, generate.
@Suite(.serialized) struct LanguageModelingTests {
    @Test func aSmallModelLearnsSavesLoadsAndWrites() throws {
        try withFolder { folder in
            let result = try LanguageModeling(try settings(in: folder)).train()
            let outcome = try #require(result.outcome)
            #expect(outcome.reason == .completed)
            // A cycle of nine letters: once learned, each follows from the one before.
            let validation = try #require(result.validation)
            #expect(validation.perplexity < 1.2)
            let loaded = try TrainedLanguageModel(folder: "\(folder)/run")
            let again = try loaded.evaluate(["\(folder)/text.txt"], rowCount: 4)
            #expect(again.perplexity < 1.2)
            var greedy = GenerationSettings()
            greedy.greedy = true
            greedy.maximumTokens = 12
            #expect(try loaded.generate("abc", settings: greedy).text == "defghi\nabcde")
        }
    }

    @Test func anInterruptedRunGoesOnAsIfNothingHadBeen() throws {
        try withFolder { folder in
            var settings = try settings(in: folder)
            settings.network.dropout = 0.2
            settings.training.maximumSteps = 20
            settings.training.validateEvery = 5
            let whole = Losses()
            _ = try LanguageModeling(settings).train(observer: whole)
            settings.output = "\(folder)/parts"
            let parts = Losses()
            let first = try LanguageModeling(settings).train(observer: parts) { parts.values.count == 7 }
            #expect(first.outcome?.reason == .interrupted)
            settings.resume = true
            _ = try LanguageModeling(settings).train(observer: parts)
            #expect(parts.values == whole.values)
        }
    }

    @Test func aCountedModelGoesThroughTheSameDoor() throws {
        try withFolder { folder in
            try AtomicFile.write("the cat sat\nthe dog sat\nthe cat ran\n", to: "\(folder)/text.txt")
            var settings = LanguageModelingSettings(data: ["\(folder)/text.txt"], output: "\(folder)/run")
            settings.architecture = .ngram
            settings.tokenizer = .trained(.word, TokenizerOptions())
            settings.validationFraction = 0
            settings.counts = NGramSettings(order: 3)
            _ = try LanguageModeling(settings).train()
            let model = try TrainedLanguageModel(folder: "\(folder)/run")
            let evaluation = try model.evaluate(["\(folder)/text.txt"])
            #expect(evaluation.score.count == 12)
            #expect(evaluation.perplexity > 1 && evaluation.perplexity < Double(model.vocabularySize))
        }
    }

    /// Before there is anything to save, an interruption changes nothing: the run that was to be replaced is still there.
    @Test(arguments: [ModelArchitecture.lstm, .ngram]) func anInterruptionBeforeTheBeginning(architecture: ModelArchitecture)
        throws
    {
        try withFolder { folder in
            var settings = try settings(in: folder)
            settings.training.maximumSteps = 2
            _ = try LanguageModeling(settings).train()
            let files = ["sequitur.json", "config.json", "tokenizer.json", "metrics.jsonl"]
            func contents() throws -> [String] { try files.map { try MappedFile(path: "\(folder)/run/\($0)").text() } }
            let before = try contents()
            settings.architecture = architecture
            settings.overwrite = true
            #expect(throws: CancellationError.self) { try LanguageModeling(settings).train(isInterrupted: { true }) }
            #expect(try contents() == before)
            #expect(throws: Never.self) { try TrainedLanguageModel(folder: "\(folder)/run") }
        }
    }

    @Test func theModelOfARunIsAStartForAnother() throws {
        try withFolder { folder in
            var settings = try settings(in: folder)
            _ = try LanguageModeling(settings).train()
            settings.from = "\(folder)/run"
            settings.output = "\(folder)/more"
            settings.training.maximumSteps = 1
            settings.training.schedule.learningRate = 1e-6
            let result = try LanguageModeling(settings).train()
            #expect(try #require(result.validation).perplexity < 1.2)
        }
    }

    @Test(arguments: [
        ("", "cannot"), ("a\u{FF}", "byte"),
    ]) func whatIsWrongWithATextIsSaidInOneLine(text: String, expected: String) throws {
        try withFolder { folder in
            let bytes: [UInt8] = text.isEmpty ? [] : [0x61, 0x62, 0xFF]
            try AtomicFile.write(bytes, to: "\(folder)/text.txt")
            let settings = LanguageModelingSettings(data: ["\(folder)/text.txt"], output: "\(folder)/run")
            do {
                _ = try LanguageModeling(settings).train()
                Issue.record("a text of \(bytes.count) bytes was taken")
            } catch {
                let message = String(describing: error)
                #expect(!message.contains("\n"))
                if !text.isEmpty { #expect(message.contains("2")) }
            }
        }
    }

    @Test func filesOfTwoRunsAreRefused() throws {
        try withFolder { folder in
            var settings = try settings(in: folder)
            settings.training.maximumSteps = 2
            _ = try LanguageModeling(settings).train()
            let path = "\(folder)/run/config.json"
            let text = try JSONValue.parse(contentsOf: path).serialized()
            try AtomicFile.write(text.replacing("\"hidden_size\":32", with: "\"hidden_size\":65536"), to: path)
            #expect(throws: ConfigurationError.self) { try TrainedLanguageModel(folder: "\(folder)/run") }
        }
    }

    // MARK: Parts

    private func settings(in folder: String) throws -> LanguageModelingSettings {
        try AtomicFile.write(String(repeating: "abcdefghi\n", count: 400), to: "\(folder)/text.txt")
        var settings = LanguageModelingSettings(data: ["\(folder)/text.txt"], output: "\(folder)/run")
        settings.network.width = 32
        settings.network.layers = 1
        settings.batch = 8
        settings.steps = 16
        settings.training.epochs = nil
        settings.training.maximumSteps = 120
        settings.training.schedule.learningRate = 0.02
        return settings
    }

    private final class Losses: TrainingObserver {
        var values: [Double] = []
        func stepMade(_ report: StepReport) { values.append(report.loss) }
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/sequitur-tasks-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { removeFolder(path) }
        try body(path)
    }
}
