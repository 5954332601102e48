import CSequiturKernels

extension Tensor {
    /// y = x Wᵀ + b.
    ///
    /// - Shape: x [..., I], weight [O, I], bias [O] → [..., O]
    public func linear(weight: Tensor, bias: Tensor? = nil) -> Tensor { linear(weight: weight, bias: bias, asOperand: false) }

    /// The same; `asOperand` in the form in which the next product reads it, so that with bfloat16 products y is bfloat16.
    /// Gradients of bfloat16 inputs are bfloat16.
    package func linear(weight: Tensor, bias: Tensor?, asOperand: Bool) -> Tensor {
        precondition(
            rank >= 1 && weight.rank == 2 && shape[rank - 1] == weight.shape[1]
                && (bias == nil || bias?.shape == [weight.shape[0]]),
            "linear: x \(shape), weight \(weight.shape), bias \(bias.map { "\($0.shape)" } ?? "none")")
        let form = Context.current.precision.operand
        let x = matrix.operand(form), w = weight.factor(form)
        let shapeOfResult = Array(shape.dropLast()) + [weight.shape[0]]
        let type = asOperand && w.shape[1] > 0 ? Tensor.operandType(form, count: shapeOfResult.reduce(1, *)) : .float32
        let y = Tensor.uninitialized(shapeOfResult, type)
        Tensor.forwardProduct(x, w, bias: bias?.detached.cast(to: .float32), into: y.elements, type: type)
        return y.recordedWithHalves(from: self, weight, bias ?? weight) { [self] upstream, sink in
            let rows = upstream.matrix, dy = rows.operand(form)
            if sink.wants(self) {
                if dtype == .bfloat16 && dy.dtype == .bfloat16 {
                    let gradient = Tensor.uninitialized(shape, .bfloat16)
                    Tensor.inputGradient(dy, w, into: gradient.elements, type: .bfloat16)
                    sink.add(gradient, to: self)
                } else {
                    sink.accumulate(into: self) { Tensor.inputGradient(dy, w, into: $0, accumulates: $1) }
                }
            }
            if sink.wants(weight) {
                sink.accumulate(into: weight) { Tensor.weightGradient(dy, x, into: $0, accumulates: $1) }
            }
            if let bias, sink.wants(bias) {
                sink.accumulate(into: bias) { Tensor.columnSums(of: rows, into: $0, accumulates: $1) }
            }
        }
    }

    /// y = x Wᵀ + b where W is not at hand but in the layout that the product reads; nothing is recorded.
    ///
    /// - Parameter packed: gives W [outputs, I] packed for a product.
    package func linear(outputs: Int, bias: Tensor?, asOperand: Bool, packed: (MatrixProduct) -> Tensor) -> Tensor {
        precondition(
            rank >= 1 && (bias == nil || bias?.shape == [outputs]),
            "linear: x \(shape), \(outputs) outputs, bias \(bias.map { "\($0.shape)" } ?? "none")")
        let form = Context.current.precision.operand, x = matrix.operand(form)
        let shapeOfResult = Array(shape.dropLast()) + [outputs]
        let type = asOperand ? Tensor.operandType(form, count: shapeOfResult.reduce(1, *)) : .float32
        let y = Tensor.uninitialized(shapeOfResult, type)
        let product = MatrixProduct(
            rows: x.shape[0], columns: outputs, inner: x.shape[1], type: x.dtype, resultType: type, transposesB: true,
            hasBias: bias != nil
        ).packing
        let weight = packed(product), bias = bias?.detached.cast(to: .float32)
        product.run(x.elements, weight.elements, bias: bias?.floatElements, into: y.elements)
        keepAlive(x, weight, bias)
        return y
    }

    /// dx = dy W: dy is [N, O] in operand form, W is [O, I] as a factor.
    private static func inputGradient(
        _ upstream: Tensor, _ weight: Tensor, into destination: UnsafeMutableRawPointer, type: DType
    ) {
        MatrixProduct(
            rows: upstream.shape[0], columns: weight.shape[1], inner: weight.shape[0], type: upstream.dtype, resultType: type
        )
        .runPacking(upstream, weight, into: destination)
    }

    /// Σ over the rows of [N, O], float32 or bfloat16.
    static func columnSums(of rows: Tensor, into destination: UnsafeMutablePointer<Float>, accumulates: Bool) {
        sequitur_column_sums(
            rows.elements, rows.dtype.rawValue, destination, Int64(rows.shape[0]), Int64(rows.shape[1]), accumulates ? 1 : 0)
        keepAlive(rows)
    }
}
