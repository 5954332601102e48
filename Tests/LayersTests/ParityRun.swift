import SequiturLayers
import SequiturTensors
import SequiturTestSupport

/// One fixture of an operation or a layer, computed.
///
/// Floating-point inputs are parameters like the layer's own, so that one tape gives all gradients. A fixture without
/// parameters is computed a second time with its inputs watched, which is the other way to ask for gradients.
struct ParityRun {
    private let fixture: Fixture
    private let layer: ParityLayer
    private let inputs: [String: Tensor]
    private let settings: FixtureArguments?

    init(_ fixture: Fixture) throws {
        self.fixture = fixture
        inputs = fixture.tensors(under: "input")
        switch fixture.kind {
        case .operation:
            guard let operation = ParityOperations.all[fixture.subject] ?? GradientOperations.all[fixture.subject] else {
                throw FixtureError("\(fixture.path): operation \(fixture.subject) is unknown")
            }
            layer = ParityLayer(parameters: [], forward: operation)
            settings = nil
        case .layer:
            guard let maker = ParityLayers.all[fixture.subject] else {
                throw FixtureError("\(fixture.path): layer \(fixture.subject) is unknown")
            }
            let arguments = FixtureArguments(path: fixture.path, settings: fixture.settings, tensors: [:])
            layer = try maker(arguments)
            settings = arguments
        case .optimizer, .run: throw FixtureError("\(fixture.path): no operation and no layer")
        }
        try requireKnownTensors()
        try assignParameters()
    }

    /// What was computed beside what is expected, under the names of the fixture.
    func results() throws -> [(name: String, actual: Tensor, expected: Tensor)] {
        let upstream = fixture.tensors(under: "upstream"), expected = fixture.tensors(under: "output")
        let leaves = inputs.filter { $0.value.dtype.isFloatingPoint }.sorted { $0.key < $1.key }
        let asParameters = leaves.map { ("input.\($0.key)", Parameter($0.value)) }
        let list = ParameterList(layer.parameters.map { ("parameter.\($0.name)", $0.parameter) } + asParameters)
        var outputs: [String: Tensor] = [:]
        let (_, gradients) = try valueWithGradients(of: list) {
            let present = Dictionary(uniqueKeysWithValues: asParameters.map { ($0.0, $0.1()) })
            outputs = try forward(present)
            return try Self.weighted(outputs, by: upstream)
        }
        var results = try Self.pairs(outputs.mapValues(\.detached), expected, under: "output", of: fixture)
        let found = list.entries.map { ($0.name, gradients[$0.parameter]) }
        results += try gradientPairs(
            Dictionary(uniqueKeysWithValues: found.compactMap { entry in entry.1.map { (entry.0, $0) } }))
        if layer.parameters.isEmpty {
            let watched = try valueWithGradients(of: leaves.map(\.value)) { values in
                try Self.weighted(
                    try forward(Dictionary(uniqueKeysWithValues: zip(leaves.map { "input.\($0.key)" }, values))), by: upstream)
            }
            results += try gradientPairs(
                Dictionary(uniqueKeysWithValues: zip(leaves.map { "input.\($0.key)" }, watched.gradients)))
        }
        return results
    }

    /// One pass; every setting and every input must have been read.
    private func forward(_ leaves: [String: Tensor]) throws -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for (name, value) in inputs { tensors["input.\(name)"] = leaves["input.\(name)"] ?? value }
        let arguments = FixtureArguments(path: fixture.path, settings: settings == nil ? fixture.settings : [:], tensors: tensors)
        let outputs = try layer.forward(arguments)
        try arguments.requireAllRead()
        try settings?.requireAllRead()
        return outputs
    }

    /// Σ upstream · output, over the outputs that have an upstream gradient.
    private static func weighted(_ outputs: [String: Tensor], by upstream: [String: Tensor]) throws -> Tensor {
        var total = Tensor(0)
        for (name, weight) in upstream.sorted(by: { $0.key < $1.key }) {
            guard let output = outputs[name] else { throw FixtureError("upstream.\(name) belongs to no output") }
            total = total + (output.cast(to: .float32) * weight).sum()
        }
        return total
    }

    private func gradientPairs(_ gradients: [String: Tensor]) throws -> [(name: String, actual: Tensor, expected: Tensor)] {
        try fixture.tensors(under: "gradient").map { name, expected in
            guard let actual = gradients[name] else { throw FixtureError("\(fixture.path): gradient.\(name) belongs to nothing") }
            return ("gradient.\(name)", actual, expected)
        }
    }

    private static func pairs(
        _ actual: [String: Tensor], _ expected: [String: Tensor], under prefix: String, of fixture: Fixture
    ) throws -> [(name: String, actual: Tensor, expected: Tensor)] {
        guard Set(expected.keys).isSubset(of: actual.keys) else {
            throw FixtureError("\(fixture.path): \(prefix)s \(expected.keys.sorted()), but there are \(actual.keys.sorted())")
        }
        return actual.compactMap { name, value in expected[name].map { ("\(prefix).\(name)", value, $0) } }
    }

    private func requireKnownTensors() throws {
        let kinds = ["input.", "output.", "upstream.", "gradient.input.", "gradient.parameter.", "parameter."]
        for name in fixture.tensors.keys where !kinds.contains(where: name.hasPrefix) {
            throw FixtureError("\(fixture.path): tensor \(name) is of no known kind")
        }
    }

    private func assignParameters() throws {
        let values = fixture.tensors(under: "parameter"), names = layer.parameters.map(\.name)
        guard Set(values.keys) == Set(names) else {
            throw FixtureError("\(fixture.path): parameters \(values.keys.sorted()), but the layer has \(names.sorted())")
        }
        for (name, parameter) in layer.parameters {
            guard let value = values[name], value.shape == parameter.shape else {
                throw FixtureError("\(fixture.path): parameter.\(name) does not have the layer's shape \(parameter.shape)")
            }
            parameter.assign(value)
        }
    }
}
