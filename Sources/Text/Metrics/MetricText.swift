#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Numbers and columns as the printed reports of the field have them.
enum MetricText {
    /// C's `%.*f`, which rounds the exact binary value, half to even, as Python and Perl do.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        var buffer = [CChar](repeating: 0, count: 330 + max(0, digits))
        let count = withVaList([CInt(digits), value]) { vsnprintf(&buffer, buffer.count, "%.*f", $0) }
        return String(decoding: buffer[..<Int(count)].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// On the right of a column that is `width` code points wide, as Python counts.
    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.unicodeScalars.count)) + text
    }

    /// The same, counted in bytes, as C and Perl do.
    static func rightInBytes(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }

    static func right(_ value: Double, _ width: Int, digits: Int) -> String { right(fixed(value, digits), width) }

    /// The lines of scikit-learn's and seqeval's reports.
    struct Table {
        let width: Int
        let digits: Int

        init(names: [String], digits: Int) {
            self.digits = digits
            width = names.reduce(max("weighted avg".count, digits)) { max($0, $1.unicodeScalars.count) }
        }

        var head: String { line("", ["precision", "recall", "f1-score", "support"]) }

        func line(_ row: ClassificationReport.Row) -> String {
            line(row.name, [row.precision, row.recall, row.f1].map { fixed($0, digits) } + [String(row.support)])
        }

        func line(_ name: String, _ cells: [String]) -> String {
            right(name, width) + " " + cells.map { " " + right($0, 9) }.joined()
        }
    }
}

extension [Double] {
    /// The sum in NumPy's order of additions (in pairs, from eight sums side by side), so that a mean that lies on the border between
    /// two printed figures falls on the same side.
    var pairwiseSum: Double { withUnsafeBufferPointer { Self.pairwiseSum($0[...]) } }

    private static func pairwiseSum(_ values: Slice<UnsafeBufferPointer<Double>>) -> Double {
        if values.count < 8 { return values.reduce(0, +) }
        if values.count <= 128 {
            var sums = Array(values.prefix(8))
            var index = values.startIndex + 8
            while index + 8 <= values.endIndex {
                for lane in 0..<8 { sums[lane] += values[index + lane] }
                index += 8
            }
            let sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
            return values[index...].reduce(sum, +)
        }
        let half = values.count / 2
        let middle = values.startIndex + half - half % 8
        return pairwiseSum(values[..<middle]) + pairwiseSum(values[middle...])
    }

    var mean: Double { isEmpty ? 0 : pairwiseSum / Double(count) }

    /// Σ wᵢ xᵢ / Σ wᵢ; the plain mean where all weights are zero.
    func mean(weights: [Int]) -> Double {
        let total = weights.reduce(0, +)
        return total == 0 ? mean : zip(self, weights).map { $0 * Double($1) }.pairwiseSum / Double(total)
    }
}
