import CSequiturKernels
import SequiturTensors
import SequiturTestSupport
import Testing

/// Ways around oneDNN's own layouts: what is packed or transposed by our kernels gives the products of plain matrices.
@Suite struct PackingTests {
    private static let sizes = [
        (1, 1), (2, 3), (15, 17), (16, 16), (31, 33), (32, 64), (33, 65), (64, 48), (100, 70), (7, 257), (130, 1),
    ]

    private func numbers(_ shape: [Int]) -> Tensor {
        .normal(shape, from: RandomStream(seed: UInt64(shape.reduce(3) { $0 * 31 + $1 })))
    }

    @Test(arguments: sizes) func transposingMovesEveryElement(_ size: (rows: Int, columns: Int)) {
        Engine.run {
            for type in [DType.float32, .bfloat16] {
                // A part of a wider matrix, into a part of another.
                let (rows, columns) = size, source = numbers([rows, columns + 5]).cast(to: type)
                let out = Tensor.zeros([columns, rows + 3], dtype: type), bytes = type.size
                sequitur_transpose(
                    source.elements + 2 * bytes, Int64(columns + 5), out.elements + bytes, Int64(rows + 3), Int32(bytes),
                    Int64(rows),
                    Int64(columns))
                let (before, after) = (source.cast(to: .float32).floats(), out.cast(to: .float32).floats())
                for column in 0..<columns {
                    for place in 0..<(rows + 3) {
                        let expected = (1...rows).contains(place) ? before[(place - 1) * (columns + 5) + column + 2] : 0
                        #expect(after[column * (rows + 3) + place] == expected)
                    }
                }
            }
        }
    }

    /// B from float32 or from bfloat16, as it lies or transposed, is the same B.
    @Test(arguments: sizes) func packedFactorsAreTheFactors(_ size: (inner: Int, columns: Int)) {
        Engine.run {
            guard Processor.hasBFloat16 else { return }
            let a = numbers([5, size.inner]).cast(to: .bfloat16)
            for isTransposed in [false, true] {
                let b = numbers(isTransposed ? [size.columns, size.inner] : [size.inner, size.columns]),
                    half = b.cast(to: .bfloat16)
                func product(isPacked: Bool) -> MatrixProduct {
                    MatrixProduct(
                        rows: 5, columns: size.columns, inner: size.inner, type: .bfloat16, transposesB: isTransposed,
                        isPacked: isPacked)
                }
                func result(_ b: Tensor, isPacked: Bool) -> Tensor {
                    let c = Tensor.uninitialized([5, size.columns])
                    product(isPacked: isPacked).run(a.elements, b.elements, into: c.elements)
                    keepAlive(a, b)
                    return c
                }
                let expected = result(half, isPacked: false), packing = product(isPacked: true)
                #expect(mismatch(result(packing.packed(half), isPacked: true), expected, tolerance: 1e-6) == nil)
                #expect(mismatch(result(packing.packed(b), isPacked: true), expected, tolerance: 1e-6) == nil)
            }
        }
    }

    /// dW by way of dWᵀ is dW, where that way is taken and where it is not, fresh or added.
    @Test(arguments: [(3, 300, 128), (33, 256, 128), (65, 700, 129), (40, 256, 200), (0, 300, 128)])
    func weightGradientsEitherWay(_ size: (rows: Int, outputs: Int, inputs: Int)) {
        Engine.run {
            for precision in [Precision.float32, .bfloat16] {
                withContext(.inference, precision: precision) {
                    let form = Context.current.precision.operand
                    let dy = numbers([size.rows, size.outputs]).operand(form),
                        x = numbers([size.rows, size.inputs]).operand(form)
                    let expected = withContext(precision: .float32) {
                        dy.cast(to: .float32).transposed().matrixProduct(x.cast(to: .float32))
                    }
                    for accumulates in [false, true] {
                        let dw = Tensor.zeros([size.outputs, size.inputs])
                        Tensor.weightGradient(dy, x, into: dw.mutableFloats, accumulates: accumulates)
                        #expect(mismatch(dw, expected, tolerance: 1e-5) == nil)
                    }
                }
            }
        }
    }
}

/// Large products go by pieces of rows or of columns, and are what small ones give.
@Suite struct ProductPiecesTests {
    struct Case: Sendable {
        let rows, columns, inner: Int
        var hasBias = false, accumulates = false
        var result = DType.float32
    }
    static let cases = [
        Case(rows: 900, columns: 300, inner: 260), Case(rows: 900, columns: 300, inner: 260, hasBias: true, result: .bfloat16),
        Case(rows: 130, columns: 1500, inner: 500), Case(rows: 130, columns: 1500, inner: 500, accumulates: true),
        Case(rows: 70, columns: 5000, inner: 257, hasBias: true), Case(rows: 64, columns: 3000, inner: 801, result: .bfloat16),
    ]

    @Test(arguments: cases) func piecesAreTheWhole(_ given: Case) {
        Engine.run {
            for type in [DType.float32, .bfloat16] where type == .float32 || Processor.hasBFloat16 {
                if type == .float32 && given.result == .bfloat16 { continue }
                let a = Tensor.normal([given.rows, given.inner], from: RandomStream(seed: 1)).cast(to: type)
                let b = Tensor.normal([given.inner, given.columns], from: RandomStream(seed: 2)).cast(to: type)
                let bias = given.hasBias ? Tensor.normal([given.columns], from: RandomStream(seed: 3)) : nil
                func result(ofRows height: Int, isSerial: Bool) -> Tensor {
                    let c = Tensor.zeros([given.rows, given.columns], dtype: given.result)
                    if given.accumulates { c.mutableFloats.update(repeating: 2, count: c.count) }
                    for start in stride(from: 0, to: given.rows, by: height) {
                        let product = MatrixProduct(
                            rows: min(height, given.rows - start), columns: given.columns, inner: given.inner, type: type,
                            resultType: given.result, accumulates: given.accumulates, hasBias: given.hasBias, isPacked: true,
                            isSerial: isSerial)
                        let packed = product.packed(b)
                        product.run(
                            a.elements + start * given.inner * type.size, packed.elements, bias: bias?.floatElements,
                            into: c.elements + start * given.columns * given.result.size)
                        keepAlive(packed)
                    }
                    keepAlive(a, bias)
                    return c.cast(to: .float32)
                }
                let expected = result(ofRows: 10, isSerial: true), whole = result(ofRows: given.rows, isSerial: false)
                #expect(mismatch(whole, expected, tolerance: given.result == .bfloat16 ? 5e-3 : 1e-5) == nil)
            }
        }
    }
}
