#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How far two lists of numbers, or two classifications, agree: from −1 over 0 (not at all) to 1.
public enum Correlation {
    /// Pearson's r = Σ (x − x̄)(y − ȳ) / √(Σ (x − x̄)² · Σ (y − ȳ)²); NaN where either list is constant or has less than two numbers.
    public static func pearson(_ x: [Double], _ y: [Double]) -> Double {
        check("pearson", x.count, y.count)
        guard x.count > 1, Set(x).count > 1, Set(y).count > 1 else { return .nan }
        let first = centred(x)
        let second = centred(y)
        let product = zip(first, second).map { $0 * $1 }.pairwiseSum
        return min(1, max(-1, product))
    }

    /// Deviations from the mean, divided by their Euclidean norm.
    private static func centred(_ values: [Double]) -> [Double] {
        let mean = values.mean
        let deviations = values.map { $0 - mean }
        // Divided by the largest first, so that squares neither overflow nor vanish.
        let largest = deviations.reduce(0) { max($0, $1.magnitude) }
        let norm = largest * deviations.map { ($0 / largest) * ($0 / largest) }.pairwiseSum.squareRoot()
        return deviations.map { $0 / norm }
    }

    /// Spearman's ρ: Pearson's r of the ranks, where equal numbers share the mean of their ranks.
    public static func spearman(_ x: [Double], _ y: [Double]) -> Double {
        check("spearman", x.count, y.count)
        return pearson(ranks(x), ranks(y))
    }

    /// 1 for the smallest; equal numbers share the mean of their ranks.
    static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            // The mean of start + 1 … end.
            for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
            start = end
        }
        return ranks
    }

    /// Kendall's τ-b: of all pairs of examples, (concordant − discordant) / √((pairs − ties in x) (pairs − ties in y)), in O(n log n)
    /// (Knight 1966). NaN where either list is constant.
    public static func kendall(_ x: [Double], _ y: [Double]) -> Double {
        check("kendall", x.count, y.count)
        let order = x.indices.sorted { (x[$0], y[$0]) < (x[$1], y[$1]) }
        let pairs = pairCount(x.count)
        let tiedInX = pairCount(tiedIn: order) { x[$0] == x[$1] }
        let tiedInBoth = pairCount(tiedIn: order) { x[$0] == x[$1] && y[$0] == y[$1] }
        var values = order.map { y[$0] }
        var buffer = values
        let discordant = inversions(&values, &buffer, values.indices)
        let tiedInY = pairCount(tiedIn: Array(values.indices)) { values[$0] == values[$1] }
        guard pairs > tiedInX, pairs > tiedInY else { return .nan }
        let difference = Double(pairs - tiedInX - tiedInY + tiedInBoth - 2 * discordant)
        return min(1, max(-1, difference / Double(pairs - tiedInX).squareRoot() / Double(pairs - tiedInY).squareRoot()))
    }

    private static func pairCount(_ count: Int) -> Int { count * (count - 1) / 2 }

    /// The pairs within runs of equal elements.
    private static func pairCount(tiedIn order: [Int], _ areEqual: (Int, Int) -> Bool) -> Int {
        var total = 0
        var length = 1
        for place in order.indices.dropFirst() {
            if areEqual(order[place - 1], order[place]) {
                total += length
                length += 1
            } else {
                length = 1
            }
        }
        return total
    }

    /// Sorts a range and counts the pairs that stood in the wrong order.
    private static func inversions(_ values: inout [Double], _ buffer: inout [Double], _ range: Range<Int>) -> Int {
        guard range.count > 1 else { return 0 }
        let middle = range.lowerBound + range.count / 2
        var total = inversions(&values, &buffer, range.lowerBound..<middle)
        total += inversions(&values, &buffer, middle..<range.upperBound)
        var (left, right) = (range.lowerBound, middle)
        for place in range {
            if left < middle, right == range.upperBound || values[left] <= values[right] {
                buffer[place] = values[left]
                left += 1
            } else {
                buffer[place] = values[right]
                right += 1
                total += middle - left
            }
        }
        for place in range { values[place] = buffer[place] }
        return total
    }

    /// Matthews' correlation of two classifications, for any number of classes (Gorodkin 2004):
    ///
    ///     (c n − Σ_k t_k p_k) / √((n² − Σ_k p_k²)(n² − Σ_k t_k²))
    ///
    /// with n examples, c of them right, t_k of class k and p_k predicted to be; 0 where either has one class alone.
    public static func matthews(gold: [Int], predicted: [Int]) -> Double {
        check("matthews", gold.count, predicted.count)
        var tallies: [Int: (gold: Double, predicted: Double)] = [:]
        var correct = 0.0
        for (gold, predicted) in zip(gold, predicted) {
            tallies[gold, default: (0, 0)].gold += 1
            tallies[predicted, default: (0, 0)].predicted += 1
            if gold == predicted { correct += 1 }
        }
        // Sums of whole numbers, exact in any order below 2⁵³.
        let count = Double(gold.count)
        var (both, golds, predictions) = (0.0, 0.0, 0.0)
        for tally in tallies.values {
            both += tally.gold * tally.predicted
            golds += tally.gold * tally.gold
            predictions += tally.predicted * tally.predicted
        }
        let denominator = (count * count - predictions) * (count * count - golds)
        return denominator == 0 ? 0 : (correct * count - both) / denominator.squareRoot()
    }

    /// Σ (x − y)² / n, which is no correlation but stands beside them in reports of similarity; 0 for no examples.
    public static func meanSquaredError(_ x: [Double], _ y: [Double]) -> Double {
        check("meanSquaredError", x.count, y.count)
        return zip(x, y).map { ($0 - $1) * ($0 - $1) }.mean
    }

    private static func check(_ name: String, _ first: Int, _ second: Int) {
        precondition(first == second, "Correlation.\(name): \(first) and \(second) examples")
    }
}
