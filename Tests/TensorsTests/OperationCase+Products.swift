import SequiturTensors

extension OperationTable {
    // The shapes of A and B as they are multiplied; a transposed factor is stored with its last two axes exchanged.
    mutating func addMatrixProducts() {
        let shapes: [(a: [Int], b: [Int])] = [
            ([3, 5], [5, 4]), ([1, 1], [1, 1]), ([1, 7], [7, 1]), ([7, 1], [1, 7]), ([0, 3], [3, 2]), ([3, 0], [0, 2]),
            ([2, 3], [3, 0]), ([4, 3, 5], [4, 5, 2]), ([4, 3, 5], [5, 2]), ([3, 5], [4, 5, 2]), ([2, 1, 3, 5], [4, 5, 2]),
            ([1, 3, 5], [4, 5, 2]), ([2, 3, 4, 2, 5], [2, 3, 4, 5, 3]), ([0, 3, 5], [5, 2]), ([2, 3, 0], [2, 0, 4]),
            ([65, 33], [33, 129]),
        ]
        for (a, b) in shapes {
            for first in [false, true] {
                for second in [false, true] {
                    let stored = [stored(a, first), stored(b, second)]
                    add(
                        "matrixProduct, transposed \(first) \(second)", stored, halfType: .float32,
                        run: { $0[0].matrixProduct($0[1], transposesSelf: first, transposesOther: second) },
                        reference: { $0[0].turned(first).product($0[1].turned(second)) })
                }
            }
        }
    }

    private func stored(_ shape: [Int], _ isTransposed: Bool) -> [Int] {
        isTransposed ? Array(shape.dropLast(2)) + [shape[shape.count - 1], shape[shape.count - 2]] : shape
    }

    // x [..., I], weight [O, I], bias [O]
    mutating func addLinear() {
        let shapes: [(x: [Int], outputs: Int)] = [
            ([3, 5], 4), ([5], 4), ([2, 3, 5], 1), ([0, 5], 4), ([2, 0, 5], 3), ([3, 0], 2), ([3, 5], 0), ([1, 1], 1),
            ([130, 33], 17),
        ]
        for (shape, outputs) in shapes {
            let inputs = shape[shape.count - 1], target = Array(shape.dropLast()) + [outputs]
            let exact: @Sendable ([Reference]) -> Reference = { x in
                Reference(target) { index in
                    let row = Array(index.dropLast()), column = index[index.count - 1]
                    var sum = x.count > 2 ? x[2][[column]] : 0
                    for k in 0..<inputs { sum += x[0][row + [k]] * x[1][[column, k]] }
                    return sum
                }
            }
            add(
                "linear", [shape, [outputs, inputs], [outputs]], halfType: .float32,
                run: { $0[0].linear(weight: $0[1], bias: $0[2]) }, reference: exact)
            add(
                "linear without bias", [shape, [outputs, inputs]], halfType: .float32, run: { $0[0].linear(weight: $0[1]) },
                reference: exact)
        }
    }
}
