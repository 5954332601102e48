import Foundation
import SequiturFiles
import SequiturReports
import Testing

@Suite struct RunReportTests {
    /// The texts that must not become markup, nor turn the line around.
    private static let hostile = [
        "<script>alert(1)</script>", "\" onmouseover=\"alert(1)", "' onload='x", "\"\u{301} onclick=\u{301}\"x",
        "</style></title><b>",
        "&amp;&lt;&unknown;", "{{title}}{{{style}}}", "\u{202E}gnirts\u{2066}", "\u{0}\u{1B}[31m\u{7F}\u{85}", "a\r\nb",
        "<!-- -->",
        "</svg><image href=x>", "\u{FEFF}\u{FFFE}",
    ]

    @Test func aFullPageIsWellFormed() throws {
        let page = try SampleReport.full().html(), read = TagBalance(page)
        #expect(read.problems.isEmpty, "\(read.problems)")
        #expect(read.elements["section"] == 9 && read.elements["figure"] == 4 && read.elements["script"] == nil)
        #expect(read.elements["caption"] == read.elements["table"])
        // Legends' swatches apart, drawings have titles.
        #expect(page.contains("<title id=\"curve-1-title\">Loss</title>") || page.contains("aria-labelledby=\"curve-1"))
    }

    /// Nothing is fetched from anywhere.
    @Test func aPageNeedsNothingElse() throws {
        let page = try SampleReport.full().html(), read = TagBalance(page)
        #expect(read.attributes.isDisjoint(with: ["src", "srcset", "action", "onclick", "onload"]))
        #expect(!page.contains("http") && !page.contains("url(") && !page.contains("@import"))
        #expect(read.elements["link"] == nil && read.elements["img"] == nil)
    }

    @Test func numbersAndLabelsAreThere() throws {
        let text = TagBalance(try SampleReport.full().html()).text
        for expected in [
            "86.31", "0.991", "机构名称", "Expected calibration error: 0.0712.", "requests.tsv:312", "1,845", "setting-14", "98",
        ] {
            #expect(text.contains(expected), "\(expected)")
        }
        #expect(text.contains("best 0.709 at step 2000"))
    }

    @Test(arguments: hostile) func noTextBecomesMarkup(_ text: String) throws {
        let plain = try report(of: "plain").html(), page = try report(of: text).html()
        let (expected, found) = (TagBalance(plain), TagBalance(page))
        #expect(found.problems.isEmpty, "\(found.problems)")
        #expect(found.elements == expected.elements && found.attributes == expected.attributes)
        for scalar in page.unicodeScalars {
            #expect(
                !(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value) && scalar.value != 0xFEFF)
        }
        if text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value < 0x7F }) {
            #expect(unescaped(found.text).contains(text), "shown as it is")
        }
    }

    /// `text` in every place that holds text.
    private func report(of text: String) -> RunReport {
        var report = RunReport(title: text, subtitle: text)
        report.facts = [(text, text)]
        report.notices = [text]
        report.tables = [
            ReportTable(
                title: text, caption: text, columns: [.init(text), .init(text, isNumber: true)], rows: [[text, text]], note: text)
        ]
        report.curves = [
            Curve(
                title: text, xLabel: text, yLabel: text,
                series: [.init(text, points: [(1, 2), (2, 3)], style: .marked, best: (1, 2))])
        ]
        report.matrices = [
            MatrixFigure(
                title: text, rowLabels: [text, "b"], columnLabels: [text, "b"], counts: [[1, 2], [3, 4]], rowTitle: text,
                columnTitle: text)
        ]
        report.bars = [BarFigure(title: text, labelTitle: text, labels: [text], measures: [.init(text, [1])], note: text)]
        report.calibration = ReliabilityFigure(
            title: text, bins: [.init(0...1, confidence: 0.5, accuracy: 0.4, count: 3)], note: text)
        report.mistakes = [
            Mistake(context: [.init(text, gold: text, predicted: text + "x"), .init(text)], place: text),
            Mistake(text: text, gold: text, predicted: text, score: 1, place: text),
        ]
        report.listings = [(text, text)]
        report.settings = [(text, text)]
        report.versions = [(text, text)]
        return report
    }

    @Test func emptyPartsLeaveNoTrace() throws {
        let read = TagBalance(try RunReport(title: "empty").html())
        #expect(read.problems.isEmpty && read.elements["section"] == nil && read.elements["nav"] == nil)
        #expect(read.text.contains("Nothing was recorded yet."))
        var report = RunReport(title: "empty figures")
        report.curves = [
            Curve(title: "none", yLabel: "y", series: []),
            Curve(title: "no points", yLabel: "y", series: [.init("a", points: [])]),
        ]
        report.tables = [ReportTable(title: "no rows", columns: [.init("a")], rows: [])]
        report.matrices = [MatrixFigure(title: "no labels", labels: [], counts: [])]
        report.bars = [BarFigure(title: "no bars", labels: [], measures: [])]
        report.calibration = ReliabilityFigure(bins: [])
        report.mistakes = [Mistake(context: [])]
        let empty = TagBalance(try report.html())
        #expect(empty.problems.isEmpty, "\(empty.problems)")
        #expect(empty.elements["section"] == 6)
    }

    @Test func manyClassesAndMistakesAreCut() throws {
        let classes = (0..<150).map { "class-\($0)" }
        var report = SampleReport.full(classes: classes)
        report.mistakes = [Mistake](repeating: Mistake(text: "words", gold: "a", predicted: "b"), count: 5000)
        let page = try report.html(), read = TagBalance(page)
        #expect(read.problems.isEmpty, "\(read.problems)")
        #expect(read.text.contains("The first 100 of 5,000 are shown.") && read.text.contains("130 others"))
        #expect(read.text.contains("The most frequent confusions") && page.utf8.count < 400_000)
    }

    /// `SEQUITUR_REPORT_SAMPLES=FOLDER` keeps pages to be looked at.
    @Test(.enabled(if: samples != nil)) func samplesAreWritten() throws {
        let folder = try #require(Self.samples)
        try SampleReport.full().write(to: folder + "/full.html")
        try SampleReport.full(classes: (0..<150).map { "class-\($0)" }).write(to: folder + "/many.html")
    }

    private static let samples = ProcessInfo.processInfo.environment["SEQUITUR_REPORT_SAMPLES"]

    @Test func aFileIsWrittenWhole() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/report.html", report = SampleReport.full()
            try report.write(to: path)
            #expect(try MappedFile(path: path).text() == report.html())
            #expect(throws: FileError.self) { try report.write(to: folder + "/none/report.html") }
        }
    }
}
