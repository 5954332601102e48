/// Keeps the outline of a sequence of points of any length in bounded memory: of each stretch its lowest and its highest point, in
/// their order, and where values are missing.
package struct PointSampler: Sendable {
    package typealias Point = (x: Double, y: Double)

    private struct Stretch: Sendable {
        /// With their places in the sequence; nil where no value is finite.
        var low: (place: Int, point: Point)?
        var high: (place: Int, point: Point)?
        var gap: (place: Int, x: Double)?

        mutating func merge(_ other: Stretch) {
            if let theirs = other.low, theirs.point.y < low?.point.y ?? .infinity { low = theirs }
            if let theirs = other.high, theirs.point.y > high?.point.y ?? -.infinity { high = theirs }
            gap = gap ?? other.gap
        }
    }

    /// Finite points that are kept at most.
    let limit: Int
    private var stretches: [Stretch] = []
    /// Points that a stretch stands for.
    private var length = 1
    private var count = 0
    private var first: Point?
    private var last: Point?

    package init(limit: Int) {
        precondition(limit >= 8, "PointSampler: a limit of \(limit) points")
        self.limit = limit
    }

    /// A value that is not finite is a gap; a place that is not finite is nowhere.
    package mutating func append(_ x: Double, _ y: Double) {
        guard x.isFinite else { return }
        var stretch = Stretch()
        if y.isFinite {
            stretch.low = (count, (x, y))
            stretch.high = stretch.low
            if first == nil { first = (x, y) }
            last = (x, y)
        } else {
            stretch.gap = (count, x)
        }
        if count % length == 0 {
            // Stretches have two points later; two more are the ends.
            if stretches.count >= (length == 1 ? limit - 4 : limit / 2 - 1) { halve() }
            if count % length == 0 { stretches.append(stretch) } else { stretches[stretches.count - 1].merge(stretch) }
        } else {
            stretches[stretches.count - 1].merge(stretch)
        }
        count += 1
    }

    private mutating func halve() {
        var merged: [Stretch] = []
        for index in stride(from: 0, to: stretches.count, by: 2) {
            var stretch = stretches[index]
            if index + 1 < stretches.count { stretch.merge(stretches[index + 1]) }
            merged.append(stretch)
        }
        stretches = merged
        length *= 2
    }

    /// The outline; a gap is a point without a finite value.
    package var points: [Point] {
        var result: [Point] = []
        for stretch in stretches {
            var found = [stretch.low, stretch.high].compactMap { $0 }
            if found.count == 2, found[0].place == found[1].place { found.removeLast() }
            if let gap = stretch.gap { found.append((gap.place, (gap.x, .nan))) }
            result += found.sorted { $0.place < $1.place }.map(\.point)
        }
        // Where a line begins and ends is seen.
        if let first, let begin = result.first(where: { $0.y.isFinite }), begin.x != first.x { result.insert(first, at: 0) }
        if let last, let end = result.last(where: { $0.y.isFinite }), end.x != last.x { result.append(last) }
        return result
    }
}
