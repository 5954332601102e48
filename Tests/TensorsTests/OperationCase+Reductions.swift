import Foundation
import SequiturTensors

private func total(_ values: [Double]) -> Double { values.reduce(0, +) }
private func mean(_ values: [Double]) -> Double { total(values) / Double(values.count) }
private func variance(_ values: [Double]) -> Double {
    let middle = mean(values)
    return mean(values.map { ($0 - middle) * ($0 - middle) })
}
private func exponentialSum(_ row: [Double]) -> Double { total(row.map { exp($0) }) }

extension OperationTable {
    mutating func addReductions() {
        let whole: [[Int]] = [[], [1], [7], [3, 5], [2, 3, 4], [100_003]]
        for shape in whole {
            let axes = Array(shape.indices)
            add("sum", [shape], run: { $0[0].sum() }, reference: { $0[0].reduced(axes, total) })
            add("mean", [shape], run: { $0[0].mean() }, reference: { $0[0].reduced(axes, mean) })
            add("variance", [shape], run: { $0[0].variance() }, reference: { $0[0].reduced(axes, variance) })
        }
        let some: [(shape: [Int], axes: [Int])] = [
            ([3, 5], [0]), ([3, 5], [-1]), ([2, 3, 4], [1]), ([2, 3, 4], [0, 2]), ([2, 3, 4], [1, 2]), ([2, 3, 4], [0, 1]),
            ([4, 1, 2], [1]), ([2, 3, 0], [1]), ([5, 4_100], [1]), ([900, 50], [0]), ([2, 70, 33, 5], [1, 3]),
        ]
        for (shape, axes) in some {
            let places = axes.map { $0 < 0 ? $0 + shape.count : $0 }
            for keeps in [false, true] {
                let name = "over \(axes)\(keeps ? ", kept" : "")"
                add("sum \(name)", [shape], run: { $0[0].sum(axes: axes, keepsAxes: keeps) }) {
                    $0[0].reduced(places, keeps: keeps, total)
                }
                add("mean \(name)", [shape], run: { $0[0].mean(axes: axes, keepsAxes: keeps) }) {
                    $0[0].reduced(places, keeps: keeps, mean)
                }
                add("variance \(name)", [shape], run: { $0[0].variance(axes: axes, keepsAxes: keeps) }) {
                    $0[0].reduced(places, keeps: keeps, variance)
                }
            }
        }
        add("sum over no axes", [[2, 3]], run: { $0[0].sum(axes: []) }, reference: { $0[0] })
        add("sum of nothing", [[0, 3]], run: { $0[0].sum() }, reference: { _ in Reference([]) { _ in 0 } })
        add("sum over an empty axis", [[3, 0]], run: { $0[0].sum(axes: [1]) }, reference: { _ in Reference([3]) { _ in 0 } })
    }

    mutating func addExtrema() {
        let shapes: [(shape: [Int], axis: Int)] = [
            ([1], 0), ([7], 0), ([3, 5], 0), ([3, 5], 1), ([2, 3, 4], 1), ([0, 5], 1), ([2, 37], -1), ([40, 3], 0), ([3, 1], 1),
        ]
        for (shape, axis) in shapes {
            let place = axis < 0 ? axis + shape.count : axis
            add("maximum over \(axis)", [shape], .apart, run: { $0[0].maximum(axis: axis) }) {
                $0[0].reduced([place]) { $0.max() ?? .nan }
            }
            add("minimum over \(axis), kept", [shape], .apart, run: { $0[0].minimum(axis: axis, keepsAxis: true) }) {
                $0[0].reduced([place], keeps: true) { $0.min() ?? .nan }
            }
            add(
                "argumentOfMaximum over \(axis)", [shape], .whole, halfType: .int32, isDifferentiable: false,
                run: { $0[0].argumentOfMaximum(axis: axis) }
            ) { x in
                x[0].reduced([place]) { values in Double(values.firstIndex(of: values.max() ?? .nan) ?? -1) }
            }
        }
    }

    mutating func addRows() {
        let shapes: [[Int]] = [[1], [7], [3, 1], [0, 5], [3, 31], [2, 3, 37], [5, 2_001], [1_001, 17]]
        for shape in shapes {
            add("softmax", [shape], .even(-4...4), run: { $0[0].softmax() }) { x in
                x[0].rows { row in row.map { exp($0) / exponentialSum(row) } }
            }
            add("logSoftmax", [shape], .even(-4...4), run: { $0[0].logSoftmax() }) { x in
                x[0].rows { row in row.map { $0 - log(exponentialSum(row)) } }
            }
            add("logSumExp", [shape], .even(-4...4), run: { $0[0].logSumExp() }) { x in
                x[0].reduced([shape.count - 1]) { log(exponentialSum($0)) }
            }
        }
        add("softmax of empty rows", [[4, 0]], run: { $0[0].softmax() }, reference: { $0[0] })
        add("logSumExp of empty rows", [[2, 0]], run: { $0[0].logSumExp() }) { _ in Reference([2]) { _ in -.infinity } }
    }
}
