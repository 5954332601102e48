import SequiturTensors

/// Rows of the last axis normalised, then scaled and shifted by trained vectors.
///
///     layer (Ba, Kiros & Hinton 2016)                   y = g ⊙ (x − mean(x)) / √(variance(x) + ε) + b
///     root mean square (Zhang & Sennrich 2019)          y = g ⊙ x / √(mean(x²) + ε)
///
/// - Shape: x [..., width] → the same; gain and bias [width].
///
/// The gain begins at 1, the bias at 0; neither is decayed.
///
///     let norm = Norm(.layer, width: 4)
///     let y = norm(Tensor([1, 2, 3, 4]))   // mean 0, variance 1
public final class Norm: Module {
    public let gain: Parameter?
    public let bias: Parameter?
    public let kind: Normalization
    public let width: Int
    public let epsilon: Float

    /// - Parameters:
    ///   - hasGain: false for rows that are normalised and nothing more.
    ///   - hasBias: of a layer norm with a gain; a root mean square norm has none.
    public init(_ kind: Normalization, width: Int, epsilon: Float = 1e-5, hasGain: Bool = true, hasBias: Bool = true) {
        precondition(width > 0 && epsilon >= 0, "Norm: a width above 0 and ε ≥ 0 expected, \(width) and \(epsilon) given")
        self.kind = kind
        self.width = width
        self.epsilon = epsilon
        gain = hasGain ? Parameter(.ones([width]), isDecayed: false) : nil
        bias = hasGain && hasBias && kind == .layer ? Parameter(.zeros([width]), isDecayed: false) : nil
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        x.normalized(kind, gain: gain?(), bias: bias?(), epsilon: epsilon)
    }

    /// x + branch and its normalised rows in one pass; the rows in the form in which the next product reads them where `feedsProduct`.
    package func sum(_ x: Tensor, _ branch: Tensor?, feedsProduct: Bool) -> (sum: Tensor, normalized: Tensor) {
        x.normalizedSum(with: branch, kind, gain: gain?(), bias: bias?(), epsilon: epsilon, asOperand: feedsProduct)
    }
}
