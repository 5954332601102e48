import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors

/// What a trainer trains: a model, the data it learns from, and how well it does. A task implements it; the trainer knows
/// nothing else of models and data.
///
/// The trainer calls everything but `position` and the writing and reading of files on the engine's thread.
public protocol TrainingTask: AnyObject {
    /// The parameters of the model; the same list at every call.
    var parameters: ParameterList { get }

    /// The next micro-batch, nil at the end of the epoch until the next is started.
    func nextBatch() throws -> MicroBatch?
    func startNextEpoch() throws
    /// How much of the epoch was handed out, 0 … 1.
    var epochProgress: Double { get }

    /// How well the model does on data that it does not learn from; nil where there is none. Called in inference mode.
    ///
    /// - Throws: `TrainingError.notFinite` to end the run, in which the trainer puts its own step and checkpoint.
    func validate() throws -> Validation?

    /// Where the data stands: all that `restore` needs to hand out the same micro-batches from here on.
    var position: JSONValue { get }
    /// What else is carried from batch to batch, such as the state of a recurrent model.
    var carriedState: [(name: String, tensor: Tensor)] { get }
    /// Goes on where `position` and `carriedState` were taken.
    ///
    /// - Throws: where they belong to other data, another batch size or another model.
    func restore(position: JSONValue, carriedState: NamedTensors) throws

    /// Writes the weights that a model folder holds.
    func writeWeights(to path: String) throws
    /// Reads what `writeWeights` wrote.
    func readWeights(from path: String) throws
}

extension TrainingTask {
    public var carriedState: [(name: String, tensor: Tensor)] { [] }
    public func writeWeights(to path: String) throws { try Checkpoint.write(parameters, metadata: ["format": "pt"], to: path) }
    public func readWeights(from path: String) throws { try Checkpoint.read(parameters, from: path) }
}

/// A part of an effective batch: examples whose loss can be computed.
public struct MicroBatch {
    /// The rows of the batch, so that the randomness of a row does not depend on how an effective batch is cut.
    public let exampleCount: Int
    /// What the learning rate is multiplied by for this batch; see `Truncation.variable` of the data sets.
    public let learningRateScale: Double
    /// Computes the loss. Called once, on the tape and in training mode.
    public let loss: () throws -> MicroBatchLoss

    public init(exampleCount: Int, learningRateScale: Double = 1, loss: @escaping () throws -> MicroBatchLoss) {
        self.exampleCount = exampleCount
        self.learningRateScale = learningRateScale
        self.loss = loss
    }
}

/// The loss of a micro-batch, as sums: the division by the weight of the whole effective batch comes once, with the step.
public struct MicroBatchLoss {
    /// What is differentiated, a scalar: the summed loss, and penalties times the weight of the targets.
    public let objective: Tensor
    /// The summed loss and its targets, as reported.
    public let loss: Loss

    public init(objective: Tensor, loss: Loss) {
        self.objective = objective
        self.loss = loss
    }

    public init(_ loss: Loss) { self.init(objective: loss.sum, loss: loss) }
}

/// What a validation found.
public struct Validation: Sendable, Equatable {
    /// What the best weights are chosen by; lower is better.
    public let metric: Double
    /// What people want to see, by name, in this order: `loss`, `perplexity`.
    public let metrics: [Metric]

    public struct Metric: Sendable, Equatable {
        public let name: String
        public let value: Double

        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    public init(metric: Double, metrics: [Metric]) {
        self.metric = metric
        self.metrics = metrics
    }
}
