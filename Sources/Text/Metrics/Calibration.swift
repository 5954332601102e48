import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whether probabilities mean what they say: of the predictions made with 80 %, four of five should be right.
///
/// A prediction is the most probable class k, its confidence p_k. With N examples in bins b of equal width over (0, 1], the expected
/// calibration error (Naeini et al. 2015; Guo et al. 2017) is
///
///     ECE = Σ_b n_b / N · |accuracy_b − confidence_b|
///
/// The Brier score (Brier 1950) and the negative log-likelihood are proper scores of all probabilities, with y the gold class:
///
///     Brier = 1/N Σ_n Σ_k (p_nk − [k = y_n])²     NLL = −1/N Σ_n ln p_{n, y_n}
public struct Calibration: Sendable {
    /// The predictions whose confidence lies above `lower` and not above `upper`; a reliability diagram shows `accuracy` over
    /// `confidence`.
    public struct Bin: Sendable, Equatable {
        public let lower: Double
        public let upper: Double
        public let count: Int
        /// The mean confidence; 0 in an empty bin.
        public let confidence: Double
        /// The share of predictions that are right; 0 in an empty bin.
        public let accuracy: Double

        fileprivate init(lower: Double, upper: Double, count: Int, confidence: Double, accuracy: Double) {
            (self.lower, self.upper, self.count) = (lower, upper, count)
            (self.confidence, self.accuracy) = (confidence, accuracy)
        }

        fileprivate init?(json: JSONValue) {
            guard let lower = json["lower"]?.double, let upper = json["upper"]?.double, lower < upper,
                let count = json["count"]?.int, count >= 0, let confidence = json["confidence"]?.double,
                let accuracy = json["accuracy"]?.double
            else { return nil }
            self.init(lower: lower, upper: upper, count: count, confidence: confidence, accuracy: accuracy)
        }

        public var json: JSONValue {
            [
                "lower": .number(lower),
                "upper": .number(upper),
                "count": .integer(Int64(count)),
                "confidence": .number(confidence),
                "accuracy": .number(accuracy),
            ]
        }
    }

    public let bins: [Bin]
    public let count: Int
    public let expectedCalibrationError: Double
    /// The largest |accuracy − confidence| of a bin.
    public let maximumCalibrationError: Double
    /// 0 … 2. Of two classes it is twice the score that looks at one of them alone.
    public let brierScore: Double
    /// In nats; probabilities below 2⁻⁵² count as that.
    public let negativeLogLikelihood: Double

    /// - Parameters:
    ///   - probabilities: for each example those of all classes, which sum to 1.
    ///   - gold: each example's class.
    public init(probabilities: [[Double]], gold: [Int], binCount: Int = 15) {
        precondition(
            probabilities.count == gold.count && binCount > 0,
            "Calibration: \(probabilities.count) rows of probabilities, \(gold.count) gold classes, \(binCount) bins")
        var sums = [(count: Int, confidence: Double, correct: Int)](repeating: (0, 0, 0), count: binCount)
        var (brier, likelihood) = (0.0, 0.0)
        for (row, gold) in zip(probabilities, gold) {
            precondition(row.indices.contains(gold), "Calibration: gold class \(gold) of \(row.count)")
            var best = 0
            var squares = 0.0
            for (label, probability) in row.enumerated() {
                if probability > row[best] { best = label }
                let error = label == gold ? probability - 1 : probability
                squares += error * error
            }
            brier += squares
            likelihood -= log(max(row[gold], Double.ulpOfOne))
            let bin = Self.bin(of: row[best], binCount)
            sums[bin].count += 1
            sums[bin].confidence += row[best]
            if best == gold { sums[bin].correct += 1 }
        }
        count = gold.count
        bins = sums.enumerated().map { place, sums in
            Bin(
                lower: Double(place) / Double(binCount), upper: Double(place + 1) / Double(binCount), count: sums.count,
                confidence: MatchCounts.quotient(sums.confidence, sums.count),
                accuracy: MatchCounts.quotient(Double(sums.correct), sums.count))
        }
        let gaps = bins.map { ($0.accuracy - $0.confidence).magnitude }
        expectedCalibrationError = MatchCounts.quotient(zip(gaps, bins).reduce(0) { $0 + $1.0 * Double($1.1.count) }, count)
        maximumCalibrationError = gaps.max() ?? 0
        brierScore = MatchCounts.quotient(brier, count)
        negativeLogLikelihood = MatchCounts.quotient(likelihood, count)
    }

    /// The first bin whose upper end is not below the confidence.
    private static func bin(of confidence: Double, _ count: Int) -> Int {
        guard confidence > 0 else { return 0 }
        var bin = min(count - 1, Int(confidence * Double(count)))
        while bin > 0, confidence <= Double(bin) / Double(count) { bin -= 1 }
        while bin + 1 < count, confidence > Double(bin + 1) / Double(count) { bin += 1 }
        return bin
    }

    /// The calibration of `json`; nil where it is none.
    public init?(json: JSONValue) {
        guard let count = json["count"]?.int, let expected = json["expected-calibration-error"]?.double,
            let maximum = json["maximum-calibration-error"]?.double, let brier = json["brier-score"]?.double,
            let likelihood = json["negative-log-likelihood"]?.double, let bins = json["bins"]?.array?.every(Bin.init)
        else { return nil }
        (self.bins, self.count) = (bins, count)
        (expectedCalibrationError, maximumCalibrationError) = (expected, maximum)
        (brierScore, negativeLogLikelihood) = (brier, likelihood)
    }

    public var json: JSONValue {
        [
            "count": .integer(Int64(count)),
            "expected-calibration-error": .number(expectedCalibrationError),
            "maximum-calibration-error": .number(maximumCalibrationError),
            "brier-score": .number(brierScore),
            "negative-log-likelihood": .number(negativeLogLikelihood),
            "bins": .array(bins.map(\.json)),
        ]
    }
}
