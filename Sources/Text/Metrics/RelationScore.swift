import SequiturFiles

/// The official score of SemEval-2010 task 8 (Hendrickx et al. 2010): the macro average of F1 over relations, direction counted,
/// without `Other`.
///
/// Labels are a relation and a direction, as in `Cause-Effect(e1,e2)`, or `Other`. A relation's two directions are one class; a
/// prediction of the right relation in the wrong direction is wrong, and counts as found:
///
///     precision = correct / found     recall = correct / gold     F1 = 2 · precision · recall / (precision + recall)
///
/// The averages are over the relations that occur in the gold labels, as the official scorer (version 1.2) has them.
public struct RelationScore: Sendable {
    public typealias Row = ClassificationReport.Row

    /// The relations of the gold labels in the order of their bytes, without `Other`.
    public let relations: [String]
    /// The counts of each relation.
    public let counts: [MatchCounts]
    /// Those of `Other`; nil where no gold label is `Other`.
    public let otherCounts: MatchCounts?
    /// How often the right relation was predicted in the wrong direction; those are in `found` too.
    public let wrongDirections: [Int]
    public let count: Int
    /// The share of labels predicted exactly, `Other` and direction included.
    public let accuracy: Double

    public init(gold: [String], predicted: [String]) {
        precondition(gold.count == predicted.count, "RelationScore: \(gold.count) gold labels, \(predicted.count) predicted ones")
        var table = ByteStringTable()
        var tallies: [(counts: MatchCounts, wrongDirections: Int)] = []
        func place(of label: String) -> Int {
            let (place, isNew) = table.insert(Self.relation(of: label))
            if isNew { tallies.append((MatchCounts(), 0)) }
            return place
        }
        for (gold, predicted) in zip(gold, predicted) {
            let (goldPlace, predictedPlace) = (place(of: gold), place(of: predicted))
            tallies[goldPlace].counts.gold += 1
            tallies[predictedPlace].counts.found += 1
            guard goldPlace == predictedPlace else { continue }
            if gold.utf8.elementsEqual(predicted.utf8) {
                tallies[goldPlace].counts.correct += 1
            } else {
                tallies[goldPlace].wrongDirections += 1
            }
        }
        let other = table.index(of: Self.other)
        let order = tallies.indices.filter { $0 != other && tallies[$0].counts.gold > 0 }
            .sorted { table.bytes(at: $0).lexicographicallyPrecedes(table.bytes(at: $1)) }
        relations = order.map { table.string(at: $0) }
        counts = order.map { tallies[$0].counts }
        wrongDirections = order.map { tallies[$0].wrongDirections }
        otherCounts = other.map { tallies[$0].counts }.flatMap { $0.gold > 0 ? $0 : nil }
        count = gold.count
        accuracy = MatchCounts.quotient(Double(tallies.reduce(0) { $0 + $1.counts.correct }), gold.count)
    }

    private static let other = "Other"

    /// A label without its direction.
    static func relation(of label: String) -> String {
        let directions = ["(e1,e2)", "(e2,e1)"]
        guard directions.contains(where: { label.utf8.suffix(7).elementsEqual($0.utf8) }) else { return label }
        return String(decoding: label.utf8.dropLast(7), as: UTF8.self)
    }

    private static func row(_ name: String, _ counts: MatchCounts) -> Row {
        Row(name: name, precision: counts.precision, recall: counts.recall, f1: counts.harmonicMean, support: counts.gold)
    }

    /// A row for each of `relations`.
    public var rows: [Row] { zip(relations, counts).map(Self.row) }
    /// The row of `Other`, which no average has.
    public var otherRow: Row? { otherCounts.map { Self.row(Self.other, $0) } }
    public var microAverage: Row { Self.row("micro avg", counts.sum()) }
    public var macroAverage: Row { ClassificationReport.macroAverage(rows) }
    /// The official score.
    public var macroF1: Double { macroAverage.f1 }

    /// What the official scorer prints for (9+1)-way evaluation with direction, from "Results for the individual relations" on.
    public func text() -> String {
        var text = "Results for the individual relations:\n"
        var sums = (precision: 0.0, recall: 0.0, f1: 0.0)
        for place in relations.indices {
            text += line(relations[place], counts[place], wrongDirections[place])
            let figures = Percentages(counts[place])
            sums = (sums.precision + figures.precision, sums.recall + figures.recall, sums.f1 + figures.f1)
        }
        if let otherCounts { text += line("_" + Self.other, otherCounts, 0) }
        let total = counts.sum()
        text += "\nMicro-averaged result (excluding Other):\n"
        text += "P = \(whole(total.correct))/\(whole(total.found)) = \(recallAndF1(total))\n"
        let number = Double(max(1, relations.count))
        let macro = [sums.precision, sums.recall, sums.f1].map { MetricText.right($0 / number, 6, digits: 2) }
        text += "\nMACRO-averaged result (excluding Other):\nP = \(macro[0])%\tR = \(macro[1])%\tF1 = \(macro[2])%\n\n\n\n"
        text += "<<< The official score is (9+1)-way evaluation with directionality taken into account: "
        return text + "macro-averaged F1 = \(MetricText.fixed(sums.f1 / number, 2))% >>>\n"
    }

    private struct Percentages {
        let precision, recall, f1: Double

        init(_ counts: MatchCounts) {
            precision = MatchCounts.quotient(100 * Double(counts.correct), counts.found)
            recall = MatchCounts.quotient(100 * Double(counts.correct), counts.gold)
            f1 = MatchCounts.harmonicMean(precision, recall)
        }
    }

    private func line(_ name: String, _ counts: MatchCounts, _ wrong: Int) -> String {
        "\(MetricText.rightInBytes(name, 25)) :    P = \(whole(counts.correct))/(\(whole(counts.found - wrong)) +\(whole(wrong))) = "
            + recallAndF1(counts) + "\n"
    }

    private func recallAndF1(_ counts: MatchCounts) -> String {
        let figures = Percentages(counts)
        let text = [figures.precision, figures.recall, figures.f1].map { MetricText.right($0, 6, digits: 2) }
        return "\(text[0])%     R = \(whole(counts.correct))/\(whole(counts.gold)) = \(text[1])%     F1 = \(text[2])%"
    }

    private func whole(_ value: Int) -> String { MetricText.right(String(value), 4) }

    public var json: JSONValue {
        [
            "relations": .array(rows.map(\.json)),
            "other": otherRow.map(\.json) ?? .null,
            "micro": microAverage.json,
            "macro": macroAverage.json,
            "accuracy": .number(accuracy),
            "count": .integer(Int64(count)),
        ]
    }
}
