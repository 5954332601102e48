/// How far a long piece of work is and how fast it goes: arithmetic on what is reported, without clock and terminal.
public struct ProgressMeter: Sendable {
    public let description: String
    public let total: Int?
    public let unit: String

    private let initial: Int
    private let start: Double
    private var completed: Int
    private var work = 0
    private var fraction: Double?
    private var fields: [Field] = []
    private var last: (time: Double, work: Int, fraction: Double?)
    private var workRate = MovingRate()
    private var fractionRate = MovingRate()

    /// A name and a value at the end of the line: `loss 4.321`.
    public struct Field: Sendable, Equatable {
        public let name: String
        public let text: String

        public init(_ name: String, _ text: String) {
            self.name = name
            self.text = text
        }
    }

    public init(description: String, total: Int?, initial: Int = 0, unit: String, at time: Double) {
        self.description = description
        self.total = total
        self.initial = initial
        self.unit = unit
        start = time
        completed = initial
        last = (time, 0, nil)
        fraction = Self.fraction(initial, of: total)
        last.fraction = fraction
    }

    /// Takes note of the state of things.
    ///
    /// - Parameters:
    ///   - completed: steps done, those of earlier runs included.
    ///   - work: units of work done since the start, for the rate.
    ///   - fraction: how much of everything is done, where steps do not tell: of a time budget.
    public mutating func update(completed: Int, work: Int, fraction: Double? = nil, fields: [Field]) {
        self.completed = completed
        self.work = work
        self.fraction = (fraction ?? Self.fraction(completed, of: total)).flatMap { $0.isFinite ? $0 : nil }
        self.fields = fields
    }

    /// The state at `time`, with rates smoothed over the moments at which this was called.
    public mutating func snapshot(at time: Double) -> ProgressSnapshot {
        let seconds = time - last.time
        if seconds > 0 {
            workRate.add(Double(work - last.work), seconds: seconds)
            if let fraction, let before = last.fraction { fractionRate.add(fraction - before, seconds: seconds) }
            last = (time, work, fraction)
        }
        let remaining = fraction.flatMap { fraction in fractionRate.value.flatMap { $0 > 0 ? max(0, 1 - fraction) / $0 : nil } }
        return ProgressSnapshot(
            description: description, completed: completed, total: countedTotal, fraction: fraction,
            elapsed: time - start, remaining: remaining, rate: workRate.value, unit: unit, fields: fields)
    }

    /// The state at the end: rates are those of the whole run.
    public func summary(at time: Double) -> ProgressSnapshot {
        let seconds = time - start
        var summary = ProgressSnapshot(
            description: description, completed: completed, total: countedTotal, fraction: fraction,
            elapsed: seconds, remaining: nil, rate: seconds > 0 && work > 0 ? Double(work) / seconds : nil, unit: unit,
            fields: fields)
        summary.isFinal = true
        return summary
    }

    /// Steps in all, where it is they that end the work: not where a time budget or something else does before.
    private var countedTotal: Int? {
        guard let total, let ofSteps = Self.fraction(completed, of: total), let fraction, fraction > 1.02 * ofSteps else {
            return total
        }
        return nil
    }

    private static func fraction(_ completed: Int, of total: Int?) -> Double? {
        guard let total, total > 0 else { return nil }
        return Double(completed) / Double(total)
    }
}

/// Amount per second: the ratio of two exponential moving averages with smoothing 0.3, corrected for their start at zero,
/// as in tqdm.
private struct MovingRate: Sendable {
    private static let smoothing = 0.3
    private var amount = 0.0
    private var seconds = 0.0

    mutating func add(_ amount: Double, seconds: Double) {
        // Both averages are short of the same factor 1 − 0.7ⁿ, which their ratio cancels.
        self.amount += Self.smoothing * (amount - self.amount)
        self.seconds += Self.smoothing * (seconds - self.seconds)
    }

    var value: Double? { seconds > 0 && amount > 0 ? amount / seconds : nil }
}
