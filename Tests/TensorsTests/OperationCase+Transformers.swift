import Foundation
import SequiturTensors

extension OperationTable {
    mutating func addNorms() {
        for shape in [[5], [3, 7], [2, 3, 16], [1, 1], [4, 131], [0, 6], [40, 3]] {
            let width = [shape[shape.count - 1]]
            add("layer norm", [shape, width, width], run: { $0[0].normalized(.layer, gain: $0[1], bias: $0[2], epsilon: 0.1) }) {
                exactNorm($0[0], centers: true, epsilon: 0.1).zip($0[1], *).zip($0[2], +)
            }
            add("layer norm without bias", [shape, width], run: { $0[0].normalized(.layer, gain: $0[1], epsilon: 0.1) }) {
                exactNorm($0[0], centers: true, epsilon: 0.1).zip($0[1], *)
            }
            add("bare layer norm", [shape], run: { $0[0].normalized(.layer, epsilon: 0.1) }) {
                exactNorm($0[0], centers: true, epsilon: 0.1)
            }
            add("RMS norm", [shape, width], run: { $0[0].normalized(.rootMeanSquare, gain: $0[1], epsilon: 0.1) }) {
                exactNorm($0[0], centers: false, epsilon: 0.1).zip($0[1], *)
            }
            for kind in Normalization.allCases {
                add("sum and \(kind.rawValue) norm", [shape, shape, width], halfType: .float32) { x in
                    let (sum, normalized) = x[0].normalizedSum(with: x[1], kind, gain: x[2], bias: nil, epsilon: 0.1)
                    return sum * normalized.cast(to: .float32)
                } reference: { x in
                    let sum = x[0].zip(x[1], +)
                    return exactNorm(sum, centers: kind == .layer, epsilon: 0.1).zip(x[2], *).zip(sum, *)
                }
            }
        }
    }

    mutating func addActivations() {
        for shape in [[4], [3, 6], [2, 130], [0, 4], [3, 0]] {
            for activation in Activation.allCases {
                add("activated \(activation.rawValue)", [shape], .nonzero, run: { $0[0].activated(activation) }) { x in
                    guard activation.isGated else { return x[0].map { exact(activation, $0) } }
                    let half = shape[shape.count - 1] / 2
                    return Reference(shape.dropLast() + [half]) { index in
                        let second = index.dropLast() + [index[index.count - 1] + half]
                        return exact(activation, x[0][index]) * x[0][Array(second)]
                    }
                }
            }
        }
    }

    // T steps, B sequences, H heads of W elements of which N are turned, and columns behind them
    mutating func addRotary() {
        for (steps, sequences, heads, width, turned, behind) in [
            (3, 2, 2, 4, 4, 0), (1, 1, 1, 2, 2, 3), (5, 1, 3, 7, 4, 5), (4, 2, 1, 6, 0, 0), (0, 2, 1, 2, 2, 0),
            (2, 3, 2, 18, 10, 18),
        ] {
            for isInterleaved in [false, true] {
                let table = RotaryTable(positions: 9, width: turned, base: 100, isInterleaved: isInterleaved)
                let offsets = (0..<sequences).map { Int32($0) }
                add("rotated", [[steps, sequences, heads * width + behind]]) { x in
                    x[0].rotated(by: table, heads: heads, headWidth: width, offsets: Tensor(offsets))
                } reference: { x in
                    Reference(x[0].shape) { at in
                        let column = at[2] % width, pairs = turned / 2
                        guard at[2] < heads * width, column < turned else { return x[0][at] }
                        let pair = isInterleaved ? column / 2 : column % pairs
                        let isFirst = isInterleaved ? column % 2 == 0 : column < pairs
                        let other = at[2] + (isInterleaved ? 1 : pairs) * (isFirst ? 1 : -1)
                        let angle = Double(at[0] + at[1]) * pow(100, -2 * Double(pair) / Double(turned))
                        return x[0][at] * cos(angle) + (isFirst ? -1 : 1) * x[0][[at[0], at[1], other]] * sin(angle)
                    }
                }
            }
        }
    }
}

private func exactNorm(_ x: Reference, centers: Bool, epsilon: Double) -> Reference {
    x.rows { row in
        let mean = centers ? row.reduce(0, +) / Double(row.count) : 0
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
        return row.map { ($0 - mean) / (variance + epsilon).squareRoot() }
    }
}

private func exact(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .relu: max(0, x)
    case .gelu: x * 0.5 * erfc(-x / 2.0.squareRoot())
    case .geluTanh, .geglu: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .silu, .swiglu: x / (1 + exp(-x))
    }
}
