import Foundation
import SequiturDatasets
import SequiturFiles
import SequiturModels
import SequiturTasks
import SequiturTensors
import SequiturText
import SequiturTraining
import Testing

/// Answers found in contexts, from a file of questions to a run folder and back.
@Suite(.serialized) struct AnswerFinderTests {
    private static let people = ["the keeper", "old Anna", "a miller", "Mr. Li", "the heron's friend", "Jose\u{301}"]
    private static let things = ["the lamp", "a boat", "ten nets", "the bell", "a red door"]
    private static let places = ["the harbour", "北京", "the 🚢 yard", "a mill", "Zürich"]

    /// Who painted what where: three questions on every context, and one that it does not answer where that may be.
    private func examples(_ count: Int, from first: Int = 0, mayDecline: Bool = false) -> [QuestionExample] {
        (first..<first + count).flatMap { index -> [QuestionExample] in
            let person = Self.people[index * 7 % 6], thing = Self.things[index * 3 % 5],
                place = Self.places[(index * 11 + index / 5) % 5]
            let context = "In the morning \(person) painted \(thing) near \(place) .\r\nThen the rain came ."
            func answer(_ text: String) -> [QuestionExample.Answer] {
                let scalars = Array(context.unicodeScalars), wanted = Array(text.unicodeScalars)
                let start = scalars.indices.first { scalars[$0...].starts(with: wanted) } ?? 0
                return [.init(text: text, start: start)]
            }
            var questions = [
                ("Who painted ?", answer(person)), ("What was painted ?", answer(thing)), ("Where was it near ?", answer(place)),
            ]
            if mayDecline { questions.append(("Why was it cold ?", [])) }
            return questions.enumerated().map { place, question in
                QuestionExample(
                    id: "\(index)-\(place)", title: "article \(index / 4)", context: context, question: question.0,
                    answers: question.1)
            }
        }
    }

    private func settings(_ folder: String, mayDecline: Bool = false) throws -> LabeledSettings {
        try ExampleWriter.write(examples(60, mayDecline: mayDecline), to: "\(folder)/train.jsonl")
        try ExampleWriter.write(examples(20, from: 100, mayDecline: mayDecline), to: "\(folder)/validation.jsonl")
        try ExampleWriter.write(examples(20, from: 203, mayDecline: mayDecline), to: "\(folder)/test.jsonl")
        let training = TrainingSettings(
            epochs: 12, optimizer: OptimizerSettings(kind: .adamw),
            schedule: LearningRateSchedule(kind: .linear, learningRate: 0.01), clip: 1, seed: 1, precision: .float32)
        var settings = LabeledSettings(data: ["\(folder)/train.jsonl"], output: "\(folder)/run", training: training)
        (settings.validation, settings.test) = ("\(folder)/validation.jsonl", "\(folder)/test.jsonl")
        (settings.words.wordWidth, settings.words.hiddenSize, settings.words.dropout) = (16, 16, 0.1)
        settings.batch = 16
        return settings
    }

    private func figure(_ name: String, _ evaluation: TaskEvaluation?) throws -> Double {
        try #require(evaluation?.figures.first { $0.name == name }, "\(name)").value
    }

    /// The run's folder gives the same answers, with spans in code points and probabilities.
    private func expectTheSame(_ settings: LabeledSettings, _ model: AnswerFinder) throws {
        let loaded = try AnswerFinder(folder: try RunFolder(opening: settings.output))
        #expect(loaded.json == model.json && loaded.mayDecline == model.mayDecline)
        let asked = try AnswerFinder.read(try #require(settings.test), ExampleReader()).examples
        var progress: [Int] = []
        let answers = try loaded.answers(to: asked) { progress.append($0) }
        #expect(try answers == model.answers(to: asked) && progress.last == asked.count && answers.count == asked.count)
        for (answer, example) in zip(answers, asked) {
            let scalars = Array(example.context.unicodeScalars)
            #expect((answer.span == nil) == answer.text.isEmpty && (0...1.0001).contains(answer.probability))
            for candidate in answer.candidates {
                #expect(candidate.text.unicodeScalars.elementsEqual(scalars[candidate.span]))
            }
            #expect(zip(answer.candidates, answer.candidates.dropFirst()).allSatisfy { $0.score >= $1.score })
            #expect(Set(answer.candidates.map(\.span)).count == answer.candidates.count && answer.candidates.count <= 20)
            if !model.mayDecline {
                let total = answer.candidates.reduce(0) { $0 + $1.probability }
                #expect(answer.noAnswerProbability == nil && answer.span != nil && abs(total - 1) < 1e-4)
            }
        }
        #expect(try loaded.answers(to: []).isEmpty)
    }

    @Test func wordsFromScratchLearnToAnswer() throws {
        try withTemporaryFolder { folder in
            let settings = try settings(folder), result = try LabeledTraining<AnswerFinder>(settings).train()
            let f1 = try figure("f1", result.test), exact = try figure("exact_match", result.test)
            #expect(f1 > 0.9 && exact > 0.85, "\(f1) \(exact)")
            #expect(result.test?.units.count == 60 && result.test?.figures.count == 2)
            #expect(result.test?.mistakes.count == Int((60 * (1 - exact)).rounded()))
            try expectTheSame(settings, result.model)
            let stored = try JSONValue.parse(contentsOf: "\(settings.output)/sequitur.json")
            #expect(stored["task"] == "question-answering" && stored["model_settings"]?["may_decline"] == false)
        }
    }

    /// Contexts longer than what is read at once are answered out of any of their windows.
    @Test func longContextsAreReadInWindows() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(folder)
            settings.maximumLength = 18
            settings.task.stride = 6
            settings.task.emptyWindows = 0.5
            let result = try LabeledTraining<AnswerFinder>(settings).train(), model = result.model
            let all = examples(60), windows = try model.items(of: all).count
            #expect(windows > all.count)
            settings.task.emptyWindows = 0
            let few = try AnswerFinder(learningFrom: all, settings: settings).items(of: all).count
            settings.task.emptyWindows = 1
            let most = try AnswerFinder(learningFrom: all, settings: settings).items(of: all).count
            #expect(few >= all.count && few < windows && windows < most, "\(few) \(windows) \(most)")
            #expect(try figure("f1", result.test) > 0.8)
            try expectTheSame(settings, model)
        }
    }

    /// Where questions may have no answer, the threshold that is best on the validation's is kept with the run.
    @Test func theThresholdOfNoAnswerIsChosen() throws {
        try withTemporaryFolder { folder in
            let settings = try settings(folder, mayDecline: true), result = try LabeledTraining<AnswerFinder>(settings).train()
            #expect(result.model.mayDecline)
            let names = try #require(result.test).figures.map(\.name)
            #expect(names == ["f1", "exact_match", "answerable_f1", "answerable_exact_match", "unanswerable_accuracy"])
            #expect(try figure("f1", result.test) > 0.9 && figure("unanswerable_accuracy", result.test) > 0.9)
            let stored = try JSONValue.parse(contentsOf: "\(settings.output)/sequitur.json")
            #expect(stored["model_settings"]?["no_answer_threshold"]?.double == result.model.noAnswerThreshold)
            try expectTheSame(settings, result.model)

            // No other threshold has a better F1 on the validation's questions.
            let asked = examples(20, from: 100, mayDecline: true), answers = try result.model.answers(to: asked)
            let best = result.model.evaluation(of: asked, answers).figures[0].value
            for answer in answers {
                let threshold = try #require(answer.noAnswerProbability)
                let others = answers.map { ($0.noAnswerProbability ?? 0) <= threshold ? $0.candidates.first?.text ?? "" : "" }
                let report = AnswerReport(predictions: others, answers: asked.map { $0.answers.map(\.text) })
                #expect(report.all.f1 <= best + 1e-9)
            }
        }
    }

    /// A model of the ecosystem becomes one for questions, which the run's folder holds in its layout.
    @Test(arguments: [PretrainedFamily.bert, .roberta]) func aFolderIsTuned(_ family: PretrainedFamily) throws {
        try withTemporaryFolder { folder in
            let text = examples(40).map { "\($0.question) \($0.context.replacingOccurrences(of: "\r\n", with: " "))\n" }.joined()
            try AtomicFile.write(text, to: "\(folder)/text.txt")
            var origin = MaskedLanguageModelingSettings(data: ["\(folder)/text.txt"], output: "\(folder)/origin")
            origin.family = family
            origin.tokenizer = .trained(family == .bert ? .wordPiece : .byteLevel, TokenizerOptions(maximumVocabularySize: 400))
            (origin.layers, origin.width, origin.heads, origin.block, origin.batch) = (2, 32, 4, 48, 8)
            (origin.training.epochs, origin.training.maximumSteps, origin.training.precision) = (nil, 1, .float32)
            _ = try MaskedLanguageModeling(origin).train()

            var settings = try settings(folder)
            settings.encoder = .folder("\(folder)/origin")
            (settings.maximumLength, settings.dropout) = (40, 0)
            settings.training.schedule = LearningRateSchedule(kind: .linear, learningRate: 0.003)
            let result = try LabeledTraining<AnswerFinder>(settings).train(), f1 = try figure("f1", result.test)
            #expect(f1 > 0.6, "\(f1)")
            try expectTheSame(settings, result.model)
            let loaded = try PretrainedModel(folder: settings.output)
            #expect(loaded.headKind == .questionAnswering && loaded.report.isComplete && loaded.report.unexpected.isEmpty)
            let name = family == .bert ? "BertForQuestionAnswering" : "RobertaForQuestionAnswering"
            #expect(try JSONValue.parse(contentsOf: "\(settings.output)/config.json")["architectures"] == [.string(name)])
        }
    }

    /// Articles stay whole, and questions without a title stay with their contexts.
    @Test func articlesAreNotTornApart() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(folder)
            (settings.validation, settings.test, settings.split) = (nil, nil, try ExampleSplit("6/2/2"))
            settings.training.maximumSteps = 1
            let data = try LabeledTraining<AnswerFinder>(settings).train().data
            let titles = [data.training, data.validation, data.test].map { Set($0.map(\.title)) }
            #expect(
                titles.map(\.count) == [9, 3, 3] && titles[0].isDisjoint(with: titles[1]) && titles[0].isDisjoint(with: titles[2])
            )
            let group = try #require(AnswerFinder.group)
            var example = examples(1)[0]
            example.title = ""
            #expect(group(example) == example.context)
        }
    }

    @Test func whatCannotBeLearntIsRefused() throws {
        try withTemporaryFolder { folder in
            let settings = try settings(folder), all = examples(4)
            var silent = all
            for index in silent.indices { silent[index].answers = [] }
            #expect(throws: ConfigurationError.self) { try AnswerFinder(learningFrom: silent, settings: settings) }
            func refuses(_ change: (inout LabeledSettings) -> Void) {
                var changed = settings
                change(&changed)
                #expect(throws: ConfigurationError.self) { try AnswerFinder(learningFrom: all, settings: changed) }
            }
            refuses { $0.encoder = .baseline(.crf) }
            refuses { $0.labelSmoothing = 0.1 }
            refuses { $0.classWeights = .balanced }
            refuses { $0.maximumLength = 4 }
            refuses { $0.task.stride = 384 }
            // Answers that stand for no pieces.
            let model = try AnswerFinder(learningFrom: all, settings: settings)
            let blank = QuestionExample(
                id: "1", title: "", context: "a \u{7} b", question: "?", answers: [.init(text: "\u{7}", start: 2)])
            #expect(throws: ConfigurationError.self) { try model.items(of: [blank]) }
            #expect(try model.items(of: all + [blank]).count == all.count)
        }
    }

    /// A run's folder that was tampered with is refused in one line.
    @Test func damagedFoldersAreRefused() throws {
        try withTemporaryFolder { folder in
            var settings = try settings(folder)
            settings.training.maximumSteps = 1
            _ = try LabeledTraining<AnswerFinder>(settings).train()
            let path = "\(settings.output)/sequitur.json", sound = try JSONValue.parse(contentsOf: path)
            let members = try #require(sound["model_settings"]?.members)
            for (key, value) in [
                ("stride", JSONValue.integer(-1)), ("stride", 384), ("maximum_length", 2), ("maximum_answer_length", 0),
                ("answers", "many"), ("may_decline", nil), ("no_answer_threshold", "half"), ("splitter", "syllables"),
            ] {
                let changed = members.map { $0.key == key ? JSONValue.Member(key: key, value: value) : $0 }
                let all = (sound.members ?? []).map {
                    $0.key == "model_settings" ? .init(key: $0.key, value: .object(changed)) : $0
                }
                try JSONValue.object(all).write(to: path)
                let error = #expect(throws: ConfigurationError.self, "\(key)") {
                    try AnswerFinder(folder: try RunFolder(opening: settings.output))
                }
                #expect(error?.reason.contains("\n") == false)
            }
            try sound.write(to: path)
            _ = try AnswerFinder(folder: try RunFolder(opening: settings.output))
        }
    }
}
