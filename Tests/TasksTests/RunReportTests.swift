import SequiturFiles
import SequiturModels
import SequiturReports
import SequiturTasks
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

/// What training writes for people, and what is made again of a folder.
@Suite(.serialized) struct RunReportTests {
    private func settings(in folder: String, steps: Int = 12) throws -> LanguageModelingSettings {
        try AtomicFile.write(String(repeating: "abcdefghi\n", count: 400), to: "\(folder)/text.txt")
        var settings = LanguageModelingSettings(data: ["\(folder)/text.txt"], output: "\(folder)/run")
        (settings.network.width, settings.network.layers) = (8, 1)
        (settings.batch, settings.steps) = (8, 16)
        (settings.training.epochs, settings.training.maximumSteps, settings.training.validateEvery) = (nil, steps, 4)
        settings.test = "\(folder)/text.txt"
        return settings
    }

    private func page(_ folder: String) throws -> String { try MappedFile(path: "\(folder)/run/report.html").text() }

    @Test func aFinishedRunHasAReport() throws {
        try withTemporaryFolder { folder in
            let description: [(key: String, value: JSONValue)] = [("settings", ["learning-rate": 0.002, "data": ["a<b", "c"]])]
            let result = try LanguageModeling(settings(in: folder), description: description).train()
            let evaluation = try JSONValue.parse(contentsOf: "\(folder)/run/evaluation.json")
            #expect(evaluation["validation"]?["perplexity"]?.double == result.validation?.perplexity)
            #expect(evaluation["test"]?["bits_per_character"]?.double == result.test?.bitsPerCharacter)
            let page = try page(folder), perplexity = try #require(result.test?.perplexity)
            for expected in [
                Quantity.fixed(perplexity, 4), "test perplexity", "best validation, step", "Loss", "Learning rate",
                "Gradient norm",
                "a&lt;b, c", "language-modeling · lstm", Release.version, "data fingerprint", "0.002",
            ] {
                #expect(page.contains(expected), "\(expected)")
            }
            let again = try RunReport(run: RunFolder(opening: "\(folder)/run"))
            #expect(try again.html() == page && again.title == "run" && again.notices.isEmpty)
        }
    }

    @Test func anInterruptedRunHasAReportSoFar() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(in: folder)
            let counter = Counter()
            _ = try LanguageModeling(settings).train(observer: counter) { counter.steps == 6 }
            #expect(
                try page(folder).contains("The run was interrupted at step 6") && !Folder.exists("\(folder)/run/evaluation.json"))
            settings.resume = true
            _ = try LanguageModeling(settings).train()
            #expect(try !page(folder).contains("interrupted") && Folder.exists("\(folder)/run/evaluation.json"))
            // One that goes on has no figures of its end.
            settings.training.maximumSteps = 20
            counter.steps = 0
            _ = try LanguageModeling(settings).train(observer: counter) { counter.steps == 3 }
            #expect(!Folder.exists("\(folder)/run/evaluation.json"))
        }
    }

    /// A report that cannot be written is a warning.
    @Test func noRunIsLostForItsReport() throws {
        try withTemporaryFolder { folder in
            let counter = Counter()
            counter.atFirstStep = { mkdir("\(folder)/run/report.html", 0o777) }
            let result = try LanguageModeling(settings(in: folder)).train(observer: counter)
            #expect(result.validation != nil && counter.warnings.count == 1)
            #expect(counter.warnings.first?.hasPrefix("the run is saved, but not its report: cannot write") == true)
        }
    }

    @Test func aCountedModelHasAReport() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(in: folder)
            settings.architecture = .ngram
            settings.tokenizer = .trained(.character, TokenizerOptions())
            _ = try LanguageModeling(settings).train()
            let page = try page(folder)
            #expect(page.contains("test perplexity") && page.contains("ngram") && !page.contains("id=\"curves\""))
        }
    }

    @Test func masksHaveAReport() throws {
        try withTemporaryFolder { folder in
            try writeSentences(200, to: "\(folder)/text.txt")
            var settings = MaskedLanguageModelingSettings(data: ["\(folder)/text.txt"], output: "\(folder)/run")
            (settings.layers, settings.width, settings.heads, settings.block, settings.batch) = (1, 8, 2, 16, 4)
            settings.tokenizer = .trained(.wordPiece, TokenizerOptions(maximumVocabularySize: 100))
            (settings.training.epochs, settings.training.maximumSteps) = (nil, 3)
            let result = try MaskedLanguageModeling(settings).train()
            let accuracy = try #require(result.validation?.accuracy)
            #expect(
                try JSONValue.parse(contentsOf: "\(folder)/run/evaluation.json")["validation"]?["accuracy"]?.double == accuracy)
            #expect(try page(folder).contains("validation accuracy"))
        }
    }

    @Test func aTaggerHasTablesConfusionsAndMistakes() throws {
        try withTemporaryFolder { folder in
            let names = ["Ada", "Ben", "Cho", "Dee"], places = ["Rome", "Oslo", "Lima"]
            let lines = (0..<60).map { "\(names[$0 % 4]) B-PER\nsaw O\n\(places[$0 % 3]) B-LOC\n. O\n\n" }
            try AtomicFile.write(lines.joined(), to: "\(folder)/train.conll")
            try AtomicFile.write("Rome B-LOC\nsaw O\n王明 B-PER\n. O\n\n", to: "\(folder)/test.conll")
            let training = TrainingSettings(maximumSteps: 3, schedule: .init(learningRate: 0.001), precision: .float32)
            var settings = LabeledSettings(data: ["\(folder)/train.conll"], output: "\(folder)/run", training: training)
            settings.test = "\(folder)/test.conll"
            _ = try LabeledTraining<Tagger>(settings).train()
            let page = try page(folder)
            for expected in [
                "Classes, test set", "entities, as conlleval counts them", "id=\"mistakes\"", "王明", "B-PER", "test f1",
            ] {
                #expect(page.contains(expected), "\(expected)")
            }
            // The folder has all of it; what stands there instead is no report.
            let run = try RunFolder(opening: "\(folder)/run"), path = "\(folder)/run/findings.json"
            #expect(try RunReport(run: run).html() == page)
            let found = try MappedFile(path: path).text()
            for (old, new) in [
                ("\"part\"", "\"whole\""), ("\"mistake_count\": 1", "\"mistake_count\": 0"), ("\"gold\"", "\"silver\""),
                ("\"B-LOC\"", "7"), ("\"reported\": [", "\"reported\": [99, "), ("\"counts\": [", "\"counts\": [[-1, 1, 1], "),
            ] {
                let damaged = found.replacing(old, with: new)
                try #require(damaged != found, "\(old)")
                try AtomicFile.write(damaged, to: path)
                #expect(throws: ConfigurationError.self, "\(old)") { try RunReport(run: run) }
            }
        }
    }

    /// What a folder says may come from anywhere; what is missing is left out.
    @Test func strangeFoldersHaveReports() throws {
        try withTemporaryFolder { folder in
            let description: JSONValue = [
                "task": "<script>", "model": 7, "data": [1, 2], "settings": ["a": ["b": nil], "<b>": "\u{202E}"], "seed": nil,
            ]
            let run = try RunFolder(creating: "\(folder)/run", description)
            let page = try RunReport(run: run).html()
            #expect(page.contains("&lt;script&gt;") && !page.contains("<script") && !page.contains("<b>"))
            try AtomicFile.write("{\"event\":\"step\"", to: "\(folder)/run/metrics.jsonl")
            try AtomicFile.write(
                "{\"test\": {\"<i>\": 1e300, \"x\": \"y\"}, \"other\": [1]}", to: "\(folder)/run/evaluation.json")
            let more = try RunReport(run: run)
            #expect(more.facts.contains { $0.name == "test <i>" } && more.notices.count == 1 && more.tables.count == 1)
            try AtomicFile.write("{", to: "\(folder)/run/evaluation.json")
            #expect(throws: FileError.self) { try RunReport(run: run) }
        }
    }

    private final class Counter: TrainingObserver {
        var steps = 0
        var warnings: [String] = []
        var atFirstStep: (() -> Int32)?

        func stepMade(_ report: StepReport) {
            steps += 1
            if steps == 1 { _ = atFirstStep?() }
        }

        func warned(_ message: String) { warnings.append(message) }
    }
}
