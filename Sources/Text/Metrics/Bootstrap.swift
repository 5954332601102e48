import SequiturFiles

/// How much a figure would vary with another test set of the same size and kind: percentile intervals of the bootstrap (Efron 1979).
///
/// A sample draws as many units as there are, with replacement; the interval of level 0.95 reaches from the 2.5th to the 97.5th
/// percentile of the statistic over all samples (linear between neighbours, as NumPy's `percentile`). Seed and number of samples fix
/// the result.
///
///     let scores = EntityScores(gold: gold, predicted: predicted, counting: .conlleval)
///     let bootstrap = Bootstrap(unitCount: scores.sentenceCounts.count, seed: 1)
///     let interval = bootstrap.interval(of: UnitSums(scores.sentenceCounts), statistic: UnitSums.f1)
public struct Bootstrap: Sendable {
    public struct Interval: Sendable, Equatable {
        public let lower: Double
        public let upper: Double
        public let level: Double

        public var json: JSONValue { ["lower": .number(lower), "upper": .number(upper), "level": .number(level)] }
    }

    public let unitCount: Int
    public let samples: Int
    public let seed: UInt64

    public init(unitCount: Int, samples: Int = 1000, seed: UInt64 = 0) {
        precondition(unitCount >= 0 && samples > 0, "Bootstrap: \(samples) samples of \(unitCount) units")
        self.unitCount = unitCount
        self.samples = samples
        self.seed = seed
    }

    /// The interval of any statistic of the units drawn, which are given by their numbers; a unit may come several times.
    ///
    /// Samples whose statistic is not a number, such as a correlation of one example drawn again and again, are left out; both ends are
    /// NaN where none is left.
    public func interval(level: Double = 0.95, statistic: ([Int]) throws -> Double) rethrows -> Interval {
        var random = SplitMix64(seed: seed)
        var units = [Int](repeating: 0, count: unitCount)
        var values: [Double] = []
        for _ in 0..<samples {
            for place in units.indices { units[place] = random.below(unitCount) }
            values.append(try statistic(units))
        }
        return Self.interval(level: level, of: values)
    }

    /// The same for a statistic of sums over units, without a list of units for each sample.
    public func interval(
        level: Double = 0.95, of units: UnitSums, statistic: ([Double]) throws -> Double
    ) rethrows -> Interval {
        precondition(units.unitCount == unitCount, "Bootstrap.interval: sums of \(units.unitCount) units, not \(unitCount)")
        var random = SplitMix64(seed: seed)
        var sums = [Double](repeating: 0, count: units.width)
        var values: [Double] = []
        for _ in 0..<samples {
            units.draw(&sums, &random)
            values.append(try statistic(sums))
        }
        return Self.interval(level: level, of: values)
    }

    private static func interval(level: Double, of values: [Double]) -> Interval {
        precondition(level > 0 && level < 1, "Bootstrap.interval: level \(level) is not between 0 and 1")
        let sorted = values.filter { !$0.isNaN }.sorted()
        return Interval(
            lower: percentile((1 - level) / 2, of: sorted), upper: percentile((1 + level) / 2, of: sorted), level: level)
    }

    private static func percentile(_ share: Double, of sorted: [Double]) -> Double {
        guard let last = sorted.last else { return .nan }
        let place = share * Double(sorted.count - 1)
        let below = Int(place)
        guard below + 1 < sorted.count else { return last }
        return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
    }
}

extension UnitSums {
    /// The sums of as many units as there are, drawn with replacement.
    func draw(_ sums: inout [Double], _ random: inout SplitMix64) {
        values.withUnsafeBufferPointer { values in
            sums.withUnsafeMutableBufferPointer { sums in
                sums.update(repeating: 0)
                for _ in 0..<unitCount {
                    let start = random.below(unitCount) * width
                    for column in 0..<width { sums[column] += values[start + column] }
                }
            }
        }
    }
}
