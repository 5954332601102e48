import SequiturFiles
import SequiturText
import Testing

@Suite struct RelationMetricTests {
    @Test func scoresAreThoseOfTheOfficialScorer() throws {
        for (index, fixture) in try MetricFixtures.cases("relations").enumerated() {
            let score = try RelationScore(gold: fixture.strings("gold"), predicted: fixture.strings("predicted"))
            let text = try fixture.text("text")
            #expect(hasSameBytes(score.text(), text), "case \(index):\n\(score.text())\n\(text)")
            let macro = score.macroAverage
            for (value, expected) in zip([macro.precision, macro.recall, macro.f1], try fixture.doubles("macro")) {
                #expect(isClose(100 * value, expected))
            }
            #expect(score.macroF1 == macro.f1)
        }
    }

    @Test func directionsCount() {
        let gold = ["Cause-Effect(e1,e2)", "Cause-Effect(e2,e1)", "Other", "Message-Topic(e1,e2)"]
        let predicted = ["Cause-Effect(e1,e2)", "Cause-Effect(e1,e2)", "Entity-Origin(e1,e2)", "Other"]
        let score = RelationScore(gold: gold, predicted: predicted)
        #expect(score.relations == ["Cause-Effect", "Message-Topic"])
        #expect(score.counts == [MatchCounts(correct: 1, found: 2, gold: 2), MatchCounts(correct: 0, found: 0, gold: 1)])
        #expect(score.wrongDirections == [1, 0])
        #expect(score.otherCounts == MatchCounts(correct: 0, found: 1, gold: 1))
        #expect(score.macroF1 == 0.25)
        #expect(score.accuracy == 0.25)
        #expect(score.json["other"]?["support"]?.int == 1)
    }

    @Test func nothingScoresZero() {
        let score = RelationScore(gold: [], predicted: [])
        #expect(score.macroF1 == 0 && score.otherRow == nil)
        #expect(score.text().hasSuffix("macro-averaged F1 = 0.00% >>>\n"))
    }
}
