import Foundation
import SequiturTensors

extension OperationTable {
    // T steps, B sequences, I inputs, H width: x, hidden, cell, and the four weights in PyTorch's layout
    mutating func addRecurrent() {
        let sizes: [(steps: Int, sequences: Int, inputs: Int, width: Int)] = [
            (1, 1, 1, 1), (3, 2, 4, 5), (4, 1, 3, 2), (2, 3, 5, 1), (3, 0, 2, 2), (0, 2, 3, 2), (2, 2, 3, 131),
        ]
        for (steps, sequences, inputs, width) in sizes {
            let state = [sequences, width], sequence = [steps, sequences, width]
            let weights = [[4 * width, inputs], [4 * width, width], [4 * width], [4 * width]]
            let shapes = [[steps, sequences, inputs], state, state] + weights
            add("lstm", shapes, .even(-1...1), halfType: nil, run: { packed(lstm($0)) }, reference: exactLSTM)
            add(
                "lstm without biases", Array(shapes.prefix(5)), .even(-1...1), halfType: nil, run: { packed(lstm($0)) },
                reference: exactLSTM)
            add("lstm, outputs alone", shapes, .even(-1...1), halfType: nil, run: { lstm($0).outputs }) { x in
                let all = exactLSTM(x).values
                return Reference([sequence.reduce(1, *)]) { all[$0[0]] }.reshaped(sequence)
            }
            add("lstm, last cell alone", shapes, .even(-1...1), halfType: nil, run: { lstm($0).cell }) { x in
                let all = exactLSTM(x).values, count = sequences * width
                return Reference([count]) { all[all.count - count + $0[0]] }.reshaped(state)
            }
        }
    }
}

private func lstm(_ x: [Tensor]) -> (outputs: Tensor, hidden: Tensor, cell: Tensor) {
    Tensor.lstm(
        .vectors(x[0]), hidden: x[1], cell: x[2],
        weights: RecurrentWeights(
            input: x[3], recurrent: x[4], inputBias: x.count > 5 ? x[5] : nil, recurrentBias: x.count > 6 ? x[6] : nil))
}

/// Outputs, last hidden and last cell state in one vector.
private func packed(_ result: (outputs: Tensor, hidden: Tensor, cell: Tensor)) -> Tensor {
    Tensor.concatenated(
        [result.outputs.cast(to: .float32), result.hidden, result.cell].map { $0.reshaped([$0.count]) })
}

/// The equations of the cell, one element at a time.
@Sendable private func exactLSTM(_ x: [Reference]) -> Reference {
    let steps = x[0].shape[0], sequences = x[0].shape[1], inputs = x[0].shape[2], width = x[1].shape[1]
    func sigmoid(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
    var hidden = x[1], cell = x[2], outputs: [Double] = []
    for step in 0..<steps {
        func gate(_ index: Int, _ b: Int, _ j: Int) -> Double {
            let row = index * width + j
            var sum = x.count > 5 ? x[5][[row]] + x[6][[row]] : 0
            for k in 0..<inputs { sum += x[3][[row, k]] * x[0][[step, b, k]] }
            for k in 0..<width { sum += x[4][[row, k]] * hidden[[b, k]] }
            return sum
        }
        let next = Reference(cell.shape) { at in
            sigmoid(gate(1, at[0], at[1])) * cell[at] + sigmoid(gate(0, at[0], at[1])) * tanh(gate(2, at[0], at[1]))
        }
        let output = Reference(cell.shape) { at in sigmoid(gate(3, at[0], at[1])) * tanh(next[at]) }
        (hidden, cell) = (output, next)
        outputs += hidden.values
    }
    return Reference([outputs.count + 2 * sequences * width]) { (outputs + hidden.values + cell.values)[$0[0]] }
}

extension OperationTable {
    // N rows, D width, V classes
    mutating func addLosses() {
        let sizes: [(rows: Int, width: Int, classes: Int)] = [(1, 1, 1), (5, 3, 4), (7, 2, 33), (0, 3, 4), (40, 5, 301)]
        for (rows, width, classes) in sizes {
            let targets = Tensor((0..<rows).map { $0 % 4 == 3 ? -1 : Int32(($0 * 7 + 1) % classes) })
            let shapes = [[rows, width], [classes, width], [classes]]
            add("crossEntropy", [[rows, classes]], halfType: .float32, run: { $0[0].crossEntropy(targets).sum }) {
                exactLoss($0[0], targets)
            }
            add(
                "linearCrossEntropy", shapes, halfType: .float32,
                run: { $0[0].linearCrossEntropy(weight: $0[1], bias: $0[2], targets: targets).sum },
                reference: { exactLoss(logits($0), targets) })
            add(
                "linearCrossEntropy without bias, scaled", Array(shapes.prefix(2)), halfType: .float32,
                run: { $0[0].linearCrossEntropy(weight: $0[1], bias: nil, targets: targets).sum * Tensor(3) },
                reference: { exactLoss(logits($0), targets).map { 3 * $0 } })
        }
    }
}

private func logits(_ x: [Reference]) -> Reference {
    let product = x[0].product(x[1].transposed([1, 0]))
    return x.count > 2 ? product.zip(x[2], +) : product
}

private func exactLoss(_ logits: Reference, _ targets: Tensor) -> Reference {
    var sum = 0.0
    for (row, target) in targets.int32s().enumerated() where target >= 0 {
        let all = (0..<logits.shape[1]).map { logits[[row, $0]] }
        sum += log(all.reduce(0) { $0 + exp($1 - all[Int(target)]) })
    }
    return Reference([]) { _ in sum }
}
