import SequiturFiles

/// The report of examples that have any number of classes each, as scikit-learn's `classification_report` has it for indicator
/// matrices.
///
/// Every class is a question of its own, with the counts of `ClassificationReport`. The samples average takes precision, recall and
/// F1 of each example's set of classes and is their mean over examples:
///
///     precision = |P ∩ G| / |P|     recall = |P ∩ G| / |G|     F1 = 2 |P ∩ G| / (|P| + |G|)
public struct MultilabelReport: Sendable {
    public typealias Row = ClassificationReport.Row

    public let classes: [String]
    public let rows: [Row]
    public let samplesAverage: Row
    /// The share of examples whose set of classes was predicted exactly.
    public let subsetAccuracy: Double
    /// The share of all decisions (one for each example and class) that are wrong.
    public let hammingLoss: Double
    /// The number of examples.
    public let count: Int
    public let counts: [MatchCounts]

    /// - Parameters:
    ///   - gold: for each example its classes, indices into `classes`.
    ///   - predicted: the classes that were predicted for it.
    public init(classes: [String], gold: [Set<Int>], predicted: [Set<Int>]) {
        precondition(gold.count == predicted.count, "MultilabelReport: \(gold.count) gold sets, \(predicted.count) predicted")
        var counts = [MatchCounts](repeating: MatchCounts(), count: classes.count)
        var samples: [MatchCounts] = []
        samples.reserveCapacity(gold.count)
        for (gold, predicted) in zip(gold, predicted) {
            for label in gold { counts[label].gold += 1 }
            for label in predicted { counts[label].found += 1 }
            var correct = 0
            for label in predicted where gold.contains(label) {
                counts[label].correct += 1
                correct += 1
            }
            samples.append(MatchCounts(correct: correct, found: predicted.count, gold: gold.count))
        }
        self.classes = classes
        self.counts = counts
        count = gold.count
        rows = zip(classes, counts).map { Row(name: $0, $1) }
        let total = samples.sum()
        samplesAverage = Row(
            name: "samples avg", precision: samples.map(\.precision).mean, recall: samples.map(\.recall).mean,
            f1: samples.map(\.f1).mean, support: total.gold)
        let exact = samples.reduce(0) { $0 + ($1.correct == $1.found && $1.correct == $1.gold ? 1 : 0) }
        subsetAccuracy = MatchCounts.quotient(Double(exact), count)
        hammingLoss = MatchCounts.quotient(Double(total.found + total.gold - 2 * total.correct), count * classes.count)
    }

    public var microAverage: Row { Row(name: "micro avg", counts.sum()) }

    public var macroAverage: Row { ClassificationReport.macroAverage(rows) }

    public var weightedAverage: Row { ClassificationReport.weightedAverage(rows) }

    private var averages: [Row] { [microAverage, macroAverage, weightedAverage, samplesAverage] }

    /// The report as scikit-learn prints it (`zero_division=0`, `target_names` given).
    public func text(digits: Int = 2) -> String {
        let table = MetricText.Table(names: rows.map(\.name), digits: digits)
        let lines = [table.head, ""] + rows.map(table.line) + [""] + averages.map(table.line) + [""]
        return lines.joined(separator: "\n")
    }

    public var json: JSONValue {
        [
            "classes": .array(rows.map(\.json)),
            "micro": microAverage.json,
            "macro": macroAverage.json,
            "weighted": weightedAverage.json,
            "samples": samplesAverage.json,
            "subset-accuracy": .number(subsetAccuracy),
            "hamming-loss": .number(hammingLoss),
            "count": .integer(Int64(count)),
        ]
    }
}
