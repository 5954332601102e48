import SequiturFiles
import SequiturReports
import SequiturText

extension RunReport {
    /// Adds what an evaluation found: its tables, confusions, classes, calibration and mistakes.
    ///
    /// - Parameter part: `test` or `validation`.
    mutating func add(_ evaluation: TaskEvaluation, of part: String) {
        listings += evaluation.reports.map { ("\(part): \($0.title)", $0.text) }
        if let classes = evaluation.classes {
            tables.append(Self.table(classes, part))
            bars.append(Self.bars(classes, part))
        }
        if let confusion = evaluation.confusion {
            matrices.append(MatrixFigure(title: "\(part) set", labels: confusion.classes, counts: confusion.counts))
        }
        if let found = evaluation.calibration {
            let bins = found.bins.map {
                ReliabilityFigure.Bin($0.lower...$0.upper, confidence: $0.confidence, accuracy: $0.accuracy, count: $0.count)
            }
            calibration = ReliabilityFigure(
                title: "Reliability, \(part) set", bins: bins, expectedCalibrationError: found.expectedCalibrationError)
        }
        mistakes += evaluation.mistakes.map(Mistake.init)
        mistakeCount += evaluation.mistakeCount
    }

    private static func table(_ report: ClassificationReport, _ part: String) -> ReportTable {
        func cells(_ row: ClassificationReport.Row) -> [String] {
            [row.name] + [row.precision, row.recall, row.f1].map { Quantity.fixed($0, 3) } + [Quantity.grouped(row.support)]
        }
        let accuracy = ["accuracy", "", "", Quantity.fixed(report.accuracy, 3), Quantity.grouped(report.count)]
        let averages = [report.macroAverage, report.weightedAverage].map(cells)
        return ReportTable(
            title: "Classes, \(part) set", caption: "Precision, recall and F1 of each class, as scikit-learn counts them",
            columns: [.init("class")] + ["precision", "recall", "F1", "support"].map { .init($0, isNumber: true) },
            rows: report.rows.map(cells) + [accuracy] + averages, summaryRows: 3)
    }

    private static func bars(_ report: ClassificationReport, _ part: String) -> BarFigure {
        BarFigure(
            title: "F1 and support, \(part) set", labels: report.rows.map(\.name),
            measures: [
                .init("F1", report.rows.map(\.f1), maximum: 1),
                .init("support", report.rows.map { Double($0.support) }, digits: 0),
            ])
    }
}

extension Mistake {
    fileprivate init(_ mistake: TaskEvaluation.Mistake) {
        guard !mistake.words.isEmpty else {
            self.init(
                text: mistake.text, gold: mistake.gold, predicted: mistake.predicted, score: mistake.confidence,
                place: mistake.place)
            return
        }
        let tags = mistake.words.flatMap { [$0.gold, $0.predicted] }
        let isSpans = tags.contains { $0 == "O" || Self.spanLabel($0) != $0 }
        let tokens = mistake.words.map { word in
            // Tags that every word has are shown where they are wrong.
            if !isSpans, word.gold == word.predicted { return Token(word.text) }
            return Token(word.text, gold: Self.spanLabel(word.gold), predicted: Self.spanLabel(word.predicted))
        }
        self.init(
            context: tokens, gold: mistake.gold, predicted: mistake.predicted, score: mistake.confidence, place: mistake.place)
    }

    /// The label of the span that a word with this tag is in: of `B-PER` it is `PER`; nil outside of spans.
    private static func spanLabel(_ tag: String) -> String? {
        if tag == "O" { return nil }
        guard let first = tag.utf8.first, "BIESMLU".utf8.contains(first), tag.utf8.dropFirst().first == UInt8(ascii: "-") else {
            return tag
        }
        return String(tag.dropFirst(2))
    }
}
