import SequiturTensors

extension OperationTable {
    mutating func addViews() {
        add("reshaped", [[3, 4]], run: { $0[0].reshaped([2, 6]) }) { $0[0].reshaped([2, 6]) }
        add("reshaped with a free extent", [[3, 4]], run: { $0[0].reshaped([2, -1, 3]) }) { $0[0].reshaped([2, 2, 3]) }
        add("reshaped to itself", [[3, 4]], run: { $0[0].reshaped([3, 4]) }) { $0[0] }
        add("reshaped to a scalar", [[1, 1]], run: { $0[0].reshaped([]) }) { $0[0].reshaped([]) }
        add("reshaped, empty", [[0, 4]], run: { $0[0].reshaped([2, 0, 7]) }) { $0[0].reshaped([2, 0, 7]) }
        add("rows in the middle", [[5, 3]], run: { $0[0][1..<4] }) { x in Reference([3, 3]) { x[0][[$0[0] + 1, $0[1]]] } }
        add("no rows", [[5, 3]], run: { $0[0][2..<2] }) { _ in Reference([0, 3]) { _ in 0 } }
        add("all rows", [[5, 3]], run: { $0[0][0..<5] }) { $0[0] }
        add("one row", [[5, 3]], run: { $0[0][4] }) { x in Reference([3]) { x[0][[4, $0[0]]] } }
        add("one element", [[5]], run: { $0[0][2] }) { x in Reference([]) { _ in x[0][[2]] } }
        add("rows of rows", [[6, 2]], run: { $0[0][1..<6][2..<4] }) { x in Reference([2, 2]) { x[0][[$0[0] + 3, $0[1]]] } }
        add("overlapping rows", [[4, 3]], run: { $0[0][0..<3] * $0[0][1..<4] }) { x in
            Reference([3, 3]) { x[0][$0] * x[0][[$0[0] + 1, $0[1]]] }
        }
        add("sliced last", [[3, 5]], run: { $0[0].sliced(axis: -1, 1..<4) }) { x in
            Reference([3, 3]) { x[0][[$0[0], $0[1] + 1]] }
        }
        add("sliced middle", [[2, 5, 3]], run: { $0[0].sliced(axis: 1, 3..<5) }) { x in
            Reference([2, 2, 3]) { x[0][[$0[0], $0[1] + 3, $0[2]]] }
        }
        add("sliced to nothing", [[2, 5, 3]], run: { $0[0].sliced(axis: 1, 5..<5) }) { _ in Reference([2, 0, 3]) { _ in 0 }
        }
        add("sliced, long", [[211, 203]], run: { $0[0].sliced(axis: 1, 1..<202) }) { x in
            Reference([211, 201]) { x[0][[$0[0], $0[1] + 1]] }
        }
        add("broadcast", [[3, 1, 2]], run: { $0[0].broadcast(to: [4, 3, 5, 2]) }) { x in
            Reference([4, 3, 5, 2]) { x[0][Array($0.dropFirst())] }
        }
        add("broadcast of a scalar", [[]], run: { $0[0].broadcast(to: [2, 3]) }) { x in Reference([2, 3]) { _ in x[0][[]] }
        }
        add("broadcast to nothing", [[3, 1]], run: { $0[0].broadcast(to: [3, 0]) }) { _ in Reference([3, 0]) { _ in 0 } }
    }

    mutating func addPermutations() {
        let orders: [(shape: [Int], order: [Int])] = [
            ([3, 5], [1, 0]), ([2, 3, 4], [2, 0, 1]), ([2, 3, 4], [0, 2, 1]), ([2, 3, 4], [1, 0, 2]), ([2, 3, 4], [0, 1, 2]),
            ([2, 3, 4, 5], [3, 1, 0, 2]), ([1, 7], [1, 0]), ([0, 3], [1, 0]), ([70, 65], [1, 0]), ([3, 40, 33], [0, 2, 1]),
            ([200, 211], [1, 0]), ([2, 1, 3, 1, 2, 2, 1, 2], [7, 6, 5, 4, 3, 2, 1, 0]),
        ]
        for (shape, order) in orders {
            add("transposed to \(order)", [shape], run: { $0[0].transposed(order) }, reference: { $0[0].transposed(order) })
        }
        add("transposed", [[2, 3, 5]], run: { $0[0].transposed() }, reference: { $0[0].transposed([0, 2, 1]) })
        add("transposed by negative axes", [[2, 3, 5]], run: { $0[0].transposed([-1, 0, -2]) }) {
            $0[0].transposed([2, 0, 1])
        }
    }

    mutating func addJoints() {
        add("concatenated first", [[2, 3], [1, 3], [0, 3]], run: { Tensor.concatenated($0) }) { x in
            Reference([3, 3]) { $0[0] < 2 ? x[0][$0] : x[1][[0, $0[1]]] }
        }
        add("concatenated last", [[2, 3], [2, 2]], run: { Tensor.concatenated($0, axis: -1) }) { x in
            Reference([2, 5]) { $0[1] < 3 ? x[0][$0] : x[1][[$0[0], $0[1] - 3]] }
        }
        add("concatenated middle", [[2, 1, 2], [2, 3, 2]], run: { Tensor.concatenated($0, axis: 1) }) { x in
            Reference([2, 4, 2]) { $0[1] < 1 ? x[0][$0] : x[1][[$0[0], $0[1] - 1, $0[2]]] }
        }
        add("concatenated with itself", [[2, 3]], run: { Tensor.concatenated([$0[0], $0[0]]) }) { x in
            Reference([4, 3]) { x[0][[$0[0] % 2, $0[1]]] }
        }
        add("stacked first", [[2, 3], [2, 3]], run: { Tensor.stacked($0) }) { x in
            Reference([2, 2, 3]) { x[$0[0]][Array($0.dropFirst())] }
        }
        add("stacked last", [[2, 3], [2, 3]], run: { Tensor.stacked($0, axis: -1) }) { x in
            Reference([2, 3, 2]) { x[$0[2]][[$0[0], $0[1]]] }
        }
        add("stacked scalars", [[], []], run: { Tensor.stacked($0) }) { x in Reference([2]) { x[$0[0]][[]] } }
        add(
            "split and joined again", [[3, 6]],
            run: { Tensor.concatenated($0[0].split([1, 0, 3, 2], axis: 1).reversed(), axis: 1) }
        ) { x in
            Reference([3, 6]) { x[0][[$0[0], [4, 5, 1, 2, 3, 0][$0[1]]]] }
        }
        add("one part of a split", [[6, 2]], run: { $0[0].split([1, 3, 2])[1] }) { x in
            Reference([3, 2]) { x[0][[$0[0] + 1, $0[1]]] }
        }
    }

    mutating func addSelections() {
        add("rows", [[5, 3]], run: { $0[0].rows(Tensor([4, 0, 4, 4, 1, 0] as [Int32], shape: [2, 3])) }) { x in
            Reference([2, 3, 3]) { x[0][[[[4, 0, 4], [4, 1, 0]][$0[0]][$0[1]], $0[2]]] }
        }
        add("rows, none", [[5, 3]], run: { $0[0].rows(Tensor([] as [Int32])) }) { _ in Reference([0, 3]) { _ in 0 } }
        add("rows, one", [[1, 1]], run: { $0[0].rows(Tensor([0] as [Int32], shape: [])) }) { x in
            Reference([1]) { _ in x[0][[0, 0]] }
        }
        add("rows, many", [[7, 401]], run: { $0[0].rows(Tensor((0..<211).map { Int32($0 * $0 % 7) })) }) { x in
            Reference([211, 401]) { x[0][[$0[0] * $0[0] % 7, $0[1]]] }
        }
        add(
            "gathered last", [[2, 4]], run: { $0[0].gathered(axis: 1, Tensor([3, 0, 3, 1, 2, 2] as [Int32], shape: [2, 3])) }
        ) { x in
            Reference([2, 3]) { x[0][[$0[0], [[3, 0, 3], [1, 2, 2]][$0[0]][$0[1]]]] }
        }
        add("gathered first", [[4, 2]], run: { $0[0].gathered(axis: 0, Tensor([3, 0, 3, 1] as [Int32], shape: [2, 2])) }) {
            x in
            Reference([2, 2]) { x[0][[[[3, 0], [3, 1]][$0[0]][$0[1]], $0[1]]] }
        }
        add("gathered, none", [[4, 2]], run: { $0[0].gathered(axis: 0, Tensor([] as [Int32], shape: [0, 2])) }) { _ in
            Reference([0, 2]) { _ in 0 }
        }
        add(
            "scatterAdding", [[2, 4], [2, 3]],
            run: { $0[0].scatterAdding(axis: 1, Tensor([3, 0, 3, 1, 2, 2] as [Int32], shape: [2, 3]), $0[1]) }
        ) { x in
            var sum = x[0]
            for (index, id) in [3, 0, 3, 1, 2, 2].enumerated() { sum.values[index / 3 * 4 + id] += x[1].values[index] }
            return sum
        }
        add(
            "scatterAdding of nothing", [[2, 4], [2, 0]],
            run: { $0[0].scatterAdding(axis: 1, Tensor([] as [Int32], shape: [2, 0]), $0[1]) }
        ) {
            $0[0]
        }
    }
}
