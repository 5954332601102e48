import CSequiturKernels

// T time steps, B sequences, I input width, H hidden width, V rows of the table

/// What an LSTM layer reads: a sequence of vectors, or rows of a table chosen by ids.
///
/// With a table smaller than the sequence (characters), the input products of its V rows are computed once and gathered,
/// instead of one product for each of the T·B positions; the results are the same.
package enum RecurrentInput {
    case vectors(Tensor)  // [T, B, I]
    case rows(table: Tensor, ids: Tensor)  // [V, I], [T, B]

    var steps: Int {
        switch self {
        case .vectors(let x): x.shape[0];
        case .rows(_, let ids): ids.shape[0]
        }
    }
    var sequences: Int {
        switch self {
        case .vectors(let x): x.shape[1];
        case .rows(_, let ids): ids.shape[1]
        }
    }
    var hasValidRank: Bool {
        switch self {
        case .vectors(let x): x.rank == 3
        case .rows(let table, let ids): table.rank == 2 && ids.rank == 2 && ids.dtype == .int32
        }
    }
    /// The tensor whose gradient the layer computes.
    var source: Tensor {
        switch self {
        case .vectors(let x): x;
        case .rows(let table, _): table
        }
    }
}

/// The weights of one LSTM layer in PyTorch's layout: the gates i, f, g, o below one another.
package struct LSTMWeights {
    package var input: Tensor  // [4H, I]
    package var recurrent: Tensor  // [4H, H]
    package var inputBias: Tensor?  // [4H]
    package var recurrentBias: Tensor?  // [4H]

    package init(input: Tensor, recurrent: Tensor, inputBias: Tensor?, recurrentBias: Tensor?) {
        self.input = input
        self.recurrent = recurrent
        self.inputBias = inputBias
        self.recurrentBias = recurrentBias
    }

    var all: [Tensor] { [input, recurrent] + [inputBias, recurrentBias].compactMap { $0 } }
}

extension Tensor {
    /// One LSTM layer over a whole sequence, forward and backward written out.
    ///
    ///     a_t = W_x x_t + b_x + W_h h_{t−1} + b_h        i, f, o = σ(a)   g = tanh(a)
    ///     c_t = f ⊙ c_{t−1} + i ⊙ g                      h_t = o ⊙ tanh(c_t)
    ///
    /// The input products of all time steps are one matrix product; each step adds one recurrent product, whose weight is packed
    /// once, and one kernel for the gates (kernels/recurrent.inc has the equations of both directions).
    /// - Shape: hidden and cell [B, H] → outputs [T, B, H], final hidden and cell [B, H].
    /// - With bfloat16 products the outputs are rounded to bfloat16, as they feed the next product; cells stay float32.
    package static func lstm(
        _ input: RecurrentInput, hidden: Tensor, cell: Tensor, weights: LSTMWeights,
        packing: ((MatrixProduct, Tensor) -> Tensor)? = nil
    ) -> (outputs: Tensor, hidden: Tensor, cell: Tensor) {
        let run = LSTMRun(input, hidden, cell, weights)
        run.forward(packing ?? { $0.packed($1) })
        guard let tape = Context.current.tape, ([input.source, hidden, cell] + weights.all).contains(where: tape.isRecorded)
        else {
            return (run.outputs, run.finalHidden, run.finalCell)
        }
        var results = [run.outputs, run.finalHidden, run.finalCell]
        tape.record(&results) { upstream, sink in run.backward(upstream, sink) }
        return (results[0], results[1], results[2])
    }
}

private final class LSTMRun {
    let input: RecurrentInput
    let hidden, cell: Tensor
    let weights: LSTMWeights
    let steps, sequences, width: Int
    let form: sequitur_operand
    let source: Tensor  // operand of the input product: [T·B, I], or the table [V, I]
    let inputWeight, recurrentWeight: Tensor
    let gates: Tensor  // [T, B, 4H]: activations after forward, gradients after backward
    let cells: Tensor  // [T + 1, B, H], the first is the initial cell
    let states: Tensor  // [T + 1, B, H] in operand form, the first is the initial hidden state

    init(_ input: RecurrentInput, _ hidden: Tensor, _ cell: Tensor, _ weights: LSTMWeights) {
        self.input = input
        self.hidden = hidden
        self.cell = cell
        self.weights = weights
        steps = input.steps
        sequences = input.sequences
        width = weights.recurrent.shape[1]
        let inputWidth = weights.input.shape[1]
        precondition(
            input.hasValidRank && input.source.shape[input.source.rank - 1] == inputWidth && weights.input.shape[0] == 4 * width
                && weights.recurrent.shape == [4 * width, width] && hidden.shape == [sequences, width]
                && cell.shape == hidden.shape,
            "lstm: input \(input.source.shape), weights \(weights.input.shape) and \(weights.recurrent.shape), state \(hidden.shape) and \(cell.shape)"
        )
        form = Context.current.precision.operand
        source = input.source.matrix.operand(form)
        inputWeight = weights.input.operand(form)
        recurrentWeight = weights.recurrent.operand(form)
        gates = .uninitialized([steps, sequences, 4 * width])
        cells = .uninitialized([steps + 1, sequences, width])
        states = .uninitialized([steps + 1, sequences, width], form == SEQUITUR_OPERAND_BFLOAT16 ? .bfloat16 : .float32)
    }

    var outputs: Tensor { states[1..<(steps + 1)] }
    var finalHidden: Tensor { states[steps].cast(to: .float32).copied() }
    var finalCell: Tensor { cells[steps].copied() }

    // MARK: Forward

    func forward(_ packing: (MatrixProduct, Tensor) -> Tensor) {
        withoutGradients {
            inputProducts()
            let product = MatrixProduct(
                rows: sequences, columns: 4 * width, inner: width, type: states.dtype, transposesB: true, accumulates: true,
                isPacked: true)
            let packed = packing(product, recurrentWeight)
            let plane = sequences * width, stateSize = states.dtype.size
            let initial = hidden.operand(form), initialCell = cell.detached.cast(to: .float32)
            states.elements.copyMemory(from: initial.elements, byteCount: initial.byteCount)
            cells.elements.copyMemory(from: initialCell.elements, byteCount: initialCell.byteCount)
            for step in 0..<steps {
                let gate = gates.mutableFloats + step * 4 * plane
                let next = states.elements + (step + 1) * plane * stateSize
                product.run(states.elements + step * plane * stateSize, packed.elements, into: gate)
                sequitur_lstm_forward(
                    gate, cells.floatElements + step * plane, cells.mutableFloats + (step + 1) * plane,
                    form == SEQUITUR_OPERAND_FLOAT32 ? next.assumingMemoryBound(to: Float.self) : nil, next, Int32(form.rawValue),
                    Int64(sequences), Int64(width))
            }
            keepAlive(packed, initial, initialCell)
        }
    }

    /// gates[t] = W_x x_t + b_x + b_h for all t.
    private func inputProducts() {
        let bias: Tensor? =
            switch (weights.inputBias?.detached.cast(to: .float32), weights.recurrentBias?.detached.cast(to: .float32)) {
            case (let a?, let b?): a + b
            case (let a, let b): a ?? b
            }
        switch input {
        case .vectors: Tensor.forwardProduct(source, inputWeight, bias: bias, into: gates.elements)
        case .rows(_, let ids):
            let products = Tensor.uninitialized([source.shape[0], 4 * width])
            Tensor.forwardProduct(source, inputWeight, bias: bias, into: products.elements)
            ids.requireIndices(below: source.shape[0], "lstm")
            sequitur_gather_rows(products.elements, ids.int32Elements, gates.elements, Int64(ids.count), Int64(16 * width))
            keepAlive(products, ids)
        }
    }

    // MARK: Backward

    func backward(_ upstream: [Tensor?], _ sink: Tape) {
        withoutGradients {
            let operands = gateGradients(upstream, sink)
            let gateRows = gates.reshaped([-1, 4 * width])
            let previous = states[0..<steps].reshaped([-1, width])
            if sink.wants(weights.recurrent) {
                sink.accumulate(into: weights.recurrent) { Tensor.weightGradient(operands, previous, into: $0, accumulates: $1) }
            }
            for bias in [weights.inputBias, weights.recurrentBias].compactMap({ $0 }) where sink.wants(bias) {
                sink.accumulate(into: bias) { Tensor.biasGradient(gateRows, into: $0, accumulates: $1) }
            }
            // For a table the gradients of equal ids are added before the products, as the products were shared.
            let inputOperands: Tensor
            switch input {
            case .vectors: inputOperands = operands
            case .rows(_, let ids):
                guard sink.wants(weights.input) || sink.wants(input.source) else { return }
                let collected = Tensor.zeros([source.shape[0], 4 * width])
                sequitur_scatter_add_rows(
                    gateRows.floatElements, ids.int32Elements, collected.mutableFloats, Int64(ids.count), Int64(4 * width), 1)
                inputOperands = collected.operand(form)
            }
            if sink.wants(weights.input) {
                sink.accumulate(into: weights.input) { Tensor.weightGradient(inputOperands, source, into: $0, accumulates: $1) }
            }
            if sink.wants(input.source) {
                sink.accumulate(into: input.source) {
                    Tensor.inputGradient(inputOperands, inputWeight, into: $0, accumulates: $1)
                }
            }
        }
    }

    /// Walks back over the steps; leaves the gradients of the pre-activations in `gates` and returns them as operands [T·B, 4H].
    private func gateGradients(_ upstream: [Tensor?], _ sink: Tape) -> Tensor {
        let product = MatrixProduct(rows: sequences, columns: width, inner: 4 * width, type: states.dtype, isPacked: true)
        let packed = product.packed(recurrentWeight)
        let plane = sequences * width
        let operands = form == SEQUITUR_OPERAND_BFLOAT16 ? Tensor.uninitialized(gates.shape, .bfloat16) : gates
        let cellGradient = upstream[2]?.copied() ?? .zeros([sequences, width])
        let carried = Tensor.uninitialized([sequences, width])
        let outputGradient = upstream[0]
        var recurrent = upstream[1]
        for step in (0..<steps).reversed() {
            let operand = operands.elements + step * 4 * plane * operands.dtype.size
            sequitur_lstm_backward(
                gates.mutableFloats + step * 4 * plane, cells.floatElements + step * plane,
                cells.floatElements + (step + 1) * plane,
                outputGradient.map { $0.floatElements + step * plane }, recurrent?.floatElements, cellGradient.mutableFloats,
                operand, Int32(form.rawValue), Int64(sequences), Int64(width))
            if step > 0 || sink.wants(hidden) { product.run(operand, packed.elements, into: carried.elements) }
            recurrent = carried
        }
        keepAlive(outputGradient, packed)
        if steps > 0 {
            sink.add(carried, to: hidden)
        } else if let unchanged = upstream[1] {
            sink.add(unchanged, to: hidden)
        }
        sink.add(cellGradient, to: cell)
        return operands.reshaped([-1, 4 * width])
    }
}

extension Tensor {
    /// The same elements in storage of their own.
    package func copied() -> Tensor {
        let made = Tensor.uninitialized(shape, dtype)
        if byteCount > 0 { made.elements.copyMemory(from: elements, byteCount: byteCount) }
        keepAlive(self)
        return made
    }
}
