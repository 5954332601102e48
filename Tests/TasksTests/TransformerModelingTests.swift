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

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Transformer language models from text to text: train, save, load, evaluate, generate.
@Suite(.serialized) struct TransformerModelingTests {
    @Test(arguments: PositionKind.allCases) func aSmallModelLearnsSavesLoadsAndWrites(_ positions: PositionKind) throws {
        try withFolder { folder in
            var settings = try settings(in: folder)
            settings.transformer.positions = positions
            let result = try LanguageModeling(settings).train()
            #expect(result.outcome?.reason == .completed)
            let loaded = try TrainedLanguageModel(folder: "\(folder)/run")
            #expect(loaded.architecture == .transformer && result.parameterCount == parameterCount(loaded))
            let one = try loaded.evaluate(["\(folder)/text.txt"]), four = try loaded.evaluate(["\(folder)/text.txt"], rowCount: 4)
            #expect(one.score.count == 3999 && one.perplexity < 1.3 && one.score == four.score)
            var greedy = GenerationSettings()
            greedy.greedy = true
            greedy.maximumTokens = 30  // beyond the block of 16
            #expect(try loaded.generate("abcdef", settings: greedy).text == "ghi\nabcdefghi\nabcdefghi\nabcdef")
        }
    }

    private func parameterCount(_ model: TrainedLanguageModel) -> Int {
        guard case .transformer(let model) = model.model else { return 0 }
        #expect(model.configuration.parameterCount == model.parameters().count)
        return model.parameters().count
    }

    @Test func anInterruptedRunGoesOnAsIfNothingHadBeen() throws {
        try withFolder { folder in
            var settings = try settings(in: folder)
            settings.network.dropout = 0.2
            settings.training.maximumSteps = 40  // more than an epoch
            settings.training.validateEvery = 5
            let whole = Losses(), parts = Losses()
            _ = try LanguageModeling(settings).train(observer: whole)
            settings.output = "\(folder)/parts"
            let first = try LanguageModeling(settings).train(observer: parts) { parts.values.count == 29 }
            #expect(first.outcome?.reason == .interrupted)
            settings.resume = true
            _ = try LanguageModeling(settings).train(observer: parts)
            #expect(parts.values == whole.values)
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
            #expect(try #require(LanguageModeling(settings).train().validation).perplexity < 1.3)
            settings.output = "\(folder)/longer"
            settings.transformer.block = 32
            #expect(throws: ConfigurationError.self) { try LanguageModeling(settings).train() }
            settings.architecture = .lstm
            #expect(throws: ConfigurationError.self) { try LanguageModeling(settings).train() }
        }
    }

    // MARK: The model

    private func model(_ change: (inout TransformerConfiguration) -> Void = { _ in }) throws -> TransformerLanguageModel {
        var shape = TransformerConfiguration(vocabularySize: 11, width: 16, layers: 2, heads: 4, block: 12)
        change(&shape)
        let model = try TransformerLanguageModel(shape, random: RandomStream(seed: 3))
        for entry in model.parameters().entries where entry.parameter.shape.count == 2 {
            entry.parameter.assign(entry.parameter.value * 8)  // far from even
        }
        return model
    }

    private func tokens(_ steps: Int, _ rows: Int) -> Tensor {
        Tensor((0..<(steps * rows)).map { Int32(($0 * $0 + 3 * $0) % 11) }, shape: [steps, rows])
    }

    /// A text read in pieces, or as vectors, gives what it gives when it is read at once.
    @Test(arguments: PositionKind.allCases) func piecesGiveWhatTheWholeGives(_ positions: PositionKind) throws {
        let model = try model { ($0.positions, $0.tiesEmbeddings) = (positions, false) }
        Engine.run {
            let ids = tokens(12, 3), whole = model(.ids(ids), state: model.initialState(rows: 3))
            var state = model.initialState(rows: 3), parts: [Tensor] = []
            for (start, count) in [(0, 1), (1, 4), (5, 1), (6, 6)] {
                let (hidden, after) = model(.ids(ids[start..<(start + count)]), state: state)
                parts.append(hidden)
                state = after
            }
            #expect(distance(.concatenated(parts), whole.hidden) <= 1e-5)
            let vectors = model(.embeddings(model.embedding(ids)), state: model.initialState(rows: 3)).hidden
            #expect(distance(vectors, whole.hidden) <= 1e-6)
            let loss = model.loss(
                inputs: ids[0..<11], targets: ids[1..<12], state: model.initialState(rows: 3), regularization: .none)
            let logits = model.logits(whole.hidden[0..<11].reshaped([-1, 16]))
            let direct = logits.crossEntropy(ids[1..<12].reshaped([-1])).sum
            #expect(distance(loss.loss.sum, direct) <= 1e-5)
        }
    }

    /// Beyond the limit the model sees the end of the text as if nothing had stood before it.
    @Test func aLongTextIsReadFromWhatIsStillSeen() throws {
        let model = try model()
        Engine.run {
            let ids = tokens(50, 2)
            var state = model.initialState(rows: 2), last = Tensor(0)
            for step in 0..<50 { (last, state) = model(.ids(ids[step..<(step + 1)]), state: state) }
            // 12 positions: after those, 6 are kept, so that of the fiftieth token it sees 6 + (50 − 12) mod 6 of 6 … 12.
            #expect(state.lengths == [8, 8])
            let seen = model(.ids(ids[42..<50]), state: model.initialState(rows: 2)).hidden
            #expect(distance(last, seen[7..<8]) <= 1e-5)
            let atOnce = model(.ids(ids), state: model.initialState(rows: 2))
            #expect(atOnce.hidden.shape == [50, 2, 16] && distance(atOnce.hidden[49..<50], last) <= 1e-5)
        }
    }

    @Test func whatNoModelCanBeMadeOfIsRefused() throws {
        let changes: [(inout TransformerConfiguration) -> Void] = [
            { $0.heads = 3 }, { $0.keyHeads = 3 }, { $0.width = 0 }, { $0.layers = 0 }, { $0.block = 0 }, { $0.heads = 0 },
            { $0.vocabularySize = 1 }, { ($0.heads, $0.positions) = (16, .rotary) }, { $0.dropout = 1 },
            { $0.attentionDropout = -0.1 }, { $0.feedForwardWidth = 0 }, { $0.epsilon = -1 }, { $0.rotaryBase = 0 },
        ]
        for change in changes {
            do {
                _ = try model(change)
                Issue.record("a configuration that no model can be made of was taken")
            } catch {
                #expect(error is ConfigurationError && !"\(error)".contains("\n"))
            }
        }
        let odd = try model { ($0.width, $0.heads, $0.keyHeads, $0.feedForwardWidth) = (15, 5, 5, 7) }
        let activated = try model { ($0.activation, $0.normalization, $0.hasBias) = (.swiglu, .rootMeanSquare, false) }
        for made in [odd, activated] { #expect(made.configuration.parameterCount == made.parameters().count) }
    }

    @Test func everyMalformedConfigurationIsAnErrorOfOneLine() throws {
        let good = try model().configuration.json
        #expect(try TransformerConfiguration(json: good) == model().configuration)
        let members = try #require(good.members)
        for member in members where member.key != "model_type" {
            let others = members.filter { $0.key != member.key }
            for bad in [JSONValue.null, "nonsense", -1, [], 1e300] {
                if member.key == "rope_theta" || member.key == "norm_eps", bad == 1e300 { continue }
                let changed = JSONValue.object(others + [.init(key: member.key, value: bad)])
                #expect(throws: ConfigurationError.self, "\(member.key) \(bad)") { try TransformerConfiguration(json: changed) }
            }
            #expect(throws: ConfigurationError.self) { try TransformerConfiguration(json: .object(others)) }
        }
    }

    // MARK: Parts

    private func settings(in folder: String) throws -> LanguageModelingSettings {
        try AtomicFile.write(String(repeating: "abcdefghi\n", count: 400), to: "\(folder)/text.txt")
        var settings = LanguageModelingSettings(data: ["\(folder)/text.txt"], output: "\(folder)/run")
        settings.architecture = .transformer
        settings.network.width = 32
        settings.network.layers = 2
        settings.transformer.block = 16
        settings.batch = 8
        settings.training.epochs = nil
        settings.training.maximumSteps = 150
        settings.training.schedule.learningRate = 0.01
        return settings
    }

    /// The greatest difference over the greatest value expected.
    private func distance(_ a: Tensor, _ b: Tensor) -> Float {
        let pairs = zip(a.floats(), b.floats())
        return a.shape == b.shape
            ? pairs.reduce(0) { max($0, abs($1.0 - $1.1)) } / max(1e-9, b.floats().reduce(0) { max($0, abs($1)) }) : .infinity
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/sequitur-transformer-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { removeFolder(path) }
        try body(path)
    }

    private final class Losses: TrainingObserver {
        var values: [Double] = []
        func stepMade(_ report: StepReport) { values.append(report.loss) }
    }
}
