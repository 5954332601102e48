import SequiturFiles

/// One moment of a long piece of work; its lines are functions of it alone.
public struct ProgressSnapshot: Sendable, Equatable {
    public var description: String
    public var completed: Int
    public var total: Int?
    /// Between 0 and 1, nil where the end is unknown.
    public private(set) var fraction: Double?
    /// Seconds.
    public var elapsed: Double
    /// Seconds.
    public var remaining: Double?
    /// Units of work per second.
    public var rate: Double?
    public var unit: String
    public var fields: [ProgressMeter.Field]
    /// The work has ended, perhaps before its end: nothing remains to be told.
    public var isFinal = false

    public init(
        description: String, completed: Int, total: Int?, fraction: Double?, elapsed: Double, remaining: Double?, rate: Double?,
        unit: String, fields: [ProgressMeter.Field]
    ) {
        self.description = description
        self.completed = completed
        self.total = total
        self.fraction = fraction.flatMap { $0.isFinite ? min(1, max(0, $0)) : nil }
        self.elapsed = elapsed
        self.remaining = remaining
        self.rate = rate
        self.unit = unit
        self.fields = fields
    }

    /// `training:  42%|████▏     | 420/1000 [0:42<0:58, 12.3k tokens/s, loss 1.832]`, at most `width` columns.
    ///
    /// The bar takes what room the rest leaves. Where that is less than five columns, fields are left out from the last, then
    /// the bar, then the first field.
    public func bar(width: Int, unicode: Bool) -> String {
        let least = min(1, fields.count)
        let attempts = (least...fields.count).reversed().map { ($0, 5) } + [(least, 0), (0, 5)]
        for (fieldCount, leastCells) in attempts {
            if let line = line(fieldCount: fieldCount, width: width, leastCells: leastCells, unicode: unicode) { return line }
        }
        return (head + tail(fieldCount: 0)).truncated(toWidth: width, ellipsis: unicode ? "…" : "...")
    }

    /// The line with the first `fieldCount` fields; nil where there is no room for it.
    ///
    /// - Parameter leastCells: of the bar; 0 for a line without one.
    private func line(fieldCount: Int, width: Int, leastCells: Int, unicode: Bool) -> String? {
        let head = head, tail = tail(fieldCount: fieldCount)
        let room = width - displayWidth(head) - displayWidth(tail)
        guard let fraction, leastCells > 0 else { return room >= 0 ? head + tail : nil }
        guard room >= leastCells + 2 else { return nil }
        return "\(head)|\(Self.bar(fraction, cells: min(room - 2, 60), unicode: unicode))|\(tail)"
    }

    private var head: String {
        "\(description): " + (fraction.map { "\(percent($0).padded(toWidth: 4, alignment: .right))" } ?? "")
    }

    private func tail(fieldCount: Int) -> String { " \(count) \(bracket(fieldCount: fieldCount))" }

    /// The same without the bar, for files and pipes.
    public var plainLine: String {
        "\(description):\(fraction.map { " \(percent($0))" } ?? "") \(count) \(bracket(fieldCount: fields.count))"
    }

    private func percent(_ fraction: Double) -> String {
        // Rounded down: 100 % is shown when all is done, not before.
        "\(Int(fraction * 100))%"
    }

    private var count: String {
        guard let total else { return String(completed) }
        return "\(String(completed).padded(toWidth: String(total).utf8.count, alignment: .right))/\(total)"
    }

    private func bracket(fieldCount: Int) -> String {
        let isOpen = isFinal || fraction == nil || fraction == 1
        let time = Quantity.duration(elapsed) + (isOpen ? "" : "<\(remaining.map(Quantity.duration) ?? "?")")
        let parts =
            [time, rate.map { Quantity.rate($0, of: unit) } ?? "? \(unit)/s"]
            + fields.prefix(fieldCount).map { "\($0.name) \($0.text)" }
        return "[\(parts.joined(separator: ", "))]"
    }

    private static func bar(_ fraction: Double, cells: Int, unicode: Bool) -> String {
        let full = unicode ? "█" : "#"
        let partial = unicode ? ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] : [""]
        let filled = Int(fraction * Double(cells * partial.count))
        let bar = String(repeating: full, count: filled / partial.count) + partial[filled % partial.count]
        return bar.padded(toWidth: cells)
    }
}
