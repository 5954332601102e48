import SequiturDatasets
import SequiturLayers
import SequiturModels
import SequiturTasks
import SequiturTensors
import SequiturTraining
import Testing

/// What classes weigh, which layers learn, and how fast.
@Suite(.serialized) struct LearningSettingsTests {
    private typealias Data = UnderstandingData

    /// Of four equal texts one is poor: weights say which answer costs less.
    @Test(arguments: [WordContext.bag, .gru]) func classesWeighWhatIsSaid(context: WordContext) throws {
        try withTemporaryFolder { folder in
            let examples = (0..<64).map { LabeledText(text: "the film", labels: [$0 % 4 == 0 ? "poor" : "good"], line: $0 + 1) }
            try Data.write(examples, examples, in: folder)
            func poor(_ weights: ClassWeights, _ encoder: LabeledSettings.Encoder) throws -> Float {
                var settings = Data.settings(in: folder, epochs: 20)
                (settings.encoder, settings.classWeights, settings.overwrite) = (encoder, weights, true)
                let model = try LabeledTraining<TextClassifier>(settings).train().model
                return try withContext(precision: .float32) { try model.answers(to: ["the film"])[0].probabilities[1] }
            }
            let cases: [(weights: ClassWeights, share: Float)] = [(.even, 0.25), (.balanced, 0.5), (.named(["poor": 9]), 0.75)]
            for (weights, expected) in cases {
                let found = try poor(weights, .words(context))
                #expect(abs(found - expected) < 0.08, "\(weights): \(found)")
            }
            #expect(try poor(.named(["poor": 9]), .baseline(.logisticRegression)) > 0.7)
            #expect(throws: ConfigurationError.self) { try poor(.named(["bad": 9]), .words(context)) }
            #expect(throws: ConfigurationError.self) { try poor(.named(["poor": 9]), .baseline(.naiveBayes)) }
        }
    }

    @Test func tagsWeighWhatIsSaid() throws {
        try withTemporaryFolder { folder in
            try Data.write(Data.tagged(24), Data.tagged(12), in: folder)
            func train(_ weights: ClassWeights, hasField: Bool) throws -> [Float] {
                var settings = Data.settings(in: folder, epochs: 1)
                (settings.classWeights, settings.task.hasField, settings.overwrite) = (weights, hasField, true)
                let model = try LabeledTraining<Tagger>(settings).train().model
                return try withContext(precision: .float32) { try model.answers(to: Data.tagged(2)).flatMap(\.probabilities) }
            }
            let even = try train(.even, hasField: false), byTag = try train(.named(["B-PER": 3]), hasField: false)
            #expect(try even != byTag && train(.named(["PER": 3]), hasField: false) == byTag, "PER is all of its tags")
            #expect(throws: ConfigurationError.self) { try train(.named(["ORG": 3]), hasField: false) }
            #expect(throws: ConfigurationError.self) { try train(.balanced, hasField: true) }
        }
    }

    @Test func layersAreFrozenAndLearnMoreSlowly() throws {
        try withTemporaryFolder { folder in
            try Data.write(Data.classified(16), Data.classified(8), in: folder)
            func changes(_ change: (inout TuningSettings) -> Void, epochs: Int = 1) throws -> [String: Float] {
                var settings = Data.tuning(in: folder, epochs: epochs)
                settings.overwrite = true
                settings.task.pooling = .mean
                settings.training.optimizer.kind = .sgd
                settings.training.clip = nil
                change(&settings.tuning)
                let model = try LabeledTraining<TextClassifier>(settings).train().model
                let before = try PretrainedModel(folder: Data.encoder)
                let old = Dictionary(
                    uniqueKeysWithValues: before.body.parameters().entries.map { ($0.name, $0.parameter.value.floats()) })
                var found: [String: Float] = [:]
                for entry in model.module.parameters().entries where entry.name.hasPrefix("encoder.pretrained.body.") {
                    let name = String(entry.name.dropFirst("encoder.pretrained.body.".count))
                    guard let values = old[name] else { continue }
                    found[name] = zip(values, entry.parameter.value.floats()).map { abs($0 - $1) }.max()
                }
                return found
            }
            let free = try changes { _ in }
            #expect(free["words.weight"] ?? 0 > 0 && free.contains { $0.key.contains("layers.0") && $0.value > 0 })
            let frozen = try changes { $0.frozen = ["embeddings", "layers.1"] }
            #expect(frozen["words.weight"] == 0 && frozen.filter { $0.key.contains("layers.0") }.allSatisfy { $0.value == 0 })
            #expect(frozen.contains { $0.key.contains("layers.1") && $0.value > 0 })
            let gradual = try changes { $0.unfreezesGradually = true }
            #expect(gradual.filter { $0.key.contains("layers") || $0.key == "words.weight" }.allSatisfy { $0.value == 0 })
            let slow = try changes { $0.layerDecay = 0.1 }
            #expect((slow["words.weight"] ?? 1) < 0.2 * (free["words.weight"] ?? 0))
            #expect(throws: ConfigurationError.self) { try changes { $0.frozen = ["nothing.*"] } }
        }
    }

    /// Both directions of a recurrent layer are that layer; how words are spelt lies below all of them.
    @Test func wordsAreFrozenWithoutTheirLayers() throws {
        try withTemporaryFolder { folder in
            try Data.write(Data.tagged(12), Data.tagged(4), in: folder)
            func frozen(_ pattern: String) throws -> [String] {
                var settings = Data.settings(in: folder, epochs: 1)
                (settings.encoder, settings.words.characters, settings.words.layers) = (.words(.lstm), .lstm, 2)
                (settings.tuning.frozen, settings.overwrite) = ([pattern], true)
                let entries = try LabeledTraining<Tagger>(settings).train().model.module.parameters().entries
                return entries.filter { !$0.parameter.isTrainable }.map(\.name)
            }
            let below = try frozen("embeddings"), first = try frozen("layers.1")
            #expect(below.contains("encoder.words.words.weight") && below.contains { $0.contains(".spelling.recurrent.") })
            #expect(!below.contains { $0.hasPrefix("encoder.words.recurrent.") }, "\(below)")
            #expect(first.contains { $0.contains("recurrent.layers.0.") } && first.contains { $0.contains("reverseLayers.0.") })
            #expect(first.allSatisfy { $0.hasPrefix("encoder.words.recurrent.") && $0.contains("ayers.0.") }, "\(first)")
        }
    }
}
