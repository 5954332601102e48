import SequiturDatasets
import SequiturFiles
import SequiturModels
import SequiturTasks
import SequiturTraining
import Testing

/// Baselines of the tasks of understanding: from a file to a run, and back.
@Suite struct BaselineTests {
    private static let names = ["Marta", "Ines", "Otto", "Lena"], cities = ["Lisbon", "Porto", "Bonn", "Turin"]

    /// Columns of a word and its tag in BIO.
    private static func columns(_ count: Int) -> String {
        (0..<count).map { row in
            let (name, city) = (names[row % 4], cities[row * 7 / 4 % 4])
            return "\(name) B-PER\nflies O\nto O\n\(city) B-LOC\n\(row % 2 == 0 ? "Harbour I-LOC\n" : "")now O\n\n"
        }.joined()
    }

    private static func reviews(_ count: Int) -> String {
        let good = ["a fine film", "warm and bright", "a bright fine plot"],
            bad = ["a dull film", "cold and slow", "a slow dull plot"]
        return (0..<count).map { "\(($0 % 2 == 0 ? good : bad)[$0 / 2 % 3])\t\($0 % 2 == 0 ? "good" : "bad")\n" }.joined()
    }

    private func settings(_ folder: String, _ name: String, _ kind: BaselineKind) -> LabeledSettings {
        var settings = LabeledSettings(
            data: ["\(folder)/\(name)"], output: "\(folder)/\(kind.rawValue)",
            training: TrainingSettings(epochs: 1, schedule: LearningRateSchedule(learningRate: 0.01)))
        settings.test = settings.data[0]
        settings.encoder = .baseline(kind)
        return settings
    }

    @Test(arguments: [BaselineKind.mostFrequent, .hiddenMarkov, .crf]) func taggersComeBackFromTheirFolders(_ kind: BaselineKind)
        throws
    {
        try withTemporaryFolder { folder in
            try AtomicFile.write(Self.columns(32), to: "\(folder)/train.conll")
            let result = try LabeledTraining<Tagger>(settings(folder, "train.conll", kind)).train()
            #expect(result.outcome == nil && result.parameterCount > 0 && result.validation == nil)
            #expect(try #require(result.test).figures[0].name == "f1" && #require(result.test).figures[0].value > 0.99)
            let run = try RunFolder(opening: "\(folder)/\(kind.rawValue)")
            #expect(try run.readDescription()["model_settings"]?["baseline"]?.string == kind.rawValue)
            #expect(try JSONValue.parse(contentsOf: "\(run.path)/evaluation.json")["test"] != nil)
            let asked = [["Otto", "flies", "to", "Rome", "Harbour"], [], ["now"], ["ünknown", "2"]]
            let read = try Tagger(folder: run), answers = try read.answers(to: asked)
            #expect(try answers == result.model.answers(to: asked) && answers.map(\.tags.count) == [5, 0, 1, 2])
            #expect(answers[0].tags[0] == "B-PER" && answers.allSatisfy { $0.label == nil })
            #expect(answers.allSatisfy { $0.probabilities.allSatisfy { $0 > 0 && $0 < 1.0001 } })
            #expect(
                try TaskModel(folder: run.path).predict([.init(text: "Lena flies to Bonn")])[0].spans.map(\.label) == [
                    "PER", "LOC",
                ])
        }
    }

    @Test(arguments: [BaselineKind.naiveBayes, .logisticRegression]) func classifiersComeBackFromTheirFolders(
        _ kind: BaselineKind
    ) throws {
        try withTemporaryFolder { folder in
            try AtomicFile.write(Self.reviews(24), to: "\(folder)/train.tsv")
            let result = try LabeledTraining<TextClassifier>(settings(folder, "train.tsv", kind)).train()
            #expect(try #require(result.test).figures[0].value == 1)
            let run = try RunFolder(opening: "\(folder)/\(kind.rawValue)"), read = try TextClassifier(folder: run)
            let asked = ["A bright film!", "", "unheard of", "slow"]
            #expect(try read.answers(to: asked) == result.model.answers(to: asked))
            #expect(try read.answers(to: asked).map(\.labels)[0] == ["good"] && read.answers(to: asked)[3].labels == ["bad"])
            #expect(read.classes == ["bad", "good"])
        }
    }

    @Test(arguments: [BaselineKind.naiveBayes, .logisticRegression]) func matchersComeBackFromTheirFolders(_ kind: BaselineKind)
        throws
    {
        try withTemporaryFolder { folder in
            let texts = ["the old harbour", "a new bridge", "rain at night", "the last train"]
            let rows = (0..<32).map { "\(texts[$0 % 4])\t\(texts[$0 % 2 == 0 ? $0 % 4 : ($0 + 1) % 4])\t\(1 - $0 % 2)\n" }
            try AtomicFile.write(rows.joined(), to: "\(folder)/train.tsv")
            let result = try LabeledTraining<TextMatcher>(settings(folder, "train.tsv", kind)).train()
            #expect(try #require(result.test).figures[0].value > 0.9)
            let run = try RunFolder(opening: "\(folder)/\(kind.rawValue)"), read = try TextMatcher(folder: run)
            let asked = [LabeledText(text: "rain", second: "rain", labels: []), LabeledText(text: "", second: "", labels: [])]
            #expect(try read.answers(to: asked) == result.model.answers(to: asked))
            guard case .label("1", _) = try read.answers(to: asked)[0] else {
                throw ConfigurationError(reason: "no match was found")
            }
        }
    }

    @Test(arguments: [BaselineKind.naiveBayes, .logisticRegression]) func relationsComeBackFromTheirFolders(_ kind: BaselineKind)
        throws
    {
        try withTemporaryFolder { folder in
            let examples = UnderstandingData.related(32)
            try ExampleWriter.write(examples, to: "\(folder)/train.jsonl")
            let result = try LabeledTraining<RelationExtractor>(settings(folder, "train.jsonl", kind)).train()
            let test = try #require(result.test)
            #expect(test.figures[0].name == "macro_f1_official" && test.figures[0].value == 1)
            let run = try RunFolder(opening: "\(folder)/\(kind.rawValue)"), read = try RelationExtractor(folder: run)
            #expect(try read.answers(to: examples) == result.model.answers(to: examples))
            #expect(read.relations == ["Home(e1,e2)", "Home(e2,e1)"] && result.parameterCount > 0)
        }
    }

    @Test func textsWithAnyNumberOfLabels() throws {
        try withTemporaryFolder { folder in
            let texts = ["rain and wind", "rain", "wind", "sun"],
                labels = [#"["wet","windy"]"#, #"["wet"]"#, #"["windy"]"#, "[]"]
            let lines = (0..<40).map { #"{"text":"\#(texts[$0 % 4])","labels":\#(labels[$0 % 4])}"# + "\n" }
            try AtomicFile.write(lines.joined(), to: "\(folder)/train.jsonl")
            var many = settings(folder, "train.jsonl", .logisticRegression)
            many.task.isMultilabel = true
            let result = try LabeledTraining<TextClassifier>(many).train()
            #expect(try #require(result.test).figures[0].value == 1)
            let read = try TextClassifier(folder: RunFolder(opening: many.output))
            #expect(try read.isMultilabel && read.answers(to: ["wind", "sun"]).map(\.labels) == [["windy"], []])
            many.encoder = .baseline(.naiveBayes)
            many.output = "\(folder)/other"
            #expect(message { try LabeledTraining<TextClassifier>(many).train() }.contains("give logistic-regression"))
        }
    }

    private func message(_ body: () throws -> some Any) -> String {
        do { _ = try body() } catch { return "\(error)" }
        return "nothing was thrown"
    }

    @Test func refusesWhatDoesNotGoTogether() throws {
        try withTemporaryFolder { folder in
            try AtomicFile.write(Self.columns(4), to: "\(folder)/train.conll")
            try AtomicFile.write(Self.reviews(4), to: "\(folder)/train.tsv")
            let tagging = message { try LabeledTraining<Tagger>(settings(folder, "train.conll", .naiveBayes)).train() }
            #expect(tagging.hasPrefix("naive-bayes is no model of tagging: give most-frequent, hmm, crf, lstm"), "\(tagging)")
            let texts = message { try LabeledTraining<TextClassifier>(settings(folder, "train.tsv", .hiddenMarkov)).train() }
            #expect(texts.hasPrefix("hmm is no model of classification: give naive-bayes, logistic-regression, lstm"), "\(texts)")
            let relations = message { try LabeledTraining<RelationExtractor>(settings(folder, "train.tsv", .crf)).train() }
            #expect(
                relations.hasPrefix("crf is no model of relation-extraction: give naive-bayes, logistic-regression, lstm"),
                "\(relations)")
            var others = settings(folder, "train.conll", .crf)
            others.task.predictsLabel = true
            #expect(message { try LabeledTraining<Tagger>(others).train() }.contains("tags words alone"))
            others = settings(folder, "train.conll", .crf)
            others.resume = true
            #expect(message { try LabeledTraining<Tagger>(others).train() }.contains("nothing to go on with"))
            // Interrupted, it leaves nothing but the folder.
            #expect(throws: CancellationError.self) {
                try LabeledTraining<Tagger>(settings(folder, "train.conll", .crf)).train(isInterrupted: { true })
            }
            #expect(throws: TrainingError.self) { try RunFolder(opening: "\(folder)/crf") }
            // A run whose parts were changed.
            let result = try LabeledTraining<Tagger>(settings(folder, "train.conll", .mostFrequent)).train()
            #expect(result.parameterCount > 4)
            let run = try RunFolder(opening: "\(folder)/most-frequent"), path = run.path(of: .description)
            let sound = try MappedFile(path: path).text()
            for (old, new, expected) in [
                ("\"bio\"", "\"xyz\"", "one of"),
                ("\"baseline\": \"most-frequent\"", "\"baseline\": \"crf\"", "unknown key"),
                ("\"baseline\": \"most-frequent\"", "\"baseline\": \"naive-bayes\"", "no model of tagging"),
                ("\"baseline\": \"most-frequent\"", "\"baseline\": 7", "one of"),
            ] {
                #expect(sound.contains(old))
                try AtomicFile.write(sound.replacing(old, with: new), to: path)
                let found = message { try Tagger(folder: run) }
                #expect(found.contains(expected) && !found.contains("\n"), "\(found)")
            }
        }
    }
}
