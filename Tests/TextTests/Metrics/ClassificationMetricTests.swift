import SequiturFiles
import SequiturText
import Testing

@Suite struct ClassificationMetricTests {
    /// Every report byte by byte as scikit-learn prints it, its averages to the last bit.
    @Test func reportsAreThoseOfScikitLearn() throws {
        for (index, fixture) in try MetricFixtures.cases("classification").enumerated() {
            let (classes, gold, predicted) = try (fixture.strings("classes"), fixture.ints("gold"), fixture.ints("predicted"))
            let labels = fixture["labels"]?.isNull == true ? nil : try fixture.ints("labels")
            let report = ClassificationReport(classes: classes, gold: gold, predicted: predicted, labels: labels)
            for (digits, text) in try fixture.texts("texts") {
                let printed = report.text(digits: digits)
                #expect(hasSameBytes(printed, text), "case \(index), \(digits) digits:\n\(printed)\n\(text)")
            }
            let (macro, weighted) = (report.macroAverage, report.weightedAverage)
            #expect([macro.precision, macro.recall, macro.f1] == (try fixture.doubles("macro")))
            #expect([weighted.precision, weighted.recall, weighted.f1] == (try fixture.doubles("weighted")))
            #expect(report.accuracy == (try fixture.double("accuracy")))
            let micro = report.microAverage(excluding: [0])
            #expect([micro.precision, micro.recall, micro.f1] == (try fixture.doubles("micro-without-first")))
            let matrix = ConfusionMatrix(classes: classes, gold: gold, predicted: predicted)
            #expect(matrix.counts == (try fixture.lists("confusion") { try #require($0.int) }))
            let again = try #require(ClassificationReport(counts: .parse(report.countsJSON.serialized())))
            #expect(again.text(digits: 4) == report.text(digits: 4) && again.microAverage() == report.microAverage())
            #expect(try ConfusionMatrix(json: .parse(matrix.json.serialized()))?.counts == matrix.counts)
            #expect(isClose(Correlation.matthews(gold: gold, predicted: predicted), try fixture.double("matthews")))
        }
    }

    /// scikit-learn refuses to report nothing; here it is a report of zeros.
    @Test func nothingIsAReportOfZeros() {
        let report = ClassificationReport(classes: ["a", "b"], gold: [], predicted: [])
        #expect(report.accuracy == 0)
        #expect(report.rows.map(\.f1) == [0, 0])
        let averages = """
                accuracy                           0.00         0
               macro avg       0.00      0.00      0.00         0
            weighted avg       0.00      0.00      0.00         0

            """
        #expect(report.text().hasSuffix(averages))
        let none = ClassificationReport(classes: [], gold: [], predicted: [])
        #expect(none.macroAverage.f1 == 0)
        #expect(none.microAverage().f1 == 0)
        #expect(MultilabelReport(classes: ["a"], gold: [], predicted: []).hammingLoss == 0)
    }

    @Test func jsonHasEveryRow() throws {
        let report = ClassificationReport(classes: ["a", "b"], gold: [0, 1, 1, 1], predicted: [0, 0, 1, 1], labels: [1])
        let json = try JSONValue.parse(report.json.serialized())
        #expect(json["classes"]?.array?.count == 1)
        #expect(json["classes"]?.array?[0]["name"] == "b")
        #expect(json["micro"]?["recall"]?.double == 2.0 / 3)
        #expect(json["accuracy"]?.double == 0.75)
        #expect(json["count"]?.int == 4)
    }

    @Test(arguments: [
        "[]", #"{"names": ["a"], "counts": [[1, 1, 1]]}"#, #"{"names": ["a"], "counts": [[2, 1, 2]], "reported": [0]}"#,
        #"{"names": ["a"], "counts": [[1, 1, 1]], "reported": [1]}"#, #"{"names": ["a"], "counts": [[1, 1]], "reported": [0]}"#,
        #"{"names": [], "counts": [[1, 1, 1]], "reported": []}"#, #"{"names": ["a"], "counts": [[-1, 1, 1]], "reported": [0]}"#,
        #"{"names": ["a"], "counts": [[0, 0, 9223372036854775807]], "reported": [0]}"#,
        #"{"classes": ["a"], "counts": [[1, 2]]}"#,
        #"{"classes": ["a", "b"], "counts": [[1, 2]]}"#, #"{"classes": ["a"], "counts": [[0.5]]}"#,
    ])
    func whatIsNoReportIsRefused(text: String) throws {
        let json = try JSONValue.parse(text)
        #expect(ClassificationReport(counts: json) == nil && ConfusionMatrix(json: json) == nil && Calibration(json: json) == nil)
    }

    @Test func multilabelReportsAreThoseOfScikitLearn() throws {
        for (index, fixture) in try MetricFixtures.cases("multilabel").enumerated() {
            let gold = try fixture.lists("gold") { try #require($0.int) }.map(Set.init)
            let predicted = try fixture.lists("predicted") { try #require($0.int) }.map(Set.init)
            let report = MultilabelReport(classes: try fixture.strings("classes"), gold: gold, predicted: predicted)
            for (digits, text) in try fixture.texts("texts") {
                let printed = report.text(digits: digits)
                #expect(hasSameBytes(printed, text), "case \(index), \(digits) digits:\n\(printed)\n\(text)")
            }
            #expect(report.subsetAccuracy == (try fixture.double("subset-accuracy")))
            #expect(isClose(report.hammingLoss, try fixture.double("hamming-loss")))
        }
    }

    @Test func confusionsComeByFrequency() {
        let matrix = ConfusionMatrix(classes: ["a", "b", "c"], gold: [0, 0, 0, 1, 1, 2, 2], predicted: [0, 1, 1, 0, 1, 0, 0])
        #expect(matrix.counts == [[1, 2, 0], [1, 1, 0], [2, 0, 0]])
        typealias Confusion = ConfusionMatrix.Confusion
        let expected = [Confusion(gold: 0, predicted: 1, count: 2), Confusion(gold: 2, predicted: 0, count: 2)]
        #expect(matrix.mostFrequentConfusions(limit: 2) == expected)
        #expect(matrix.mostFrequentConfusions(limit: 9).count == 3)
    }
}
