import CSequiturKernels

// T time steps, B sequences, I input width, H hidden width

/// Where the reset gate of a GRU acts.
public enum ResetGate: Sendable {
    /// n = tanh(W_xn x + b_xn + r ⊙ (W_hn h + b_hn)), as in PyTorch and cuDNN: one recurrent product for each step.
    case afterProduct
    /// n = tanh(W_xn x + b_xn + W_hn (r ⊙ h) + b_hn), as in Cho et al. 2014: two.
    case beforeProduct
}

extension Tensor {
    /// One direction of a GRU layer (Cho et al. 2014) over a whole sequence, forward and backward written out.
    ///
    ///     r, z = σ(W_x x_t + b_x + W_h h_{t−1} + b_h)        h_t = (1 − z) ⊙ n + z ⊙ h_{t−1}
    ///
    /// with n as `reset` says (kernels/gru.inc has the equations of both directions). The gates lie in the order r, z, n.
    /// - Shape: hidden [B, H] → outputs [T, B, H], final hidden [B, H].
    /// - Parameters: as in `lstm`.
    /// - With bfloat16 products the outputs are rounded to bfloat16; what is carried from step to step stays float32.
    package static func gru(
        _ input: RecurrentInput, hidden: Tensor, weights: RecurrentWeights, reset: ResetGate = .afterProduct,
        lengths: Tensor? = nil,
        isReversed: Bool = false
    ) -> (outputs: Tensor, hidden: Tensor) {
        let run = GRURun(input, hidden, weights, reset, lengths, isReversed)
        run.forward()
        let order = run.order
        var results = [order.outputs(run.states), order.final(run.values)]
        if let tape = Context.current.tape, ([input.source, hidden] + weights.all).contains(where: tape.isRecorded) {
            tape.record(&results) { upstream, sink in run.backward(upstream, sink) }
        }
        return (results[0], results[1])
    }
}

private final class GRURun {
    let input: RecurrentInput
    let hidden: Tensor
    let weights: RecurrentWeights
    let reset: ResetGate
    let order: RecurrentOrder
    let steps, sequences, width: Int
    let form: sequitur_operand
    let source, inputWeight, recurrentWeight: Tensor
    let gates: Tensor  // [T, B, 3H]: activations after forward, gradients of the pre-activations after backward
    let values: Tensor  // [T + 1, B, H] in float32
    let states: Tensor  // the same in operand form
    let kept: Tensor  // [T, B, H]: after the product W_hn h + b_hn; before it r ⊙ h in operand form

    init(
        _ input: RecurrentInput, _ hidden: Tensor, _ weights: RecurrentWeights, _ reset: ResetGate, _ lengths: Tensor?,
        _ isReversed: Bool
    ) {
        weights.require(3, input, [hidden], "gru")
        self.input = input
        self.hidden = hidden
        self.weights = weights
        self.reset = reset
        steps = input.steps
        sequences = input.sequences
        width = weights.recurrent.shape[1]
        order = RecurrentOrder(steps: steps, sequences: sequences, width: width, lengths: lengths, isReversed: isReversed)
        form = Context.current.precision.operand
        source = input.source.matrix.operand(form)
        inputWeight = weights.input.factor(form)
        recurrentWeight = weights.recurrent.factor(form)
        gates = .uninitialized([steps, sequences, 3 * width])
        values = .uninitialized([steps + 1, sequences, width])
        states = form.isCopy ? .uninitialized(values.shape, form.storedType) : values
        kept = .uninitialized([steps, sequences, width], reset == .beforeProduct ? form.storedType : .float32)
    }

    // MARK: Forward

    func forward() {
        withoutGradients {
            order.begin(values, with: hidden.detached.cast(to: .float32))
            if form.isCopy { order.begin(states, with: hidden.operand(form)) }
            switch reset {
            case .afterProduct: forwardAfter()
            case .beforeProduct: forwardBefore()
            }
        }
    }

    private func forwardAfter() {
        let shared = input.products(source, inputWeight, bias: weights.inputBias?.detached.cast(to: .float32), into: gates)
        let bias = weights.recurrentBias?.detached.cast(to: .float32)
        let products = StepProducts(
            sequences: sequences, columns: 3 * width, inner: width, type: states.dtype, transposesB: true, hasBias: bias != nil)
        let packed = products.representative.packed(recurrentWeight)
        let scratch = Tensor.uninitialized([sequences, 3 * width]), plane = sequences * width, size = states.dtype.size
        products.forEachGroup { _, rows, product in
            let first = rows.lowerBound * width, recurrent = scratch.mutableFloats + 3 * first
            for step in order.forward {
                let gate = gates.mutableFloats + 3 * (step.time * plane + first)
                let previous = step.before * plane + first, next = step.after * plane + first
                input.gather(shared, rows, at: step.time, into: gate)
                product.run(states.elements + previous * size, packed.elements, bias: bias?.floatElements, into: recurrent)
                sequitur_gru_forward(
                    gate, recurrent, kept.mutableFloats + step.time * plane + first, values.floatElements + previous,
                    values.mutableFloats + next, states.elements + next * size, Int32(form.rawValue),
                    order.lengths(from: rows.lowerBound), Int64(step.time), Int64(rows.count), Int64(width))
            }
        }
        keepAlive(packed, shared, bias)
    }

    private func forwardBefore() {
        let shared = input.products(source, inputWeight, bias: weights.biasSum, into: gates)
        let gateProducts = products(columns: 2 * width), resetProducts = products(columns: width)
        let packedGates = gateProducts.representative.packed(gateWeight)
        let packedReset = resetProducts.representative.packed(candidateWeight)
        let plane = sequences * width, size = states.dtype.size
        StepProducts.forEachGroup(of: gateProducts, resetProducts) { _, rows, gateProduct, resetProduct in
            let first = rows.lowerBound * width
            for step in order.forward {
                let gate = gates.mutableFloats + 3 * (step.time * plane + first)
                let previous = step.before * plane + first, next = step.after * plane + first
                let product = kept.elements + (step.time * plane + first) * size
                input.gather(shared, rows, at: step.time, into: gate)
                gateProduct.run(states.elements + previous * size, packedGates.elements, into: gate)
                sequitur_gru_reset_forward(
                    gate, values.floatElements + previous, product, Int32(form.rawValue), Int64(rows.count), Int64(width))
                resetProduct.run(product, packedReset.elements, into: gate + 2 * width)
                sequitur_gru_update_forward(
                    gate, values.floatElements + previous, values.mutableFloats + next, states.elements + next * size,
                    Int32(form.rawValue), order.lengths(from: rows.lowerBound), Int64(step.time), Int64(rows.count), Int64(width))
            }
        }
        keepAlive(packedGates, packedReset, shared)
    }

    /// Products with a part of the recurrent weight, added to a part of the gates.
    private func products(columns: Int) -> StepProducts {
        StepProducts(
            sequences: sequences, columns: columns, inner: width, type: states.dtype, transposesB: true, accumulates: true,
            resultStride: 3 * width)
    }

    private var gateWeight: Tensor { recurrentWeight[0..<(2 * width)] }
    private var candidateWeight: Tensor { recurrentWeight[(2 * width)..<(3 * width)] }

    // MARK: Backward

    func backward(_ upstream: [Tensor?], _ sink: Tape) {
        withoutGradients {
            switch reset {
            case .afterProduct: backwardAfter(upstream, sink)
            case .beforeProduct: backwardBefore(upstream, sink)
            }
        }
    }

    private func backwardAfter(_ upstream: [Tensor?], _ sink: Tape) {
        let products = StepProducts(
            sequences: sequences, columns: width, inner: 3 * width, type: states.dtype, accumulates: true)
        let packed = products.representative.packed(recurrentWeight)
        let plane = sequences * width
        let operands = form.isCopy ? Tensor.uninitialized(gates.shape, form.storedType) : gates
        let recurrentOperands = Tensor.uninitialized(gates.shape, form.storedType)
        let biasSums = Tensor.zeros([products.groupCount, 4 * width])
        let carried = [Tensor.uninitialized([sequences, width]), Tensor.uninitialized([sequences, width])]
        products.forEachGroup { group, rows, product in
            let first = rows.lowerBound * width
            var recurrent = upstream[1].map { $0.floatElements + first }
            for (index, step) in order.forward.reversed().enumerated() {
                let at = step.time * plane + first, offset = 3 * at * operands.dtype.size
                let passed = carried[index % 2].mutableFloats + first
                sequitur_gru_backward(
                    gates.mutableFloats + 3 * at, kept.floatElements + at, values.floatElements + step.before * plane + first,
                    upstream[0].map { $0.floatElements + at }, recurrent, passed, biasSums.mutableFloats + group * 4 * width,
                    operands.elements + offset, recurrentOperands.elements + offset, Int32(form.rawValue),
                    order.lengths(from: rows.lowerBound), Int64(step.time), Int64(rows.count), Int64(width))
                product.run(recurrentOperands.elements + offset, packed.elements, into: passed)
                recurrent = UnsafePointer(passed)
            }
        }
        keepAlive(upstream, packed)
        finish(carried, upstream, sink)
        if sink.wants(weights.recurrent) {
            let previous = order.before(states).reshaped([-1, width]), rows = recurrentOperands.reshaped([-1, 3 * width])
            sink.accumulate(into: weights.recurrent) { Tensor.weightGradient(rows, previous, into: $0, accumulates: $1) }
        }
        let sums = biasSums.sum(axes: [0])
        if let bias = weights.inputBias, sink.wants(bias) { sink.add(sums[0..<(3 * width)], to: bias) }
        if let bias = weights.recurrentBias, sink.wants(bias) {
            sink.add(.concatenated([sums[0..<(2 * width)], sums[(3 * width)..<(4 * width)]]), to: bias)
        }
        finishInput(operands, sink)
    }

    private func backwardBefore(_ upstream: [Tensor?], _ sink: Tape) {
        let gateProducts = StepProducts(
            sequences: sequences, columns: width, inner: 2 * width, type: states.dtype, accumulates: true, leftStride: 3 * width)
        let resetProducts = StepProducts(
            sequences: sequences, columns: width, inner: width, type: states.dtype, leftStride: 3 * width)
        let packedGates = gateProducts.representative.packed(gateWeight)
        let packedReset = resetProducts.representative.packed(candidateWeight)
        let plane = sequences * width
        let operands = form.isCopy ? Tensor.uninitialized(gates.shape, form.storedType) : gates
        let biasSums = Tensor.zeros([gateProducts.groupCount, 3 * width])
        let carried = [Tensor.uninitialized([sequences, width]), Tensor.uninitialized([sequences, width])]
        let scratch = Tensor.uninitialized([sequences, width])
        StepProducts.forEachGroup(of: gateProducts, resetProducts) { group, rows, gateProduct, resetProduct in
            let first = rows.lowerBound * width, product = scratch.mutableFloats + first
            var recurrent = upstream[1].map { $0.floatElements + first }
            for (index, step) in order.forward.reversed().enumerated() {
                let at = step.time * plane + first, size = operands.dtype.size
                let operand = operands.elements + 3 * at * size
                let previous = values.floatElements + step.before * plane + first,
                    passed = carried[index % 2].mutableFloats + first
                sequitur_gru_update_backward(
                    gates.mutableFloats + 3 * at, previous, upstream[0].map { $0.floatElements + at }, recurrent, passed, operand,
                    Int32(form.rawValue), order.lengths(from: rows.lowerBound), Int64(step.time), Int64(rows.count), Int64(width))
                resetProduct.run(operand + 2 * width * size, packedReset.elements, into: product)
                sequitur_gru_reset_backward(
                    gates.mutableFloats + 3 * at, previous, product, passed, biasSums.mutableFloats + group * 3 * width, operand,
                    Int32(form.rawValue), Int64(rows.count), Int64(width))
                gateProduct.run(operand, packedGates.elements, into: passed)
                recurrent = UnsafePointer(passed)
            }
        }
        keepAlive(upstream, packedGates, packedReset)
        finish(carried, upstream, sink)
        if sink.wants(weights.recurrent) {
            let turned = operands.reshaped([-1, 3 * width]).transposed()  // [3H, T·B]
            let previous = order.before(states).reshaped([-1, width]), products = kept.reshaped([-1, width])
            sink.accumulate(into: weights.recurrent) { destination, accumulates in
                Tensor.product(turned[0..<(2 * width)], previous, into: destination, accumulates: accumulates)
                Tensor.product(
                    turned[(2 * width)..<(3 * width)], products, into: destination + 2 * width * width, accumulates: accumulates)
            }
        }
        for bias in weights.biases where sink.wants(bias) {
            sink.accumulate(into: bias) { Tensor.biasGradient(biasSums, into: $0, accumulates: $1) }
        }
        finishInput(operands, sink)
    }

    private func finish(_ carried: [Tensor], _ upstream: [Tensor?], _ sink: Tape) {
        if let gradient = steps > 0 ? carried[(steps - 1) % 2] : upstream[1] { sink.add(gradient, to: hidden) }
    }

    private func finishInput(_ operands: Tensor, _ sink: Tape) {
        input.backward(
            gates.reshaped([-1, 3 * width]), operands: operands.reshaped([-1, 3 * width]), source: source, weight: weights.input,
            factor: inputWeight, form, sink)
    }
}
