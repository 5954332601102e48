import SequiturLayers
import SequiturTensors

/// One training step: the gradients of an effective batch, clipped, and the optimiser's update. Training and benchmarks call
/// this same step.
///
/// The loss of a step is Σ loss / W over all its micro-batches, and so are its gradients; W is the weight of their targets: their number, or
/// with class weights the sum of their weights. Neither padding nor the cut into micro-batches changes them.
public final class TrainingStep<Work: TrainingTask> {
    public let task: Work
    public let optimizer: any Optimizer
    /// Micro-batches in an effective batch; the last of an epoch may have fewer.
    public let accumulate: Int
    /// The most that the global norm of the gradients may be (Pascanu et al. 2013); nil clips nothing.
    public let clip: Double?
    public let precision: Precision
    var random: RandomStream

    /// - Parameter random: split by the step's number, and then by layers, so that a run replays from any step.
    public init(
        _ task: Work, optimizer: any Optimizer, accumulate: Int = 1, clip: Double? = nil, precision: Precision = .auto,
        random: RandomStream
    ) {
        self.task = task
        self.optimizer = optimizer
        self.accumulate = accumulate
        self.clip = clip
        self.precision = precision.resolved
        self.random = random
    }

    /// What a step found.
    public struct Result: Sendable {
        /// Σ loss over the targets, in nats where the loss is a cross-entropy.
        public let lossSum: Double
        public let targetCount: Int
        /// What the sum is divided by: the number of targets, or with class weights the sum of their weights.
        public let weight: Double
        /// The global norm of the mean loss's gradients before clipping.
        public let gradientNorm: Double
        /// The rate of the update, the batch's own scale included.
        public let learningRate: Double

        /// The mean loss.
        public var loss: Double { lossSum / weight }
    }

    /// Makes a step, on the engine's thread.
    ///
    /// - Parameters:
    ///   - number: of this step, from 1; chooses its random numbers.
    ///   - learningRate: what the schedule says.
    /// - Returns: nil where the epoch has ended before any target that weighs; nothing has changed then.
    /// - Throws: `TrainingError.notFinite`, with the parameters as they were, and what the task throws.
    public func callAsFunction(number: Int, learningRate: Double) throws -> Result? {
        try Engine.run { try update(number, learningRate) }
    }

    private func update(_ number: Int, _ learningRate: Double) throws -> Result? {
        guard let batch = try effectiveBatch(number) else { return nil }
        let (factor, norm) = batch.gradients.clippingFactor(limit: clip, scale: 1 / batch.weight)
        if !norm.isFinite { throw notFinite(batch.gradients, norm, number) }
        let rate = learningRate * batch.scaledWeight / batch.weight
        optimizer.step(batch.gradients, scale: Float(factor), learningRate: Float(rate))
        return Result(
            lossSum: batch.lossSum, targetCount: batch.targetCount, weight: batch.weight, gradientNorm: norm, learningRate: rate)
    }

    /// The sums over the micro-batches of a step.
    private struct EffectiveBatch {
        let gradients: Gradients
        let lossSum: Double
        let targetCount: Int
        /// Σ weight of the targets
        let weight: Double
        /// Σ weight · learning-rate scale
        let scaledWeight: Double
    }

    private func effectiveBatch(_ number: Int) throws -> EffectiveBatch? {
        var context = Context.current
        context.mode = .training
        context.random = random.split(number)
        context.precision = precision
        context.firstExample = 0
        var gradients: Gradients?
        var lossSum = 0.0, weight = 0.0, scaledWeight = 0.0, targetCount = 0, microBatches = 0
        // Micro-batches whose targets weigh nothing do not fill up a step.
        while microBatches < accumulate, let batch = try task.nextBatch() {
            let (found, sum) = try Context.$current.withValue(context) { try differentiate(batch, addingTo: gradients.take()) }
            gradients = sum
            let loss = Double(found.loss.sum.scalar)
            try requireFinite(loss, "loss", number)
            lossSum += loss
            targetCount += found.loss.count
            weight += found.loss.weight
            scaledWeight += found.loss.weight * batch.learningRateScale
            context.firstExample += batch.exampleCount
            if found.loss.weight > 0 { microBatches += 1 }
        }
        guard let gradients, weight > 0 else { return nil }
        return EffectiveBatch(
            gradients: gradients, lossSum: lossSum, targetCount: targetCount, weight: weight, scaledWeight: scaledWeight)
    }

    private func differentiate(
        _ batch: MicroBatch, addingTo sum: consuming Gradients?
    ) throws -> (loss: MicroBatchLoss, gradients: Gradients) {
        var found: MicroBatchLoss?
        let (_, gradients) = try valueWithGradients(of: optimizer.parameters, addingTo: sum) {
            let loss = try batch.loss()
            found = loss
            return loss.objective
        }
        guard let found else { preconditionFailure("TrainingStep: a loss was neither computed nor refused") }
        return (found, gradients)
    }

    private func requireFinite(_ value: Double, _ quantity: String, _ step: Int) throws(TrainingError) {
        if !value.isFinite { throw .notFinite(quantity: quantity, value: value, step: step, checkpoint: nil) }
    }

    /// Names the first parameter whose gradient is at fault.
    private func notFinite(_ gradients: Gradients, _ norm: Double, _ step: Int) -> TrainingError {
        let culprit = optimizer.parameters.entries.first { entry in
            gradients[entry.parameter].map { !$0.squared().sum().scalar.isFinite } ?? false
        }
        let quantity = culprit.map { "gradient of \($0.name)" } ?? "norm of the gradients"
        return .notFinite(quantity: quantity, value: norm, step: step, checkpoint: nil)
    }
}
