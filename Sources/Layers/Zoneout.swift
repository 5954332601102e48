import SequiturTensors

// T time steps, B sequences, H width

/// Units that keep the value of the step before (Krueger et al. 2017), each with probability `rate`:
///
///     training     s_t = d_t ⊙ s_{t−1} + (1 − d_t) ⊙ ŝ_t      d_t ~ Bernoulli(rate), one for each unit, sequence and step
///     inference    s_t = rate · s_{t−1} + (1 − rate) · ŝ_t
///
/// where ŝ_t is what the cell makes of s_{t−1}. A mask follows from the surrounding random stream, this layer's name, the step and the
/// example alone.
final class Zoneout: Module {
    let rate: Float
    private let name: String

    init(_ rate: Float, name: String) {
        precondition(rate >= 0 && rate < 1, "Zoneout: a rate in 0..<1 expected, \(rate) given")
        self.rate = rate
        self.name = name
    }

    /// What is kept in a sequence of `steps`, and where it has ended.
    /// - Parameter ended: bool [T, B, 1], or nil where all sequences have T steps.
    func memory(steps: Int, rows: Int, width: Int, ended: Tensor?) -> StateMemory {
        let context = Context.current
        guard rate > 0 else { return StateMemory(share: 0, kept: ended) }
        guard context.mode == .training else { return StateMemory(share: rate, kept: ended) }
        let stream = context.random.split(name)
        let keys = (0..<steps).flatMap { step in
            let row = stream.split(step)
            return (0..<rows).map { row.bits(context.firstExample + $0) }
        }
        let made = Tensor.ones([steps, rows, width]).dropped(rate: rate, keys: keys)  // 0 with probability `rate`
        let alive = ended.map { made * $0.inverted().cast(to: .float32) } ?? made
        return StateMemory(share: 0, kept: alive.isEqual(to: Tensor(0)))
    }
}

/// How a state of the step before goes into that of this one.
struct StateMemory {
    /// The share of the old state everywhere.
    let share: Float
    /// Where the old state stays as it is: bool [T, B, H] or [T, B, 1].
    let kept: Tensor?

    /// The state after step `time` of one that was and one that the cell makes of it, [B, H] both.
    func callAsFunction(_ before: Tensor, _ made: Tensor, at time: Int) -> Tensor {
        let mixed = share > 0 ? made + (before - made) * Tensor(share) : made
        return kept.map { Tensor.choose($0[time], before, mixed) } ?? mixed
    }
}
