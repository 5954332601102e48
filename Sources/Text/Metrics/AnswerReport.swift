import SequiturFiles

/// Exact match and F1 over questions, some of which may have no answer, as SQuAD's evaluation scripts have them.
///
/// Where a model also says how probable it holds that there is no answer, answers above a threshold are taken back. The best
/// thresholds are those after which the score of these very questions is highest: an optimistic figure, unless the threshold was
/// chosen on others.
public struct AnswerReport: Sendable {
    /// The means of a group of questions, 0 … 1.
    public struct Group: Sendable, Equatable {
        public let exactMatch: Double
        public let f1: Double
        public let count: Int
    }

    /// A threshold and the score that it gives.
    public struct Threshold: Sendable, Equatable {
        /// Answers count where the probability of none is at most this.
        public let value: Double
        /// The mean over all questions, 0 … 1.
        public let score: Double
    }

    public let all: Group
    /// Questions that have answers; nil where there are none.
    public let answerable: Group?
    /// Questions that have none; nil where all have answers.
    public let unanswerable: Group?
    public let bestExactMatch: Threshold?
    public let bestF1: Threshold?
    /// Each question's score, with the threshold applied: units for `Bootstrap` and `PairedTest`.
    public let scores: [AnswerScore]

    /// - Parameters:
    ///   - predictions: the answers; empty for none.
    ///   - answers: each question's gold answers.
    ///   - noAnswerProbabilities: how probable it is that a question has no answer, on any scale.
    ///   - threshold: an answer above whose probability it is taken back.
    public init(
        predictions: [String], answers: [[String]], noAnswerProbabilities: [Double]? = nil, threshold: Double = 1,
        rules: AnswerScore.Rules = .squad2
    ) {
        precondition(
            predictions.count == answers.count && noAnswerProbabilities.map { $0.count == answers.count } ?? true,
            "AnswerReport: \(predictions.count) predictions, \(answers.count) lists of answers, "
                + "\(noAnswerProbabilities?.count ?? answers.count) probabilities")
        let raw = zip(predictions, answers).map { AnswerScore(prediction: $0, answers: $1, rules: rules) }
        let scores = raw.indices.map { index -> AnswerScore in
            guard let noAnswerProbabilities, noAnswerProbabilities[index] > threshold else { return raw[index] }
            let score = answers[index].isEmpty ? 1.0 : 0
            return AnswerScore(exactMatch: score, f1: score)
        }
        self.scores = scores
        let with = answers.indices.filter { !answers[$0].isEmpty }
        let without = answers.indices.filter { answers[$0].isEmpty }
        all = Self.group(scores)
        answerable = with.isEmpty ? nil : Self.group(with.map { scores[$0] })
        unanswerable = without.isEmpty ? nil : Self.group(without.map { scores[$0] })
        let gains = { (score: KeyPath<AnswerScore, Double>) in
            raw.indices.map { index in
                answers[index].isEmpty ? (predictions[index].isEmpty ? 0 : -1) : raw[index][keyPath: score]
            }
        }
        bestExactMatch = noAnswerProbabilities.map { Self.best(gains(\.exactMatch), without.count, $0) }
        bestF1 = noAnswerProbabilities.map { Self.best(gains(\.f1), without.count, $0) }
    }

    private static func group(_ scores: [AnswerScore]) -> Group {
        func mean(_ values: [Double]) -> Double { MatchCounts.quotient(values.reduce(0, +), values.count) }
        return Group(exactMatch: mean(scores.map(\.exactMatch)), f1: mean(scores.map(\.f1)), count: scores.count)
    }

    /// From no answer at all on, one more answer after the other is let through, the most certain first.
    private static func best(_ gains: [Double], _ unanswerable: Int, _ probabilities: [Double]) -> Threshold {
        // Equal probabilities in the order of questions, as Python's sort leaves them.
        let order = probabilities.indices.sorted { (probabilities[$0], $0) < (probabilities[$1], $1) }
        var score = Double(unanswerable)
        var best = (score: score, threshold: 0.0)
        for index in order {
            score += gains[index]
            if score > best.score { best = (score, probabilities[index]) }
        }
        return Threshold(value: best.threshold, score: MatchCounts.quotient(best.score, gains.count))
    }

    /// Exact match and F1 in percent, one group a line.
    public func text(digits: Int = 2) -> String {
        let groups = [("all", all), ("answerable", answerable), ("unanswerable", unanswerable)]
        var lines = [MetricText.right("", 12) + ["exact match", "f1", "questions"].map { MetricText.right($0, 12) }.joined()]
        for case (let name, let group?) in groups {
            let figures = [group.exactMatch, group.f1].map { MetricText.right(100 * $0, 12, digits: digits) }
            lines.append(MetricText.right(name, 12) + figures.joined() + MetricText.right(String(group.count), 12))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    public var json: JSONValue {
        func json(_ group: Group) -> JSONValue {
            [
                "exact-match": .number(group.exactMatch),
                "f1": .number(group.f1),
                "count": .integer(Int64(group.count)),
            ]
        }
        func json(_ threshold: Threshold) -> JSONValue {
            [
                "threshold": .number(threshold.value),
                "score": .number(threshold.score),
            ]
        }
        return [
            "all": json(all),
            "answerable": answerable.map(json) ?? .null,
            "unanswerable": unanswerable.map(json) ?? .null,
            "best-exact-match": bestExactMatch.map(json) ?? .null,
            "best-f1": bestF1.map(json) ?? .null,
        ]
    }
}
