import SequiturFiles

/// Precision, recall and F1 of spans: a span is correct where one of the same type, first and last token was predicted.
///
/// This is what is published as the F1 of named entities; the F1 of single tags (`ClassificationReport`) is another figure, and higher.
/// Which spans broken tag sequences spell is the caller's choice (`EntityCounting`): reports show both, by name.
///
/// Source: Tjong Kim Sang and De Meulder 2003 (CoNLL-2003); Nakayama 2018 (seqeval).
public struct EntityScores: Sendable {
    public typealias Row = ClassificationReport.Row

    public let counting: EntityCounting
    /// The types that occur in gold or predicted spans, in the order of their bytes.
    public let types: [String]
    /// The counts of spans, by type.
    public let counts: [MatchCounts]
    /// The counts of all spans of each sentence: units for `Bootstrap` and `PairedTest`.
    public let sentenceCounts: [MatchCounts]
    public let tokenCount: Int
    /// How many tokens have the right tag; `conlleval` compares tags as it spells them.
    public let correctTokenCount: Int

    /// - Parameters:
    ///   - gold: for each sentence its tokens' tags.
    ///   - predicted: the tags that were predicted for them.
    public init(gold: [[String]], predicted: [[String]], counting: EntityCounting) {
        precondition(gold.count == predicted.count, "EntityScores: \(gold.count) gold sentences, \(predicted.count) predicted")
        var table = TagTable(counting)
        var tally = Tally()
        for (position, (gold, predicted)) in zip(gold, predicted).enumerated() {
            precondition(
                gold.count == predicted.count,
                "EntityScores: sentence \(position) has \(gold.count) gold tags, \(predicted.count) predicted ones")
            tally.add(gold, predicted, &table)
        }
        self.counting = counting
        let order = tally.counts.indices.filter { tally.counts[$0].found + tally.counts[$0].gold > 0 }
            .sorted { table.types.bytes(at: $0).lexicographicallyPrecedes(table.types.bytes(at: $1)) }
        types = order.map { table.types.string(at: $0) }
        counts = order.map { tally.counts[$0] }
        sentenceCounts = tally.sentenceCounts
        tokenCount = tally.tokenCount
        correctTokenCount = tally.correctTokenCount
    }

    /// The counts of all types.
    public var total: MatchCounts { counts.sum() }
    /// The share of all predicted spans that are correct (micro average).
    public var precision: Double { total.precision }
    /// The share of all gold spans that were found (micro average).
    public var recall: Double { total.recall }
    public var f1: Double { total.harmonicMean }
    /// The share of tokens with the right tag.
    public var tokenAccuracy: Double { MatchCounts.quotient(Double(correctTokenCount), tokenCount) }

    private static func row(_ name: String, _ counts: MatchCounts) -> Row {
        Row(name: name, precision: counts.precision, recall: counts.recall, f1: counts.harmonicMean, support: counts.gold)
    }

    /// A row for each of `types`; spans without a type are named `_`, as seqeval names them.
    public var rows: [Row] { zip(types, counts).map { Self.row($0.isEmpty ? "_" : $0, $1) } }
    public var microAverage: Row { Self.row("micro avg", total) }
    public var macroAverage: Row { ClassificationReport.macroAverage(rows) }

    public var weightedAverage: Row { ClassificationReport.weightedAverage(rows) }

    /// The report as the counting's own program prints it: conlleval's lines, or seqeval's table.
    ///
    /// - Parameter digits: places behind the point; conlleval has 2.
    public func text(digits: Int = 2) -> String {
        switch counting {
        case .conlleval: conllevalText(digits: digits)
        case .strict: seqevalText(digits: digits)
        }
    }

    private func seqevalText(digits: Int) -> String {
        let rows = rows
        let table = MetricText.Table(names: rows.map(\.name), digits: digits)
        let averages = [microAverage, macroAverage, weightedAverage]
        let lines = [table.head, ""] + rows.map(table.line) + [""] + averages.map(table.line) + [""]
        return lines.joined(separator: "\n")
    }

    private func conllevalText(digits: Int) -> String {
        func percent(_ numerator: Int, _ denominator: Int) -> Double {
            MatchCounts.quotient(100 * Double(numerator), denominator)
        }
        func figures(_ counts: MatchCounts) -> String {
            let precision = percent(counts.correct, counts.found)
            let recall = percent(counts.correct, counts.gold)
            let text = [precision, recall, MatchCounts.harmonicMean(precision, recall)].map {
                MetricText.right($0, 6, digits: digits)
            }
            return "precision: \(text[0])%; recall: \(text[1])%; FB1: \(text[2])"
        }
        let total = total
        var text = "processed \(tokenCount) tokens with \(total.gold) phrases; "
        text += "found: \(total.found) phrases; correct: \(total.correct).\n"
        if tokenCount > 0 {
            let accuracy = MetricText.right(percent(correctTokenCount, tokenCount), 6, digits: digits)
            text += "accuracy: \(accuracy)%; \(figures(total))\n"
        }
        for (type, counts) in zip(types, counts) {
            text += "\(MetricText.rightInBytes(type, 17)): \(figures(counts))  \(counts.found)\n"
        }
        return text
    }

    public var json: JSONValue {
        [
            "counting": .string(counting.name),
            "types": .array(rows.map(\.json)),
            "micro": microAverage.json,
            "macro": macroAverage.json,
            "weighted": weightedAverage.json,
            "found": .integer(Int64(total.found)),
            "correct": .integer(Int64(total.correct)),
            "token-accuracy": .number(tokenAccuracy),
            "tokens": .integer(Int64(tokenCount)),
        ]
    }
}

/// What is counted while sentences go by.
private struct Tally {
    var counts: [MatchCounts] = []
    var sentenceCounts: [MatchCounts] = []
    var tokenCount = 0
    var correctTokenCount = 0
    private var goldTags: [Int] = []
    private var predictedTags: [Int] = []
    private var goldSpans: [TagTable.Span] = []
    private var predictedSpans: [TagTable.Span] = []

    mutating func add(_ gold: [String], _ predicted: [String], _ table: inout TagTable) {
        goldTags.removeAll(keepingCapacity: true)
        predictedTags.removeAll(keepingCapacity: true)
        for (goldText, predictedText) in zip(gold, predicted) {
            let goldTag = table.index(of: goldText)
            let predictedTag = table.index(of: predictedText)
            if table.isSame(goldTag, predictedTag) { correctTokenCount += 1 }
            goldTags.append(goldTag)
            predictedTags.append(predictedTag)
        }
        tokenCount += gold.count
        while counts.count < table.types.count { counts.append(MatchCounts()) }
        table.collect(&goldSpans, from: goldTags)
        table.collect(&predictedSpans, from: predictedTags)
        var sentence = MatchCounts(found: predictedSpans.count, gold: goldSpans.count)
        for span in predictedSpans { counts[span.type].found += 1 }
        // Both lists are in the order of first tokens, of which no two are the same.
        var next = 0
        for span in goldSpans {
            counts[span.type].gold += 1
            while next < predictedSpans.count, predictedSpans[next].start < span.start { next += 1 }
            guard next < predictedSpans.count, predictedSpans[next] == span else { continue }
            counts[span.type].correct += 1
            sentence.correct += 1
        }
        sentenceCounts.append(sentence)
    }
}
