import SequiturFiles

/// Precision, recall and F1 of every class and their averages, as scikit-learn's `classification_report` has them.
///
/// For each class c, over all examples: found = |{predicted = c}|, gold = |{gold = c}|, correct = |{predicted = gold = c}|, and
///
///     precision = correct / found     recall = correct / gold     F1 = 2 · correct / (found + gold)
///
/// 0 where a denominator is 0. The macro average is the mean over classes, the weighted average the mean weighted by `gold` (the
/// support), the micro average what the sums of the counts give. Over all classes every micro average is the accuracy, which says
/// little where one class (`O`, "neutral") is most of the data: see `microAverage(excluding:)`.
///
///     let report = ClassificationReport(classes: ["ham", "spam"], gold: [0, 0, 1], predicted: [0, 1, 1])
///     print(report.text(digits: 4))
///
/// Source: scikit-learn's user guide, "Precision, recall and F-measures"; van Rijsbergen 1979.
public struct ClassificationReport: Sendable {
    /// One line of a report.
    public struct Row: Sendable, Equatable {
        public let name: String
        public let precision: Double
        public let recall: Double
        public let f1: Double
        /// How many examples are of the class.
        public let support: Int

        public init(name: String, precision: Double, recall: Double, f1: Double, support: Int) {
            self.name = name
            self.precision = precision
            self.recall = recall
            self.f1 = f1
            self.support = support
        }

        init(name: String, _ counts: MatchCounts) {
            self.init(name: name, precision: counts.precision, recall: counts.recall, f1: counts.f1, support: counts.gold)
        }

        public var json: JSONValue {
            [
                "name": .string(name),
                "precision": .number(precision),
                "recall": .number(recall),
                "f1": .number(f1),
                "support": .integer(Int64(support)),
            ]
        }
    }

    public let classes: [String]
    /// The classes that are reported, by their place in `classes`.
    public let labels: [Int]
    /// A row for each of `labels`.
    public let rows: [Row]
    /// The share of examples whose class was predicted, over all classes.
    public let accuracy: Double
    /// The number of examples.
    public let count: Int
    /// The counts of every class, reported or not.
    public let counts: [MatchCounts]

    /// - Parameters:
    ///   - gold: for each example its class, an index into `classes`.
    ///   - predicted: the class that was predicted for it.
    ///   - labels: the classes to report, all unless given. Classes that occur nowhere are reported too, with zeros.
    public init(classes: [String], gold: [Int], predicted: [Int], labels: [Int]? = nil) {
        precondition(
            gold.count == predicted.count,
            "ClassificationReport: \(gold.count) gold classes, \(predicted.count) predicted ones")
        var counts = [MatchCounts](repeating: MatchCounts(), count: classes.count)
        for (gold, predicted) in zip(gold, predicted) {
            precondition(
                classes.indices.contains(gold) && classes.indices.contains(predicted),
                "ClassificationReport: classes \(gold) and \(predicted) of \(classes.count)")
            counts[gold].gold += 1
            counts[predicted].found += 1
            if gold == predicted { counts[gold].correct += 1 }
        }
        self.init(classes: classes, counts: counts, labels: labels)
    }

    /// - Parameter counts: of each class: an example is `gold` of one and `found` of one.
    private init(classes: [String], counts: [MatchCounts], labels: [Int]?) {
        let labels = labels ?? Array(classes.indices)
        precondition(
            labels.allSatisfy(classes.indices.contains), "ClassificationReport: labels \(labels) of \(classes.count) classes")
        self.classes = classes
        self.labels = labels
        self.counts = counts
        count = counts.sum().gold
        accuracy = MatchCounts.quotient(Double(counts.sum().correct), count)
        rows = labels.map { Row(name: classes[$0], counts[$0]) }
    }

    public var macroAverage: Row { Self.macroAverage(rows) }

    public var weightedAverage: Row { Self.weightedAverage(rows) }

    /// What the sums of the counts of the reported classes give, without those of some of them.
    ///
    /// Of labels of tokens with `O` excluded this counts a token where gold or prediction has another class. It is not the F1 of
    /// spans (`EntityScores`), which is lower: a span counts only as a whole.
    public func microAverage(excluding excluded: Set<Int> = []) -> Row {
        Row(name: "micro avg", labels.lazy.filter { !excluded.contains($0) }.map { counts[$0] }.sum())
    }

    /// Whether every class that occurs is reported; then the micro average is the accuracy.
    private var isComplete: Bool {
        let reported = Set(labels)
        return counts.indices.allSatisfy { reported.contains($0) || counts[$0].found + counts[$0].gold == 0 }
    }

    /// The report as scikit-learn prints it (`zero_division=0`, and `labels` and `target_names` given).
    ///
    /// Columns are as wide as their longest name has code points.
    public func text(digits: Int = 2) -> String {
        let table = MetricText.Table(names: rows.map(\.name), digits: digits)
        var lines = [table.head, ""] + rows.map(table.line) + [""]
        if isComplete {
            lines.append(table.line("accuracy", ["", "", MetricText.fixed(accuracy, digits), String(count)]))
        } else {
            lines.append(table.line(microAverage()))
        }
        lines += [table.line(macroAverage), table.line(weightedAverage), ""]
        return lines.joined(separator: "\n")
    }

    public var json: JSONValue {
        [
            "classes": .array(rows.map(\.json)),
            "accuracy": .number(accuracy),
            "micro": microAverage().json,
            "macro": macroAverage.json,
            "weighted": weightedAverage.json,
            "count": .integer(Int64(count)),
        ]
    }

    /// What all else follows from: `{"names": ["ham", …], "counts": [[correct, found, gold], …], "reported": [0, …]}`.
    public var countsJSON: JSONValue {
        func numbers(_ values: [Int]) -> JSONValue { .array(values.map { .integer(Int64($0)) }) }
        return [
            "names": .array(classes.map(JSONValue.string)),
            "counts": .array(counts.map { numbers([$0.correct, $0.found, $0.gold]) }), "reported": numbers(labels),
        ]
    }

    /// The report of `countsJSON`; nil where it is none.
    public init?(counts json: JSONValue) {
        guard let classes = json["names"]?.array?.every(\.string), let rows = json["counts"]?.array?.every(\.counts),
            let labels = json["reported"]?.array?.every(\.int), rows.count == classes.count,
            rows.allSatisfy({ $0.count == 3 && $0[0] <= min($0[1], $0[2]) }), labels.allSatisfy(classes.indices.contains)
        else { return nil }
        self.init(
            classes: classes, counts: rows.map { MatchCounts(correct: $0[0], found: $0[1], gold: $0[2]) }, labels: labels)
    }

    static func macroAverage(_ rows: [Row]) -> Row {
        Row(
            name: "macro avg", precision: rows.map(\.precision).mean, recall: rows.map(\.recall).mean, f1: rows.map(\.f1).mean,
            support: rows.reduce(0) { $0 + $1.support })
    }

    static func weightedAverage(_ rows: [Row]) -> Row {
        let weights = rows.map(\.support)
        return Row(
            name: "weighted avg", precision: rows.map(\.precision).mean(weights: weights),
            recall: rows.map(\.recall).mean(weights: weights), f1: rows.map(\.f1).mean(weights: weights),
            support: weights.reduce(0, +))
    }
}
