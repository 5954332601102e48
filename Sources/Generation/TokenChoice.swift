/// How one token is taken from the scores that the processors leave.
public protocol TokenChoice: Sendable {
    /// - Parameters:
    ///   - scores: [V], as `ScoreProcessor` describes them; at least one is finite.
    ///   - draw: an even random number in [0, 1).
    func token(from scores: [Float], draw: Double) -> Int32
}
