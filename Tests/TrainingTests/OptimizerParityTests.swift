import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import SequiturTraining
import Testing

/// Every fixture of an optimiser: the parameters after each of its steps, and the average where there is one.
@Suite struct OptimizerParityTests {
    static let fixtures = try? Fixture.paths().filter { try Fixture(path: $0).kind == .optimizer }

    @Test func fixturesAreThere() throws {
        #expect(try #require(Self.fixtures).count >= 13)
    }

    @Test(arguments: fixtures ?? []) func agreesWithTheReference(path: String) throws {
        let fixture = try Fixture(path: path)
        let problems = try Engine.run { try OptimizerRun(fixture).problems() }
        #expect(problems == [])
    }

    /// A wrong rate must not pass.
    @Test(arguments: fixtures ?? []) func findsAWrongRate(path: String) throws {
        let fixture = try Fixture(path: path)
        var settings = fixture.settings
        settings["learning_rate"] = "0.01234"
        let wrong = Fixture(
            path: path, kind: .optimizer, subject: fixture.subject, settings: settings, tensors: fixture.tensors,
            toleranceFloat32: fixture.toleranceFloat32)
        #expect(try Engine.run { try OptimizerRun(wrong).problems() } != [])
    }

    /// Every kind that can be chosen is proven by at least one fixture.
    @Test(arguments: OptimizerKind.allCases) func everyKindHasAFixture(kind: OptimizerKind) throws {
        #expect(try #require(Self.fixtures).contains { try Fixture(path: $0).subject == kind.rawValue })
    }
}

/// One fixture of an optimiser, computed.
private struct OptimizerRun {
    private let fixture: Fixture
    private let parameters: ParameterList
    private let steps: Int
    private let learningRate: Float
    private let optimizer: any Optimizer
    private let average: WeightAverage?
    /// After how many steps the arithmetic average begins.
    private let averageStart: Int?

    init(_ fixture: Fixture) throws {
        self.fixture = fixture
        let arguments = FixtureArguments(path: fixture.path, settings: fixture.settings, tensors: [:])
        guard let kind = OptimizerKind(rawValue: fixture.subject) else {
            throw FixtureError("\(fixture.path): optimizer \(fixture.subject) is unknown")
        }
        let withoutDecay = Set(arguments.optionalText("without_decay")?.split(separator: ",").map(String.init) ?? [])
        parameters = ParameterList(
            fixture.tensors(under: "parameter").sorted { $0.key < $1.key }
                .map { ($0.key, Parameter($0.value, isDecayed: !withoutDecay.contains($0.key))) })
        steps = try arguments.integer("steps")
        learningRate = try arguments.number("learning_rate")
        var settings = OptimizerSettings(kind: kind, weightDecay: try arguments.optionalNumber("weight_decay") ?? 0)
        switch kind {
        case .sgd: settings.momentum = try arguments.optionalNumber("momentum") ?? 0
        case .adam, .adamw:
            settings.beta1 = try arguments.number("beta1")
            settings.beta2 = try arguments.number("beta2")
            settings.epsilon = try arguments.number("epsilon")
        }
        optimizer = settings.optimizer(for: parameters)
        switch arguments.optionalText("averaging") {
        case nil: (average, averageStart) = (nil, nil)
        case "exponential":
            let decay = Double(try arguments.number("average_decay").description) ?? 0
            average = WeightAverage(of: parameters, settings: AveragingSettings(kind: .exponential, decay: decay))
            averageStart = nil
        case "arithmetic":
            average = WeightAverage(of: parameters, settings: AveragingSettings(kind: .triggered, window: 1))
            averageStart = try arguments.integer("average_start")
        case let other?: throw FixtureError("\(fixture.path): averaging \(other) is unknown")
        }
        try arguments.requireAllRead()
    }

    func problems() throws -> [String] {
        var problems: [String] = [], compared = 0
        for step in 1...steps {
            if step - 1 == averageStart { for metric in [1.0, 1, 2] { average?.observe(metric) } }
            let given = fixture.tensors(under: "step.\(step).gradient")
            // Read at half of its value, as a sum over two targets would be.
            let doubled = Gradients(zeros: parameters).map { parameter, zero in
                parameters.entries.first { $0.parameter === parameter }.flatMap { given[$0.name] }.map { $0 + $0 } ?? zero
            }
            optimizer.step(doubled, scale: 0.5, learningRate: learningRate)
            average?.update()
            compare("step.\(step).result", &problems, &compared)
            average?.whileSwappedIn { compare("step.\(step).average", &problems, &compared) }
        }
        let expected = fixture.tensors.keys.filter { $0.contains(".result.") || $0.contains(".average.") }.count
        if compared != expected { problems.append("\(compared) tensors compared, \(expected) in the file") }
        return problems
    }

    private func compare(_ prefix: String, _ problems: inout [String], _ compared: inout Int) {
        for (name, expected) in fixture.tensors(under: prefix) {
            compared += 1
            guard let parameter = parameters[name] else {
                problems.append("parameter \(name) is unknown")
                continue
            }
            if let problem = mismatch(parameter.value, expected, tolerance: fixture.toleranceFloat32) {
                problems.append("\(prefix).\(name): \(problem)")
            }
        }
    }
}
