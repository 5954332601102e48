/// The memory of the `plateau` schedule: a rate falls when a metric has not improved for longer than is borne, as in PyTorch's
/// `ReduceLROnPlateau` without threshold.
public struct Plateau: Sendable, Equatable {
    /// The lowest metric so far; nil before the first.
    public private(set) var best: Double?
    /// Checks since then, or since the last reduction.
    public private(set) var checksWithoutImprovement: Int
    /// What the rate is multiplied by: the factor to the power of the reductions so far.
    public private(set) var scale: Double

    public init(best: Double? = nil, checksWithoutImprovement: Int = 0, scale: Double = 1) {
        self.best = best
        self.checksWithoutImprovement = checksWithoutImprovement
        self.scale = scale
    }

    /// Takes note of a validation's metric, of which lower is better.
    ///
    /// - Returns: whether the rate falls.
    @discardableResult
    public mutating func observe(_ metric: Double, factor: Double, patience: Int) -> Bool {
        if !metric.isNaN, best.map({ metric < $0 }) ?? true {
            best = metric
            checksWithoutImprovement = 0
            return false
        }
        checksWithoutImprovement += 1
        guard checksWithoutImprovement > patience else { return false }
        checksWithoutImprovement = 0
        scale *= factor
        return true
    }
}
