import SequiturFiles

/// The drawing of a curve: axes with round ticks, a grid, the lines, and a ring at the best validation.
struct LinePlot {
    private static let width = 460.0, height = 270.0
    private static let top = 24.0, right = 20.0, bottom = 40.0
    /// About the width of a label's digit on a narrow screen, where labels are larger.
    private static let digitWidth = 8.4
    /// Colours there are; further series begin again with other dashes.
    private static let colours = 6
    /// Marked series with more points than this have no marks.
    private static let markLimit = 150

    let curve: Curve

    init(_ curve: Curve) { self.curve = curve }

    /// Nil where there is nothing to draw.
    func svg(id: String) -> String? {
        let lines = curve.series.map(sampled)
        let visible = lines.flatMap { $0 }.filter { $0.y.isFinite && (!curve.logarithmic || $0.y > 0) }
        let best = curve.series.compactMap(\.best).filter { $0.x.isFinite && $0.y.isFinite }
        guard let horizontal = Axis((visible + best).map(\.x), count: 6, isTight: true),
            let vertical = Axis((visible + best).map(\.y), isLogarithmic: curve.logarithmic)
        else { return nil }
        let left = 14 + Self.digitWidth * Double(vertical.ticks.map(\.label.count).max() ?? 1)
        func place(_ point: (x: Double, y: Double)) -> (x: Double, y: Double)? {
            guard let x = horizontal.position(point.x), let y = vertical.position(point.y) else { return nil }
            return (
                left + x * (Self.width - left - Self.right),
                Self.height - Self.bottom - y * (Self.height - Self.top - Self.bottom)
            )
        }
        var svg = SVG()
        draw(horizontal, vertical, left: left, into: &svg)
        let classes = Self.classes(of: curve.series)
        for (index, (series, points)) in zip(curve.series, lines).enumerated() {
            svg.path(points.map(place), "line " + classes[index])
            guard series.style == .marked, points.count <= Self.markLimit else { continue }
            for point in points {
                guard let mark = place(point) else { continue }
                svg.circle(mark.x, mark.y, radius: 2.5, "mark " + classes[index], title: title(of: point, series))
            }
        }
        for (index, series) in curve.series.enumerated() {
            guard let best = series.best, let mark = place(best) else { continue }
            svg.circle(mark.x, mark.y, radius: 6, "ring " + classes[index], title: "best: " + title(of: best, series))
        }
        return svg.element(width: Self.width, height: Self.height, id: id, title: curve.title, description: curve.summary)
    }

    private func draw(_ horizontal: Axis, _ vertical: Axis, left: Double, into svg: inout SVG) {
        let base = Self.height - Self.bottom, end = Self.width - Self.right
        for tick in vertical.ticks {
            guard let share = vertical.position(tick.value) else { continue }
            let y = base - share * (base - Self.top)
            svg.line(left, y, end, y, "grid")
            svg.text(left - 6, y + 4, tick.label, anchor: "end")
        }
        for tick in horizontal.ticks {
            guard let share = horizontal.position(tick.value) else { continue }
            let x = left + share * (end - left)
            svg.line(x, base, x, base + 4, "axis")
            svg.text(x, base + 17, tick.label, anchor: "middle")
        }
        svg.line(left, base, end, base, "axis")
        svg.text(4, 12, curve.yLabel + (curve.logarithmic ? " (logarithmic)" : ""), anchor: "start", "label name")
        svg.text((left + end) / 2, Self.height - 6, curve.xLabel, anchor: "middle", "label name")
    }

    private func sampled(_ series: Curve.Series) -> [(x: Double, y: Double)] {
        var sampler = PointSampler(limit: Curve.pointLimit)
        for point in series.points {
            sampler.append(point.x, curve.logarithmic && point.y <= 0 ? .nan : point.y)
        }
        return sampler.points
    }

    private func title(of point: (x: Double, y: Double), _ series: Curve.Series) -> String {
        "\(series.name), \(curve.xLabel) \(Quantity.shortest(point.x)): \(Quantity.significant(point.y))"
    }

    /// The classes that say how each series looks; a faint one has the colour of the one it stands behind.
    static func classes(of series: [Curve.Series]) -> [String] {
        var colour = 0
        return series.map { series in
            defer { if series.style != .faint { colour += 1 } }
            return "series-\(colour % colours)" + (series.style == .faint ? " faint" : "") + (colour >= colours ? " dashed" : "")
        }
    }
}
