import CSequiturKernels
import SequiturLayers
import SequiturTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Adam (Kingma & Ba 2015), and AdamW (Loshchilov & Hutter 2019), whose weight decay is decoupled from the gradient.
///
///     m ← β₁ m + (1 − β₁) g      v ← β₂ v + (1 − β₂) g²      m̂ = m / (1 − β₁ᵗ)      v̂ = v / (1 − β₂ᵗ)
///     Adam:   g = s ∇ + λ θ      θ ← θ − η m̂ / (√v̂ + ε)
///     AdamW:  g = s ∇            θ ← θ − η (m̂ / (√v̂ + ε) + λ θ)
///
/// for scale s, learning rate η, weight decay λ and step t from 1.
public final class Adam: Optimizer {
    public let parameters: ParameterList
    public let beta1, beta2, epsilon: Float
    /// Whether weight decay acts on the parameter itself (AdamW) rather than through the gradient.
    public let isDecayDecoupled: Bool
    public private(set) var stepCount = 0
    private let table: UpdateTable
    private var first, second: Moments

    public init(
        _ parameters: ParameterList, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0,
        isDecayDecoupled: Bool
    ) {
        self.parameters = parameters
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.isDecayDecoupled = isDecayDecoupled
        table = UpdateTable(parameters, weightDecay: weightDecay)
        first = Moments("first_moment", of: parameters)
        second = Moments("second_moment", of: parameters)
    }

    public func step(_ gradients: Gradients, scale: Float, learningRate: Float) {
        stepCount += 1
        let correction1 = Float(1 / (1 - pow(Double(beta1), Double(stepCount))))
        let correction2 = Float(1 / (1 - pow(Double(beta2), Double(stepCount))))
        table.update(gradients, first: first.address(), second: second.address()) { segments, count in
            sequitur_adam(
                segments, count, scale, learningRate, beta1, beta2, epsilon, correction1, correction2, isDecayDecoupled ? 1 : 0)
        }
    }

    public var state: [(name: String, tensor: Tensor)] {
        [(StepCount.name, StepCount.tensor(stepCount))] + first.named(parameters) + second.named(parameters)
    }

    public func restore(_ state: NamedTensors) throws {
        let steps = try StepCount.value(in: state)
        var (first, second) = (first, second)
        try first.restore(state, parameters)
        try second.restore(state, parameters)
        (self.first, self.second, stepCount) = (first, second, steps)
    }
}
