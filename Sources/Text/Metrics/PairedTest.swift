import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whether two systems differ by more than chance on the same test set: two-sided tests over pairs of units.
///
/// `difference` is the second system's statistic minus the first's, `pValue` how probable a difference at least as large is if both
/// are equally good. It says nothing of other seeds or other data.
public struct PairedTest: Sendable, Equatable {
    public let difference: Double
    public let pValue: Double

    public init(difference: Double, pValue: Double) {
        self.difference = difference
        self.pValue = pValue
    }

    public var json: JSONValue { ["difference": .number(difference), "p": .number(pValue)] }

    /// Approximate randomisation (Noreen 1989; Yeh 2000): if both are equally good, it does not matter which system's result of a unit
    /// is called the first's. In each sample every unit's two results change places with probability ½;
    ///
    ///     p = (1 + |{samples: |difference*| ≥ |difference|}|) / (1 + samples)
    ///
    /// - Parameters:
    ///   - first: what the statistic needs of each unit, by the first system.
    ///   - second: the same by the second one, of the same units in the same order.
    ///   - statistic: of sums over units, such as `UnitSums.f1`.
    public static func randomization(
        _ first: UnitSums, _ second: UnitSums, samples: Int = 10_000, seed: UInt64 = 0, statistic: ([Double]) throws -> Double
    ) rethrows -> PairedTest {
        check("randomization", first, second, samples)
        let width = first.width
        let (firstTotal, secondTotal) = (first.total, second.total)
        let difference = try statistic(secondTotal) - statistic(firstTotal)
        // Units with equal results change nothing: only the others are drawn for.
        let changes = (0..<first.unitCount).filter { unit in
            (0..<width).contains { first.values[unit * width + $0] != second.values[unit * width + $0] }
        }.flatMap { unit in (0..<width).map { second.values[unit * width + $0] - first.values[unit * width + $0] } }
        var random = SplitMix64(seed: seed)
        var extreme = 0
        var moved = [Double](repeating: 0, count: width)
        for _ in 0..<samples {
            moved.withUnsafeMutableBufferPointer { moved in
                changes.withUnsafeBufferPointer { sumOfHalf($0, width, &random, moved) }
            }
            let swappedFirst = zip(firstTotal, moved).map { $0 + $1 }
            let swappedSecond = zip(secondTotal, moved).map { $0 - $1 }
            if try isAsLarge(statistic(swappedSecond) - statistic(swappedFirst), difference) { extreme += 1 }
        }
        return PairedTest(difference: difference, pValue: Double(1 + extreme) / Double(1 + samples))
    }

    /// The sum of rows, each taken with probability ½.
    private static func sumOfHalf(
        _ rows: UnsafeBufferPointer<Double>, _ width: Int, _ random: inout SplitMix64, _ sum: UnsafeMutableBufferPointer<Double>
    ) {
        sum.update(repeating: 0)
        var bits: UInt64 = 0
        for row in 0..<(width == 0 ? 0 : rows.count / width) {
            if row % 64 == 0 { bits = random.next() }
            // A product instead of a branch, which would be guessed wrong every other time.
            let factor = Double(bits & 1)
            for column in 0..<width { sum[column] += factor * rows[row * width + column] }
            bits >>= 1
        }
    }

    /// Paired bootstrap (Efron and Tibshirani 1993; Koehn 2004): units are drawn with replacement, for both systems the same ones. The
    /// differences of samples scatter about the observed one as it would about zero if both were equally good:
    ///
    ///     p = (1 + |{samples: |difference* − difference| ≥ |difference|}|) / (1 + samples)
    public static func bootstrap(
        _ first: UnitSums, _ second: UnitSums, samples: Int = 10_000, seed: UInt64 = 0, statistic: ([Double]) throws -> Double
    ) rethrows -> PairedTest {
        check("bootstrap", first, second, samples)
        let width = first.width
        let difference = try statistic(second.total) - statistic(first.total)
        let both = UnitSums(first, beside: second)
        var random = SplitMix64(seed: seed)
        var sums = [Double](repeating: 0, count: 2 * width)
        var extreme = 0
        for _ in 0..<samples {
            both.draw(&sums, &random)
            let drawn = try statistic(Array(sums[width...])) - statistic(Array(sums[..<width]))
            if isAsLarge(drawn - difference, difference) { extreme += 1 }
        }
        return PairedTest(difference: difference, pValue: Double(1 + extreme) / Double(1 + samples))
    }

    /// McNemar's exact test of two accuracies: of the n examples that only one system has right, the first's number is binomial with
    /// probability ½ if both are equally good, so that, with k the smaller of both numbers,
    ///
    ///     p = min(1, 2 Σ_{i ≤ k} C(n, i) 2⁻ⁿ)
    ///
    /// - Parameters:
    ///   - first: for each example whether the first system has it right.
    ///   - second: the same for the second one.
    public static func mcnemar(_ first: [Bool], _ second: [Bool]) -> PairedTest {
        precondition(first.count == second.count, "PairedTest.mcnemar: \(first.count) and \(second.count) examples")
        var (onlyFirst, onlySecond) = (0, 0)
        for (first, second) in zip(first, second) where first != second {
            if first { onlyFirst += 1 } else { onlySecond += 1 }
        }
        return PairedTest(
            difference: MatchCounts.quotient(Double(onlySecond - onlyFirst), first.count),
            pValue: signTest(min(onlyFirst, onlySecond), of: onlyFirst + onlySecond))
    }

    private static func signTest(_ smaller: Int, of count: Int) -> Double {
        guard 2 * smaller < count else { return 1 }
        let (all, few) = (Double(count), Double(smaller))
        // The largest term, then each smaller one from its neighbour: C(n, i − 1) = C(n, i) · i / (n − i + 1).
        var term = exp(logFactorial(all) - logFactorial(few) - logFactorial(all - few) - all * log(2))
        var sum = 0.0
        var index = few
        while term > 0, index >= 0, sum + term != sum {
            sum += term
            term *= index / (all - index + 1)
            index -= 1
        }
        return min(1, 2 * sum)
    }

    private static func logFactorial(_ value: Double) -> Double { lgamma(value + 1).0 }

    /// Sums of fractions may miss an equal difference by rounding.
    private static func isAsLarge(_ drawn: Double, _ observed: Double) -> Bool {
        drawn.magnitude >= observed.magnitude * (1 - 1e-12)
    }

    private static func check(_ name: String, _ first: UnitSums, _ second: UnitSums, _ samples: Int) {
        precondition(
            first.unitCount == second.unitCount && first.width == second.width && samples > 0,
            "PairedTest.\(name): \(first.unitCount) units of \(first.width) numbers, \(second.unitCount) of \(second.width), "
                + "\(samples) samples")
    }
}

extension UnitSums {
    /// The numbers of two systems for the same units, side by side.
    fileprivate init(_ first: UnitSums, beside second: UnitSums) {
        unitCount = first.unitCount
        width = first.width + second.width
        var values: [Double] = []
        values.reserveCapacity(unitCount * width)
        for unit in 0..<first.unitCount {
            values += first.values[unit * first.width..<(unit + 1) * first.width]
            values += second.values[unit * second.width..<(unit + 1) * second.width]
        }
        self.values = values
    }
}
