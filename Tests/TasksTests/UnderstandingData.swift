import Foundation
import SequiturDatasets
import SequiturFiles
import SequiturTasks
import SequiturTensors
import SequiturTraining

/// Small examples whose labels follow from their words.
enum UnderstandingData {
    /// A tiny encoder of the ecosystem with its tokenizer.
    static let encoder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("ModelsTests/Fixtures/Sentences/encoder").path

    static let names = ["anna", "bruno", "clara", "diego"], places = ["lisbon", "porto", "new york", "rome"]

    /// Sentences in which names are PER and places LOC, `new york` being one.
    static func tagged(_ count: Int) -> [TaggedSentence] {
        (0..<count).map { index in
            let name = names[index % 4], place = places[index / 4 % 4].split(separator: " ").map(String.init)
            let isFlight = index % 3 != 0
            let words = [name, isFlight ? "flies" : "walks", "to"] + place + ["today"]
            let tags = ["B-PER", "O", "O"] + place.indices.map { $0 == 0 ? "B-LOC" : "I-LOC" } + ["O"]
            return TaggedSentence(words: words, tags: tags, label: isFlight ? "flight" : "walk", line: index + 1)
        }
    }

    static func classified(_ count: Int) -> [LabeledText] {
        (0..<count).map { index in
            let isGood = index % 2 == 0
            let text =
                "the \(["film", "book", "play"][index % 3]) was \(isGood ? ["fine", "great"][index / 2 % 2] : ["bad", "dull"][index / 2 % 2])"
            return LabeledText(text: text, labels: [isGood ? "good" : "poor"], line: index + 1)
        }
    }

    static func matched(_ count: Int) -> [LabeledText] {
        (0..<count).map { index in
            let one = names[index % 4], other = index % 2 == 0 ? one : names[(index + 1) % 4]
            return LabeledText(
                text: "\(one) sings", second: "\(other) sings", labels: [one == other ? "1.0" : "0.5"], line: index + 1)
        }
    }

    static func related(_ count: Int) -> [RelationExample] {
        (0..<count).map { index in
            let isReversed = index % 2 == 1, name = names[index % 4], place = places[index / 2 % 4]
            let text = isReversed ? "\(place) is home of \(name)" : "\(name) lives in \(place)"
            let first = isReversed ? place.count : name.count
            let second = isReversed ? name.count : place.count
            return RelationExample(
                text: text, first: 0..<first, second: (text.count - second)..<text.count,
                relation: isReversed ? "Home(e2,e1)" : "Home(e1,e2)", line: index + 1)
        }
    }

    /// Settings for a few quick epochs.
    static func settings(in folder: String, epochs: Int = 12) -> LabeledSettings {
        let training = TrainingSettings(
            epochs: epochs, schedule: LearningRateSchedule(kind: .constant, learningRate: 0.01), clip: 1, precision: .float32)
        var settings = LabeledSettings(data: ["\(folder)/train.jsonl"], output: "\(folder)/run", training: training)
        settings.words.wordWidth = 12
        settings.words.hiddenSize = 10
        settings.words.characterWidth = 6
        settings.words.characterFeatureWidth = 8
        settings.words.heads = 2
        settings.words.dropout = 0.1
        settings.batch = 8
        settings.warmup = 0
        return settings
    }

    /// The same for the tiny encoder.
    static func tuning(in folder: String, epochs: Int = 12) -> LabeledSettings {
        var settings = settings(in: folder, epochs: epochs)
        settings.encoder = .folder(encoder)
        settings.training.schedule.learningRate = 0.003
        settings.dropout = 0
        settings.maximumLength = 32
        return settings
    }

    static func write(_ training: [some JSONExample], _ validation: [some JSONExample], in folder: String) throws {
        try ExampleWriter.write(training, to: "\(folder)/train.jsonl")
        try ExampleWriter.write(validation, to: "\(folder)/dev.jsonl")
    }
}
