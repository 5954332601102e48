import SequiturFiles

/// A diagram of one or more series over a common axis.
public struct Curve: Sendable {
    public struct Series: Sendable {
        public enum Style: String, Sendable {
            case line
            /// A thin line behind the others: what is measured at each step.
            case faint
            /// A line with its points marked: what is measured now and then.
            case marked
        }

        public var name: String
        /// In the order of `x`. A value that is not finite is a gap.
        public var points: [(x: Double, y: Double)]
        public var style: Style
        /// A point with a ring of its own: the best validation.
        public var best: (x: Double, y: Double)?

        public init(
            _ name: String, points: [(x: Double, y: Double)], style: Style = .line, best: (x: Double, y: Double)? = nil
        ) {
            (self.name, self.points, self.style, self.best) = (name, points, style, best)
        }
    }

    public var title: String
    public var xLabel: String
    public var yLabel: String
    public var series: [Series]
    /// Whether the vertical axis is; what is not positive is a gap then.
    public var logarithmic: Bool

    public init(title: String, xLabel: String = "step", yLabel: String, series: [Series], logarithmic: Bool = false) {
        (self.title, self.xLabel, self.yLabel, self.series) = (title, xLabel, yLabel, series)
        self.logarithmic = logarithmic
    }

    /// Points of a series that are drawn at most.
    public static let pointLimit = 1000

    func view(id: String) -> View {
        let plot = LinePlot(self)
        var legend: [View] = []
        for (line, style) in zip(series, LinePlot.classes(of: series)) {
            var entry: View = ["name": line.name, "class": style, "best": false]
            if let best = line.best, best.x.isFinite, best.y.isFinite {
                entry["best"] = "best \(Quantity.significant(best.y)) at \(xLabel) \(Quantity.shortest(best.x))"
            }
            entry["isMarked"] = line.style == .marked
            legend.append(entry)
        }
        return [
            "id": id, "name": title, "legend": legend, "svg": plot.svg(id: id) ?? false, "description": summary,
        ]
    }

    /// What the lines do, in words.
    var summary: String {
        let parts = series.map { line -> String in
            let values = line.points.map(\.y).filter(\.isFinite)
            guard let first = values.first, let last = values.last, let low = values.min(), let high = values.max() else {
                return "\(line.name): no values"
            }
            func words(_ value: Double) -> String { Quantity.significant(value) }
            return "\(line.name): from \(words(first)) to \(words(last)), lowest \(words(low)), highest \(words(high))"
        }
        return "\(yLabel) by \(xLabel)" + (logarithmic ? ", logarithmic" : "") + ". " + parts.joined(separator: "; ") + "."
    }
}
