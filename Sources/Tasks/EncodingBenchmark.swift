import SequiturFiles
import SequiturModels
import SequiturTensors

/// Times the hidden states of a model folder for a batch of ids without padding.
public struct EncodingBenchmark: Sendable {
    public var folder: String
    public var batch = 32
    public var length = 128
    public var precision = Precision.auto
    public var iterations = 20
    public var warmup = 5

    public init(folder: String) { self.folder = folder }

    public struct Result: Sendable {
        /// Milliseconds of each timed batch, in order.
        public let milliseconds: [Double]
        /// The mean of the absolute hidden states, by which two programs can see that they computed the same.
        public let meanMagnitude: Double
        public let precision: Precision

        public var median: Double { milliseconds.sorted()[milliseconds.count / 2] }
        public var best: Double { milliseconds.min() ?? 0 }
    }

    /// - Parameter progress: called before every batch; an error thrown there ends the work.
    public func run(progress: () throws -> Void = {}) throws -> Result {
        let model = try PretrainedModel(folder: folder)
        // The same ids as in Benchmarks/encoding.py.
        let room = max(1, model.body.vocabularySize - 1000)
        let rows = (0..<batch).map { row in (0..<length).map { Int32(min(999, room - 1) + (row * length + $0) * 7919 % room) } }
        try model.check(ids: rows)
        let ids = Tensor((0..<length).flatMap { step in rows.map { $0[step] } }, shape: [length, batch])
        return try Engine.run {
            try withContext(.inference, precision: precision) {
                var milliseconds: [Double] = [], hidden = model.body.hidden(.ids(ids))
                for index in 0..<(warmup + iterations) {
                    try progress()
                    let start = ContinuousClock.now
                    hidden = model.body.hidden(.ids(ids))
                    if index >= warmup { milliseconds.append((ContinuousClock.now - start) / .milliseconds(1)) }
                }
                let mean = Double(hidden.cast(to: .float32).absolute().mean().floats()[0])
                return Result(milliseconds: milliseconds, meanMagnitude: mean, precision: precision.resolved)
            }
        }
    }
}
