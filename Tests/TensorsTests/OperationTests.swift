import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Testing

/// Every row of the table: values, gradients, views, both floating-point types.
@Suite struct OperationTests {
    @Test(arguments: OperationCase.all) func valuesAgreeWithTheReference(_ row: OperationCase) {
        let inputs = row.makeInputs()
        let result = Engine.run { row.run(inputs) }
        #expect(difference(result, row.reference(inputs.map(Reference.init)), tolerance: 1e-5) == nil)
        if !row.isDifferentiable { #expect(result.dtype == row.halfType) }
    }

    @Test(arguments: OperationCase.all.filter(\.isDifferentiable)) func gradientsAgreeWithFiniteDifferences(_ row: OperationCase)
    {
        let inputs = row.makeInputs()
        #expect(Engine.run { gradientError(of: inputs, row.run) } <= 1e-2)
    }

    /// A gradient through a view of a larger tensor is that of the tensor itself, and 0 outside of the view.
    @Test(arguments: OperationCase.all) func viewsWithAnOffsetChangeNothing(_ row: OperationCase) {
        let inputs = row.makeInputs()
        let parents = inputs.map { input -> Tensor in
            let shape = input.rank == 0 ? [1] : input.shape
            let other = Tensor.full(77, shape: [2] + shape.dropFirst())
            return .concatenated([other, input.reshaped(shape), other])
        }
        @Sendable func view(_ index: Int, _ parent: Tensor) -> Tensor {
            let rows = parent[2..<(parent.shape[0] - 2)]
            return inputs[index].rank == 0 ? rows[0] : rows
        }
        let (direct, viewed) = Engine.run {
            (row.run(inputs), row.run(parents.enumerated().map { view($0.offset, $0.element) }))
        }
        #expect(mismatch(viewed, direct, tolerance: 0) == nil)
        guard row.isDifferentiable else { return }
        let (expected, found) = Engine.run {
            (
                gradients(row, inputs) { $0 },
                gradients(row, parents) { $0.enumerated().map { view($0.offset, $0.element) } }
            )
        }
        for (index, gradient) in found.enumerated() {
            #expect(mismatch(view(index, gradient), expected[index], tolerance: 1e-6) == nil)
            let edges = Tensor.concatenated([gradient[0..<2], gradient[(gradient.shape[0] - 2)..<gradient.shape[0]]])
            #expect(edges.floats().allSatisfy { $0 == 0 })
        }
    }

    /// bfloat16 inputs: the reference at the rounded inputs, but for one rounding or a few of the result.
    @Test(arguments: OperationCase.all) func bfloat16InputsAreRoundedOnly(_ row: OperationCase) {
        let inputs = row.makeInputs(), halves = inputs.map { $0.cast(to: .bfloat16) }
        let rounded = halves.map { $0.cast(to: .float32) }
        let result = Engine.run { row.run(halves) }
        if let type = row.halfType { #expect(result.dtype == type) }
        #expect(difference(result, row.reference(rounded.map(Reference.init)), tolerance: 0.01) == nil)
        guard row.isDifferentiable else { return }
        let (expected, found) = Engine.run {
            (gradients(row, rounded) { $0 }, gradients(row, inputs) { $0.map { $0.cast(to: .bfloat16) } })
        }
        for (actual, reference) in zip(found, expected) { #expect(mismatch(actual, reference, tolerance: 0.02) == nil) }
    }

    /// Gradients of a weighted sum of the results.
    private func gradients(_ row: OperationCase, _ inputs: [Tensor], _ prepared: ([Tensor]) -> [Tensor]) -> [Tensor] {
        valueWithGradients(of: inputs) { values in
            let result = row.run(prepared(values)).cast(to: .float32)
            return (result * Tensor.normal(result.shape, from: RandomStream(seed: 3))).sum()
        }.gradients
    }

    private func difference(_ actual: Tensor, _ expected: Reference, tolerance: Double) -> String? {
        guard actual.shape == expected.shape else { return "shape \(actual.shape), \(expected.shape) expected" }
        return mismatch(actual.floats(), expected.values, tolerance: tolerance)
    }
}
