import SequiturTensors

/// A vector for each id: row `id` of a trained table.
///
/// - Shape: ids [...] (int32) → [..., width]; weight [count, width].
///
/// Rows begin even in ±0.1, as in Zaremba et al. (2014).
public final class Embedding: Module {
    public let weight: Parameter

    public init(count: Int, width: Int, random: RandomStream) {
        weight = Parameter(.uniform([count, width], -0.1, 0.1, from: random.split("weight")))
    }

    public var count: Int { weight.shape[0] }
    public var width: Int { weight.shape[1] }

    public func callAsFunction(_ ids: Tensor) -> Tensor { weight().rows(ids) }
}
