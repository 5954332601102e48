import CSequiturKernels

/// One matrix product, C = op(A) · op(B) (+ C) (+ bias), on row-major matrices: what every layer's arithmetic comes down to.
///
/// Rows and columns are those of the result: A is [rows, inner] ([inner, rows] where transposed), B is [inner, columns]
/// ([columns, inner] where transposed).
package struct MatrixProduct {
    private var description = sequitur_matrix_product()

    /// - Parameters:
    ///   - isSerial: whether one thread runs it, inside a parallel loop.
    ///   - leftStride: elements from row to row of A where it is a part of a wider matrix; `resultStride` the same of C.
    package init(
        rows: Int, columns: Int, inner: Int, type: DType, resultType: DType = .float32,
        transposesA: Bool = false, transposesB: Bool = false, accumulates: Bool = false, hasBias: Bool = false,
        isPacked: Bool = false, isSerial: Bool = false, leftStride: Int? = nil, resultStride: Int? = nil
    ) {
        description.batch = 1
        description.m = Int64(rows)
        description.n = Int64(columns)
        description.k = Int64(inner)
        description.lda = Int64(leftStride ?? (transposesA ? rows : inner))
        description.ldb = Int64(transposesB ? inner : columns)
        description.ldc = Int64(resultStride ?? columns)
        description.stride_a = Int64(rows * inner)
        description.stride_b = Int64(inner * columns)
        description.stride_c = Int64(rows * columns)
        description.type_a = type.rawValue
        description.type_b = type.rawValue
        description.type_c = resultType.rawValue
        description.transpose_a = transposesA ? 1 : 0
        description.transpose_b = transposesB ? 1 : 0
        description.accumulate = accumulates ? 1 : 0
        description.bias = hasBias ? 1 : 0
        description.packed_b = isPacked ? 1 : 0
        description.serial = isSerial ? 1 : 0
    }

    /// The same product for a batch of matrices; a repeated operand has one matrix for all.
    package func batched(_ count: Int, repeatsA: Bool, repeatsB: Bool) -> MatrixProduct {
        var copy = self
        copy.description.batch = Int64(count)
        if repeatsA { copy.description.stride_a = 0 }
        if repeatsB { copy.description.stride_b = 0 }
        return copy
    }

    package var rows: Int { Int(description.m) }

    package func run(
        _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, bias: UnsafePointer<Float>? = nil, into c: UnsafeMutableRawPointer
    ) {
        if description.m == 0 || description.n == 0 || description.batch == 0 { return }
        if description.k == 0 { return runWithoutInner(bias, c) }
        var description = description
        let status = sequitur_matrix_product_run(&description, a, b, bias, c)
        precondition(
            status == 0, "matrix product \(summary): oneDNN cannot do it here (status \(status), \(Processor.instructionSet))")
    }

    /// A sum of no products: the bias in every row, or zeros.
    private func runWithoutInner(_ bias: UnsafePointer<Float>?, _ c: UnsafeMutableRawPointer) {
        if let bias, description.bias != 0 {
            precondition(
                description.accumulate == 0 && description.type_c == DType.float32.rawValue,
                "matrix product \(summary): an empty inner extent with a bias gives fresh float32 rows only")
            sequitur_copy_strided(
                bias, c, 4, 3, [description.batch, description.m, description.n], [0, 0, 1])
        } else if description.accumulate == 0 {
            let size = DType(rawValue: description.type_c)?.size ?? 4
            c.initializeMemory(
                as: UInt8.self, repeating: 0, count: Int(description.batch * description.m * description.n) * size)
        }
    }

    /// B in the layout that this product reads fastest, for a matrix that many products share. A float32 B of a bfloat16 product is
    /// rounded on the way.
    package func packed(_ b: Tensor) -> Tensor {
        if description.m == 0 || description.n == 0 || description.k == 0 { return .uninitialized([0], .int8) }
        var description = description
        var bytes: Int64 = 0
        var status = sequitur_matrix_product_packed_size(&description, &bytes)
        let result = Tensor.uninitialized([Int(bytes)], .int8)
        if status == 0 {
            status =
                b.dtype.rawValue == description.type_b
                ? sequitur_matrix_product_pack(&description, b.elements, result.elements)
                : sequitur_matrix_product_pack_rounded(&description, b.floatElements, result.elements)
        }
        precondition(
            status == 0, "matrix product \(summary): oneDNN cannot pack it here (status \(status), \(Processor.instructionSet))")
        keepAlive(b)
        return result
    }

    /// The width of the blocks in which B is packed as pairs of rows; nil where the product packs it otherwise.
    package var pairBlock: Int? {
        var description = description
        let block = Int(sequitur_matrix_product_pair_block(&description))
        return block > 0 ? block : nil
    }

    /// Room for a packed B that a kernel fills by such blocks, and their width.
    package func roomForPairs() -> (packed: Tensor, block: Int)? {
        var description = description
        var bytes: Int64 = 0
        guard let block = pairBlock, sequitur_matrix_product_packed_size(&description, &bytes) == 0 else { return nil }
        return (.uninitialized([Int(bytes)], .int8), block)
    }

    /// Whether a B packed for one of the two serves the other.
    package func sharesPacking(with other: MatrixProduct) -> Bool {
        var (first, second) = (description, other.description)
        return sequitur_matrix_product_share_packing(&first, &second) != 0
    }

    /// The product with B packed first. Packing reads B once, which large products repay: on AVX-512 the plain [N, O] · [O, I]
    /// runs at 60 GFLOP/s a core where the packed one runs at 80, and dyᵀ · x at 60 against 70.
    package func runPacking(_ a: Tensor, _ b: Tensor, bias: Tensor? = nil, into c: UnsafeMutableRawPointer) {
        guard description.m >= MatrixProduct.rowsWorthPacking, description.k > 0, description.n > 0 else {
            let b = b.dtype.rawValue == description.type_b ? b : b.cast(to: .bfloat16)
            run(a.elements, b.elements, bias: bias?.floatElements, into: c)
            return keepAlive(a, b, bias)
        }
        var product = self
        product.description.packed_b = 1
        let packed = product.packed(b)
        product.run(a.elements, packed.elements, bias: bias?.floatElements, into: c)
        keepAlive(a, packed, bias)
    }

    package static let rowsWorthPacking = 128

    /// The same product with B packed.
    package var packing: MatrixProduct {
        var copy = self
        copy.description.packed_b = 1
        return copy
    }

    /// The same product with another number of rows.
    package func withRows(_ count: Int) -> MatrixProduct {
        var copy = self
        copy.description.m = Int64(count)
        copy.description.stride_a = Int64(count) * description.k
        copy.description.stride_c = Int64(count) * description.n
        return copy
    }

    package var readsHalf: Bool { description.type_b == DType.bfloat16.rawValue }

    private var summary: String {
        "[\(description.batch), \(description.m), \(description.k)] · [\(description.k), \(description.n)]"
    }
}

/// The second factor of products of blocks of rows, packed once for all blocks where together they repay it.
package struct SharedFactor {
    let product: MatrixProduct
    private let factor: Tensor
    private let packed: Tensor?

    /// - Parameters:
    ///   - factor: float32, or in the product's own type.
    ///   - rows: of all blocks together.
    ///   - product: of a whole block.
    init(_ factor: Tensor, packs: Bool = true, rows: Int, _ product: MatrixProduct) {
        self.product = product
        let repays = packs && rows >= MatrixProduct.rowsWorthPacking && product.rows >= MatrixProduct.rowsWorthPacking / 2
        packed = repays ? product.packing.packed(factor) : nil
        self.factor = packed == nil && product.readsHalf ? factor.cast(to: .bfloat16) : factor
    }

    /// The product of the first `rows` rows at `x`.
    func run(_ x: UnsafeRawPointer, rows: Int, bias: Tensor? = nil, into destination: UnsafeMutableRawPointer) {
        let product = product.withRows(rows)
        if let packed, product.packing.sharesPacking(with: self.product.packing) {
            product.packing.run(x, packed.elements, bias: bias?.floatElements, into: destination)
        } else {
            let factor = product.readsHalf ? factor.cast(to: .bfloat16) : factor
            product.run(x, factor.elements, bias: bias?.floatElements, into: destination)
            keepAlive(factor)
        }
        keepAlive(bias, packed)
    }
}

extension Tensor {
    /// The matrix product over the last two axes, with the axes before them broadcast.
    ///
    /// - Shape: [..., m, k] · [..., k, n] → [..., m, n]; a transposed factor is given as [..., k, m] or [..., n, k].
    /// - The factors are rounded as the surrounding precision says; sums and the result are float32.
    public func matrixProduct(_ other: Tensor, transposesSelf: Bool = false, transposesOther: Bool = false) -> Tensor {
        precondition(rank >= 2 && other.rank >= 2, "matrixProduct: two axes or more expected, \(shape) and \(other.shape) found")
        let (rows, inner) = transposesSelf ? (shape[rank - 1], shape[rank - 2]) : (shape[rank - 2], shape[rank - 1])
        let (otherInner, columns) =
            transposesOther
            ? (other.shape[other.rank - 1], other.shape[other.rank - 2])
            : (other.shape[other.rank - 2], other.shape[other.rank - 1])
        precondition(inner == otherInner, "matrixProduct: inner extents differ in \(shape) and \(other.shape)")
        let precision = Context.current.precision, form = precision.operand
        let batch = broadcastShape(Array(shape.dropLast(2)), Array(other.shape.dropLast(2)), "matrixProduct")
        let a = operand(form).repeatedBatch(batch), b = other.operand(form).repeatedBatch(batch)
        let result = Tensor.uninitialized(batch + [rows, columns])
        MatrixProduct(
            rows: rows, columns: columns, inner: inner, type: a.dtype, transposesA: transposesSelf, transposesB: transposesOther
        )
        .batched(batch.reduce(1, *), repeatsA: a.rank == 2, repeatsB: b.rank == 2)
        .run(a.elements, b.elements, into: result.elements)
        keepAlive(a, b)
        return result.recorded(from: self, other) { [self] upstream, sink in
            var backward = Context.current
            (backward.precision, backward.tape) = (precision, nil)
            Context.$current.withValue(backward) {
                let upstream = upstream.detached
                if sink.wants(self) {
                    // C = A B: dA = dC Bᵀ; with A transposed, dA is its transpose, B dCᵀ.
                    let gradient =
                        transposesSelf
                        ? other.matrixProduct(upstream, transposesSelf: transposesOther, transposesOther: true)
                        : upstream.matrixProduct(other, transposesOther: !transposesOther)
                    sink.add(gradient.summed(to: shape), to: self)
                }
                if sink.wants(other) {
                    let gradient =
                        transposesOther
                        ? upstream.matrixProduct(self, transposesSelf: true, transposesOther: transposesSelf)
                        : matrixProduct(upstream, transposesSelf: !transposesSelf)
                    sink.add(gradient.summed(to: other.shape), to: other)
                }
            }
        }
    }

    /// One matrix for the whole batch stays one (rank 2); otherwise the axes before the last two are made equal to `batch`.
    private func repeatedBatch(_ batch: [Int]) -> Tensor {
        let matrix = Array(shape.suffix(2)), lead = shape.dropLast(2)
        if lead.reduce(1, *) == 1 { return reshaped(matrix) }
        return broadcast(to: batch + matrix)
    }
}

// MARK: The three products of a linear map, written straight where they belong

extension Tensor {
    /// x Wᵀ (+ b): x is [N, I] in operand form, W is [O, I] as a factor.
    package static func forwardProduct(
        _ x: Tensor, _ weight: Tensor, bias: Tensor?, into destination: UnsafeMutableRawPointer, type: DType = .float32
    ) {
        MatrixProduct(
            rows: x.shape[0], columns: weight.shape[0], inner: weight.shape[1], type: x.dtype, resultType: type,
            transposesB: true,
            hasBias: bias != nil
        )
        .runPacking(x, weight, bias: bias, into: destination)
    }

    /// dx = dy W: dy is [N, O] in operand form, W is [O, I] as a factor.
    package static func inputGradient(
        _ upstream: Tensor, _ weight: Tensor, into destination: UnsafeMutablePointer<Float>, accumulates: Bool
    ) {
        MatrixProduct(
            rows: upstream.shape[0], columns: weight.shape[1], inner: weight.shape[0], type: upstream.dtype,
            accumulates: accumulates
        )
        .runPacking(upstream, weight, into: destination)
    }

    /// dW = dyᵀ x: dy is [N, O], x is [N, I]. In bfloat16 the first factor is transposed first, which the library does slowly by
    /// itself; where x is the narrower one, that is x, and dWᵀ = xᵀ dy is transposed on its way to dW.
    package static func weightGradient(
        _ upstream: Tensor, _ x: Tensor, into destination: UnsafeMutablePointer<Float>, accumulates: Bool
    ) {
        let (rows, outputs, inputs) = (x.shape[0], upstream.shape[1], x.shape[1])
        let isHalf = x.dtype == .bfloat16
        if isHalf, !accumulates, 2 * inputs <= outputs, inputs >= MatrixProduct.rowsWorthPacking, rows > 0 {
            let transposed = Tensor.uninitialized([inputs, outputs])
            MatrixProduct(rows: inputs, columns: outputs, inner: rows, type: x.dtype)
                .runPacking(x.transposed(), upstream, into: transposed.elements)
            return transposed.writeTransposed(into: destination, accumulates: false)
        }
        let left = isHalf ? upstream.transposed() : upstream
        MatrixProduct(
            rows: outputs, columns: inputs, inner: rows, type: x.dtype, transposesA: !isHalf, accumulates: accumulates
        )
        .runPacking(left, x, into: destination)
    }

    /// The transpose of this float32 matrix, written or added to what is there.
    package func writeTransposed(into destination: UnsafeMutablePointer<Float>, accumulates: Bool) {
        let aside = accumulates ? Tensor.uninitialized([shape[1], shape[0]]) : nil
        sequitur_transpose(
            floatElements, Int64(shape[1]), aside?.mutableFloats ?? destination, Int64(shape[0]), 4, Int64(shape[0]),
            Int64(shape[1]))
        keepAlive(self)
        aside?.add(into: destination)
    }

    /// Adds these float32 elements to what is there.
    package func add(into destination: UnsafeMutablePointer<Float>) {
        sequitur_scale_add(floatElements, 1, destination, 1, Int64(count))
        keepAlive(self)
    }

    /// A B: A is [N, K], B is [K, M], both in operand form.
    package static func product(_ a: Tensor, _ b: Tensor, into destination: UnsafeMutablePointer<Float>, accumulates: Bool) {
        MatrixProduct(rows: a.shape[0], columns: b.shape[1], inner: b.shape[0], type: b.dtype, accumulates: accumulates)
            .runPacking(a, b, into: destination)
    }

    /// db = Σ dy over the rows of dy [N, O] (float32).
    package static func biasGradient(_ upstream: Tensor, into destination: UnsafeMutablePointer<Float>, accumulates: Bool) {
        let width = upstream.shape[1]
        sequitur_reduce(
            Int32(SEQUITUR_SUM), upstream.floatElements, destination, 1, Int64(upstream.shape[0]), Int64(width),
            accumulates ? 1 : 0)
        keepAlive(upstream)
    }

    /// What stands along the last axis, counted.
    package var rows: Int { shape.dropLast().reduce(1, *) }

    /// These rows as a matrix [N, width].
    package var matrix: Tensor { detached.reshaped([shape.dropLast().reduce(1, *), shape[rank - 1]]) }
}
