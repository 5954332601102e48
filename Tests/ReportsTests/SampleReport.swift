import SequiturReports

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reports to look at and to test with: numbers that look like a tagger's.
enum SampleReport {
    static let classes = [
        "PER", "LOC", "ORG", "MISC", "DATE", "TIME", "MONEY", "PERCENT", "QUANTITY", "EVENT", "地名", "机构名称",
    ]

    /// Every part filled, with `classes` for labels.
    static func full(classes: [String] = classes) -> RunReport {
        var report = RunReport(title: "tagging-demo", subtitle: "tagging · BiLSTM-CRF · 3 epochs")
        report.facts = [("F1 (entities)", "86.31"), ("accuracy", "97.42 %"), ("epochs", "3.00"), ("time", "12:34")]
        report.notices = ["4 sentences of train.txt were left out: they have no words."]
        report.tables = [table(classes)]
        report.listings = [("entities, as conlleval counts them", "PER:  98.10  97.20\n地名:  91.00  90.00\n")]
        report.curves = [loss, rate]
        report.matrices = [MatrixFigure(title: "Entities", labels: classes, counts: counts(classes.count))]
        report.bars = [bars(classes)]
        report.calibration = calibration
        report.mistakes = mistakes
        report.settings = (1...14).map { ("setting-\($0)", "\($0 * 7)") } + [("data", "train.txt, dev.txt")]
        report.versions = [("sequitur", "0.1.0"), ("processor", "avx512-bfloat16"), ("precision", "bfloat16")]
        return report
    }

    static func support(_ index: Int) -> Int { 1842 / (index + 1) + 3 }

    static func counts(_ size: Int) -> [[Int]] {
        (0..<size).map { row in
            (0..<size).map { column in
                row == column ? support(row) : (row * 31 + column * 17) % 7 == 0 ? support(row) / (3 + (row + column) % 9) : 0
            }
        }
    }

    private static func table(_ classes: [String]) -> ReportTable {
        func number(_ value: Int) -> String { "0.\(value < 100 ? "0" : "")\(value)" }
        let rows = classes.enumerated().map { index, name in
            [
                name, number(991 - index * 5 % 700), number(988 - index * 7 % 800), number(989 - index * 6 % 800),
                "\(support(index))",
            ]
        }
        return ReportTable(
            title: "Test set", caption: "Precision, recall and F1 of entities, as conlleval counts them",
            columns: [.init("class")] + ["precision", "recall", "F1", "support"].map { .init($0, isNumber: true) },
            rows: rows + [
                ["micro average", "0.871", "0.856", "0.863", "5648"], ["macro average", "0.842", "0.825", "0.833", "5648"],
            ],
            summaryRows: 2, note: "Spans count where borders and class agree.")
    }

    static var loss: Curve {
        var each: [(x: Double, y: Double)] = [], mean = each, validation = each
        for number in 1...3000 {
            let step = Double(number), value = 0.4 + 3.2 * exp(-step / 500)
            let noise = 0.35 * sin(step * 12.9898) * cos(step * 78.233)
            each.append((step, value + noise))
            mean.append((step, value))
            let later = 0.0015 * step * step / 40_000
            if number % 200 == 0 { validation.append((step, value + 0.1 + later)) }
        }
        return Curve(
            title: "Loss", yLabel: "loss per target",
            series: [
                .init("training, each step", points: each, style: .faint),
                .init("training, mean of the latest steps", points: mean),
                .init("validation", points: validation, style: .marked, best: validation.min { $0.y < $1.y }),
            ])
    }

    private static var rate: Curve {
        var points: [(x: Double, y: Double)] = []
        for number in 1...3000 {
            let step = Double(number), share = number < 300 ? step / 300 : (3000 - step) / 2700
            points.append((step, 0.002 * share))
        }
        return Curve(title: "Learning rate", yLabel: "learning rate", series: [.init("learning rate", points: points)])
    }

    private static func bars(_ classes: [String]) -> BarFigure {
        BarFigure(
            title: "F1 and support", labels: classes,
            measures: [
                .init("F1", classes.indices.map { $0 == 3 ? nil : 0.98 - Double($0 * 6 % 80) / 100 }, maximum: 1),
                .init("support", classes.indices.map { Double(support($0)) }, digits: 0),
            ])
    }

    private static var calibration: ReliabilityFigure {
        let bins = (0..<10).map { index in
            let (low, high) = (Double(index) / 10, Double(index + 1) / 10)
            return ReliabilityFigure.Bin(
                low...high, confidence: low + 0.055, accuracy: max(0, low * 0.9 + 0.02), count: index < 2 ? 0 : index * index * 40
            )
        }
        return ReliabilityFigure(bins: bins, expectedCalibrationError: 0.0712)
    }

    private static var mistakes: [Mistake] {
        func tokens(_ words: [(String, String?, String?)]) -> [Mistake.Token] {
            words.map { .init($0.0, gold: $0.1, predicted: $0.2) }
        }
        return [
            Mistake(
                context: tokens([
                    ("The", nil, nil), ("Bank", "ORG", "ORG"), ("of", "ORG", "ORG"), ("England", "ORG", "LOC"), ("met", nil, nil),
                    ("Jordan", "PER", "LOC"), ("in", nil, nil), ("Paris", "LOC", "LOC"), ("on", nil, nil),
                    ("Tuesday", "DATE", nil),
                    ("afternoon", nil, "TIME"), (".", nil, nil),
                ]), score: 0.0123, place: "test.txt:1204"),
            Mistake(
                context: tokens([
                    ("昨", "DATE", "DATE"), ("天", "DATE", "DATE"), ("，", nil, nil), ("北", "机构名称", "地名"), ("京", "机构名称", "地名"),
                    ("大", "机构名称", nil), ("学", "机构名称", nil), ("的", nil, nil), ("王", "PER", nil), ("小", "PER", nil),
                    ("明", "PER", nil), ("去", nil, nil), ("了", nil, nil), ("上", "地名", "地名"), ("海", "地名", "地名"), ("。", nil, nil),
                ]), score: 0.431, place: "weibo.txt:88"),
            Mistake(
                text: "Could you tell me whether the 7:40 to Basel still has a dining car, or should I eat before?",
                gold: "ask-services", predicted: "book-train", score: 0.871, place: "requests.tsv:312"),
        ]
    }
}
