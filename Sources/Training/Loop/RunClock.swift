/// The time that a run has taken, over all its parts.
struct RunClock {
    private let spent: Double
    private let began = ContinuousClock.now
    private let beganAt: Double

    /// - Parameters:
    ///   - spent: seconds of earlier parts.
    ///   - progress: how much of the run they did.
    init(spent: Double = 0, progress: Double = 0) {
        self.spent = spent
        beganAt = progress
    }

    var seconds: Double { spent + sinceBeginning }

    private var sinceBeginning: Double { began.duration(to: .now) / .seconds(1) }

    /// Seconds until progress is 1, at the mean speed of this part; nil before there is any.
    func remaining(progress: Double) -> Double? {
        let done = progress - beganAt
        return done > 0 ? sinceBeginning / done * max(0, 1 - progress) : nil
    }
}

/// When to try again to save what could not be saved: after 5 seconds, then 10, and so on up to 5 minutes.
package struct SaveRetry {
    private var delay = 0.0
    private var time: Double?

    package init() {}

    package mutating func failed(at seconds: Double) {
        delay = min(max(5, 2 * delay), 300)
        time = seconds + delay
    }

    package mutating func succeeded() { self = SaveRetry() }

    package func isDue(at seconds: Double) -> Bool { time.map { seconds >= $0 } ?? false }
}
