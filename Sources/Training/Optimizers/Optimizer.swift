import SequiturLayers
import SequiturTensors

/// A rule by which gradients change parameters, with the memory that the rule needs.
///
///     let optimizer = OptimizerSettings(kind: .adamw, weightDecay: 0.1).optimizer(for: model.parameters())
///     let (loss, gradients) = valueWithGradients(of: optimizer.parameters) { … }
///     optimizer.step(gradients, scale: 1 / Float(targets), learningRate: 0.002)
///
/// Memory is float32, whatever the precision of the matrix products.
public protocol Optimizer: AnyObject {
    /// What is changed: the trainable ones of these.
    var parameters: ParameterList { get }
    /// How many steps were made.
    var stepCount: Int { get }

    /// Changes every trainable parameter, in place.
    ///
    /// - Parameters:
    ///   - gradients: of `parameters`; read times `scale`, so that neither the division by the number of targets nor clipping
    ///     costs a pass of its own.
    ///   - scale: 1 / targets, times the factor that clipping gives.
    func step(_ gradients: Gradients, scale: Float, learningRate: Float)

    /// All that a run needs to go on as if never interrupted, under names that stay the same.
    var state: [(name: String, tensor: Tensor)] { get }

    /// Takes up a state that an optimiser of the same kind and parameters gave.
    ///
    /// - Throws: `StateError` where a tensor is missing or has another shape; the optimiser is then as it was.
    func restore(_ state: NamedTensors) throws
}

/// The optimisers there are.
public enum OptimizerKind: String, Sendable, CaseIterable {
    case sgd
    case adam
    case adamw
}

/// An optimiser's settings; those that its kind does not have are not read.
public struct OptimizerSettings: Sendable, Equatable {
    public var kind: OptimizerKind
    /// Momentum of `sgd`.
    public var momentum: Float
    /// Decay rates of the moments of `adam` and `adamw`.
    public var beta1: Float
    public var beta2: Float
    /// Added to the root of the second moment.
    public var epsilon: Float
    /// Decoupled for `adamw`, in the gradient for the others; never on biases and the gains of norms.
    public var weightDecay: Float

    public init(
        kind: OptimizerKind = .adamw, momentum: Float = 0, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8,
        weightDecay: Float = 0
    ) {
        self.kind = kind
        self.momentum = momentum
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }

    /// A new optimiser of these settings, without memory yet.
    public func optimizer(for parameters: ParameterList) -> any Optimizer {
        switch kind {
        case .sgd: SGD(parameters, momentum: momentum, weightDecay: weightDecay)
        case .adam, .adamw:
            Adam(
                parameters, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
                isDecayDecoupled: kind == .adamw)
        }
    }

    /// Refuses what no optimiser can work with.
    ///
    /// - Throws: `TrainingError.invalidSetting`.
    public func validate() throws(TrainingError) {
        try TrainingError.require((0..<1).contains(momentum), "momentum", momentum, "at least 0 and below 1")
        try TrainingError.require((0..<1).contains(beta1), "beta1", beta1, "at least 0 and below 1")
        try TrainingError.require((0..<1).contains(beta2), "beta2", beta2, "at least 0 and below 1")
        try TrainingError.require(epsilon > 0 && epsilon.isFinite, "epsilon", epsilon, "above 0")
        try TrainingError.require(weightDecay >= 0 && weightDecay.isFinite, "weight decay", weightDecay, "at least 0")
    }
}
