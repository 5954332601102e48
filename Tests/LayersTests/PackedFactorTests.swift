import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Testing

/// A weight that inference keeps packed gives the products of the weight as it lies, whatever was asked before.
@Suite struct PackedFactorTests {
    private static let batches = [1, 2, 5, 16, 33, 64, 130, 300]

    private func numbers(_ shape: [Int], seed: UInt64 = 1) -> Tensor { .normal(shape, from: RandomStream(seed: seed)) }

    /// Products that packing may change in the order of additions alone.
    private func expectSame(
        _ x: Tensor, _ weight: Parameter, rows: Range<Int>? = nil, bias: Tensor?, asOperand: Bool = false, _ what: String
    ) {
        let packed = x.linear(weight, rows: rows, bias: bias, asOperand: asOperand)
        let value = rows.map { weight.value[$0] } ?? weight.value
        let plain = x.linear(weight: value, bias: bias, asOperand: asOperand)
        #expect(packed.dtype == plain.dtype && packed.shape == plain.shape, "\(what)")
        // Sums that differ in their last bits may be rounded to neighbours in bfloat16.
        let tolerance = plain.dtype == .bfloat16 ? 8e-3 : 1e-5
        let found = mismatch(packed.cast(to: .float32), plain.cast(to: .float32), tolerance: tolerance)
        #expect(found == nil, "\(what): \(found ?? "")")
    }

    @Test(arguments: [(40, 24), (24, 96), (1, 7), (384, 128)]) func everyBatchAndRange(_ size: (outputs: Int, inputs: Int)) {
        Engine.run {
            let weight = Parameter(numbers([size.outputs, size.inputs])), bias = numbers([size.outputs], seed: 2)
            let ranges = [nil, 0..<size.outputs, 0..<(size.outputs + 1) / 2, size.outputs / 3..<size.outputs]
            // Twice over, and in turn, so that what is kept for one is at hand when another is asked.
            for precision in [Precision.float32, .bfloat16, .float32, .bfloat16] {
                withContext(.inference, precision: precision) {
                    for count in Self.batches + Self.batches.reversed() {
                        let x = numbers([count, size.inputs], seed: 3)
                        for rows in ranges {
                            let own = rows.map { bias[$0] } ?? bias
                            for (bias, asOperand) in [(own, true), (nil, false), (own, false), (nil, true)] {
                                expectSame(
                                    x, weight, rows: rows, bias: bias, asOperand: asOperand,
                                    "\(count) × \(size), rows \(rows.map { "\($0)" } ?? "all"), \(precision), \(asOperand)")
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func neverAStaleValue() {
        Engine.run {
            let weight = Parameter(numbers([48, 32])), x = numbers([4, 32], seed: 3)
            for precision in [Precision.float32, .bfloat16] {
                withContext(.inference, precision: precision) {
                    expectSame(x, weight, bias: nil, "at first")
                    weight.assign(numbers([48, 32], seed: 4))
                    expectSame(x, weight, bias: nil, "after assign")
                    expectSame(x, weight, rows: 8..<40, bias: nil, "rows after assign")
                    weight.update { for index in 0..<48 * 32 { $0[index] *= -3 } }
                    expectSame(x, weight, bias: nil, "after update")
                    expectSame(x, weight, rows: 8..<40, bias: nil, "rows after update")
                }
            }
        }
    }

    /// Training reads the weight itself, and what it records is there; the inference after it sees what the step made.
    @Test func trainingGoesPastWhatIsKept() {
        Engine.run {
            let linear = Linear(from: 32, to: 48, random: RandomStream(seed: 7)), x = numbers([6, 32], seed: 3)
            let before = linear(x)
            let (_, gradients) = valueWithGradients(of: linear.parameters()) { linear(x).squared().sum() }
            #expect(gradients[linear.weight]?.floats().contains { $0 != 0 } == true)
            #expect(mismatch(withContext(.training) { linear(x) }, before, tolerance: 1e-5) == nil)
            guard let gradient = gradients[linear.weight] else { return }
            let values = gradient.floats()
            linear.weight.update { for index in values.indices { $0[index] -= 0.1 * values[index] } }
            let after = linear(x)
            #expect(mismatch(after, x.linear(weight: linear.weight.value, bias: linear.bias?.value), tolerance: 1e-5) == nil)
            #expect(mismatch(after, before, tolerance: 1e-2) != nil)
        }
    }

    @Test func emptyBatches() {
        Engine.run {
            let weight = Parameter(numbers([48, 32]))
            #expect(Tensor.zeros([0, 32]).linear(weight, bias: nil).shape == [0, 48])
            #expect(numbers([2, 3, 32]).linear(weight, rows: 4..<4, bias: nil).shape == [2, 3, 0])
            let hollow = Parameter(Tensor.zeros([5, 0]))
            #expect(
                Tensor.zeros([2, 0]).linear(hollow, bias: Tensor([1, 2, 3, 4, 5] as [Float])).floats() == [
                    1, 2, 3, 4, 5, 1, 2, 3, 4, 5,
                ])
        }
    }
}
