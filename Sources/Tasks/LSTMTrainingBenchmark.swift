import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTraining

/// The time of one training step of a recurrent net: forward, loss, backward, clipping and SGD. The step is the one that `train`
/// makes.
///
/// In one direction the net is a language model, its state carried and cut, as in PyTorch's `word_language_model` example; in both
/// directions it is a tagger, whose sequences begin from zero, with a class for each token.
public struct LSTMTrainingBenchmark: Sendable {
    public var cell = RecurrentCell.lstm
    public var isBidirectional = false
    /// Classes of the tagger.
    public var tags = 9
    public var layers = 2
    public var width = 650
    public var vocabulary = 10_000
    public var batch = 20
    public var steps = 35
    public var dropout: Float = 0.5
    public var precision = Precision.auto
    public var tiesEmbeddings = false
    /// Steps timed, after `warmup` that are not.
    public var iterations = 20
    public var warmup = 5
    /// Starting weights with the names of PyTorch's example, and the tokens of 20 steps; drawn where nil.
    public var weights: String?

    public init() {}

    // A rate at which training from here is stable: at 20, the example's, losses jump, and rounding grows to whole units in 20 steps.
    static let learningRate = 1.0
    static let clip = 0.25

    public func run(progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }) throws -> TrainingBenchmarkResult {
        let shape = [TrainingBenchmark.agreedSteps * steps + 1, batch]
        let tokens = try Engine.run { () throws -> Tensor in
            try TrainingBenchmark.tokens(shape, below: vocabulary, from: weights)
        }
        let benchmark = TrainingBenchmark(
            learningRate: Self.learningRate, iterations: iterations, warmup: warmup, tokensPerStep: batch * steps)
        return try benchmark.run(precision: precision, progress: progress) { try makeStep(tokens, dropout: $0 ? dropout : 0) }
    }

    // MARK: The starting point

    private func configuration(dropout: Float) -> RecurrentConfiguration {
        RecurrentConfiguration(
            cell: cell, vocabularySize: vocabulary, embeddingSize: width, hiddenSize: width, layers: layers,
            tiesEmbeddings: tiesEmbeddings, dropout: dropout, inputDropout: dropout, layerDropout: dropout)
    }

    private func makeStep(_ tokens: Tensor, dropout: Float) throws -> TrainingStep<BenchmarkTask> {
        let random = RandomStream(seed: 1), task: BenchmarkTask
        if isBidirectional {
            let model = BenchmarkTagger(
                cell, vocabulary: vocabulary, width: width, layers: layers, tags: tags, dropout: dropout, random: random)
            task = BenchmarkTask(model, tokens: tokens, steps: steps) { inputs, targets in
                (model.loss(inputs, Tensor(targets.int32s().map { $0 % Int32(tags) }, shape: targets.shape)), nil)
            }
        } else {
            let model = try RecurrentLanguageModel(configuration(dropout: dropout), random: random)
            var state = model.initialState(rows: tokens.shape[1])
            task = BenchmarkTask(model, tokens: tokens, steps: steps) { inputs, targets in
                let result = model.loss(inputs: inputs, targets: targets, state: state, regularization: .none)
                state = result.state.detached
                return (result.loss, result.objective)
            }
        }
        if let weights {
            let names = Self.names(layers: layers, isBidirectional: isBidirectional, tiesEmbeddings: tiesEmbeddings)
            try TrainingBenchmark.read(task.parameters, names, from: weights)
        }
        return TrainingStep(
            task, optimizer: OptimizerSettings(kind: .sgd).optimizer(for: task.parameters), clip: Self.clip, precision: precision,
            random: RandomStream(seed: 1))
    }

    /// PyTorch's names of the parameters, and ours.
    package static func names(
        layers: Int, isBidirectional: Bool = false, tiesEmbeddings: Bool
    ) -> [(theirs: String, ours: String)] {
        var names = [("encoder.weight", "embedding.weight")]
        for (layer, isReversed) in (0..<layers).flatMap({ layer in [false, true].map { (layer, $0) } })
        where isBidirectional || !isReversed {
            for (theirs, ours) in [
                ("weight_ih", "inputWeight"), ("weight_hh", "recurrentWeight"), ("bias_ih", "inputBias"),
                ("bias_hh", "recurrentBias"),
            ] {
                names.append(
                    (
                        "rnn.\(theirs)_l\(layer)\(isReversed ? "_reverse" : "")",
                        "recurrent.\(isReversed ? "reverseLayers" : "layers").\(layer).\(ours)"
                    ))
            }
        }
        if !tiesEmbeddings { names.append(("decoder.weight", "output.weight")) }
        names.append(("decoder.bias", "output.bias"))
        return names
    }
}

/// Embedding, recurrent layers in both directions, and a class for each token.
private final class BenchmarkTagger: Module {
    let embedding: Embedding
    let recurrent: RecurrentNetwork
    let output: Linear
    private let inputDropout, outputDropout: Dropout

    init(
        _ cell: RecurrentCell, vocabulary: Int, width: Int, layers: Int, tags: Int, dropout: Float, random: RandomStream
    ) {
        embedding = Embedding(count: vocabulary, width: width, random: random.split("embedding"))
        recurrent = RecurrentNetwork(
            cell, from: width, to: width, options: RecurrentOptions(layers: layers, isBidirectional: true, dropout: dropout),
            random: random.split("recurrent"))
        output = Linear(from: 2 * width, to: tags, random: random.split("output"))
        inputDropout = Dropout(dropout, name: "input")
        outputDropout = Dropout(dropout, name: "output")
    }

    func loss(_ tokens: Tensor, _ targets: Tensor) -> Loss {
        let hidden = outputDropout(recurrent(inputDropout(embedding(tokens))).outputs)
        return hidden.reshaped([-1, recurrent.outputSize]).linearCrossEntropy(
            weight: output.weight(), bias: output.bias?(), targets: targets.reshaped([-1]))
    }
}

/// Windows of a fixed stream, over and over.
final class BenchmarkTask: TrainingTask {
    let parameters: ParameterList
    private let tokens: Tensor  // [windows · steps + 1, B]
    private let steps: Int
    private let loss: (_ inputs: Tensor, _ targets: Tensor) -> (loss: Loss, objective: Tensor?)
    private var made = 0

    init(
        _ model: some Module, tokens: Tensor, steps: Int,
        loss: @escaping (_ inputs: Tensor, _ targets: Tensor) -> (loss: Loss, objective: Tensor?)
    ) {
        self.tokens = tokens
        self.steps = steps
        self.loss = loss
        parameters = model.parameters()
    }

    func nextBatch() -> MicroBatch? {
        let start = made % ((tokens.shape[0] - 1) / steps) * steps
        made += 1
        let inputs = tokens[start..<(start + steps)], targets = tokens[(start + 1)..<(start + 1 + steps)]
        return MicroBatch(exampleCount: tokens.shape[1]) { [self] in
            let result = loss(inputs, targets)
            return MicroBatchLoss(objective: result.objective ?? result.loss.sum, loss: result.loss)
        }
    }

    func startNextEpoch() {}
    var epochProgress: Double { 0 }
    func validate() -> Validation? { nil }
    var position: JSONValue { .integer(Int64(made)) }
    func restore(position: JSONValue, carriedState: NamedTensors) {}
}
