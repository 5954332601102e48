import SequiturTensors
import SequiturTestSupport

/// The operations that fixtures may name, as compositions of tensor operations.
enum ParityOperations {
    typealias Operation = @Sendable (_ arguments: FixtureArguments) throws -> [String: Tensor]

    static let all: [String: Operation] = [
        pairs, comparisons, elementwise, products, reductions, rows, selections, shapes, transformers,
    ]
    .reduce(into: [:]) { $0.merge($1) { _, _ in preconditionFailure("an operation has two rows") } }

    private static func pair(_ body: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Operation {
        { ["y": body(try $0["a"], try $0["b"])] }
    }

    private static func single(_ body: @escaping @Sendable (Tensor) -> Tensor) -> Operation {
        { ["y": body(try $0["x"])] }
    }

    private static let pairs: [String: Operation] = [
        "add": pair(+),
        "subtract": pair(-),
        "multiply": pair(*),
        "divide": pair(/),
        "maximum": pair { $0.maximum($1) },
        "minimum": pair { $0.minimum($1) },
        "power": { arguments in
            if let exponent = try arguments.optionalNumber("exponent") {
                return ["y": try arguments["x"].power(Tensor(exponent))]
            }
            return ["y": try arguments["a"].power(try arguments["b"])]
        },
    ]

    private static let comparisons: [String: Operation] = [
        "equal": pair { $0.isEqual(to: $1) },
        "not_equal": pair { $0.isNotEqual(to: $1) },
        "less": pair { $0.isLess(than: $1) },
        "less_or_equal": pair { $0.isLess(orEqualTo: $1) },
        "greater": pair { $0.isGreater(than: $1) },
        "greater_or_equal": pair { $0.isGreater(orEqualTo: $1) },
        "where": { ["y": Tensor.choose(try $0["mask"], try $0["a"], try $0["b"])] },
        "masked_fill": { ["y": try $0["x"].masked(try $0["mask"], value: try $0.number("value"))] },
    ]

    private static let elementwise: [String: Operation] = [
        "exp": single { $0.exponential() },
        "log": single { $0.logarithm() },
        "sqrt": single { $0.squareRoot() },
        "rsqrt": single { $0.reciprocalSquareRoot() },
        "reciprocal": single { $0.reciprocal() },
        "tanh": single { $0.hyperbolicTangent() },
        "sigmoid": single { $0.sigmoid() },
        "relu": single { $0.relu() },
        "silu": single { $0.silu() },
        "softplus": single { $0.softplus() },
        "erf": single { $0.errorFunction() },
        "abs": single { $0.absolute() },
        "neg": single { -$0 },
        "square": single { $0.squared() },
        "sin": single { $0.sine() },
        "cos": single { $0.cosine() },
        "gelu": { arguments in
            let approximation = try arguments.text("approximation"), x = try arguments["x"]
            switch approximation {
            case "exact": return ["y": x.gelu()]
            case "tanh": return ["y": x.geluTanh()]
            default: throw FixtureError("gelu: setting approximation is \(approximation); exact or tanh expected")
            }
        },
        "clamp": { arguments in
            let low = try arguments.optionalNumber("minimum"), high = try arguments.optionalNumber("maximum")
            return ["y": try arguments["x"].clamped(low ?? -.infinity, high ?? .infinity)]
        },
        "cast": { arguments in
            let name = try arguments.text("to")
            guard let type = DType.allCases.first(where: { $0.description == name }) else {
                throw FixtureError("cast: setting to is \(name); \(DType.allCases) are known")
            }
            return ["y": try arguments["x"].cast(to: type)]
        },
    ]

    private static let products: [String: Operation] = [
        "matrix_product": { arguments in
            let (a, b) = (try arguments["a"], try arguments["b"])
            return [
                "y": a.matrixProduct(
                    b, transposesSelf: try arguments.truth("transpose_a"), transposesOther: try arguments.truth("transpose_b"))
            ]
        }
    ]

    /// With an axis, which may stay; without one over everything.
    private static func reduction(
        whole: @escaping @Sendable (Tensor) -> Tensor, axis: @escaping @Sendable (Tensor, Int, Bool) -> Tensor
    ) -> Operation {
        { arguments in
            let x = try arguments["x"], keep = try arguments.optionalTruth("keep") ?? false
            return ["y": try arguments.optionalInteger("axis").map { axis(x, $0, keep) } ?? whole(x)]
        }
    }

    private static let reductions: [String: Operation] = [
        "sum": reduction(whole: { $0.sum() }, axis: { $0.sum(axes: [$1], keepsAxes: $2) }),
        "mean": reduction(whole: { $0.mean() }, axis: { $0.mean(axes: [$1], keepsAxes: $2) }),
        "variance": reduction(whole: { $0.variance() }, axis: { $0.variance(axes: [$1], keepsAxes: $2) }),
        "max": reduction(
            whole: { $0.reshaped([-1]).maximum(axis: 0) }, axis: { $0.maximum(axis: $1, keepsAxis: $2) }),
        "min": reduction(
            whole: { $0.reshaped([-1]).minimum(axis: 0) }, axis: { $0.minimum(axis: $1, keepsAxis: $2) }),
        "argmax": { arguments in
            let x = try arguments["x"], axis = try arguments.integer("axis")
            let y = x.argumentOfMaximum(axis: axis)
            guard try arguments.truth("keep") else { return ["y": y] }
            var shape = x.shape
            shape[axis < 0 ? axis + x.rank : axis] = 1
            return ["y": y.reshaped(shape)]
        },
    ]

    private static let rows: [String: Operation] = [
        "softmax": single { $0.softmax() },
        "log_softmax": single { $0.logSoftmax() },
        "log_sum_exp": single { $0.logSumExp() },
    ]

    private static let selections: [String: Operation] = [
        "gather": { ["y": try $0["x"].gathered(axis: try $0.integer("axis"), try $0["indices"])] },
        "scatter_add": {
            ["y": try $0["x"].scatterAdding(axis: try $0.integer("axis"), try $0["indices"], try $0["source"])]
        },
        "index_select": { arguments in
            // Rows of the table whose first axis is the chosen one.
            let x = try arguments["x"], axis = try arguments.integer("axis"), indices = try arguments["indices"]
            let place = axis < 0 ? axis + x.rank : axis
            var order = Array(x.shape.indices)
            order.swapAt(0, place)
            let turned = x.transposed(order)
            let table = turned.reshaped([turned.shape[0], turned.shape.dropFirst().reduce(1, *)])
            let chosen = table.rows(indices).reshaped([indices.count] + turned.shape.dropFirst())
            return ["y": chosen.transposed(order)]
        },
    ]

    private static let shapes: [String: Operation] = [
        "concatenate": { ["y": Tensor.concatenated($0.numbered, axis: try $0.integer("axis"))] },
        "stack": { ["y": Tensor.stacked($0.numbered, axis: try $0.integer("axis"))] },
        "split": { arguments in
            let parts = try arguments["x"].split(try arguments.integers("sizes"), axis: try arguments.integer("axis"))
            return Dictionary(uniqueKeysWithValues: parts.enumerated().map { ("\($0.offset)", $0.element) })
        },
        "transpose": { arguments in
            let x = try arguments["x"], axes = try arguments.integers("axes").map { $0 < 0 ? $0 + x.rank : $0 }
            guard axes.count == 2 else { throw FixtureError("transpose: two axes expected, \(axes) found") }
            var order = Array(x.shape.indices)
            order.swapAt(axes[0], axes[1])
            return ["y": x.transposed(order)]
        },
        "permute": { ["y": try $0["x"].transposed(try $0.integers("axes"))] },
        "slice": { ["y": try $0["x"].sliced(axis: try $0.integer("axis"), try $0.integer("start")..<(try $0.integer("end")))] },
        "reshape": { ["y": try $0["x"].reshaped(try $0.integers("shape"))] },
    ]
}
