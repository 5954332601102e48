import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTraining

/// The time of one training step of a decoder-only Transformer shaped like GPT-2: forward, loss, backward, clipping and AdamW. The step
/// is the one that `train` makes.
public struct TransformerTrainingBenchmark: Sendable {
    public var layers = 6
    public var heads = 6
    public var width = 384
    /// Tokens of a sequence.
    public var block = 256
    public var batch = 16
    public var vocabulary = 65
    public var dropout: Float = 0
    public var precision = Precision.auto
    public var tiesEmbeddings = true
    /// Steps timed, after `warmup` that are not.
    public var iterations = 20
    public var warmup = 5
    /// Starting weights with nanoGPT's names, and the tokens of 20 steps; drawn where nil.
    public var weights: String?

    public init() {}

    static let learningRate = 3e-4
    static let clip = 1.0
    static let optimizer = OptimizerSettings(kind: .adamw, beta1: 0.9, beta2: 0.95, weightDecay: 0.1)

    public func run(progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }) throws -> TrainingBenchmarkResult {
        try configuration(dropout: dropout).validate()
        let shape = [TrainingBenchmark.agreedSteps * batch, block + 1]
        let tokens = try Engine.run { () throws -> Tensor in
            try TrainingBenchmark.tokens(shape, below: vocabulary, from: weights).transposed()  // time first
        }
        let benchmark = TrainingBenchmark(
            learningRate: Self.learningRate, iterations: iterations, warmup: warmup, tokensPerStep: batch * block)
        return try benchmark.run(precision: precision, progress: progress) { try makeStep(tokens, dropout: $0 ? dropout : 0) }
    }

    private func configuration(dropout: Float) -> TransformerConfiguration {
        TransformerConfiguration(
            vocabularySize: vocabulary, width: width, layers: layers, heads: heads, block: block, tiesEmbeddings: tiesEmbeddings,
            dropout: dropout, inputDropout: dropout, attentionDropout: dropout)
    }

    private func makeStep(_ tokens: Tensor, dropout: Float) throws -> TrainingStep<SequenceBenchmarkTask> {
        let model = try TransformerLanguageModel(configuration(dropout: dropout), random: RandomStream(seed: 1))
        let task = SequenceBenchmarkTask(model, tokens: tokens, batch: batch)
        if let weights {
            try TrainingBenchmark.read(
                task.parameters, Self.names(layers: layers, tiesEmbeddings: tiesEmbeddings), from: weights)
        }
        return TrainingStep(
            task, optimizer: Self.optimizer.optimizer(for: task.parameters), clip: Self.clip, precision: precision,
            random: RandomStream(seed: 1))
    }

    /// nanoGPT's names of the parameters, and ours.
    package static func names(layers: Int, tiesEmbeddings: Bool) -> [(theirs: String, ours: String)] {
        var names = [("transformer.wte.weight", "embedding.weight"), ("transformer.wpe.weight", "positions")]
        for layer in 0..<layers {
            for (theirs, ours) in [
                ("ln_1.weight", "norm1.gain"), ("ln_1.bias", "norm1.bias"), ("attn.c_attn.weight", "selfAttention.inputWeight"),
                ("attn.c_attn.bias", "selfAttention.inputBias"), ("attn.c_proj.weight", "selfAttention.output.weight"),
                ("attn.c_proj.bias", "selfAttention.output.bias"), ("ln_2.weight", "norm2.gain"), ("ln_2.bias", "norm2.bias"),
                ("mlp.c_fc.weight", "feedForward.expansion.weight"), ("mlp.c_fc.bias", "feedForward.expansion.bias"),
                ("mlp.c_proj.weight", "feedForward.contraction.weight"), ("mlp.c_proj.bias", "feedForward.contraction.bias"),
            ] {
                names.append(("transformer.h.\(layer).\(theirs)", "transformer.layers.\(layer).\(ours)"))
            }
        }
        names += [("transformer.ln_f.weight", "transformer.norm.gain"), ("transformer.ln_f.bias", "transformer.norm.bias")]
        if !tiesEmbeddings { names.append(("lm_head.weight", "output.weight")) }
        return names
    }
}

/// Batches of fixed sequences, over and over.
private final class SequenceBenchmarkTask: TrainingTask {
    private let model: TransformerLanguageModel
    let parameters: ParameterList
    private let batches: [(inputs: Tensor, targets: Tensor)]
    private var made = 0

    /// - Parameter tokens: [T + 1, batches · B]
    init(_ model: TransformerLanguageModel, tokens: Tensor, batch: Int) {
        self.model = model
        parameters = model.parameters()
        let block = tokens.shape[0] - 1
        batches = (0..<(tokens.shape[1] / batch)).map { index in
            let own = tokens.sliced(axis: 1, (index * batch)..<((index + 1) * batch))
            return (own[0..<block], own[1..<(block + 1)])
        }
    }

    func nextBatch() -> MicroBatch? {
        let (inputs, targets) = batches[made % batches.count]
        made += 1
        return MicroBatch(exampleCount: inputs.shape[1]) { [model] in
            let result = model.loss(
                inputs: inputs, targets: targets, state: model.initialState(rows: inputs.shape[1]), regularization: .none)
            return MicroBatchLoss(objective: result.objective, loss: result.loss)
        }
    }

    func startNextEpoch() {}
    var epochProgress: Double { 0 }
    func validate() -> Validation? { nil }
    var position: JSONValue { .integer(Int64(made)) }
    func restore(position: JSONValue, carriedState: NamedTensors) {}
}
