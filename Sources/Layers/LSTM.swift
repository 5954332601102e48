import SequiturTensors

/// Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000), in several layers.
///
///     i = σ(W_ii x + b_ii + W_hi h + b_hi)    f = σ(W_if x + b_if + W_hf h + b_hf)
///     g = tanh(W_ig x + b_ig + W_hg h + b_hg) o = σ(W_io x + b_io + W_ho h + b_ho)
///     c' = f ⊙ c + i ⊙ g                      h' = o ⊙ tanh(c')
///
/// - Shape: x [T, B, inputSize] → outputs [T, B, hiddenSize] and the state after the last step.
///
/// Weights begin even in ±1/√hiddenSize, biases at 0 but for the forget gate's, which begins at 1, so that a new cell
/// remembers (Jozefowicz et al. 2015). Dropout acts between layers, never after the last.
///
///     let lstm = LSTM(from: 8, to: 16, layers: 2, dropout: 0.2, random: RandomStream(seed: 1))
///     let (outputs, state) = lstm(x, state: lstm.initialState(rows: 4))
public final class LSTM: Module {
    /// The weights of one layer in PyTorch's layout: the gates i, f, g, o below one another.
    public final class Layer: Module {
        public let inputWeight: Parameter  // [4H, I]
        public let recurrentWeight: Parameter  // [4H, H]
        public let inputBias: Parameter  // [4H]
        public let recurrentBias: Parameter  // [4H]

        init(from inputSize: Int, to hiddenSize: Int, random: RandomStream) {
            let bound = 1 / Float(max(1, hiddenSize)).squareRoot()
            inputWeight = Parameter(.uniform([4 * hiddenSize, inputSize], -bound, bound, from: random.split("inputWeight")))
            recurrentWeight = Parameter(
                .uniform([4 * hiddenSize, hiddenSize], -bound, bound, from: random.split("recurrentWeight")))
            let biases = (0..<(4 * hiddenSize)).map { $0 / max(1, hiddenSize) == 1 ? Float(1) : 0 }
            inputBias = Parameter(Tensor(biases), isDecayed: false)
            recurrentBias = Parameter(.zeros([4 * hiddenSize]), isDecayed: false)
        }

        var weights: LSTMWeights {
            LSTMWeights(
                input: inputWeight(), recurrent: recurrentWeight(), inputBias: inputBias(), recurrentBias: recurrentBias())
        }
    }

    public let layers: [Layer]
    public let inputSize: Int
    public let hiddenSize: Int
    private let dropouts: [Dropout]
    private let packing: PackedWeights

    public init(from inputSize: Int, to hiddenSize: Int, layers count: Int = 1, dropout: Float = 0, random: RandomStream) {
        precondition(count > 0, "LSTM: at least one layer expected, \(count) given")
        self.inputSize = inputSize
        self.hiddenSize = hiddenSize
        layers = (0..<count).map { Layer(from: $0 == 0 ? inputSize : hiddenSize, to: hiddenSize, random: random.split($0)) }
        dropouts = (1..<max(1, count)).map { Dropout(dropout, name: "recurrent.\($0)") }
        packing = PackedWeights(count: count)
    }

    /// Zeros for a batch of `rows` sequences.
    public func initialState(rows: Int) -> RecurrentState {
        let zero = Tensor.zeros([rows, hiddenSize])
        return RecurrentState(layers: layers.map { _ in RecurrentState.Layer(hidden: zero, cell: zero) })
    }

    public func callAsFunction(_ x: Tensor, state: RecurrentState) -> (outputs: Tensor, state: RecurrentState) {
        callAsFunction(.vectors(x), state: state)
    }

    /// The same for x = table rows chosen by ids, whose input products are shared by equal ids.
    package func callAsFunction(_ input: RecurrentInput, state: RecurrentState) -> (outputs: Tensor, state: RecurrentState) {
        precondition(state.layers.count == layers.count, "LSTM: state of \(state.layers.count) layers for \(layers.count)")
        let isInference = Context.current.tape == nil
        var input = input, outputs: Tensor?, after: [RecurrentState.Layer] = []
        for (index, layer) in layers.enumerated() {
            let before = state.layers[index]
            let step = Tensor.lstm(
                input, hidden: before.hidden, cell: before.cell, weights: layer.weights,
                packing: isInference ? { self.packing.packed(layer.recurrentWeight, for: $0, $1, at: index) } : nil)
            after.append(RecurrentState.Layer(hidden: step.hidden, cell: step.cell))
            outputs = step.outputs
            if index + 1 < layers.count { input = .vectors(dropouts[index](step.outputs)) }
        }
        guard let outputs else { preconditionFailure("LSTM: no layers") }
        return (outputs, RecurrentState(layers: after))
    }
}
