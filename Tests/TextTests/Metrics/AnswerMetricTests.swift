import SequiturFiles
import SequiturText
import Testing

@Suite struct AnswerMetricTests {
    @Test func scoresAreThoseOfTheOfficialScript() throws {
        for fixture in try MetricFixtures.load("answers").list("single") {
            let (prediction, answers) = try (fixture.text("prediction"), fixture.strings("answers"))
            for rules in AnswerScore.Rules.allCases {
                let score = AnswerScore(prediction: prediction, answers: answers, rules: rules)
                let expected = try fixture.doubles(rules.rawValue)
                #expect(
                    score.exactMatch == expected[0] && score.f1 == expected[1],
                    "\(prediction.debugDescription) for \(answers), \(rules): \(score), \(expected)")
            }
        }
    }

    @Test func reportsAreThoseOfTheOfficialScript() throws {
        for fixture in try MetricFixtures.load("answers").list("sets") {
            let report = try AnswerReport(
                predictions: fixture.strings("predictions"), answers: fixture.lists("answers") { try #require($0.string) },
                noAnswerProbabilities: fixture.doubles("probabilities"), threshold: fixture.double("threshold"))
            let values = [
                ("exact", report.all.exactMatch), ("f1", report.all.f1), ("HasAns_exact", report.answerable?.exactMatch),
                ("HasAns_f1", report.answerable?.f1), ("NoAns_exact", report.unanswerable?.exactMatch),
                ("NoAns_f1", report.unanswerable?.f1), ("best_exact", report.bestExactMatch?.score),
                ("best_f1", report.bestF1?.score),
            ]
            let expected = try #require(fixture["values"])
            for (name, value) in values {
                #expect((value == nil) == (expected[name] == nil), "\(name)")
                if let value { #expect(isClose(100 * value, try expected.double(name)), "\(name): \(value)") }
            }
            #expect(report.bestExactMatch?.value == (try expected.double("best_exact_thresh")))
            #expect(report.bestF1?.value == (try expected.double("best_f1_thresh")))
            #expect(Double(report.all.count) == (try expected.double("total")) && report.scores.count == report.all.count)
        }
    }

    @Test func withoutProbabilitiesThereIsNoThreshold() {
        let report = AnswerReport(predictions: ["the cat", ""], answers: [["A cat!", "dog"], []])
        #expect(report.all.exactMatch == 1 && report.bestF1 == nil)
        #expect(report.answerable?.count == 1 && report.unanswerable?.count == 1)
        #expect(
            report.text(digits: 1) == """
                             exact match          f1   questions
                         all       100.0       100.0           2
                  answerable       100.0       100.0           1
                unanswerable       100.0       100.0           1

                """)
        #expect(report.json["best-f1"]?.isNull == true)
        let empty = AnswerReport(predictions: [], answers: [], noAnswerProbabilities: [])
        #expect(empty.all.f1 == 0 && empty.answerable == nil && empty.bestF1?.score == 0)
    }
}
