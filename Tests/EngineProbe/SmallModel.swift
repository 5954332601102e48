import CSequiturKernels
import SequiturLayers
import SequiturTensors

/// A two-layer LSTM language model with a fused loss: what a training step is made of.
final class SmallModel: Module {
    let embedding: Embedding
    let dropout: Dropout
    let recurrent: RecurrentNetwork
    let output: Linear

    init(vocabulary: Int, width: Int) {
        let random = RandomStream(seed: 3)
        embedding = Embedding(count: vocabulary, width: width, random: random.split("embedding"))
        dropout = Dropout(0.2, name: "input")
        recurrent = RecurrentNetwork(
            .lstm, from: width, to: width, options: RecurrentOptions(layers: 2, dropout: 0.2), random: random.split("recurrent"))
        output = Linear(from: width, to: vocabulary, random: random.split("output"))
    }

    /// The loss of a batch of `steps` by `rows` made-up tokens, each to predict its successor.
    func loss(steps: Int, rows: Int) -> Tensor {
        let tokens = (0..<((steps + 1) * rows)).map { Int32(($0 * 7 + $0 / 5) % embedding.count) }
        let ids = Tensor(Array(tokens.prefix(steps * rows)), shape: [steps, rows])
        let (outputs, _) = recurrent(dropout(embedding(ids)), state: recurrent.initialState(rows: rows))
        let hidden = dropout(outputs).reshaped([steps * rows, recurrent.hiddenSize])
        return hidden.linearCrossEntropy(
            weight: output.weight(), bias: output.bias?(), targets: Tensor(Array(tokens.suffix(steps * rows)))
        ).sum
    }

    /// p ← p − rate · gradient
    func update(_ gradients: Gradients, rate: Float) {
        for entry in gradients.parameters.entries {
            guard let gradient = gradients[entry.parameter] else { continue }
            entry.parameter.update { sequitur_scale_add(gradient.floatElements, -rate, $0, 1, Int64(gradient.count)) }
            keepAlive(gradient)
        }
    }
}
