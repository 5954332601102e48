import CSequiturKernels

extension Tensor {
    /// Each element kept with probability 1 − rate and divided by it, or 0 (Srivastava et al. 2014).
    ///
    /// Whether element j of row r stays follows from `keys[r]` and j alone, so the mask is never stored: the backward step draws it again.
    /// - Shape: [..., width], with one key for each of the rows before the last axis.
    package func dropped(rate: Float, keys: [UInt64]) -> Tensor {
        precondition(rate >= 0 && rate < 1, "dropout: a rate in 0..<1 expected, \(rate) given")
        let width = Int64(shape[rank - 1])
        precondition(keys.count == shape.dropLast().reduce(1, *), "dropout: \(keys.count) keys for the rows of \(shape)")
        func drop(_ x: Tensor) -> Tensor {
            let y = Tensor.uninitialized(x.shape, x.dtype)
            if x.dtype == .bfloat16 {
                sequitur_dropout_bfloat16(x.halfElements, y.halfElements, keys, Int64(keys.count), width, rate)
            } else {
                sequitur_dropout(x.floatElements, y.mutableFloats, keys, Int64(keys.count), width, rate)
            }
            keepAlive(x)
            return y
        }
        return drop(self).recordedWithHalves(from: self) { [self] upstream, sink in sink.add(drop(upstream), to: self) }
    }

    /// Numbers drawn evenly from low..<high.
    public static func uniform(_ shape: [Int], _ low: Float, _ high: Float, from random: RandomStream) -> Tensor {
        let made = Tensor.uninitialized(shape)
        if !random.isUnfilled { sequitur_random_uniform(made.mutableFloats, random.key, Int64(made.count), low, high) }
        return made
    }

    /// Numbers drawn from the normal distribution.
    public static func normal(_ shape: [Int], mean: Float = 0, deviation: Float = 1, from random: RandomStream) -> Tensor {
        let made = Tensor.uninitialized(shape)
        if !random.isUnfilled { sequitur_random_normal(made.mutableFloats, random.key, Int64(made.count), mean, deviation) }
        return made
    }
}
