import SequiturFiles
import SequiturTensors
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
    /// The worst first, at most `mistakeLimit` of them.
    public private(set) var mistakes: [Mistake] = []
    /// How many there are.
    public private(set) var mistakeCount = 0

    static let mistakeLimit = 50

    /// Keeps the first ones of all that is wrong, the worst first.
    mutating func keep<Wrong>(_ wrong: [Wrong], _ mistake: (Wrong) -> Mistake) {
        keep(wrong.prefix(Self.mistakeLimit).map(mistake), of: wrong.count)
    }

    mutating func keep(_ mistakes: [Mistake], of count: Int) {
        (self.mistakes, mistakeCount) = (mistakes, count)
    }

    public var json: JSONValue {
        var members: [JSONValue.Member] = [.init(key: "examples", value: .integer(Int64(exampleCount)))]
        members += figures.map { .init(key: $0.name, value: .number($0.value)) }
        if let classes { members.append(.init(key: "classes", value: classes.json)) }
        return .object(members)
    }
}

extension TaskEvaluation {
    /// Where the first figure lies for 95 % of samples of the examples, drawn with replacement (Efron 1979).
    public func interval(level: Double = 0.95, samples: Int = 1000, seed: UInt64 = 1) -> Bootstrap.Interval {
        let bootstrap = Bootstrap(unitCount: units.count, samples: samples, seed: seed)
        switch units {
        case .sums(let sums, let statistic): return bootstrap.interval(level: level, of: sums, statistic: statistic.value)
        case .spearman(let gold, let predicted):
            return bootstrap.interval(level: level) { chosen in
                Correlation.spearman(chosen.map { gold[$0] }, chosen.map { predicted[$0] })
            }
        }
    }

    /// Whether another model's first figure differs by more than chance on the same examples; nil where they were not measured alike.
    public func comparison(with other: TaskEvaluation, seed: UInt64 = 1) -> PairedTest? {
        guard units.count == other.units.count else { return nil }
        switch (units, other.units) {
        case (.sums(let first, let statistic), .sums(let second, let otherStatistic)):
            guard first.width == second.width, statistic == otherStatistic else { return nil }
            return PairedTest.randomization(first, second, seed: seed, statistic: statistic.value)
        case (.spearman(let gold, let first), .spearman(let otherGold, let second)):
            guard gold == otherGold else { return nil }
            return Self.randomization(gold, first, second, seed: seed)
        default: return nil
        }
    }

    /// As `PairedTest.randomization`, for a figure that is no function of sums: the two predictions of each example change places with
    /// probability ½.
    package static func randomization(_ gold: [Double], _ first: [Double], _ second: [Double], seed: UInt64) -> PairedTest {
        let difference = Correlation.spearman(gold, second) - Correlation.spearman(gold, first), samples = 1000
        guard difference.isFinite else { return PairedTest(difference: difference, pValue: 1) }
        let random = RandomStream(seed: seed)
        var extreme = 0
        for sample in 0..<samples {
            let stream = random.split(sample)
            let isSwapped = gold.indices.map { stream.bits($0) & 1 == 1 }
            let one = gold.indices.map { isSwapped[$0] ? second[$0] : first[$0] }
            let two = gold.indices.map { isSwapped[$0] ? first[$0] : second[$0] }
            let drawn = abs(Correlation.spearman(gold, two) - Correlation.spearman(gold, one))
            // What is undefined is no evidence.
            if !(drawn < abs(difference)) { extreme += 1 }
        }
        return PairedTest(difference: difference, pValue: Double(1 + extreme) / Double(1 + samples))
    }
}

/// What each example adds to a figure, so that it can be computed of any choice of them.
public enum EvaluationUnits: Sendable {
    /// A function of sums over the examples.
    case sums(UnitSums, Statistic)
    /// Spearman's rank correlation.
    case spearman(gold: [Double], predicted: [Double])

    public enum Statistic: Sendable, Equatable {
        case mean
        /// F1 of the sums of correct, found and gold items.
        case f1
        /// The mean of the F1 of several kinds, three sums for each.
        case macroF1

        func value(_ sums: [Double]) -> Double {
            switch self {
            case .mean: return UnitSums.mean(sums)
            case .f1: return UnitSums.f1(sums)
            case .macroF1:
                let kinds = sums.count / 3
                return kinds == 0
                    ? 0 : (0..<kinds).map { UnitSums.f1(Array(sums[(3 * $0)..<(3 * $0 + 3)])) }.reduce(0, +) / Double(kinds)
            }
        }
    }

    static func mean(_ scores: [Double]) -> EvaluationUnits { .sums(UnitSums(scores: scores), .mean) }
    static func f1(_ counts: [MatchCounts]) -> EvaluationUnits { .sums(UnitSums(counts), .f1) }

    public var count: Int {
        switch self {
        case .sums(let sums, _): sums.unitCount
        case .spearman(let gold, _): gold.count
        }
    }
}
