import SequiturLayers
import SequiturTensors
import SequiturTestSupport

/// Fixtures of operations on whole sets of gradients.
enum GradientOperations {
    static let all: [String: ParityOperations.Operation] = ["clip_by_global_norm": clip]

    private static func clip(_ arguments: FixtureArguments) throws -> [String: Tensor] {
        let named = arguments.named.map { ($0.key, Parameter($0.value.detached)) }
        let list = ParameterList(named.map { ($0.0, $0.1) })
        let gradients = Gradients(zeros: list).map { parameter, _ in parameter.value }
        let clipped = gradients.clipped(toNorm: Double(try arguments.number("maximum_norm")))
        var outputs = Dictionary(
            uniqueKeysWithValues: named.compactMap { name, parameter in clipped[parameter].map { (name, $0) } })
        outputs["norm"] = Tensor(Float(gradients.norm))
        return outputs
    }
}
