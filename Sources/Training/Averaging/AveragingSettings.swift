/// The averages of weights there are.
public enum AveragingKind: String, Sendable, CaseIterable {
    case none
    case exponential
    /// Averaged SGD, triggered by non-improvement.
    case triggered
}

public struct AveragingSettings: Sendable, Equatable {
    public var kind: AveragingKind
    /// The share of the old average that each step of `exponential` keeps.
    public var decay: Double
    /// n: how many validations `triggered` looks back past before it compares.
    public var window: Int

    public init(kind: AveragingKind = .none, decay: Double = 0.999, window: Int = 5) {
        self.kind = kind
        self.decay = decay
        self.window = window
    }

    /// - Throws: `TrainingError.invalidSetting`.
    public func validate() throws(TrainingError) {
        try TrainingError.require((0..<1).contains(decay), "average decay", decay, "at least 0 and below 1")
        try TrainingError.require(window >= 1, "average window", window, "at least 1")
    }
}

/// Fires once, at the first check whose metric is worse than the best of those more than n checks ago (Merity et al. 2017,
/// algorithm 1: t > n and v > min over logs[0 … t − n − 1]).
public struct NonImprovementTrigger: Sendable, Equatable {
    /// n
    public let window: Int
    public private(set) var hasFired: Bool
    /// The metrics of the checks so far, until it fires.
    public private(set) var metrics: [Double]

    public init(window: Int, hasFired: Bool = false, metrics: [Double] = []) {
        self.window = window
        self.hasFired = hasFired
        self.metrics = metrics
    }

    /// - Returns: whether it fires now.
    mutating func observe(_ metric: Double) -> Bool {
        guard !hasFired else { return false }
        let metric = metric.isNaN ? .infinity : metric
        if let best = metrics.dropLast(window).min(), metric > best {
            hasFired = true
            metrics = []
            return true
        }
        metrics.append(metric)
        return false
    }
}
