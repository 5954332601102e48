import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTraining

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

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

    public struct Result: Sendable {
        public let milliseconds: [Double]
        public let tokensPerSecond: Double
        /// The most memory that the process has held.
        public let peakBytes: Int
        /// Of the twentieth step from the starting weights, without dropout, before its update.
        public let agreedLoss: Double
        public let precision: Precision
        /// Allocations of the engine that its cache could not serve, while steps were timed.
        public let allocatorMisses: Int

        public var median: Double {
            let sorted = milliseconds.sorted(), middle = sorted.count / 2
            return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        }
        public var best: Double { milliseconds.min() ?? .nan }
    }

    /// Steps whose last loss both sides of a comparison must agree on.
    static let agreedSteps = 20
    // A rate at which training from here is stable: at 20, the example's, losses jump, and rounding grows to whole units in 20 steps.
    static let learningRate = 1.0
    static let clip = 0.25

    public func run(progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }) throws -> Result {
        let tokens = try Engine.run { () throws -> Tensor in try drawnOrReadTokens() }
        var loss = 0.0
        do {
            let step = try Engine.run { try makeStep(tokens, dropout: 0) }
            for number in 1...Self.agreedSteps {
                loss = try step(number: number, learningRate: Self.learningRate)?.loss ?? .nan
                try progress(number, Self.agreedSteps + warmup + iterations)
            }
        }
        Memory.trim()  // what the steps before held is not what a training step needs
        let step = try Engine.run { try makeStep(tokens, dropout: dropout) }
        var milliseconds: [Double] = []
        var missesBefore = 0
        let clock = ContinuousClock()
        for number in 1...(warmup + iterations) {
            if number == warmup + 1 { missesBefore = Memory.statistics.misses }
            let duration = try clock.measure { _ = try step(number: number, learningRate: Self.learningRate) }
            if number > warmup { milliseconds.append(duration / .milliseconds(1)) }
            try progress(Self.agreedSteps + number, Self.agreedSteps + warmup + iterations)
        }
        let sorted = milliseconds.sorted()
        return Result(
            milliseconds: milliseconds, tokensPerSecond: Double(batch * steps) / sorted[sorted.count / 2] * 1000,
            peakBytes: Self.peakResidentBytes, agreedLoss: loss, precision: precision.resolved,
            allocatorMisses: Memory.statistics.misses - missesBefore)
    }

    // MARK: The starting point

    private func configuration(dropout: Float) -> RecurrentConfiguration {
        RecurrentConfiguration(
            cell: cell, vocabularySize: vocabulary, embeddingSize: width, hiddenSize: width, layers: layers,
            tiesEmbeddings: tiesEmbeddings, dropout: dropout, inputDropout: dropout, layerDropout: dropout)
    }

    /// [20 · steps + 1, batch]
    private func drawnOrReadTokens() throws -> Tensor {
        guard let weights else { return drawnTokens() }
        let tokens = try Checkpoint.tensor(named: "tokens", in: SafetensorsFile(path: weights))
        let expected = [Self.agreedSteps * steps + 1, batch]
        guard tokens.shape == expected, tokens.dtype == .int32, tokens.int32s().allSatisfy({ $0 >= 0 && Int($0) < vocabulary })
        else {
            throw ConfigurationError(
                reason:
                    "\(weights): tokens should be int32 \(expected) below \(vocabulary), but are \(tokens.dtype) \(tokens.shape)")
        }
        return tokens
    }

    /// Words as frequent as Zipf's law says, so that there is something to learn.
    private func drawnTokens() -> Tensor {
        var sums: [Double] = [], total = 0.0
        for rank in 1...vocabulary {
            total += 1 / Double(rank)
            sums.append(total)
        }
        let random = RandomStream(seed: 1), shape = [Self.agreedSteps * steps + 1, batch]
        let tokens = (0..<(shape[0] * batch)).map { index -> Int32 in
            let drawn = random.uniform(index) * total
            var low = 0, high = vocabulary - 1
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] < drawn { low = middle + 1 } else { high = middle }
            }
            return Int32(low)
        }
        return Tensor(tokens, shape: shape)
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
        if let weights { try read(task.parameters, from: weights) }
        return TrainingStep(
            task, optimizer: OptimizerSettings(kind: .sgd).optimizer(for: task.parameters), clip: Self.clip, precision: precision,
            random: RandomStream(seed: 1))
    }

    private func read(_ parameters: ParameterList, from weights: String) throws {
        let file = try SafetensorsFile(path: weights)
        for (theirs, ours) in Self.names(layers: layers, isBidirectional: isBidirectional, tiesEmbeddings: tiesEmbeddings) {
            let value = try Checkpoint.tensor(named: theirs, in: file)
            guard let parameter = parameters[ours], parameter.shape == value.shape else {
                throw ConfigurationError(
                    reason: "\(weights): \(theirs) should have shape \(parameters[ours]?.shape ?? []), but has \(value.shape)")
            }
            parameter.assign(value)
        }
        Memory.trim()
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

    static var peakResidentBytes: Int {
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #elseif canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss * 1024
        #else
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss * 1024
        #endif
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
