import SequiturTensors

// T time steps, B sequences, I input width, H hidden width, P width of the hidden state (H without a projection), G gates

/// One direction of one layer whose cell has what the fused operations have not: layer norm, a projection, zoneout.
///
/// Steps are operations on the tape. The input products of all steps, and their norms, are taken at once; the recurrent weights are packed
/// once and their gradients are one product over all steps (`StepMap`). With LN the layer norm of Ba, Kiros & Hinton 2016 (with gain and
/// bias, ε = 10⁻⁵; the identity without), b the biases where there is no norm, ZO zoneout (the new value without):
///
///     lstm    i, f, o, g = LN(W_x x) + LN(W_h h) + b, through σ, σ, σ, tanh      (one norm over all 4H)
///             ĉ = f ⊙ c + i ⊙ g      c' = ZO(c, ĉ)      h' = ZO(h, W_r (o ⊙ tanh(LN(ĉ))))      (W_r: the projection)
///     gru     r, z = σ(LN(W_x x) + LN(W_h h) + b)      (one norm over the 2H of both gates)
///             n = tanh(LN(W_xn x) + b_x + r ⊙ (LN(W_hn h) + b_h))      or, reset before, tanh(LN(W_xn x) + LN(W_hn (r ⊙ h)) + b)
///             h' = ZO(h, (1 − z) ⊙ n + z ⊙ h)
///     rnn     h' = ZO(h, φ(LN(W_x x) + LN(W_h h) + b))
///
/// The norms of the input's and the state's share are apart, as in that article, and the carried cell is not normalised, only what the
/// output gate multiplies.
struct SteppedRecurrentPass {
    let cell: RecurrentCell
    let layer: RecurrentNetwork.Layer
    let lengths: Tensor?
    let isReversed: Bool

    func callAsFunction(
        _ input: RecurrentInput, _ state: RecurrentState.Layer
    ) -> (outputs: Tensor, state: RecurrentState.Layer) {
        let weights = layer.weights, steps = input.steps, rows = input.sequences
        let ended = endedMask(steps: steps, rows: rows)
        let hiddenMemory = layer.zoneoutHidden.memory(steps: steps, rows: rows, width: layer.stateSize, ended: ended)
        let cellMemory = layer.zoneoutCell.memory(steps: steps, rows: rows, width: layer.hiddenSize, ended: ended)
        let step = self.step(input, weights, rows, cellMemory)
        var hidden = state.hidden.cast(to: .float32), cells = state.cell?.cast(to: .float32)
        var outputs: [Tensor] = []
        for time in isReversed ? Array((0..<steps).reversed()) : Array(0..<steps) {
            let (made, after) = step(hidden, cells, time)
            hidden = hiddenMemory(hidden, made, at: time)
            cells = after
            outputs.append(hidden)
        }
        let last = RecurrentState.Layer(hidden: hidden, cell: cells)
        guard !outputs.isEmpty else { return (.zeros([0, rows, layer.stateSize]), last) }
        let stacked = Tensor.stacked(isReversed ? outputs.reversed() : outputs)
        return (ended.map { Tensor.choose($0, Tensor(0), stacked) } ?? stacked, last)
    }

    /// True where a sequence has ended: bool [T, B, 1].
    private func endedMask(steps: Int, rows: Int) -> Tensor? {
        guard let lengths else { return nil }
        let values = lengths.int32s().map(Int.init)
        precondition(
            values.count == rows && values.allSatisfy((0...steps).contains),
            "recurrent layer: \(rows) lengths in 0...\(steps) expected, \(values) found")
        return Tensor((0..<steps).flatMap { time in values.map { $0 <= time } }, shape: [steps, rows, 1])
    }

    /// (h, c, t) → what the cell makes of them at step t: the new hidden state, before zoneout, and the cell state after it.
    private typealias Step = (_ hidden: Tensor, _ cell: Tensor?, _ time: Int) -> (hidden: Tensor, cell: Tensor?)

    private func step(
        _ input: RecurrentInput, _ weights: RecurrentWeights, _ rows: Int, _ cellMemory: StateMemory
    ) -> Step {
        switch cell {
        case .lstm: lstm(input, weights, rows, cellMemory)
        case .gru, .gruResetBefore: gru(input, weights, rows)
        case .tanh, .rectified: rnn(input, weights, rows)
        }
    }

    private func lstm(
        _ input: RecurrentInput, _ weights: RecurrentWeights, _ rows: Int, _ memory: StateMemory
    ) -> Step {
        let x = input.mapped(by: weights.input, bias: weights.joinedBias) { normalized($0, layer.inputNorm) }.unstacked()
        let recurrent = StepMap(weights.recurrent, rows: rows)
        let projection = layer.projection.map { StepMap($0(), rows: rows) }
        return { hidden, cell, time in
            guard let cell else { preconditionFailure("RecurrentNetwork: an LSTM needs a state with cells") }
            let q = normalized(recurrent(hidden), layer.recurrentNorm)
            let (made, value) = Tensor.lstmGates(x[time], q, cell: cell, multiplies: layer.cellNorm == nil)
            let output = layer.cellNorm.map { value * normalized(made, $0).hyperbolicTangent() } ?? value
            return (projection.map { $0(output) } ?? output, memory(cell, made, at: time))
        }
    }

    private func gru(_ input: RecurrentInput, _ weights: RecurrentWeights, _ rows: Int) -> Step {
        let width = layer.hiddenSize, gates = 0..<(2 * width), candidate = (2 * width)..<(3 * width)
        let isAfter = cell == .gru
        // Reset after the product, the bias of the state's share of n is multiplied by r too.
        let bias = isAfter ? weights.inputBias : weights.joinedBias, inner = isAfter ? weights.recurrentBias : nil
        func share(_ part: Range<Int>) -> [Tensor] {
            input.mapped(by: weights.input[part], bias: bias.map { $0[part] }) { normalized($0, layer.inputNorm, part) }
                .unstacked()
        }
        let xGates = share(gates), xCandidate = share(candidate)
        let gateMap = StepMap(weights.recurrent[gates], rows: rows),
            candidateMap = StepMap(weights.recurrent[candidate], rows: rows)
        let gateBias = inner.map { $0[gates] }, candidateBias = inner.map { $0[candidate] }
        return { hidden, _, time in
            let q = normalized(gateMap(hidden), layer.recurrentNorm, gates)
            let both = (xGates[time] + (gateBias.map { q + $0 } ?? q)).sigmoid()
            let reset = both.sliced(axis: 1, 0..<width), update = both.sliced(axis: 1, width..<(2 * width))
            let product = normalized(candidateMap(isAfter ? hidden : reset * hidden), layer.recurrentNorm, candidate)
            let biased = candidateBias.map { product + $0 } ?? product
            let made = (xCandidate[time] + (isAfter ? reset * biased : biased)).hyperbolicTangent()
            return (made + update * (hidden - made), nil)
        }
    }

    private func rnn(_ input: RecurrentInput, _ weights: RecurrentWeights, _ rows: Int) -> Step {
        let x = input.mapped(by: weights.input, bias: weights.joinedBias) { normalized($0, layer.inputNorm) }.unstacked()
        let recurrent = StepMap(weights.recurrent, rows: rows), isRectified = cell == .rectified
        return { hidden, _, time in
            let sum = x[time] + normalized(recurrent(hidden), layer.recurrentNorm)
            return (isRectified ? sum.relu() : sum.hyperbolicTangent(), nil)
        }
    }

    /// Rows normalised, where there is a norm; with some of its gains and biases where they are a part of all gates.
    private func normalized(_ x: Tensor, _ norm: Norm?, _ part: Range<Int>? = nil) -> Tensor {
        guard let norm else { return x }
        guard let part else { return norm(x) }
        return x.normalized(
            norm.kind, gain: norm.gain.map { $0()[part] }, bias: norm.bias.map { $0()[part] }, epsilon: norm.epsilon)
    }
}

extension RecurrentInput {
    /// f(W x + b) at all steps, [T, B, O]; of a table once for each of its rows.
    fileprivate func mapped(by weight: Tensor, bias: Tensor?, _ body: (Tensor) -> Tensor) -> Tensor {
        switch self {
        case .vectors(let x): body(x.linear(weight: weight, bias: bias))
        case .rows(let table, let ids): body(table.linear(weight: weight, bias: bias)).rows(ids)
        }
    }
}

extension RecurrentWeights {
    /// b_x + b_h on the tape, whichever there are.
    fileprivate var joinedBias: Tensor? {
        switch (inputBias, recurrentBias) {
        case (let a?, let b?): a + b
        case (let a, let b): a ?? b
        }
    }
}
