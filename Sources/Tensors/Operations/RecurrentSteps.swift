import CSequiturKernels

// What recurrent layers are put together of where their steps are taken one by one on the tape.
// T time steps, B sequences, I and O widths, H hidden width

/// y = x Wᵀ at every step of a sequence, on the tape.
///
/// W is packed once for all steps. On the way back a step computes dx alone and puts its rows of dy aside; dW = Σ dyᵀ x is one product
/// over the rows of all steps, when the last of them has been walked.
package final class StepMap {
    private let weight: Tensor  // [O, I]
    private let factor: Tensor
    private let form: sequitur_operand
    private let product: MatrixProduct
    private let packed: Tensor
    private let rows: Int
    /// On the tape ahead of all steps: its turn comes when theirs are over.
    private var token: Tensor?
    private var operands: [Tensor] = []  // x of each step, [B, I] in operand form
    private var upstream: [Tensor?] = []  // dy of each step, [B, O] in operand form
    private lazy var backwardProduct = MatrixProduct(
        rows: rows, columns: weight.shape[1], inner: weight.shape[0], type: form.storedType, isPacked: true)
    private lazy var backwardPacked = backwardProduct.packed(factor)

    /// - Parameters:
    ///   - weight: [O, I].
    ///   - rows: B.
    package init(_ weight: Tensor, rows: Int) {
        precondition(weight.rank == 2, "StepMap: a weight [O, I] expected, \(weight.shape) found")
        self.weight = weight
        self.rows = rows
        form = Context.current.precision.operand
        factor = weight.factor(form)
        product = MatrixProduct(
            rows: rows, columns: weight.shape[0], inner: weight.shape[1], type: form.storedType, transposesB: true, isPacked: true
        )
        packed = product.packed(factor)
        guard let tape = Context.current.tape, tape.isRecorded(weight) else { return }
        var outputs = [Tensor(0)]
        tape.record(&outputs) { [self] _, sink in weightGradient(sink) }
        token = outputs[0]
    }

    /// - Shape: x [B, I] → [B, O], float32.
    package func callAsFunction(_ x: Tensor) -> Tensor {
        precondition(x.shape == [rows, weight.shape[1]], "StepMap: x \(x.shape) for [\(rows), \(weight.shape[1])]")
        let operand = x.operand(form), y = Tensor.uninitialized([rows, weight.shape[0]])
        product.run(operand.elements, packed.elements, into: y.elements)
        keepAlive(operand)
        let index = operands.count
        if token != nil {
            operands.append(operand)
            upstream.append(nil)
        }
        return y.recorded(from: x, token ?? weight) { [self] gradient, sink in
            let dy = gradient.operand(form)
            if sink.wants(x) {
                let dx = Tensor.uninitialized(x.shape)
                backwardProduct.run(dy.elements, backwardPacked.elements, into: dx.elements)
                sink.add(dx, to: x)
            }
            guard let token else { return keepAlive(dy) }
            upstream[index] = dy
            sink.add(Tensor(0), to: token)
        }
    }

    private func weightGradient(_ sink: Tape) {
        let taken = zip(upstream, operands).compactMap { dy, x in dy.map { ($0, x) } }
        guard !taken.isEmpty else { return }
        withoutGradients {
            let dy = Tensor.concatenated(taken.map { $0.0.detached }), x = Tensor.concatenated(taken.map { $0.1.detached })
            sink.accumulate(into: weight) { Tensor.weightGradient(dy, x, into: $0, accumulates: $1) }
        }
    }
}

extension Tensor {
    /// The rows of the first axis, each a tensor of its own; their gradients are written side by side, once.
    package func unstacked() -> [Tensor] {
        let plane = Array(shape.dropFirst()), size = plane.reduce(1, *)
        var parts = (0..<shape[0]).map { detached[$0] }
        guard let tape = Context.current.tape, tape.isRecorded(self), !parts.isEmpty else { return parts }
        tape.record(&parts) { [self] upstream, sink in
            let gradient = Tensor.uninitialized(shape)
            for (index, part) in upstream.enumerated() {
                let place = gradient.mutableFloats + index * size
                guard let part else {
                    place.initialize(repeating: 0, count: size)
                    continue
                }
                if size > 0 { place.update(from: part.floatElements, count: size) }
                keepAlive(part)
            }
            sink.add(gradient, to: self)
        }
        return parts
    }

    /// The gates of an LSTM at one step (kernels/lstm_gates.inc has the equations of both directions).
    ///
    ///     i, f, o = σ(x + q)   g = tanh(x + q)      c = f ⊙ c_{t−1} + i ⊙ g      value = o ⊙ tanh(c), or o
    ///
    /// - Shape: x and q [B, 4H], the shares of input and state in the pre-activations; previous [B, H] → [B, H] both.
    /// - Parameter multiplies: whether the value is o ⊙ tanh(c), the hidden state, or the gate o alone.
    package static func lstmGates(
        _ x: Tensor, _ q: Tensor, cell previous: Tensor, multiplies: Bool
    ) -> (cell: Tensor, value: Tensor) {
        let rows = previous.shape[0], width = previous.shape[1]
        precondition(
            x.shape == [rows, 4 * width] && q.shape == x.shape, "lstmGates: \(x.shape) and \(q.shape) for cells \(previous.shape)"
        )
        let gates = Tensor.uninitialized(x.shape), cell = Tensor.uninitialized(previous.shape)
        let value = Tensor.uninitialized(previous.shape)
        sequitur_lstm_gates_forward(
            x.floatElements, q.floatElements, previous.floatElements, gates.mutableFloats, cell.mutableFloats,
            value.mutableFloats,
            multiplies ? 1 : 0, Int64(rows), Int64(width))
        keepAlive(x, q, previous)
        guard let tape = Context.current.tape, [x, q, previous].contains(where: tape.isRecorded) else { return (cell, value) }
        var outputs = [cell, value]
        tape.record(&outputs) { upstream, sink in
            let gradient = Tensor.uninitialized(gates.shape), carried = Tensor.uninitialized(previous.shape)
            sequitur_lstm_gates_backward(
                gates.floatElements, previous.floatElements, cell.floatElements, upstream[0]?.floatElements,
                upstream[1]?.floatElements, gradient.mutableFloats, carried.mutableFloats, multiplies ? 1 : 0, Int64(rows),
                Int64(width))
            keepAlive(gates, previous, cell, upstream)
            sink.add(gradient, to: x)
            sink.add(gradient, to: q)
            sink.add(carried, to: previous)
        }
        return (outputs[0], outputs[1])
    }
}
