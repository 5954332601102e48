import SequiturFiles

/// A reliability diagram: how often predictions of a confidence are right (Guo et al. 2017). A calibrated model's bars reach the
/// diagonal.
public struct ReliabilityFigure: Sendable {
    public struct Bin: Sendable {
        /// What confidences the bin takes, within 0 … 1.
        public var range: ClosedRange<Double>
        /// Means over the predictions in the bin.
        public var confidence: Double
        public var accuracy: Double
        public var count: Int

        public init(_ range: ClosedRange<Double>, confidence: Double, accuracy: Double, count: Int) {
            (self.range, self.confidence, self.accuracy, self.count) = (range, confidence, accuracy, count)
        }
    }

    public var title: String
    public var bins: [Bin]
    /// Σ |accuracy − confidence| · count / Σ count.
    public var expectedCalibrationError: Double?
    public var note: String

    public init(title: String = "Reliability", bins: [Bin], expectedCalibrationError: Double? = nil, note: String = "") {
        (self.title, self.bins, self.note) = (title, bins, note)
        self.expectedCalibrationError = expectedCalibrationError
    }

    private static let width = 460.0, height = 360.0
    private static let left = 42.0, right = 14.0, top = 24.0
    /// Where the bars stand, and below them the counts.
    private static let base = 260.0, countTop = 284.0, countBase = 318.0

    func view(id: String) -> View {
        var words: [String] = []
        if let error = expectedCalibrationError, error.isFinite {
            words.append("Expected calibration error: \(Quantity.fixed(error, 4)).")
        }
        words.append("Bars that end below the diagonal: the model is surer than it is right.")
        if !note.isEmpty { words.append(note) }
        let rows = filled.map {
            [
                "range": "\(Quantity.fixed($0.range.lowerBound, 2)) – \(Quantity.fixed($0.range.upperBound, 2))",
                "confidence": Quantity.fixed($0.confidence, 3), "accuracy": Quantity.fixed($0.accuracy, 3),
                "count": Quantity.grouped($0.count),
            ] as View
        }
        return ["id": id, "name": title, "svg": svg(id: id) ?? false, "note": words.joined(separator: " "), "rows": rows]
    }

    private var filled: [Bin] { bins.filter { $0.count > 0 && $0.accuracy.isFinite && $0.confidence.isFinite } }

    private func svg(id: String) -> String? {
        guard !filled.isEmpty else { return nil }
        let most = Double(filled.map(\.count).max() ?? 1)
        var svg = SVG()
        func across(_ value: Double) -> Double { Self.left + min(max(value, 0), 1) * (Self.width - Self.left - Self.right) }
        func up(_ value: Double) -> Double { Self.base - min(max(value, 0), 1) * (Self.base - Self.top) }
        for tick in stride(from: 0.0, through: 1, by: 0.2) {
            svg.line(Self.left, up(tick), Self.width - Self.right, up(tick), "grid")
            svg.text(Self.left - 6, up(tick) + 4, Quantity.fixed(tick, 1), anchor: "end")
            svg.text(across(tick), Self.countBase + 17, Quantity.fixed(tick, 1), anchor: "middle")
        }
        for bin in filled {
            let (begin, end) = (across(bin.range.lowerBound) + 1, across(bin.range.upperBound) - 1)
            let words =
                "confidence \(Quantity.fixed(bin.confidence, 3)), accuracy \(Quantity.fixed(bin.accuracy, 3)), \(Quantity.grouped(bin.count)) predictions"
            svg.rectangle(
                begin, up(bin.accuracy), max(0, end - begin), Self.base - up(bin.accuracy), "fill series-0", title: words)
            let height = (Self.countBase - Self.countTop) * Double(bin.count) / most
            svg.rectangle(begin, Self.countBase - height, max(0, end - begin), height, "fill series-5", title: words)
            svg.circle(across(bin.confidence), up(bin.accuracy), radius: 3, "mark series-1", title: words)
        }
        svg.line(Self.left, Self.base, Self.width - Self.right, Self.base, "axis")
        svg.line(Self.left, Self.countBase, Self.width - Self.right, Self.countBase, "axis")
        svg.line(across(0), up(0), across(1), up(1), "diagonal")
        svg.text(4, 12, "accuracy", anchor: "start", "label name")
        svg.text(Self.left, Self.countTop - 6, "predictions", anchor: "start", "label name")
        svg.text((Self.left + Self.width - Self.right) / 2, Self.height - 6, "confidence", anchor: "middle", "label name")
        let description = filled.map {
            "confidence \(Quantity.fixed($0.confidence, 2)): accuracy \(Quantity.fixed($0.accuracy, 2)) of \($0.count)"
        }.joined(separator: "; ")
        return svg.element(width: Self.width, height: Self.height, id: id, title: title, description: description)
    }
}
