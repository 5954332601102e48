import Synchronization

/// Shows the progress of a long piece of work while it runs.
///
/// May be called as often as one likes: the screen is touched at most ten times a second.
public final class ProgressReporter: Sendable {
    public enum Mode: Sendable {
        /// One line, redrawn in place.
        case bar(width: @Sendable () -> Int)
        /// A new line after every `interval` seconds.
        case lines(interval: Double)
        case silent
    }

    private struct State: Sendable {
        var meter: ProgressMeter
        var nextRefresh: Double
        /// The bar that stands on the screen.
        var shown: ProgressSnapshot?
        var isFinished = false
    }

    private let mode: Mode
    private let usesUnicode: Bool
    private let refreshInterval: Double
    private let clock: @Sendable () -> Double
    private let write: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - clock: seconds that never go back.
    ///   - write: takes text for the screen.
    public init(
        meter: ProgressMeter, mode: Mode, usesUnicode: Bool, clock: @escaping @Sendable () -> Double = ProgressReporter.now,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.mode = mode
        self.usesUnicode = usesUnicode
        self.clock = clock
        self.write = write
        refreshInterval = if case .lines(let interval) = mode { interval } else { 0.1 }
        state = Mutex(State(meter: meter, nextRefresh: clock() + (refreshInterval == 0.1 ? 0 : refreshInterval)))
    }

    /// Seconds of the system's monotonic clock.
    public static func now() -> Double {
        let time = ContinuousClock.now - reference
        return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    }

    private static let reference = ContinuousClock.now

    /// Takes note of the state of things, and shows it when it is time; see `ProgressMeter.update`.
    public func update(completed: Int, work: Int, fraction: Double? = nil, fields: [ProgressMeter.Field] = []) {
        if case .silent = mode { return }
        let time = clock()
        state.withLock { state in
            state.meter.update(completed: completed, work: work, fraction: fraction, fields: fields)
            guard time >= state.nextRefresh, !state.isFinished else { return }
            state.nextRefresh = time + refreshInterval
            show(&state, state.meter.snapshot(at: time))
        }
    }

    /// Writes a line of its own above the bar: a validation result, where a checkpoint went.
    public func message(_ line: String) {
        state.withLock { state in
            guard let shown = state.shown else { return write(line + "\n") }
            write("\r\u{1B}[K\(line)\n")
            show(&state, shown)
        }
    }

    /// Shows the last state and leaves it on the screen. The rates are those of the whole work.
    public func finish() {
        if case .silent = mode { return }
        let time = clock()
        state.withLock { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            show(&state, state.meter.summary(at: time))
            if state.shown != nil { write("\n") }
            state.shown = nil
        }
    }

    private func show(_ state: inout State, _ snapshot: ProgressSnapshot) {
        switch mode {
        case .bar(let width):
            // The last column is left free, since some terminals wrap when it is written; and two more, for the ^C that
            // terminals show, which would otherwise wrap and leave half a bar behind.
            write("\r\(snapshot.bar(width: max(20, width() - 3), unicode: usesUnicode))\u{1B}[K")
            state.shown = snapshot
        case .lines: write(snapshot.plainLine + "\n")
        case .silent: break
        }
    }
}
