import SequiturTensors

/// The cells of recurrent nets; `rawValue` is their name in `config.json`.
public enum RecurrentCell: String, CaseIterable, Sendable {
    /// h' = tanh(W_x x + W_h h + b) (Elman 1990)
    case tanh = "rnn-tanh"
    /// h' = max(0, W_x x + W_h h + b) (Le, Jaitly & Hinton 2015)
    case rectified = "rnn-relu"
    /// Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000):
    ///
    ///     i, f, o = σ(W_x x + W_h h + b)   g = tanh(…)      c' = f ⊙ c + i ⊙ g      h' = o ⊙ tanh(c')
    case lstm
    /// Gated recurrent unit with the reset gate after the product, as in PyTorch and cuDNN:
    ///
    ///     r, z = σ(W_x x + W_h h + b)   n = tanh(W_xn x + b_xn + r ⊙ (W_hn h + b_hn))      h' = (1 − z) ⊙ n + z ⊙ h
    case gru
    /// The same with the reset gate before the product (Cho et al. 2014): n = tanh(W_xn x + W_hn (r ⊙ h) + b_n).
    case gruResetBefore = "gru-reset-before"

    /// Blocks of hiddenSize rows in a weight: LSTM i, f, g, o; GRU r, z, n.
    public var gateCount: Int {
        switch self {
        case .tanh, .rectified: 1
        case .lstm: 4
        case .gru, .gruResetBefore: 3
        }
    }

    /// Whether a cell state goes beside the hidden state.
    public var hasCellState: Bool { self == .lstm }

    /// Whether z chooses between the old state and a new one.
    public var hasUpdateGate: Bool { self == .gru || self == .gruResetBefore }
}

/// One direction of one layer: what it computes of a whole sequence.
struct RecurrentPass {
    let cell: RecurrentCell
    let lengths: Tensor?
    let isReversed: Bool
    var packing: ((MatrixProduct, Tensor) -> Tensor)?

    func callAsFunction(
        _ input: RecurrentInput, _ state: RecurrentState.Layer, _ weights: RecurrentWeights
    ) -> (outputs: Tensor, state: RecurrentState.Layer) {
        switch cell {
        case .lstm:
            guard let cellState = state.cell else { preconditionFailure("RecurrentNetwork: an LSTM needs a state with cells") }
            let step = Tensor.lstm(
                input, hidden: state.hidden, cell: cellState, weights: weights, lengths: lengths, isReversed: isReversed,
                packing: packing)
            return (step.outputs, RecurrentState.Layer(hidden: step.hidden, cell: step.cell))
        case .gru, .gruResetBefore:
            let step = Tensor.gru(
                input, hidden: state.hidden, weights: weights, reset: cell == .gru ? .afterProduct : .beforeProduct,
                lengths: lengths, isReversed: isReversed)
            return (step.outputs, RecurrentState.Layer(hidden: step.hidden, cell: nil))
        case .tanh, .rectified:
            let step = Tensor.rnn(
                input, hidden: state.hidden, weights: weights, isRectified: cell == .rectified, lengths: lengths,
                isReversed: isReversed, packing: packing)
            return (step.outputs, RecurrentState.Layer(hidden: step.hidden, cell: nil))
        }
    }
}
