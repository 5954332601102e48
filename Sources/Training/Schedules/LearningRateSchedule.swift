#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The ways in which the learning rate goes over a run.
public enum ScheduleKind: String, Sendable, CaseIterable {
    case constant
    case linear
    case cosine
    case inverseSquareRoot = "inverse-square-root"
    case plateau
}

/// The learning rate over a run: a pure function of where the run stands, but for `plateau`, which also looks at validations.
///
/// With k steps made, w steps of warm-up, peak η and minimum η₀, the rate of the next step is η (k + 1) / w while k < w, and then
///
///     constant              η
///     linear                η₀ + (η − η₀) (1 − x)
///     cosine                η₀ + (η − η₀) (1 + cos π x) / 2              (Loshchilov & Hutter 2017)
///     inverse-square-root   max(η₀, η √(max(1, w) / max(1, w, k + 1)))   (Vaswani et al. 2017)
///     plateau               max(η₀, η f^r) after r reductions
///
/// where x is the part of the run after the warm-up that is done: (k − w) / (K − w) for a run of K steps. A run that a clock or a
/// number of epochs ends has no K; K is then what the progress so far makes of it, k / progress.
public struct LearningRateSchedule: Sendable, Equatable {
    public var kind: ScheduleKind
    /// η, the highest rate.
    public var learningRate: Double
    /// w, the steps over which the rate rises from 0.
    public var warmupSteps: Int
    /// η₀. `constant` has none.
    public var minimumLearningRate: Double
    /// f, what `plateau` multiplies the rate by.
    public var plateauFactor: Double
    /// Validations without improvement that `plateau` bears before it reduces the rate.
    public var plateauPatience: Int

    public init(
        kind: ScheduleKind = .cosine, learningRate: Double, warmupSteps: Int = 0, minimumLearningRate: Double = 0,
        plateauFactor: Double = 0.25, plateauPatience: Int = 0
    ) {
        self.kind = kind
        self.learningRate = learningRate
        self.warmupSteps = warmupSteps
        self.minimumLearningRate = minimumLearningRate
        self.plateauFactor = plateauFactor
        self.plateauPatience = plateauPatience
    }

    /// The rate of the next step.
    ///
    /// - Parameters:
    ///   - step: k, the steps made so far.
    ///   - progress: how much of the run is done, 0 … 1; k / K where the run has K steps.
    ///   - plateau: what the validations so far were, where the kind is `plateau`.
    public func rate(step: Int, progress: Double, plateau: Plateau = Plateau()) -> Double {
        if step < warmupSteps { return learningRate * Double(step + 1) / Double(warmupSteps) }
        let span = learningRate - minimumLearningRate
        return switch kind {
        case .constant: learningRate
        case .linear: minimumLearningRate + span * (1 - decayed(step, progress))
        case .cosine: minimumLearningRate + span * (1 + cos(.pi * decayed(step, progress))) / 2
        case .inverseSquareRoot:
            max(
                minimumLearningRate,
                learningRate * (Double(max(1, warmupSteps)) / Double(max(1, warmupSteps, step + 1))).squareRoot())
        case .plateau: max(minimumLearningRate, learningRate * plateau.scale)
        }
    }

    /// x, the part of the run after the warm-up that is done.
    private func decayed(_ step: Int, _ progress: Double) -> Double {
        guard step > 0, progress > 0 else { return 0 }
        let total = max(Double(step) / min(progress, 1), Double(step))
        guard total > Double(warmupSteps) else { return 1 }
        return Double(step - warmupSteps) / (total - Double(warmupSteps))
    }

    /// Refuses what no run can follow.
    ///
    /// - Throws: `TrainingError.invalidSetting`.
    public func validate() throws(TrainingError) {
        try TrainingError.require(learningRate > 0 && learningRate.isFinite, "learning rate", learningRate, "above 0")
        try TrainingError.require(warmupSteps >= 0, "warm-up", warmupSteps, "at least 0 steps")
        try TrainingError.require(
            (0...learningRate).contains(minimumLearningRate), "minimum learning rate", minimumLearningRate,
            "from 0 to the learning rate, \(learningRate)")
        try TrainingError.require(
            plateauFactor > 0 && plateauFactor < 1, "plateau factor", plateauFactor, "above 0 and below 1")
        try TrainingError.require(plateauPatience >= 0, "plateau patience", plateauPatience, "at least 0")
    }
}
