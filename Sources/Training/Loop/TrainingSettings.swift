import SequiturTensors

/// How a run trains, validates, saves and ends. It ends at the first of its limits.
public struct TrainingSettings: Sendable, Equatable {
    /// Passes over the data.
    public var epochs: Int?
    /// Steps of the optimiser.
    public var maximumSteps: Int?
    /// Minutes by the clock, validations included; of all parts of a resumed run together.
    public var maximumMinutes: Double?

    public var optimizer: OptimizerSettings
    public var schedule: LearningRateSchedule
    public var averaging: AveragingSettings
    /// Micro-batches whose gradients are added up for a step.
    public var accumulate: Int
    /// The largest global norm of the gradients; nil clips nothing.
    public var clip: Double?

    /// Steps between validations; nil validates at the end of every epoch.
    public var validateEvery: Int?
    /// Validations without improvement after which the run ends; nil never ends it.
    public var patience: Int?
    /// Steps between checkpoints; nil saves one with every validation. One is saved with every improvement besides.
    public var checkpointEvery: Int?
    /// Checkpoints kept beside the best one.
    public var keepCheckpoints: Int

    /// Seed of the random numbers of training.
    public var seed: UInt64
    public var precision: Precision

    public init(
        epochs: Int? = nil, maximumSteps: Int? = nil, maximumMinutes: Double? = nil,
        optimizer: OptimizerSettings = OptimizerSettings(),
        schedule: LearningRateSchedule, averaging: AveragingSettings = AveragingSettings(), accumulate: Int = 1,
        clip: Double? = nil,
        validateEvery: Int? = nil, patience: Int? = nil, checkpointEvery: Int? = nil, keepCheckpoints: Int = 1, seed: UInt64 = 1,
        precision: Precision = .auto
    ) {
        self.epochs = epochs
        self.maximumSteps = maximumSteps
        self.maximumMinutes = maximumMinutes
        self.optimizer = optimizer
        self.schedule = schedule
        self.averaging = averaging
        self.accumulate = accumulate
        self.clip = clip
        self.validateEvery = validateEvery
        self.patience = patience
        self.checkpointEvery = checkpointEvery
        self.keepCheckpoints = keepCheckpoints
        self.seed = seed
        self.precision = precision
    }

    /// Refuses what no run can follow.
    ///
    /// - Throws: `TrainingError.invalidSetting`.
    public func validate() throws(TrainingError) {
        try TrainingError.require(
            epochs != nil || maximumSteps != nil || maximumMinutes != nil, "the length of the run", "not given",
            "given as a number of epochs, steps or minutes")
        for (name, value, least) in [
            ("number of epochs", epochs, 0), ("maximum of steps", maximumSteps, 1), ("accumulate", accumulate, 1),
            ("validate every", validateEvery, 1), ("patience", patience, 1), ("checkpoint every", checkpointEvery, 1),
            ("keep checkpoints", keepCheckpoints, 1),
        ] {
            if let value { try TrainingError.require(value >= least, name, value, "at least \(least)") }
        }
        if let maximumMinutes {
            try TrainingError.require(
                maximumMinutes > 0 && maximumMinutes.isFinite, "maximum of minutes", maximumMinutes, "above 0")
        }
        if let clip { try TrainingError.require(clip > 0 && clip.isFinite, "clip", clip, "above 0") }
        try optimizer.validate()
        try schedule.validate()
        try averaging.validate()
    }
}
