/// What a statistic needs of each unit (example, sentence, question), such that sums over units give the statistic of them all.
///
/// Accuracy needs whether a unit is right; F1 needs the counts of correct, found and gold. A unit is what was drawn independently:
/// sentences or documents, not tokens, whose errors come together.
public struct UnitSums: Sendable {
    public let unitCount: Int
    /// How many numbers each unit has.
    public let width: Int
    /// Those of one unit after the other.
    let values: [Double]

    /// - Parameter columns: for each number its value for every unit.
    public init(columns: [[Double]]) {
        let count = columns.first?.count ?? 0
        precondition(columns.allSatisfy { $0.count == count }, "UnitSums: columns of \(columns.map(\.count)) units")
        unitCount = count
        width = columns.count
        values = (0..<count).flatMap { unit in columns.map { $0[unit] } }
    }

    /// The counts of each unit, for `f1`, `precision` and `recall`.
    public init(_ counts: [MatchCounts]) {
        unitCount = counts.count
        width = 3
        values = counts.flatMap { [Double($0.correct), Double($0.found), Double($0.gold)] }
    }

    /// One score a unit, for `mean`; an accuracy's scores are 1 and 0.
    public init(scores: [Double]) {
        unitCount = scores.count
        width = 2
        values = scores.flatMap { [$0, 1] }
    }

    /// Right or wrong, for `mean`, which is the accuracy.
    public init(isCorrect: [Bool]) { self.init(scores: isCorrect.map { $0 ? 1 : 0 }) }

    /// Sums over all units.
    public var total: [Double] {
        values.withUnsafeBufferPointer { values in
            var total = [Double](repeating: 0, count: width)
            for unit in 0..<unitCount {
                for column in 0..<width { total[column] += values[unit * width + column] }
            }
            return total
        }
    }

    /// F1 of the sums of `init(_:)`, 2 · correct / (found + gold).
    public static func f1(_ sums: [Double]) -> Double { quotient(2 * sums[0], sums[1] + sums[2]) }

    public static func precision(_ sums: [Double]) -> Double { quotient(sums[0], sums[1]) }

    public static func recall(_ sums: [Double]) -> Double { quotient(sums[0], sums[2]) }

    /// The mean of the scores of `init(scores:)`.
    public static func mean(_ sums: [Double]) -> Double { quotient(sums[0], sums[1]) }

    private static func quotient(_ numerator: Double, _ denominator: Double) -> Double {
        denominator == 0 ? 0 : numerator / denominator
    }
}
