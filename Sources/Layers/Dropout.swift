import SequiturTensors

/// Sets elements to 0 with probability `rate` while training and divides the rest by 1 − rate (Srivastava et al. 2014).
///
/// The mask of a row follows from the surrounding random stream, this layer's name and the row's position and example alone.
/// - Shape: [..., examples, width] → the same.
public final class Dropout: Module {
    public let rate: Float
    /// Whether an example has one mask for all its positions (variational dropout: Gal & Ghahramani 2016).
    public let isLocked: Bool
    let name: String

    /// - Parameter name: tells this layer's randomness from that of others in the model.
    public init(_ rate: Float, name: String, isLocked: Bool = false) {
        precondition(rate >= 0 && rate < 1, "Dropout: a rate in 0..<1 expected, \(rate) given")
        self.rate = rate
        self.isLocked = isLocked
        self.name = name
    }

    /// Whether anything is dropped here and now.
    public var isActive: Bool { rate > 0 && Context.current.mode == .training }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let context = Context.current
        guard rate > 0, context.mode == .training else { return x }
        let stream = context.random.split(name)
        if let packing = context.packing {
            let steps = (0..<packing.steps).map { stream.split(isLocked ? 0 : $0) }
            return x.dropped(
                rate: rate, keys: packing.places.map { steps[$0.step].bits(context.firstExample + $0.sequence) })
        }
        let examples = x.rank >= 2 ? x.shape[x.rank - 2] : 1
        let positions = examples == 0 ? 0 : x.shape.dropLast().reduce(1, *) / examples
        var keys: [UInt64] = []
        keys.reserveCapacity(positions * examples)
        for position in 0..<positions {
            let row = stream.split(isLocked ? 0 : position)
            for example in 0..<examples { keys.append(row.bits(context.firstExample + example)) }
        }
        return x.dropped(rate: rate, keys: keys)
    }

    /// Each element of a matrix on its own, the same for every example and position.
    public func elements(_ x: Tensor) -> Tensor {
        let context = Context.current
        guard rate > 0, context.mode == .training else { return x }
        let stream = context.random.split(name)
        return x.dropped(rate: rate, keys: (0..<x.shape.dropLast().reduce(1, *)).map { stream.bits($0) })
    }

    /// One factor for each of `count` items, 0 or 1 / (1 − rate), the same for every example and position: [count, 1].
    /// Nil where nothing is dropped.
    public func factors(count: Int) -> Tensor? {
        let context = Context.current
        guard rate > 0, context.mode == .training else { return nil }
        let mask = Tensor.ones([1, count]).dropped(rate: rate, keys: [context.random.split(name).bits(0)])
        return mask.reshaped([count, 1])
    }
}
