import SequiturFiles
import SequiturText

/// How well a task was done on a set of examples.
public struct TaskEvaluation: Sendable {
    public struct Figure: Sendable, Equatable {
        /// As `metrics.jsonl` spells it: `f1`.
        public let name: String
        public let value: Double

        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// A report for people, as the tool prints it that it is named after.
    public struct Report: Sendable {
        public let title: String
        public let text: String
    }

    /// An example that was answered wrongly.
    public struct Mistake: Sendable {
        public let place: String
        public let text: String
        public let gold: String
        public let predicted: String
        /// How sure the model was of its answer; nil where it does not say.
        public let confidence: Double?
        /// The words with their gold and predicted tags, of tagging.
        public var words: [(text: String, gold: String, predicted: String)] = []
    }

    public let exampleCount: Int
    /// Higher is better; the first is what the best weights are chosen by.
    public var figures: [Figure]
    public var reports: [Report] = []
    public var classes: ClassificationReport?
    public var confusion: ConfusionMatrix?
    /// Expected calibration error and its bins, where there are probabilities.
    public var calibration: Calibration?
    /// What each example adds to the first figure, for intervals and comparisons.
    public var units: EvaluationUnits
    /// The worst first.
    public var mistakes: [Mistake] = []

    public var json: JSONValue {
        var members: [JSONValue.Member] = [.init(key: "examples", value: .integer(Int64(exampleCount)))]
        members += figures.map { .init(key: $0.name, value: .number($0.value)) }
        if let classes { members.append(.init(key: "classes", value: classes.json)) }
        return .object(members)
    }
}

/// The parts of a figure that single examples give, so that it can be computed of any choice of them.
public enum EvaluationUnits: Sendable {
    /// The mean.
    case mean([Double])
    /// F1 of correct, found and gold items.
    case f1([MatchCounts])
    /// F1 averaged over the classes, of gold and predicted ones.
    case macroF1(gold: [Int], predicted: [Int], classes: [Int])
    /// Spearman's rank correlation.
    case spearman(gold: [Double], predicted: [Double])

    public var count: Int {
        switch self {
        case .mean(let values): values.count
        case .f1(let counts): counts.count
        case .macroF1(let gold, _, _): gold.count
        case .spearman(let gold, _): gold.count
        }
    }

    /// The figure of the examples with these numbers.
    public func value(of indices: some Sequence<Int>) -> Double {
        switch self {
        case .mean(let values):
            var sum = 0.0, count = 0
            for index in indices {
                sum += values[index]
                count += 1
            }
            return count > 0 ? sum / Double(count) : 0
        case .f1(let counts):
            var total = MatchCounts()
            for index in indices { total += counts[index] }
            return total.f1
        case .macroF1(let gold, let predicted, let classes):
            var counts: [Int: MatchCounts] = [:]
            for index in indices {
                let isRight = gold[index] == predicted[index]
                counts[gold[index], default: MatchCounts()] += MatchCounts(correct: isRight ? 1 : 0, found: 0, gold: 1)
                counts[predicted[index], default: MatchCounts()] += MatchCounts(correct: 0, found: 1, gold: 0)
            }
            return classes.isEmpty ? 0 : classes.map { counts[$0]?.f1 ?? 0 }.reduce(0, +) / Double(classes.count)
        case .spearman(let gold, let predicted):
            let chosen = Array(indices)
            return Correlation.spearman(chosen.map { gold[$0] }, chosen.map { predicted[$0] })
        }
    }
}
