import Foundation
import SequiturTensors

extension OperationTable {
    private static let shapes: [(a: [Int], b: [Int])] = [
        ([], []), ([5], []), ([], [5]), ([3, 5], [3, 5]), ([3, 5], [5]), ([3, 5], [3, 1]), ([1, 5], [3, 1]), ([4], [3, 2, 4]),
        ([2, 1, 4], [3, 1]), ([2, 3, 1, 2], [3, 4, 1]), ([0, 3], [3]), ([0, 3], [1, 3]), ([4, 1], [4, 0]), ([1], [1, 1, 1]),
    ]
    /// Enough for two threads, cut within rows.
    private static let longShapes: [(a: [Int], b: [Int])] = [
        ([201, 203], [203]), ([201, 203], [201, 1]), ([1, 40_001], [1, 40_001]),
    ]

    private mutating func add(
        _ name: String, _ inputs: OperationCase.Inputs, isLong: Bool = true,
        run: @escaping @Sendable (Tensor, Tensor) -> Tensor, exact: @escaping @Sendable (Double, Double) -> Double
    ) {
        for shape in OperationTable.shapes + (isLong ? OperationTable.longShapes : []) {
            add(name, [shape.a, shape.b], inputs, run: { run($0[0], $0[1]) }, reference: { $0[0].zip($0[1], exact) })
        }
    }

    mutating func addPairs() {
        add("+", .even(-2...2), run: { $0 + $1 }, exact: { $0 + $1 })
        add("-", .even(-2...2), run: { $0 - $1 }, exact: { $0 - $1 })
        add("*", .even(-2...2), run: { $0 * $1 }, exact: { $0 * $1 })
        add("/", .each([-2...2, 0.4...2]), run: { $0 / $1 }, exact: { $0 / $1 })
        add("power", .each([0.3...2, -2...2]), run: { $0.power($1) }, exact: { pow($0, $1) })
        add("maximum", .apart, isLong: false, run: { $0.maximum($1) }, exact: { max($0, $1) })
        add("minimum", .apart, isLong: false, run: { $0.minimum($1) }, exact: { min($0, $1) })
    }

    private mutating func addComparison(
        _ name: String, run: @escaping @Sendable (Tensor, Tensor) -> Tensor, exact: @escaping @Sendable (Double, Double) -> Bool
    ) {
        for shape in OperationTable.shapes {
            add(
                name, [shape.a, shape.b], .whole, halfType: .bool, isDifferentiable: false, run: { run($0[0], $0[1]) },
                reference: { $0[0].zip($0[1]) { exact($0, $1) ? 1 : 0 } })
        }
    }

    mutating func addComparisons() {
        addComparison("isEqual", run: { $0.isEqual(to: $1) }, exact: { $0 == $1 })
        addComparison("isNotEqual", run: { $0.isNotEqual(to: $1) }, exact: { $0 != $1 })
        addComparison("isLess", run: { $0.isLess(than: $1) }, exact: { $0 < $1 })
        addComparison("isLess or equal", run: { $0.isLess(orEqualTo: $1) }, exact: { $0 <= $1 })
        addComparison("isGreater", run: { $0.isGreater(than: $1) }, exact: { $0 > $1 })
        addComparison("isGreater or equal", run: { $0.isGreater(orEqualTo: $1) }, exact: { $0 >= $1 })
        add(
            "inverted", [[3, 5]], .whole, halfType: .bool, isDifferentiable: false, run: { $0[0].cast(to: .bool).inverted() },
            reference: { $0[0].map { $0 == 0 ? 1 : 0 } })
    }

    mutating func addChoices() {
        let shapes: [(mask: [Int], a: [Int], b: [Int])] = [
            ([3, 5], [3, 5], [3, 5]), ([3, 1], [1, 5], [3, 5]), ([5], [], [2, 1]), ([], [4], [4]), ([0, 2], [2], [1, 2]),
            ([211, 1], [211, 201], [201]),
        ]
        for shape in shapes {
            // True at every third element.
            let mask = Tensor((0..<shape.mask.reduce(1, *)).map { $0 % 3 == 0 }, shape: shape.mask), exact = Reference(mask)
            let target = Reference.broadcast(shape.mask, Reference.broadcast(shape.a, shape.b))
            add("choose by \(shape.mask)", [shape.a, shape.b], run: { Tensor.choose(mask, $0[0], $0[1]) }) { x in
                Reference(target) { exact[$0] != 0 ? x[0][$0] : x[1][$0] }
            }
            add("masked by \(shape.mask)", [shape.a], run: { $0[0].masked(mask, value: -3) }) { x in
                x[0].zip(exact) { $1 != 0 ? -3 : $0 }
            }
        }
    }
}
