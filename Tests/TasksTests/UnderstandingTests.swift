import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTasks
import SequiturTensors
import SequiturText
import SequiturTraining
import Testing

/// Tasks of understanding from labelled examples to a run's folder, and back from it.
@Suite(.serialized) struct UnderstandingTests {
    private typealias Data = UnderstandingData

    /// Trains on toy examples that can be learnt, and asks the folder again.
    private func learns<Model: PredictingModel>(
        _ kind: Model.Type, _ settings: LabeledSettings, _ training: [Model.Example], _ validation: [Model.Example],
        in folder: String,
        least: Double = 0.95
    ) throws -> (result: LabeledTraining<Model>.Result, read: Model) {
        try Data.write(training, validation, in: folder)
        var settings = settings
        settings.validation = "\(folder)/dev.jsonl"
        let result = try LabeledTraining<Model>(settings).train()
        let found = try #require(result.validation)
        #expect(found.figures[0].value >= least, "\(found.figures)")
        // The folder answers as the model does that was trained.
        let read = try Model(folder: RunFolder(opening: settings.output))
        try withContext(precision: .float32) {
            let again = read.evaluation(of: validation, try read.answers(to: validation) { _ in })
            for (one, other) in zip(again.figures, found.figures) {
                #expect(one.name == other.name && abs(one.value - other.value) < 1e-5, "\(one) \(other)")
            }
        }
        return (result, read)
    }

    // MARK: Tagging

    @Test(arguments: WordContext.allCases, [CharacterFeatures.none, .cnn, .lstm])
    func wordsAreTaggedFromNothing(context: WordContext, characters: CharacterFeatures) throws {
        try withTemporaryFolder { folder in
            var settings = Data.settings(in: folder)
            settings.encoder = .words(context)
            settings.words.characters = characters
            settings.words.wordDropout = 0.2
            let (result, read) = try learns(Tagger.self, settings, Data.tagged(48), Data.tagged(12), in: folder)
            #expect(result.model.scheme == .bioes && read.labels == ["flight", "walk"])
            #expect(read.json["field"] == true)
            #expect(result.validation?.figures.contains { $0.name == "intent_accuracy" && $0.value > 0.6 } == true)
        }
    }

    @Test(arguments: [false, true]) func aPretrainedModelIsTunedForTags(hasField: Bool) throws {
        try withTemporaryFolder { folder in
            var settings = Data.tuning(in: folder)
            settings.task.hasField = hasField
            settings.task.predictsLabel = false
            let (_, read) = try learns(Tagger.self, settings, Data.tagged(48), Data.tagged(12), in: folder)
            #expect(read.scheme == (hasField ? .bioes : .bio) && read.labels.isEmpty)
            // Other programs find a model with a head for tokens and these labels.
            let model = try PretrainedModel(folder: settings.output)
            #expect(model.headKind == .tokenClassification && PretrainedModel.labels(of: model.configuration) == read.tags)
            #expect(
                model.report.unexpected.allSatisfy { $0.hasPrefix("sequitur.") } && model.report.unexpected.isEmpty == !hasField)
        }
    }

    /// Sentences far longer than what is read at once lose no word, and short windows see what long ones do not need.
    @Test func longSentencesAreCutIntoWindows() throws {
        try withTemporaryFolder { folder in
            var settings = Data.tuning(in: folder, epochs: 40)
            settings.maximumLength = 24
            settings.task.predictsLabel = false
            let long = (0..<12).map { first in
                let parts = (0..<6).map { Data.tagged(48)[(first * 4 + $0) % 48] }
                return TaggedSentence(words: parts.flatMap(\.words), tags: parts.flatMap(\.tags), line: first + 1)
            }
            let (_, read) = try learns(Tagger.self, settings, long, long, in: folder, least: 0.7)
            let answers = try read.answers(to: long.map(\.words))
            #expect(zip(answers, long).allSatisfy { $0.tags.count == $1.words.count && $0.probabilities.allSatisfy { $0 > 0 } })
        }
    }

    @Test func spansCountCodePoints() throws {
        try withTemporaryFolder { folder in
            let marked = Data.tagged(48).enumerated().map { index, sentence in
                index % 2 == 0 ? sentence : TaggedSentence(words: ["🙂"] + sentence.words, tags: ["O"] + sentence.tags)
            }
            let (_, read) = try learns(Tagger.self, Data.settings(in: folder), marked, Array(marked.prefix(12)), in: folder)
            let text = "🙂 anna flies to\tnew york today"
            let answer = try read.predict([.init(text: text)])[0], scalars = Array(text.unicodeScalars)
            #expect(answer.spans.map(\.label) == ["PER", "LOC"] && answer.spans.map(\.text) == ["anna", "new york"])
            for span in answer.spans { #expect(String(String.UnicodeScalarView(scalars[span.range])) == span.text) }
            var words = PredictionInput(text: "")
            words.words = ["clara", "walks", "to", "rome"]
            #expect(try read.predict([words])[0].spans.map(\.text) == ["clara", "rome"])
            #expect(try read.predict([.init(text: "")])[0].spans.isEmpty && read.predict([]).isEmpty)
        }
    }

    /// Text is cut as the examples are: by characters where they all are characters, by words where some are.
    @Test func textIsCutAsTheExamplesAre() throws {
        let chinese = (0..<24).map { index in
            TaggedSentence(words: ["去", index % 2 == 0 ? "上" : "罗", index % 2 == 0 ? "海" : "马"], tags: ["O", "B-LOC", "I-LOC"])
        }
        let settings = Data.settings(in: "/nowhere")
        #expect(try Tagger(learningFrom: chinese, settings: settings).splitter == .characters)
        let mixed = chinese + Data.tagged(6).map { TaggedSentence(words: $0.words, tags: $0.tags) }
        #expect(try Tagger(learningFrom: mixed, settings: settings).splitter == .words)
    }

    @Test func tagsThatAreNoSpansAreScoredByAccuracy() throws {
        try withTemporaryFolder { folder in
            let plain = Data.tagged(48).map { sentence in
                TaggedSentence(
                    words: sentence.words, tags: sentence.tags.map { $0.hasSuffix("PER") ? "NOUN" : $0 == "O" ? "X" : "PLACE" })
            }
            let (result, read) = try learns(Tagger.self, Data.settings(in: folder), plain, Array(plain.prefix(12)), in: folder)
            #expect(read.scheme == nil && result.validation?.figures.map(\.name) == ["accuracy", "macro_f1"])
        }
    }

    // MARK: Classification, matching, relations

    @Test(arguments: [SequencePooling.mean, .max, .last, .cls, .attention], [WordContext.gru, .bag])
    func textsAreClassifiedFromNothing(pooling: SequencePooling, context: WordContext) throws {
        // Neither end of a sentence says anything to a bag.
        guard context != .bag || pooling == .mean || pooling == .max || pooling == .attention else { return }
        try withTemporaryFolder { folder in
            var settings = Data.settings(in: folder)
            settings.encoder = .words(context)
            settings.task.pooling = pooling
            let (_, read) = try learns(TextClassifier.self, settings, Data.classified(48), Data.classified(12), in: folder)
            let answer = try read.answers(to: ["the book was great"])[0]
            #expect(answer.labels == ["good"] && abs(answer.probabilities.reduce(0, +) - 1) < 1e-5)
            let json = try read.predict([.init(text: "the book was dull")])[0].json
            #expect(json["label"] == "poor" && json["probabilities"]?.members?.first?.key == "poor")
        }
    }

    @Test func aPretrainedModelIsTunedForClasses() throws {
        try withTemporaryFolder { folder in
            let (_, read) = try learns(
                TextClassifier.self, Data.tuning(in: folder), Data.classified(48), Data.classified(12), in: folder)
            let model = try PretrainedModel(folder: "\(folder)/run")
            #expect(model.headKind == .sequenceClassification && model.report.unexpected.isEmpty)
            #expect(PretrainedModel.labels(of: model.configuration) == ["good", "poor"] && read.classes == ["good", "poor"])
        }
    }

    @Test func textsMayHaveSeveralLabels() throws {
        try withTemporaryFolder { folder in
            let words = ["red", "blue", "old"]
            let examples = (0..<64).map { index in
                let chosen = words.indices.filter { index >> $0 & 1 == 1 }.map { words[$0] }
                return LabeledText(text: (["it is"] + chosen).joined(separator: " "), labels: chosen)
            }
            var settings = Data.settings(in: folder, epochs: 20)
            settings.task.isMultilabel = true
            settings.encoder = .words(.bag)
            let (_, read) = try learns(TextClassifier.self, settings, examples, Array(examples.prefix(16)), in: folder)
            #expect(try Set(read.answers(to: ["it is blue old"])[0].labels) == ["blue", "old"])
            #expect(try read.answers(to: ["it is"])[0].labels.isEmpty)
        }
    }

    @Test(arguments: [false, true], [false, true]) func pairsAreMatched(towers: Bool, scores: Bool) throws {
        try withTemporaryFolder { folder in
            var settings = Data.settings(in: folder, epochs: 40)
            settings.task.hasTowers = towers
            settings.task.isScore = scores
            settings.task.pooling = .mean
            let (_, read) = try learns(
                TextMatcher.self, settings, Data.matched(48), Data.matched(16), in: folder, least: towers ? 0.85 : 0.4)
            #expect(read.isScore == scores && read.hasTowers == towers)
            let answer = try read.predict([PredictionInput(text: "anna sings", second: "anna sings")])[0]
            #expect(answer.json[scores ? "score" : "label"] != nil)
            #expect(throws: PredictionError.self) { try read.predict([.init(text: "alone")]) }
        }
    }

    @Test(arguments: [false, true]) func relationsAreTold(isTuned: Bool) throws {
        try withTemporaryFolder { folder in
            let settings = isTuned ? Data.tuning(in: folder) : Data.settings(in: folder)
            let (_, read) = try learns(RelationExtractor.self, settings, Data.related(48), Data.related(16), in: folder)
            let answer = try read.predict([.init(text: "<e1>anna</e1> lives in <e2>rome</e2>")])[0]
            #expect(answer.json["relation"] == "Home(e1,e2)" && answer.json["text"] == "anna lives in rome")
            #expect(throws: PredictionError.self) { try read.predict([.init(text: "nobody is marked")]) }
        }
    }

    @Test func taggerAndExtractorMakeTriples() throws {
        try withTemporaryFolder { folder in
            let tagging = "\(folder)/tagging", relations = "\(folder)/relations"
            try Folder.make(tagging)
            try Folder.make(relations)
            let tagged = (0..<48).map { index in
                TaggedSentence(words: [Data.names[index % 4], "lives", "in", "rome"], tags: ["B-PER", "O", "O", "B-LOC"])
            }
            _ = try learns(Tagger.self, Data.settings(in: tagging), tagged, Array(tagged.prefix(12)), in: tagging)
            _ = try learns(
                RelationExtractor.self, Data.settings(in: relations), Data.related(48), Data.related(12), in: relations)
            let triples = try TripleExtraction(entities: "\(tagging)/run", relations: "\(relations)/run")
                .triples(of: [.init(text: "anna lives in rome"), .init(text: "nothing here")])
            #expect(throws: ConfigurationError.self) {
                try TripleExtraction(entities: "\(tagging)/run", relations: "\(tagging)/run")
            }
            #expect(triples.count == 2 && triples[1].isEmpty)
            for triple in triples[0] {
                #expect(triple.relation == "Home" && Set([triple.subject.text, triple.object.text]) == ["anna", "rome"])
            }
        }
    }

    /// What tuning begins with can be measured as it is.
    @Test func noEpochLeavesTheModelAsItWas() throws {
        try withTemporaryFolder { folder in
            try Data.write(Data.matched(24), Data.matched(8), in: folder)
            var settings = Data.tuning(in: folder, epochs: 0)
            settings.validation = "\(folder)/dev.jsonl"
            settings.task.hasTowers = true
            let result = try LabeledTraining<TextMatcher>(settings).train()
            #expect(result.outcome?.step == 0 && result.validation != nil)
            let before = try PretrainedModel(folder: Data.encoder), after = try PretrainedModel(folder: settings.output)
            for (one, other) in zip(before.body.parameters().entries, after.body.parameters().entries) {
                #expect(one.parameter.value.floats() == other.parameter.value.floats())
            }
            #expect(try TaskModel(folder: settings.output).evaluate("\(folder)/dev.jsonl").exampleCount == 8)
        }
    }

    /// Labels that are numbers, that look like numbers and that are none have one order, whatever order they come in.
    @Test func classesHaveOneOrder() throws {
        let labels = ["9", "10", "1a", "nan", "inf", "b", "2"]
        var orders: Set<[String]> = []
        for shift in labels.indices {
            try withTemporaryFolder { folder in
                let turned = labels[shift...] + labels[..<shift]
                try Data.write(turned.map { LabeledText(text: "text \($0)", labels: [$0]) }, [LabeledText](), in: folder)
                orders.insert(try LabeledTraining<TextClassifier>(Data.settings(in: folder, epochs: 0)).train().model.classes)
            }
        }
        #expect(orders == [["2", "9", "10", "1a", "b", "inf", "nan"]])
    }

    /// A figure that cannot be computed is no evidence of a difference.
    @Test func undefinedFiguresDoNotDiffer() {
        let gold = [1.0, 2, 3, 4], constant = [1.0, 1, 1, 1]
        #expect(TaskEvaluation.randomization(gold, constant, gold, seed: 1).pValue == 1)
        #expect(TaskEvaluation.randomization(gold, gold, gold.reversed(), seed: 1).pValue < 1)
    }

    // MARK: Folders that were made for something else

    /// A model that was pre-trained here, whose head is for hidden tokens, is tuned with every way of reading it.
    @Test func headsForSomethingElseAreLeftAlone() throws {
        try withTemporaryFolder { folder in
            try writeSentences(200, to: "\(folder)/text.txt")
            let training = TrainingSettings(maximumSteps: 2, schedule: LearningRateSchedule(learningRate: 0.001))
            var masked = MaskedLanguageModelingSettings(data: ["\(folder)/text.txt"], output: "\(folder)/encoder")
            (masked.layers, masked.width, masked.heads, masked.block, masked.training) = (1, 16, 2, 32, training)
            masked.batch = 2
            masked.tokenizer = .trained(.wordPiece, TokenizerOptions(maximumVocabularySize: 120))
            _ = try MaskedLanguageModeling(masked).train()
            var settings = Data.tuning(in: folder, epochs: 1)
            settings.encoder = .folder("\(folder)/encoder")
            settings.overwrite = true
            func runs<Model: PredictingModel>(_ kind: Model.Type, _ examples: [Model.Example]) throws {
                try Data.write(examples, examples, in: folder)
                let model = try LabeledTraining<Model>(settings).train().model
                let read = try Model(folder: RunFolder(opening: settings.output))
                let asked = Array(examples.prefix(4))
                let (one, other) = try (model.answers(to: asked) { _ in }, read.answers(to: asked) { _ in })
                #expect(
                    model.evaluation(of: asked, one).figures.map(\.value)
                        == read.evaluation(of: asked, other).figures.map(\.value))
            }
            for pooling in [SequencePooling.own, .cls, .attention] {
                settings.task.pooling = pooling
                try runs(TextClassifier.self, Data.classified(16))
            }
            settings.task.pooling = .mean
            settings.task.hasTowers = true
            try runs(TextMatcher.self, Data.matched(16))
            try runs(RelationExtractor.self, Data.related(16))
            try runs(Tagger.self, Data.tagged(16))
        }
    }

    /// A decoder reads from left to right, and is tuned as encoders are.
    @Test func decodersAreTuned() throws {
        try withTemporaryFolder { folder in
            try writeSentences(200, to: "\(folder)/text.txt")
            var language = LanguageModelingSettings(data: ["\(folder)/text.txt"], output: "\(folder)/decoder")
            language.architecture = .gpt2
            language.tokenizer = .trained(.byteLevel, TokenizerOptions(maximumVocabularySize: 300))
            (language.network.layers, language.network.width, language.transformer.heads) = (1, 16, 2)
            language.transformer.block = 32
            language.batch = 4
            language.training = TrainingSettings(maximumSteps: 2, schedule: LearningRateSchedule(learningRate: 0.001))
            _ = try LanguageModeling(language).train()
            var settings = Data.tuning(in: folder, epochs: 15)
            settings.encoder = .folder("\(folder)/decoder")
            settings.overwrite = true
            settings.training.schedule.learningRate = 0.01
            _ = try learns(TextClassifier.self, settings, Data.classified(48), Data.classified(12), in: folder, least: 0.8)
            _ = try learns(Tagger.self, settings, Data.tagged(48), Data.tagged(12), in: folder, least: 0.5)
            #expect(try PretrainedModel(folder: settings.output).headKind == .tokenClassification)
        }
    }

    @Test func wordsBeginWithVectorsThatAreGiven() throws {
        try withTemporaryFolder { folder in
            try Data.write(Data.classified(16), Data.classified(8), in: folder)
            var settings = Data.settings(in: folder, epochs: 1)
            settings.vectors = "\(folder)/vectors.txt"
            settings.training.optimizer.kind = .sgd
            settings.training.schedule.learningRate = 1e-9
            settings.overwrite = true
            try AtomicFile.write("2 3\nfilm 1 2 3\nother 4 5 6 \n", to: "\(folder)/vectors.txt")
            let model = try LabeledTraining<TextClassifier>(settings).train().model
            let table = try #require(model.module.parameters().entries.first { $0.name.hasSuffix("words.words.weight") })
            let rows = table.parameter.value.floats()
            #expect(table.parameter.shape[1] == 3)
            #expect(
                stride(from: 0, to: rows.count, by: 3).contains {
                    abs(rows[$0] - 1) + abs(rows[$0 + 1] - 2) + abs(rows[$0 + 2] - 3) < 1e-5
                })
            for (text, words) in [("film 1 x 3\n", "line 1"), ("a 1 2\nfilm 1\n", "line 2"), ("", "no word vectors")] {
                try AtomicFile.write(text, to: "\(folder)/vectors.txt")
                let error = #expect(throws: ConfigurationError.self) { try LabeledTraining<TextClassifier>(settings).train() }
                #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "")")
            }
        }
    }

    // MARK: Training

    /// Whatever ends and begins a run again, its weights are those of a run that was never interrupted.
    @Test func anInterruptedRunGoesOn() throws {
        try withTemporaryFolder { folder in
            try Data.write(Data.tagged(48), Data.tagged(12), in: folder)
            var settings = Data.settings(in: folder, epochs: 4)
            settings.validation = "\(folder)/dev.jsonl"
            _ = try LabeledTraining<Tagger>(settings).train()
            var parts = settings, asked = 0
            parts.output = "\(folder)/parts"
            let first = try LabeledTraining<Tagger>(parts).train(isInterrupted: {
                asked += 1
                return asked > 9
            })
            #expect(first.outcome?.reason == .interrupted && first.validation == nil)
            parts.resume = true
            let second = try LabeledTraining<Tagger>(parts).train()
            #expect(second.outcome?.reason == .completed)
            #expect(try bytes(of: "\(folder)/run/model.safetensors") == bytes(of: "\(folder)/parts/model.safetensors"))

            try ExampleWriter.write(Data.tagged(40), to: "\(folder)/train.jsonl")
            let error = #expect(throws: ConfigurationError.self) { try LabeledTraining<Tagger>(parts).train() }
            #expect(error?.reason.contains("not the one that the run") == true)
        }
    }

    /// Small batches whose gradients are added up learn what a large batch does.
    @Test func accumulatedBatchesEqualALargeOne() throws {
        try withTemporaryFolder { folder in
            try Data.write(Data.classified(32), Data.classified(8), in: folder)
            func weights(_ batch: Int, _ accumulate: Int, _ name: String) throws -> [Float] {
                var settings = Data.settings(in: folder, epochs: 1)
                settings.output = "\(folder)/\(name)"
                settings.words.dropout = 0
                settings.batch = batch
                settings.training.accumulate = accumulate
                settings.training.optimizer.kind = .sgd
                settings.training.maximumSteps = 1
                let model = try LabeledTraining<TextClassifier>(settings).train().model
                return model.module.parameters().entries.flatMap { $0.parameter.value.floats() }
            }
            let whole = try weights(32, 1, "whole"), parts = try weights(8, 4, "parts")
            #expect(zip(whole, parts).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    @Test func aSplitIsWrittenAndTheSameForEverySeed() throws {
        try withTemporaryFolder { folder in
            try Data.write(Data.classified(40), Data.classified(8), in: folder)
            var files: [[UInt8]] = []
            for seed in [1, 2] as [UInt64] {
                var settings = Data.settings(in: folder, epochs: 1)
                settings.output = "\(folder)/\(seed)"
                settings.split = try ExampleSplit("60/20/20")
                settings.training.seed = seed
                let result = try LabeledTraining<TextClassifier>(settings).train()
                #expect(result.data.training.count == 24 && result.data.validation.count == 8 && result.data.test.count == 8)
                #expect(Set(result.data.test.map(\.labels)).count == 2)
                files.append(try bytes(of: "\(settings.output)/split.test.jsonl"))
                #expect(Folder.exists("\(settings.output)/report.html") && Folder.exists("\(settings.output)/evaluation.json"))
            }
            #expect(files[0] == files[1])
        }
    }

    // MARK: Refusals

    @Test func whatCannotBeLearntIsRefused() throws {
        try withTemporaryFolder { folder in
            func refused<Model: LabeledModel>(_ kind: Model.Type, _ examples: [Model.Example], _ words: String) throws {
                try ExampleWriter.write(examples, to: "\(folder)/train.jsonl")
                let error = #expect(throws: ConfigurationError.self) {
                    try LabeledTraining<Model>(Data.settings(in: folder)).train()
                }
                #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "")")
                #expect(!Folder.exists("\(folder)/run/sequitur.json"))
            }
            try refused(
                TextClassifier.self, [LabeledText(text: "a", labels: ["x"]), .init(text: "b", labels: ["x"])],
                "all texts have the label")
            try refused(
                TextClassifier.self, [LabeledText(text: "a", labels: ["x", "y"]), .init(text: "b", labels: ["x"])], "--multilabel"
            )
            try refused(Tagger.self, [TaggedSentence(words: ["a"], tags: ["O"])], "nothing to tell apart")
            try refused(
                TextMatcher.self,
                [LabeledText(text: "a", second: "b", labels: ["1"]), .init(text: "a", second: "c", labels: ["1"])],
                "all pairs have")
        }
    }

    @Test func damagedRunsAreRefused() throws {
        try withTemporaryFolder { folder in
            _ = try learns(TextClassifier.self, Data.settings(in: folder), Data.classified(48), Data.classified(12), in: folder)
            let run = "\(folder)/run", path = "\(run)/sequitur.json", whole = try JSONValue.parse(contentsOf: path)
            func damaged(_ key: String, _ value: JSONValue) throws {
                let members = (whole.members ?? []).map { member -> JSONValue.Member in
                    guard member.key == "model_settings" else { return member }
                    let inner = (member.value.members ?? []).map { $0.key == key ? .init(key: key, value: value) : $0 }
                    return .init(key: member.key, value: .object(inner))
                }
                try JSONValue.object(members).write(to: path)
                #expect(throws: (any Error).self, "\(key)") { try TaskModel(folder: run) }
            }
            try damaged("classes", [1, 2])
            try damaged("classes", ["good", "good"])
            try damaged("classes", ["good", "poor", "more"])
            try damaged("form", "many")
            try damaged("maximum_length", -1)
            try damaged("lowest", 1e9)
            try whole.write(to: path)
            #expect(try TaskModel(folder: run).kind == .classification)
            try JSONValue.object([]).write(to: "\(run)/lexicon.json")
            #expect(throws: (any Error).self) { try TaskModel(folder: run) }
        }
    }
}
