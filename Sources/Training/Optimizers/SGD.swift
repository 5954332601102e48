import CSequiturKernels
import SequiturLayers
import SequiturTensors

/// Stochastic gradient descent (Robbins & Monro 1951), with momentum (Polyak 1964) as PyTorch has it.
///
///     u ← μ u + s g + λ θ        θ ← θ − η u        with u = 0 at first
///
/// for scale s, learning rate η, momentum μ and weight decay λ. Without momentum no memory is kept.
public final class SGD: Optimizer {
    public let parameters: ParameterList
    public let momentum: Float
    public private(set) var stepCount = 0
    private let table: UpdateTable
    private var velocity: Moments?

    public init(_ parameters: ParameterList, momentum: Float = 0, weightDecay: Float = 0) {
        self.parameters = parameters
        self.momentum = momentum
        table = UpdateTable(parameters, weightDecay: weightDecay)
        velocity = momentum > 0 ? Moments("momentum", of: parameters) : nil
    }

    public func step(_ gradients: Gradients, scale: Float, learningRate: Float) {
        table.update(gradients, first: velocity?.address(), second: nil) { segments, count in
            sequitur_sgd(segments, count, scale, learningRate, momentum)
        }
        stepCount += 1
    }

    public var state: [(name: String, tensor: Tensor)] {
        [(StepCount.name, StepCount.tensor(stepCount))] + (velocity?.named(parameters) ?? [])
    }

    public func restore(_ state: NamedTensors) throws {
        let steps = try StepCount.value(in: state)
        try velocity?.restore(state, parameters)
        stepCount = steps
    }
}
