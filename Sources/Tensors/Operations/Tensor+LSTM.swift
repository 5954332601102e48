import CSequiturKernels

// T time steps, B sequences, I input width, H hidden width

extension Tensor {
    /// One direction of an LSTM layer over a whole sequence, forward and backward written out.
    ///
    ///     a_t = W_x x_t + b_x + W_h h_{t−1} + b_h        i, f, o = σ(a)   g = tanh(a)
    ///     c_t = f ⊙ c_{t−1} + i ⊙ g                      h_t = o ⊙ tanh(c_t)
    ///
    /// The input products of all time steps are one matrix product; each step adds one recurrent product, whose weight is packed
    /// once, and one kernel for the gates (kernels/recurrent.inc has the equations of both directions).
    /// - Shape: hidden and cell [B, H] → outputs [T, B, H], final hidden and cell [B, H].
    /// - Parameters:
    ///   - lengths: int32 [B], the steps of each sequence, or nil where all have T. Beyond its length a sequence keeps its state,
    ///     and its outputs are zero.
    ///   - isReversed: whether the steps are taken from the last to the first.
    /// - With bfloat16 products the outputs are rounded to bfloat16, as they feed the next product; cells stay float32.
    package static func lstm(
        _ input: RecurrentInput, hidden: Tensor, cell: Tensor, weights: RecurrentWeights, lengths: Tensor? = nil,
        isReversed: Bool = false,
        packing: ((MatrixProduct, Tensor) -> Tensor)? = nil
    ) -> (outputs: Tensor, hidden: Tensor, cell: Tensor) {
        let run = LSTMRun(input, hidden, cell, weights, lengths, isReversed)
        run.forward(packing ?? { $0.packed($1) })
        let order = run.order
        guard let tape = Context.current.tape, ([input.source, hidden, cell] + weights.all).contains(where: tape.isRecorded)
        else {
            return (order.outputs(run.states), order.final(run.states), order.final(run.cells))
        }
        var results = [order.outputs(run.states), order.final(run.states), order.final(run.cells)]
        tape.record(&results) { upstream, sink in run.backward(upstream, sink) }
        return (results[0], results[1], results[2])
    }
}

private final class LSTMRun {
    let input: RecurrentInput
    let hidden, cell: Tensor
    let weights: RecurrentWeights
    let order: RecurrentOrder
    let steps, sequences, width: Int
    let form: sequitur_operand
    let source: Tensor  // operand of the input product: [T·B, I], or the table [V, I]
    let inputWeight, recurrentWeight: Tensor
    let gates: Tensor  // [T, B, 4H]: activations after forward, gradients after backward
    let cells: Tensor  // [T + 1, B, H], with the initial cell at the beginning of the order
    let states: Tensor  // [T + 1, B, H] in operand form, with the initial hidden state there

    init(
        _ input: RecurrentInput, _ hidden: Tensor, _ cell: Tensor, _ weights: RecurrentWeights, _ lengths: Tensor?,
        _ isReversed: Bool
    ) {
        weights.require(4, input, [hidden, cell], "lstm")
        self.input = input
        self.hidden = hidden
        self.cell = cell
        self.weights = weights
        steps = input.steps
        sequences = input.sequences
        width = weights.recurrent.shape[1]
        order = RecurrentOrder(steps: steps, sequences: sequences, width: width, lengths: lengths, isReversed: isReversed)
        form = Context.current.precision.operand
        source = input.source.matrix.operand(form)
        inputWeight = weights.input.factor(form)
        recurrentWeight = weights.recurrent.factor(form)
        gates = .uninitialized([steps, sequences, 4 * width])
        cells = .uninitialized([steps + 1, sequences, width])
        states = .uninitialized([steps + 1, sequences, width], form.storedType)
    }

    // MARK: Forward

    func forward(_ packing: (MatrixProduct, Tensor) -> Tensor) {
        withoutGradients {
            let shared = input.products(source, inputWeight, bias: weights.biasSum, into: gates)
            let products = StepProducts(
                sequences: sequences, columns: 4 * width, inner: width, type: states.dtype, transposesB: true, accumulates: true)
            let packed = packing(products.representative, recurrentWeight)
            order.begin(states, with: hidden.operand(form))
            order.begin(cells, with: cell.detached.cast(to: .float32))
            let plane = sequences * width, size = states.dtype.size
            products.forEachGroup { _, rows, product in
                let first = rows.lowerBound * width
                for step in order.forward {
                    let gate = gates.mutableFloats + 4 * (step.time * plane + first)
                    let previous = step.before * plane + first, next = step.after * plane + first
                    input.gather(shared, rows, at: step.time, into: gate)
                    product.run(states.elements + previous * size, packed.elements, into: gate)
                    sequitur_lstm_forward(
                        gate, cells.floatElements + previous, cells.mutableFloats + next, states.elements + previous * size,
                        states.elements + next * size, Int32(form.rawValue), order.lengths(from: rows.lowerBound),
                        Int64(step.time), Int64(rows.count), Int64(width))
                }
            }
            keepAlive(packed, shared)
        }
    }

    // MARK: Backward

    func backward(_ upstream: [Tensor?], _ sink: Tape) {
        withoutGradients {
            let (operands, biasSums) = gateGradients(upstream, sink)
            let previous = order.before(states).reshaped([-1, width])
            if sink.wants(weights.recurrent) {
                sink.accumulate(into: weights.recurrent) { Tensor.weightGradient(operands, previous, into: $0, accumulates: $1) }
            }
            for bias in weights.biases where sink.wants(bias) {
                sink.accumulate(into: bias) { Tensor.biasGradient(biasSums, into: $0, accumulates: $1) }
            }
            input.backward(
                gates.reshaped([-1, 4 * width]), operands: operands, source: source, weight: weights.input, factor: inputWeight,
                form,
                sink)
        }
    }

    /// Walks back over the steps; leaves the gradients of the pre-activations in `gates`, and returns them as operands [T·B, 4H]
    /// and their sums over steps and sequences, a row [4H] for each group of sequences.
    private func gateGradients(_ upstream: [Tensor?], _ sink: Tape) -> (operands: Tensor, biasSums: Tensor) {
        let products = StepProducts(
            sequences: sequences, columns: width, inner: 4 * width, type: states.dtype, accumulates: order.hasLengths)
        let packed = products.representative.packed(recurrentWeight)
        let plane = sequences * width
        let operands = form == SEQUITUR_OPERAND_BFLOAT16 ? Tensor.uninitialized(gates.shape, .bfloat16) : gates
        let biasSums = Tensor.zeros([products.groupCount, 4 * width])
        let cellGradient = upstream[2]?.copied() ?? .zeros([sequences, width])
        // The gradient of h from the step after, and the one that this step makes: they change places.
        let carried = [Tensor.uninitialized([sequences, width]), Tensor.uninitialized([sequences, width])]
        let (outputGradient, finalGradient) = (upstream[0], upstream[1])
        let wantsFirst = sink.wants(hidden)
        products.forEachGroup { group, rows, product in
            let first = rows.lowerBound * width
            var recurrent = finalGradient.map { $0.floatElements + first }
            for (index, step) in order.forward.reversed().enumerated() {
                let gate = 4 * (step.time * plane + first), operand = operands.elements + gate * operands.dtype.size
                let passed = carried[index % 2].mutableFloats + first
                sequitur_lstm_backward(
                    gates.mutableFloats + gate, cells.floatElements + step.before * plane + first,
                    cells.floatElements + step.after * plane + first,
                    outputGradient.map { $0.floatElements + step.time * plane + first }, recurrent,
                    cellGradient.mutableFloats + first, passed, biasSums.mutableFloats + group * 4 * width, operand,
                    Int32(form.rawValue), order.lengths(from: rows.lowerBound), Int64(step.time), Int64(rows.count), Int64(width),
                    input.isShared ? 1 : 0)
                if index + 1 < steps || wantsFirst { product.run(operand, packed.elements, into: passed) }
                recurrent = UnsafePointer(passed)
            }
        }
        keepAlive(outputGradient, finalGradient, packed)
        if steps > 0 {
            sink.add(carried[(steps - 1) % 2], to: hidden)
        } else if let finalGradient {
            sink.add(finalGradient, to: hidden)
        }
        sink.add(cellGradient, to: cell)
        return (operands.reshaped([-1, 4 * width]), biasSums)
    }
}
