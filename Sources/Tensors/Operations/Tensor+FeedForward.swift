import CSequiturKernels

extension Tensor {
    /// Two linear maps with an activation between them, z = W₂ f(W₁ x + b₁) + b₂, in the form in which the next product reads it.
    ///
    /// With bfloat16 products the rows go through both maps block by block, so that what lies between stays in the outer caches; the
    /// slopes of f are kept for the way back instead of what it read.
    /// - Shape: x [..., I], expansion [H, I] ([2 H, I] where gated), contraction [O, H] → [..., O]
    package func feedForward(
        expansion: Tensor, expansionBias: Tensor?, activation: Activation, contraction: Tensor, contractionBias: Tensor?
    ) -> Tensor {
        let tape = Context.current.tape
        let inputs = [self, expansion, contraction, expansionBias, contractionBias].compactMap { $0 }
        let isRecorded = inputs.contains { tape?.isRecorded($0) ?? false }
        guard
            let work = FeedForwardBlocks(
                self, expansion, expansionBias, activation, contraction, contractionBias, keepsSlopes: isRecorded)
        else {
            return linear(weight: expansion, bias: expansionBias, asOperand: true).activated(activation)
                .linear(weight: contraction, bias: contractionBias, asOperand: true)
        }
        var outputs = [work.forward(shape: Array(shape.dropLast()) + [contraction.shape[0]])]
        if isRecorded {
            tape?.record(&outputs, acceptsHalf: true) { upstream, sink in
                if let upstream = upstream[0] { work.backward(upstream, sink) }
            }
        }
        return outputs[0]
    }
}

private struct FeedForwardBlocks {
    // N rows, I input, H hidden and O output width
    let input, expansion, contraction: Tensor
    let expansionBias, contractionBias: Tensor?
    let activation: Activation
    let x: Tensor
    let rows, hidden, outputs, height: Int
    /// Columns of what the first map gives: H, or 2 H where gated.
    let columns: Int
    /// [N, columns], and f's values as the second factor of dW₂; nil where nothing will be differentiated.
    let slopes, packedValues: Tensor?
    let valueBlock: Int

    /// Rows of a group that kernels pack as one.
    private static let group = 32

    /// What lies between the maps takes about this many bytes a block, so that it stays in a core's own cache.
    private static let blockBytes = 192 << 10

    /// The inputs are in order; nil where products are not in bfloat16, or too small for blocks, or B is not packed as pairs.
    init?(
        _ input: Tensor, _ expansion: Tensor, _ expansionBias: Tensor?, _ activation: Activation, _ contraction: Tensor,
        _ contractionBias: Tensor?, keepsSlopes: Bool
    ) {
        let form = Context.current.precision.operand
        precondition(
            input.rank >= 1 && expansion.rank == 2 && contraction.rank == 2 && input.shape[input.rank - 1] == expansion.shape[1]
                && contraction.shape[1] * (activation.isGated ? 2 : 1) == expansion.shape[0],
            "feedForward: x \(input.shape), weights \(expansion.shape) and \(contraction.shape), \(activation.rawValue)")
        (columns, hidden, outputs) = (expansion.shape[0], contraction.shape[1], contraction.shape[0])
        rows = input.shape.dropLast().reduce(1, *)
        guard form == SEQUITUR_OPERAND_BFLOAT16, rows >= MatrixProduct.rowsWorthPacking, expansion.count > 0, outputs > 0,
            Tensor.operandType(form, count: rows * min(columns, outputs)) == .bfloat16
        else { return nil }
        self.input = input
        self.expansion = expansion
        self.contraction = contraction
        self.expansionBias = expansionBias
        self.contractionBias = contractionBias
        self.activation = activation
        let groups = FeedForwardBlocks.blockBytes / (2 * columns * FeedForwardBlocks.group)
        height = max(2, min(8, groups)) * FeedForwardBlocks.group
        if keepsSlopes {
            let product = MatrixProduct(rows: outputs, columns: hidden, inner: rows, type: .bfloat16)
            let back = MatrixProduct(rows: expansion.shape[1], columns: columns, inner: rows, type: .bfloat16)
            guard back.pairBlock != nil, let room = product.roomForPairs() else { return nil }
            slopes = .uninitialized([rows, columns], .bfloat16)
            (packedValues, valueBlock) = (room.packed, room.block)
        } else {
            (slopes, packedValues, valueBlock) = (nil, nil, 64)
        }
        x = input.matrix.operand(form)
    }

    private func product(_ columns: Int, inner: Int, result: DType, transposesB: Bool, hasBias: Bool = false) -> MatrixProduct {
        MatrixProduct(
            rows: min(height, rows), columns: columns, inner: inner, type: .bfloat16, resultType: result,
            transposesB: transposesB, hasBias: hasBias, isSerial: true)
    }

    /// Calls `body` with the first row and the number of rows of every block, on any thread.
    private func forEachBlock(_ body: (_ start: Int, _ count: Int) -> Void) {
        forEachTask((rows + height - 1) / height) { block in body(block * height, min(height, rows - block * height)) }
    }

    private var groups: Int { (rows + FeedForwardBlocks.group - 1) / FeedForwardBlocks.group }
    private var isGated: Int32 { activation.isGated ? 1 : 0 }

    func forward(shape: [Int]) -> Tensor {
        let result = Tensor.uninitialized(shape, .bfloat16)
        let first = SharedFactor(
            expansion.detached.cast(to: .float32), rows: rows,
            product(columns, inner: x.shape[1], result: .bfloat16, transposesB: true, hasBias: expansionBias != nil))
        let second = SharedFactor(
            contraction.detached.cast(to: .float32), rows: rows,
            product(outputs, inner: hidden, result: .bfloat16, transposesB: true, hasBias: contractionBias != nil))
        let biases = (expansionBias?.detached.cast(to: .float32), contractionBias?.detached.cast(to: .float32))
        forEachBlock { start, count in
            let sums = Tensor.uninitialized([count, columns], .bfloat16)
            let values = activation.isGated ? Tensor.uninitialized([count, hidden], .bfloat16) : sums
            first.run(x.elements + 2 * start * x.shape[1], rows: count, bias: biases.0, into: sums.elements)
            sequitur_feed_forward_activate(
                activation.operation, isGated, sums.halfElements, values.halfElements,
                slopes.map { $0.halfElements + start * columns }, packedValues?.elements, Int64(count), Int64(hidden),
                Int64(start), Int64(groups), Int64(valueBlock))
            second.run(values.elements, rows: count, bias: biases.1, into: result.elements + 2 * start * outputs)
            keepAlive(sums, values)
        }
        keepAlive(x, slopes, packedValues)
        return result
    }

    func backward(_ upstream: Tensor, _ sink: Tape) {
        guard let slopes, let packedValues else { return }
        let upstream = upstream.matrix.cast(to: .bfloat16)
        let gradientProduct = MatrixProduct(rows: x.shape[1], columns: columns, inner: rows, type: .bfloat16)
        guard let room = gradientProduct.roomForPairs() else {
            preconditionFailure(
                "feedForward: a product [\(x.shape[1]), \(rows)] · [\(rows), \(columns)] is packed in another way")
        }
        let groupSums = Tensor.uninitialized([groups, columns])
        let wantsInput = sink.wants(input)
        let inputGradient = wantsInput ? Tensor.uninitialized(input.shape, input.dtype) : nil
        let first = SharedFactor(
            contraction.detached.cast(to: .float32), rows: rows,
            product(hidden, inner: outputs, result: .bfloat16, transposesB: false))
        let second =
            wantsInput
            ? SharedFactor(
                expansion.detached.cast(to: .float32), rows: rows,
                product(x.shape[1], inner: columns, result: input.dtype, transposesB: false)) : nil
        forEachBlock { start, count in
            let values = Tensor.uninitialized([count, hidden], .bfloat16)
            let sums = activation.isGated ? Tensor.uninitialized([count, columns], .bfloat16) : values
            first.run(upstream.elements + 2 * start * outputs, rows: count, into: values.elements)
            sequitur_feed_forward_differentiate(
                isGated, values.halfElements, slopes.halfElements + start * columns, sums.halfElements, room.packed.elements,
                groupSums.mutableFloats, Int64(count), Int64(hidden), Int64(start), Int64(groups), Int64(room.block))
            if let inputGradient {
                second?.run(
                    sums.elements, rows: count, into: inputGradient.elements + input.dtype.size * start * x.shape[1])
            }
            keepAlive(sums, values)
        }
        keepAlive(upstream, slopes, room.packed)
        if let inputGradient { sink.add(inputGradient, to: input) }
        if let expansionBias, sink.wants(expansionBias) {
            sink.accumulate(into: expansionBias) { Tensor.columnSums(of: groupSums, into: $0, accumulates: $1) }
        }
        if sink.wants(expansion) {
            sink.accumulate(into: expansion) { destination, accumulates in
                let left = x.transposed(), transposed = Tensor.uninitialized([x.shape[1], columns])
                gradientProduct.packing.run(left.elements, room.packed.elements, into: transposed.mutableFloats)
                keepAlive(left, room.packed)
                transposed.writeTransposed(into: destination, accumulates: accumulates)
            }
        }
        if let contractionBias, sink.wants(contractionBias) {
            sink.accumulate(into: contractionBias) { Tensor.columnSums(of: upstream, into: $0, accumulates: $1) }
        }
        if sink.wants(contraction) {
            sink.accumulate(into: contraction) { destination, accumulates in
                let left = upstream.transposed(), aside = accumulates ? Tensor.uninitialized(contraction.shape) : nil
                MatrixProduct(rows: outputs, columns: hidden, inner: rows, type: .bfloat16)
                    .packing.run(left.elements, packedValues.elements, into: aside?.mutableFloats ?? destination)
                keepAlive(left, packedValues)
                aside?.add(into: destination)
            }
        }
    }
}
