import CSequiturKernels

// T time steps, B sequences, I input width, H hidden width

/// The weights of one direction of a recurrent layer in PyTorch's layout: the gates below one another, G of them.
package struct RecurrentWeights {
    package var input: Tensor  // [G·H, I]
    package var recurrent: Tensor  // [G·H, H]
    package var inputBias: Tensor?  // [G·H]
    package var recurrentBias: Tensor?  // [G·H]

    package init(input: Tensor, recurrent: Tensor, inputBias: Tensor?, recurrentBias: Tensor?) {
        self.input = input
        self.recurrent = recurrent
        self.inputBias = inputBias
        self.recurrentBias = recurrentBias
    }

    var all: [Tensor] { [input, recurrent] + biases }
    var biases: [Tensor] { [inputBias, recurrentBias].compactMap { $0 } }

    /// b_x + b_h, whichever there are.
    var biasSum: Tensor? {
        switch (inputBias?.detached.cast(to: .float32), recurrentBias?.detached.cast(to: .float32)) {
        case (let a?, let b?): a + b
        case (let a, let b): a ?? b
        }
    }

    func require(_ gates: Int, _ input: RecurrentInput, _ states: [Tensor], _ operation: String) {
        let width = recurrent.shape.last ?? 0
        precondition(
            input.hasValidRank && self.input.rank == 2 && input.source.shape[input.source.rank - 1] == self.input.shape[1]
                && self.input.shape[0] == gates * width && recurrent.shape == [gates * width, width]
                && biases.allSatisfy { $0.shape == [gates * width] }
                && states.allSatisfy { $0.shape == [input.sequences, width] },
            "\(operation): input \(input.source.shape), weights \(self.input.shape) and \(recurrent.shape), biases \(biases.map(\.shape)), state \(states.map(\.shape))"
        )
    }
}

extension Tensor {
    /// One direction of a plain recurrent layer (Elman 1990) over a whole sequence, forward and backward written out.
    ///
    ///     h_t = φ(W_x x_t + b_x + W_h h_{t−1} + b_h)        φ = tanh, or max(0, ·) where `isRectified`
    ///
    /// - Shape: hidden [B, H] → outputs [T, B, H], final hidden [B, H].
    /// - Parameters: as in `lstm`.
    package static func rnn(
        _ input: RecurrentInput, hidden: Tensor, weights: RecurrentWeights, isRectified: Bool, lengths: Tensor? = nil,
        isReversed: Bool = false, packing: ((MatrixProduct, Tensor) -> Tensor)? = nil
    ) -> (outputs: Tensor, hidden: Tensor) {
        let run = RNNRun(input, hidden, weights, isRectified, lengths, isReversed)
        run.forward(packing ?? { $0.packed($1) })
        let order = run.order
        var results = [order.outputs(run.states), order.final(run.states)]
        if let tape = Context.current.tape, ([input.source, hidden] + weights.all).contains(where: tape.isRecorded) {
            tape.record(&results) { upstream, sink in run.backward(upstream, sink) }
        }
        return (results[0], results[1])
    }
}

private final class RNNRun {
    let input: RecurrentInput
    let hidden: Tensor
    let weights: RecurrentWeights
    let order: RecurrentOrder
    let sequences, width: Int
    let isRectified: Bool
    let form: sequitur_operand
    let source, inputWeight, recurrentWeight: Tensor
    let gates: Tensor  // [T, B, H]: activations after forward, gradients of the pre-activations after backward
    let states: Tensor  // [T + 1, B, H] in operand form

    init(
        _ input: RecurrentInput, _ hidden: Tensor, _ weights: RecurrentWeights, _ isRectified: Bool, _ lengths: Tensor?,
        _ isReversed: Bool
    ) {
        weights.require(1, input, [hidden], "rnn")
        self.input = input
        self.hidden = hidden
        self.weights = weights
        self.isRectified = isRectified
        sequences = input.sequences
        width = weights.recurrent.shape[1]
        order = RecurrentOrder(steps: input.steps, sequences: sequences, width: width, lengths: lengths, isReversed: isReversed)
        form = Context.current.precision.operand
        source = input.source.matrix.operand(form)
        inputWeight = weights.input.factor(form)
        recurrentWeight = weights.recurrent.factor(form)
        gates = .uninitialized([input.steps, sequences, width])
        states = .uninitialized([input.steps + 1, sequences, width], form.storedType)
    }

    func forward(_ packing: (MatrixProduct, Tensor) -> Tensor) {
        withoutGradients {
            let shared = input.products(source, inputWeight, bias: weights.biasSum, into: gates)
            let products = StepProducts(
                sequences: sequences, columns: width, inner: width, type: states.dtype, transposesB: true, accumulates: true)
            let packed = packing(products.representative, recurrentWeight)
            order.begin(states, with: hidden.operand(form))
            let plane = sequences * width, size = states.dtype.size
            products.forEachGroup { _, rows, product in
                let first = rows.lowerBound * width
                for step in order.forward {
                    let gate = gates.mutableFloats + step.time * plane + first
                    let previous = states.elements + (step.before * plane + first) * size
                    input.gather(shared, rows, at: step.time, into: gate)
                    product.run(previous, packed.elements, into: gate)
                    sequitur_rnn_forward(
                        gate, previous, states.elements + (step.after * plane + first) * size, Int32(form.rawValue),
                        isRectified ? 1 : 0, order.lengths(from: rows.lowerBound), Int64(step.time), Int64(rows.count),
                        Int64(width))
                }
            }
            keepAlive(packed, shared)
        }
    }

    func backward(_ upstream: [Tensor?], _ sink: Tape) {
        withoutGradients {
            let products = StepProducts(
                sequences: sequences, columns: width, inner: width, type: states.dtype, accumulates: order.hasLengths)
            let packed = products.representative.packed(recurrentWeight)
            let plane = sequences * width, steps = order.steps
            let operands = form.isCopy ? Tensor.uninitialized(gates.shape, form.storedType) : gates
            let biasSums = Tensor.zeros([products.groupCount, width])
            let carried = [Tensor.uninitialized([sequences, width]), Tensor.uninitialized([sequences, width])]
            let wantsFirst = sink.wants(hidden)
            products.forEachGroup { group, rows, product in
                let first = rows.lowerBound * width
                var recurrent = upstream[1].map { $0.floatElements + first }
                for (index, step) in order.forward.reversed().enumerated() {
                    let at = step.time * plane + first, operand = operands.elements + at * operands.dtype.size
                    let passed = carried[index % 2].mutableFloats + first
                    sequitur_rnn_backward(
                        gates.mutableFloats + at, upstream[0].map { $0.floatElements + at }, recurrent, passed,
                        biasSums.mutableFloats + group * width, operand, Int32(form.rawValue), isRectified ? 1 : 0,
                        order.lengths(from: rows.lowerBound), Int64(step.time), Int64(rows.count), Int64(width))
                    if index + 1 < steps || wantsFirst { product.run(operand, packed.elements, into: passed) }
                    recurrent = UnsafePointer(passed)
                }
            }
            keepAlive(upstream, packed)
            if let gradient = steps > 0 ? carried[(steps - 1) % 2] : upstream[1] { sink.add(gradient, to: hidden) }
            let rows = operands.reshaped([-1, width])
            if sink.wants(weights.recurrent) {
                let previous = order.before(states).reshaped([-1, width])
                sink.accumulate(into: weights.recurrent) { Tensor.weightGradient(rows, previous, into: $0, accumulates: $1) }
            }
            for bias in weights.biases where sink.wants(bias) {
                sink.accumulate(into: bias) { Tensor.biasGradient(biasSums, into: $0, accumulates: $1) }
            }
            input.backward(
                gates.reshaped([-1, width]), operands: rows, source: source, weight: weights.input, factor: inputWeight, form,
                sink)
        }
    }
}

extension sequitur_operand {
    /// The type in which operands of this form are stored.
    var storedType: DType { self == SEQUITUR_OPERAND_BFLOAT16 ? .bfloat16 : .float32 }

    /// Whether an operand is another tensor than the values it stands for.
    var isCopy: Bool { self != SEQUITUR_OPERAND_FLOAT32 }
}
