import Foundation
import SequiturTensors

extension OperationTable {
    /// None, one, odd, ragged, empty, and enough for two threads.
    private static let shapes: [[Int]] = [[], [0], [1], [7], [3, 5], [2, 0, 3], [33, 17], [40_003]]

    private mutating func add(
        _ name: String, _ inputs: OperationCase.Inputs, run: @escaping @Sendable (Tensor) -> Tensor,
        exact: @escaping @Sendable (Double) -> Double
    ) {
        for shape in OperationTable.shapes {
            add(name, [shape], inputs, run: { run($0[0]) }, reference: { $0[0].map(exact) })
        }
    }

    mutating func addElementwise() {
        add("negated", .even(-2...2), run: { -$0 }, exact: { -$0 })
        add("absolute", .nonzero, run: { $0.absolute() }, exact: { abs($0) })
        add("squared", .even(-2...2), run: { $0.squared() }, exact: { $0 * $0 })
        add("squareRoot", .even(0.2...4), run: { $0.squareRoot() }, exact: { $0.squareRoot() })
        add("reciprocalSquareRoot", .even(0.3...4), run: { $0.reciprocalSquareRoot() }, exact: { 1 / $0.squareRoot() })
        add("reciprocal", .even(0.3...3), run: { $0.reciprocal() }, exact: { 1 / $0 })
        add("exponential", .even(-3...3), run: { $0.exponential() }, exact: { exp($0) })
        add("logarithm", .even(0.2...5), run: { $0.logarithm() }, exact: { log($0) })
        add("sine", .even(-7...7), run: { $0.sine() }, exact: { sin($0) })
        add("cosine", .even(-7...7), run: { $0.cosine() }, exact: { cos($0) })
        add("hyperbolicTangent", .even(-3...3), run: { $0.hyperbolicTangent() }, exact: { tanh($0) })
        add("sigmoid", .even(-5...5), run: { $0.sigmoid() }, exact: { 1 / (1 + exp(-$0)) })
        add("relu", .nonzero, run: { $0.relu() }, exact: { max(0, $0) })
        add("silu", .even(-5...5), run: { $0.silu() }, exact: { $0 / (1 + exp(-$0)) })
        add("gelu", .even(-4...4), run: { $0.gelu() }, exact: { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) })
        add("geluTanh", .even(-4...4), run: { $0.geluTanh() }, exact: geluTanh)
        add("softplus", .even(-5...5), run: { $0.softplus() }, exact: { log1p(exp($0)) })
        add("errorFunction", .even(-3...3), run: { $0.errorFunction() }, exact: { erf($0) })
        add("clamped", .nonzero, run: { $0.clamped(-0.1, 0.1) }, exact: { min(0.1, max(-0.1, $0)) })
        add("clamped within", .nonzero, run: { $0.clamped(-9, 9) }, exact: { $0 })
        add("squared twice", .even(-2...2), run: { $0.squared().squared() }, exact: { $0 * $0 * $0 * $0 })
        add("times itself", .even(-2...2), run: { $0 * $0 }, exact: { $0 * $0 })
        add("with literals", .even(-2...2), run: { 2 * $0 - 1.5 }, exact: { 2 * $0 - 1.5 })
    }
}

@Sendable private func geluTanh(_ x: Double) -> Double {
    let inner = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
    return x / 2 * (1 + tanh(inner))
}
