import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTestSupport
import SequiturTraining
import Testing

/// Ten training steps of a small GPT-2 beside PyTorch's: every loss, gradient and norm, and the parameters at the end.
@Suite struct GoldenTransformerTests {
    static let subject = "transformer_language_model"
    static let fixtures = try? Fixture.paths().filter { try Fixture(path: $0).subject == subject }

    @Test func fixturesAreThere() throws {
        #expect(try #require(Self.fixtures).count >= 2)
    }

    @Test(arguments: fixtures ?? [], [Precision.float32, .bfloat16])
    func agreesWithTheReference(path: String, precision: Precision) throws {
        #expect(try GoldenTransformer(Fixture(path: path)).problems(in: precision) == [])
    }
}

private final class GoldenTransformer: TrainingTask {
    private let fixture: Fixture
    private let model: TransformerLanguageModel
    private let steps: Int
    private let learningRate, maximumNorm, gradientTolerance: Double
    private var next = 1
    let parameters: ParameterList

    init(_ fixture: Fixture) throws {
        self.fixture = fixture
        let arguments = FixtureArguments(path: fixture.path, settings: fixture.settings, tensors: [:])
        try arguments.require("dropout", "0.0")
        model = try TransformerLanguageModel(
            TransformerConfiguration(
                vocabularySize: arguments.integer("vocabulary"), width: arguments.integer("width"),
                layers: arguments.integer("layers"), heads: arguments.integer("heads"), block: arguments.integer("block"),
                tiesEmbeddings: arguments.truth("tied")), random: RandomStream(seed: 1))
        steps = try arguments.integer("steps")
        learningRate = Double(try arguments.number("learning_rate"))
        maximumNorm = Double(try arguments.text("maximum_norm")) ?? .nan
        gradientTolerance = Double(try arguments.text("tolerance_gradient_float32")) ?? .nan
        _ = try arguments.integer("batch")
        try arguments.requireAllRead()
        parameters = model.parameters()
        let given = fixture.tensors(under: "parameter")
        guard Set(given.keys) == Set(parameters.entries.map { Self.name(inPyTorch: $0.name) }) else {
            throw FixtureError("\(fixture.path): parameters \(given.keys.sorted())")
        }
        for entry in parameters.entries {
            if let value = given[Self.name(inPyTorch: entry.name)] { entry.parameter.assign(value) }
        }
    }

    /// What differs; in bfloat16 the losses alone are compared.
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
            if isExact { compare("step.\(number).output.norm", Tensor(Float(result.gradientNorm)), gradientTolerance) }
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
        let state = model.initialState(rows: tokens.shape[1])
        let found = model.loss(inputs: tokens, targets: targets, state: state, regularization: .none)
        return MicroBatchLoss(objective: found.objective, loss: found.loss)
    }

    /// `transformer.layers.1.selfAttention.inputWeight` is nanoGPT's `transformer.h.1.attn.c_attn.weight`.
    private static func name(inPyTorch name: String) -> String {
        let spellings = [
            ("selfAttention.input", "attn.c_attn."), ("selfAttention.output", "attn.c_proj"),
            ("feedForward.expansion", "mlp.c_fc"),
            ("feedForward.contraction", "mlp.c_proj"), ("norm1", "ln_1"), ("norm2", "ln_2"),
            ("transformer.norm", "transformer.ln_f"),
            ("transformer.layers", "transformer.h"), ("gain", "weight"), ("Weight", "weight"), ("Bias", "bias"),
        ]
        switch name {
        case "embedding.weight": return "transformer.wte.weight"
        case "positions": return "transformer.wpe.weight"
        case "output.weight": return "lm_head.weight"
        default: return spellings.reduce(name) { $0.replacing($1.0, with: $1.1) }
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
