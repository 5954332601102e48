/// Watches a run. Every method has an empty default; they are called on the thread that runs the trainer, in the order of events.
public protocol TrainingObserver: AnyObject {
    func trainingStarted(_ start: TrainingStart)
    func stepMade(_ report: StepReport)
    func validated(_ report: ValidationReport)
    func checkpointSaved(_ report: CheckpointReport)
    /// Something went wrong that does not end the run: one line.
    func warned(_ message: String)
    func trainingFinished(_ outcome: TrainingOutcome)
}

extension TrainingObserver {
    public func trainingStarted(_ start: TrainingStart) {}
    public func stepMade(_ report: StepReport) {}
    public func validated(_ report: ValidationReport) {}
    public func checkpointSaved(_ report: CheckpointReport) {}
    public func warned(_ message: String) {}
    public func trainingFinished(_ outcome: TrainingOutcome) {}
}

public struct TrainingStart: Sendable, Equatable {
    /// Steps made by earlier parts of the run.
    public let step: Int
    /// Steps that the run will have at most, where that is known.
    public let maximumSteps: Int?
    /// How much of the run is done, 0 … 1.
    public let progress: Double
}

public struct StepReport: Sendable, Equatable {
    /// Number of the step, from 1.
    public let step: Int
    /// Epochs, the present one's part included.
    public let epoch: Double
    /// Loss per target.
    public let loss: Double
    public let targetCount: Int
    /// Of the gradients, before clipping.
    public let gradientNorm: Double
    public let learningRate: Double
    /// Of this step.
    public let seconds: Double
    /// How much of the run is done, 0 … 1.
    public let progress: Double
    /// Seconds until the run ends at its present speed; nil while that cannot be told.
    public let remainingSeconds: Double?

    /// Targets per second of this step.
    public var targetsPerSecond: Double { seconds > 0 ? Double(targetCount) / seconds : 0 }
}

public struct ValidationReport: Sendable, Equatable {
    public let step: Int
    public let epoch: Double
    public let validation: Validation
    /// Whether it is the best so far.
    public let isBest: Bool
    public let seconds: Double
    /// What else follows from it: one line each.
    public let consequences: [Consequence]

    public enum Consequence: String, Sendable {
        /// The schedule lowers the learning rate.
        case rateReduced
        /// From now on weights are averaged.
        case averagingBegun
        /// The run ends, since patience is exhausted.
        case stopping
    }
}

public struct CheckpointReport: Sendable, Equatable {
    public let step: Int
    public let path: String
    public let seconds: Double
}

/// How a run ended.
public struct TrainingOutcome: Sendable, Equatable {
    public enum Reason: String, Sendable {
        /// All epochs or steps are done.
        case completed
        case timeLimit
        /// Validation did not improve for as long as patience lasts.
        case stoppedEarly
        case interrupted
    }

    public let reason: Reason
    public let step: Int
    /// Epochs, the present one's part included.
    public let epoch: Double
    /// The best validation and the step that it followed; nil where nothing was validated.
    public let best: Best?
    /// Seconds of training, of all parts of a resumed run together.
    public let seconds: Double
    /// The newest checkpoint that was saved; nil where there is none.
    public let checkpoint: String?

    public struct Best: Sendable, Equatable {
        public let step: Int
        public let metric: Double

        public init(step: Int, metric: Double) {
            self.step = step
            self.metric = metric
        }
    }
}
