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

/// What a benchmark of training steps found.
public struct TrainingBenchmarkResult: Sendable {
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

/// Steps of training, timed: what benchmarks of different models have in common.
struct TrainingBenchmark {
    /// Steps whose last loss both sides of a comparison must agree on.
    static let agreedSteps = 20

    let learningRate: Double
    /// Steps timed, after `warmup` that are not.
    let iterations: Int
    let warmup: Int
    let tokensPerStep: Int

    /// - Parameter makeStep: a step from the starting weights, with the dropout of the benchmark or without.
    func run<Work>(
        precision: Precision, progress: (_ done: Int, _ total: Int) throws -> Void,
        makeStep: (_ isDropping: Bool) throws -> TrainingStep<Work>
    ) throws -> TrainingBenchmarkResult {
        var loss = 0.0
        do {
            let step = try Engine.run { try makeStep(false) }
            for number in 1...Self.agreedSteps {
                loss = try step(number: number, learningRate: learningRate)?.loss ?? .nan
                try progress(number, Self.agreedSteps + warmup + iterations)
            }
        }
        Memory.trim()  // what the steps before held is not what a training step needs
        let step = try Engine.run { try makeStep(true) }
        var milliseconds: [Double] = []
        var missesBefore = 0
        let clock = ContinuousClock()
        for number in 1...(warmup + iterations) {
            if number == warmup + 1 { missesBefore = Memory.statistics.misses }
            let duration = try clock.measure { _ = try step(number: number, learningRate: learningRate) }
            if number > warmup { milliseconds.append(duration / .milliseconds(1)) }
            try progress(Self.agreedSteps + number, Self.agreedSteps + warmup + iterations)
        }
        let sorted = milliseconds.sorted()
        return TrainingBenchmarkResult(
            milliseconds: milliseconds, tokensPerSecond: Double(tokensPerStep) / sorted[sorted.count / 2] * 1000,
            peakBytes: Self.peakResidentBytes, agreedLoss: loss, precision: precision.resolved,
            allocatorMisses: Memory.statistics.misses - missesBefore)
    }

    // MARK: The starting point

    /// The tensor `tokens` of a file of starting weights, or words as frequent as Zipf's law says, so that there is something to learn.
    static func tokens(_ shape: [Int], below vocabulary: Int, from weights: String?) throws -> Tensor {
        guard let weights else { return drawnTokens(shape, below: vocabulary) }
        let tokens = try Checkpoint.tensor(named: "tokens", in: SafetensorsFile(path: weights))
        guard tokens.shape == shape, tokens.dtype == .int32, tokens.int32s().allSatisfy({ $0 >= 0 && Int($0) < vocabulary })
        else {
            throw ConfigurationError(
                reason: "\(weights): tokens should be int32 \(shape) below \(vocabulary), but are \(tokens.dtype) \(tokens.shape)"
            )
        }
        return tokens
    }

    private static func drawnTokens(_ shape: [Int], below vocabulary: Int) -> Tensor {
        var sums: [Double] = [], total = 0.0
        for rank in 1...vocabulary {
            total += 1 / Double(rank)
            sums.append(total)
        }
        let random = RandomStream(seed: 1)
        let tokens = (0..<shape.reduce(1, *)).map { index -> Int32 in
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

    /// Gives parameters the values that a file has under other names.
    static func read(_ parameters: ParameterList, _ names: [(theirs: String, ours: String)], from weights: String) throws {
        let file = try SafetensorsFile(path: weights)
        for (theirs, ours) in names {
            let value = try Checkpoint.tensor(named: theirs, in: file)
            guard let parameter = parameters[ours], parameter.shape == value.shape else {
                throw ConfigurationError(
                    reason: "\(weights): \(theirs) should have shape \(parameters[ours]?.shape ?? []), but has \(value.shape)")
            }
            parameter.assign(value)
        }
        Memory.trim()
    }

    private static var peakResidentBytes: Int {
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
