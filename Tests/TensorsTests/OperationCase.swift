import SequiturTensors
import Testing

/// One row of the table of operations: what is computed, from which shapes, and what should come out.
struct OperationCase: Sendable, CustomTestStringConvertible {
    let name: String
    let shapes: [[Int]]
    let inputs: Inputs
    /// The result's type where all inputs are bfloat16; nil where it depends on the processor.
    let halfType: DType?
    /// False where nothing can be differentiated: truth values, indices.
    let isDifferentiable: Bool
    let run: @Sendable ([Tensor]) -> Tensor
    let reference: @Sendable ([Reference]) -> Reference

    /// How inputs are drawn, so that finite differences meet no kink.
    enum Inputs: Sendable {
        case even(ClosedRange<Float>)
        /// As far from 0 as 0.2, of either sign.
        case nonzero
        /// All elements of all inputs at least 0.1 apart.
        case apart
        /// Small whole numbers, so that some are equal.
        case whole
        /// A range of its own for each input.
        case each([ClosedRange<Float>])
    }

    var testDescription: String { "\(name) of \(shapes.map { "\($0)" }.joined(separator: ", "))" }

    func makeInputs() -> [Tensor] {
        let random = RandomStream(seed: 5).split(name)
        func even(_ index: Int, _ range: ClosedRange<Float>) -> Tensor {
            .uniform(shapes[index], range.lowerBound, range.upperBound, from: random.split(index))
        }
        switch inputs {
        case .even(let range): return shapes.indices.map { even($0, range) }
        case .each(let ranges): return shapes.indices.map { even($0, ranges[$0]) }
        case .nonzero:
            return shapes.indices.map { index in
                Tensor(even(index, -1.8...1.8).floats().map { $0 < 0 ? $0 - 0.2 : $0 + 0.2 }, shape: shapes[index])
            }
        case .whole:
            return shapes.indices.map { index in Tensor(even(index, -2...3).floats().map { $0.rounded() }, shape: shapes[index]) }
        case .apart:
            let counts = shapes.map { $0.reduce(1, *) }, total = counts.reduce(0, +)
            let order = (0..<total).sorted { random.bits($0) < random.bits($1) }
            var places = order.map { 0.1 * (Float($0) - Float(total) / 2) }[...]
            return shapes.indices.map { index in
                defer { places = places.dropFirst(counts[index]) }
                return Tensor(Array(places.prefix(counts[index])), shape: shapes[index])
            }
        }
    }
}

/// The rows, added one at a time.
struct OperationTable {
    private(set) var rows: [OperationCase] = []

    mutating func add(
        _ name: String, _ shapes: [[Int]], _ inputs: OperationCase.Inputs = .even(-2...2), halfType: DType? = .bfloat16,
        isDifferentiable: Bool = true, run: @escaping @Sendable ([Tensor]) -> Tensor,
        reference: @escaping @Sendable ([Reference]) -> Reference
    ) {
        rows.append(
            OperationCase(
                name: name, shapes: shapes, inputs: inputs, halfType: halfType, isDifferentiable: isDifferentiable, run: run,
                reference: reference))
    }
}

extension OperationCase {
    static let all: [OperationCase] = {
        var table = OperationTable()
        table.addElementwise()
        table.addPairs()
        table.addComparisons()
        table.addChoices()
        table.addReductions()
        table.addExtrema()
        table.addRows()
        table.addMatrixProducts()
        table.addLinear()
        table.addViews()
        table.addPermutations()
        table.addJoints()
        table.addSelections()
        table.addRecurrent()
        table.addLosses()
        table.addWeightedLosses()
        table.addElementLosses()
        table.addMatchingLosses()
        table.addAdditiveScores()
        table.addChains()
        table.addNorms()
        table.addActivations()
        table.addRotary()
        table.addAttention()
        return table.rows
    }()
}
