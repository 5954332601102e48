import SequiturTensors

/// An affine map of the last axis.
///
///     y = x Wᵀ + b
///
/// - Shape: x [..., inputSize] → y [..., outputSize]; weight [outputSize, inputSize], bias [outputSize].
///
/// Weights begin even in ±1/√inputSize (LeCun et al. 1998), biases at 0.
///
///     let layer = Linear(from: 4, to: 2, random: RandomStream(seed: 1))
///     let y = layer(Tensor.ones([3, 4]))   // [3, 2]
public final class Linear: Module {
    public let weight: Parameter
    public let bias: Parameter?

    public init(from inputSize: Int, to outputSize: Int, hasBias: Bool = true, random: RandomStream) {
        let bound = 1 / Float(max(1, inputSize)).squareRoot()
        weight = Parameter(.uniform([outputSize, inputSize], -bound, bound, from: random.split("weight")))
        bias = hasBias ? Parameter(.zeros([outputSize]), isDecayed: false) : nil
    }

    /// A map whose weight is another layer's parameter, such as an embedding's table, with a bias of its own.
    public init(tied weight: Parameter) {
        self.weight = weight
        bias = Parameter(.zeros([weight.shape[0]]), isDecayed: false)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { x.linear(weight, bias: bias?()) }

    /// The same in the form in which the next product reads it: with bfloat16 products, bfloat16.
    package func operand(_ x: Tensor) -> Tensor { x.linear(weight, bias: bias?(), asOperand: true) }
}
