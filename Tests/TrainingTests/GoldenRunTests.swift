import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTestSupport
import SequiturTraining
import Testing

/// Ten training steps of a two-layer LSTM language model, beside PyTorch's: every loss, gradient, norm and state, and the
/// parameters at the end.
@Suite struct GoldenRunTests {
    static let fixtures = try? Fixture.paths().filter {
        let fixture = try Fixture(path: $0)
        return fixture.kind == .run && fixture.subject != GoldenTransformerTests.subject
    }

    @Test func fixturesAreThere() throws {
        #expect(try #require(Self.fixtures).count >= 2)
    }

    @Test(arguments: fixtures ?? []) func agreesWithTheReference(path: String) throws {
        let fixture = try Fixture(path: path)
        let run = try GoldenRun(fixture)
        #expect(try run.problems(in: .float32) == [])
    }

    @Test(arguments: fixtures ?? []) func lossesAgreeWithBFloat16Products(path: String) throws {
        let fixture = try Fixture(path: path)
        try #require(fixture.toleranceBFloat16 != nil)
        #expect(try GoldenRun(fixture).problems(in: .bfloat16) == [])
    }
}

private final class GoldenRun: TrainingTask {
    private let fixture: Fixture
    private let model: RecurrentLanguageModel
    private let steps: Int
    private let learningRate: Double
    private let maximumNorm: Double
    private let gradientTolerance: Double
    private var state: RecurrentState
    private var next = 1
    let parameters: ParameterList

    init(_ fixture: Fixture) throws {
        self.fixture = fixture
        let arguments = FixtureArguments(path: fixture.path, settings: fixture.settings, tensors: [:])
        guard fixture.subject == "language_model" else {
            throw FixtureError("\(fixture.path): run \(fixture.subject) is unknown")
        }
        let width = try arguments.integer("width"), batch = try arguments.integer("batch")
        try arguments.require("dropout", "0.0")
        let configuration = RecurrentConfiguration(
            vocabularySize: try arguments.integer("vocabulary"), embeddingSize: width, hiddenSize: width,
            layers: try arguments.integer("layers"), tiesEmbeddings: try arguments.truth("tied"))
        let model = try RecurrentLanguageModel(configuration, random: RandomStream(seed: 1))
        steps = try arguments.integer("steps")
        learningRate = Double(try arguments.number("learning_rate"))
        maximumNorm = Double(try arguments.text("maximum_norm")) ?? .nan
        gradientTolerance = Double(try arguments.text("tolerance_gradient_float32")) ?? .nan
        _ = try arguments.integer("time")
        try arguments.requireAllRead()
        self.model = model
        parameters = model.parameters()
        state = model.initialState(rows: batch)
        let given = fixture.tensors(under: "parameter")
        guard given.count == parameters.entries.count else {
            throw FixtureError("\(fixture.path): \(given.count) parameters, \(parameters.entries.count) expected")
        }
        for entry in parameters.entries {
            let name = Self.name(inPyTorch: entry.name)
            guard let value = given[name] else { throw FixtureError("\(fixture.path): parameter.\(name) is missing") }
            entry.parameter.assign(value)
        }
    }

    func problems(in precision: Precision) throws -> [String] {
        let isExact = precision == .float32
        let tolerance = isExact ? fixture.toleranceFloat32 : fixture.toleranceBFloat16 ?? .nan
        let step = TrainingStep(
            self, optimizer: SGD(parameters), clip: maximumNorm, precision: precision, random: RandomStream(seed: 1))
        var problems: [String] = []
        func compare(_ name: String, _ actual: Tensor, _ tolerance: Double) {
            guard let expected = fixture.tensors[name] else { return problems.append("\(name) is missing") }
            if let problem = mismatch(actual, expected, tolerance: tolerance) { problems.append("\(name): \(problem)") }
        }
        for number in 1...steps {
            if isExact {
                for (name, gradient) in try gradients(ofStep: number) {
                    compare("step.\(number).gradient.\(name)", gradient, gradientTolerance)
                }
            }
            guard let result = try step(number: number, learningRate: learningRate) else {
                return problems + ["the run ended early"]
            }
            compare("step.\(number).output.loss", Tensor(Float(result.loss)), tolerance)
            guard isExact else { continue }
            compare("step.\(number).output.norm", Tensor(Float(result.gradientNorm)), gradientTolerance)
            compare("step.\(number).output.h_n", .stacked(state.layers.map(\.hidden)), gradientTolerance)
            compare("step.\(number).output.c_n", .stacked(state.layers.compactMap(\.cell)), gradientTolerance)
        }
        if isExact {
            for entry in parameters.entries {
                compare("result.\(Self.name(inPyTorch: entry.name))", entry.parameter.value, gradientTolerance)
            }
        }
        return problems
    }

    /// The gradients of the mean loss, before clipping, under PyTorch's names.
    private func gradients(ofStep number: Int) throws -> [(String, Tensor)] {
        try Engine.run {
            let before = state
            defer { state = before }
            var count = 0
            let (_, gradients) = try withContext(.training, precision: .float32) {
                try valueWithGradients(of: parameters) {
                    let loss = try loss(ofStep: number)
                    count = loss.loss.count
                    return loss.objective
                }
            }
            return parameters.entries.compactMap { entry in
                gradients[entry.parameter].map { (Self.name(inPyTorch: entry.name), $0 * Tensor(1 / Float(count))) }
            }
        }
    }

    private func loss(ofStep number: Int) throws -> MicroBatchLoss {
        guard let tokens = fixture.tensors["step.\(number).input.tokens"],
            let targets = fixture.tensors["step.\(number).input.targets"]
        else { throw FixtureError("\(fixture.path): step \(number) has no input") }
        let found = model.loss(inputs: tokens, targets: targets, state: state, regularization: .none)
        state = found.state.detached
        return MicroBatchLoss(objective: found.objective, loss: found.loss)
    }

    /// `recurrent.layers.1.inputWeight` is PyTorch's `rnn.weight_ih_l1`.
    private static func name(inPyTorch name: String) -> String {
        let parts = name.split(separator: ".").map(String.init)
        switch (parts.first, parts.last) {
        case ("embedding", _): return "encoder.weight"
        case ("output", let kind?): return "decoder.\(kind)"
        case (_, "inputWeight"): return "rnn.weight_ih_l\(parts[2])"
        case (_, "recurrentWeight"): return "rnn.weight_hh_l\(parts[2])"
        case (_, "inputBias"): return "rnn.bias_ih_l\(parts[2])"
        case (_, "recurrentBias"): return "rnn.bias_hh_l\(parts[2])"
        default: return name
        }
    }

    // MARK: TrainingTask

    func nextBatch() throws -> MicroBatch? {
        guard next <= steps else { return nil }
        let number = next
        next += 1
        return MicroBatch(exampleCount: 1) { [self] in try loss(ofStep: number) }
    }
    func startNextEpoch() { next = 1 }
    var epochProgress: Double { Double(next - 1) / Double(steps) }
    func validate() -> Validation? { nil }
    var position: JSONValue { .null }
    func restore(position: JSONValue, carriedState: NamedTensors) {}
}
