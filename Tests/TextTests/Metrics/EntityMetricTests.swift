import SequiturFiles
import SequiturText
import Testing

@Suite struct EntityMetricTests {
    /// Both countings byte by byte as conlleval and seqeval print them, of right and of broken tag sequences.
    @Test func scoresAreThoseOfConllevalAndSeqeval() throws {
        for (index, fixture) in try MetricFixtures.cases("entities").enumerated() {
            let scheme = try #require(TagScheme(rawValue: fixture.text("scheme")))
            let gold = try fixture.lists("gold") { try #require($0.string) }
            let predicted = try fixture.lists("predicted") { try #require($0.string) }
            let strict = EntityScores(gold: gold, predicted: predicted, counting: .strict(scheme))
            let lenient = EntityScores(gold: gold, predicted: predicted, counting: .conlleval)
            for (scores, name) in [(strict, "strict"), (lenient, "conlleval")] {
                for (digits, text) in try fixture.texts(name) {
                    let printed = scores.text(digits: digits)
                    #expect(hasSameBytes(printed, text), "case \(index), \(scheme) \(name):\n\(printed)\n\(text)")
                }
            }
            #expect(strict.tokenAccuracy == (try fixture.double("accuracy")))
            let expected = try fixture.lists("strict-spans") { span in
                let parts = try #require(span.array)
                let range = try #require(parts[1].int)..<(try #require(parts[2].int))
                return EntitySpan(type: try #require(parts[0].string), range: range)
            }
            for (tags, spans) in zip(gold + predicted, expected) {
                #expect(EntitySpan.spans(of: tags, counting: .strict(scheme)) == spans, "case \(index): \(tags)")
            }
        }
    }

    @Test func brokenSequencesAreCountedAsNamed() {
        func spans(_ tags: String, _ counting: EntityCounting) -> [String] {
            EntitySpan.spans(of: tags.split(separator: " ").map(String.init), counting: counting)
                .map { "\($0.type)\($0.range.lowerBound)-\($0.range.upperBound)" }
        }
        #expect(spans("I-A I-A O B-A I-B", .conlleval) == ["A0-2", "A3-4", "B4-5"])
        #expect(spans("I-A I-A O B-A I-B", .strict(.bio)) == ["A3-4"])
        #expect(spans("S-A S-A B-A E-A", .conlleval) == ["A0-1", "A1-2", "A2-4"])
        #expect(spans("B-A I-A O B-A E-B S-A", .strict(.bioes)) == ["A5-6"])
        #expect(spans("B M E S B", .strict(.bmes)) == ["0-3", "3-4"])
        // Tags that the scheme does not have.
        #expect(spans("B-A X-A I-A", .strict(.bio)) == ["A0-1"])
        #expect(spans("B-A X-A I-A X-B X", .conlleval) == ["A0-3", "B3-4"])
        #expect(spans("", .conlleval) == [])
    }

    /// `é` in one code point and in two are two types.
    @Test func typesAreComparedByBytes() {
        let scores = EntityScores(gold: [["B-\u{E9}"]], predicted: [["B-e\u{301}"]], counting: .conlleval)
        #expect(scores.total == MatchCounts(correct: 0, found: 1, gold: 1))
        #expect(scores.types.count == 2)
    }

    @Test func sentencesAddUp() {
        let gold = [["B-A", "O"], ["B-A", "I-A", "B-B"], []]
        let predicted = [["B-A", "B-B"], ["B-A", "O", "B-B"], []]
        let scores = EntityScores(gold: gold, predicted: predicted, counting: .strict(.bio))
        let counts = [MatchCounts(correct: 1, found: 2, gold: 1), MatchCounts(correct: 1, found: 2, gold: 2), MatchCounts()]
        #expect(scores.sentenceCounts == counts)
        #expect(scores.sentenceCounts.sum() == scores.total)
        #expect(isClose(scores.f1, 4.0 / 7))
        #expect(scores.json["micro"]?["f1"]?.double == scores.f1)
        #expect(scores.json["counting"] == "strict BIO")
    }

    /// A million tokens take a tenth of a second or two; the bound is for machines that are shared.
    @Test func aMillionTokensAreScored() {
        let text = "O O B-PER I-PER O B-ORG O O O B-LOC I-LOC I-LOC O O O B-MISC O O O O"
        let pattern = text.split(separator: " ").map(String.init)
        let gold = [[String]](repeating: pattern, count: 50_000)
        let predicted = [[String]](repeating: pattern.map { $0 == "I-PER" ? "O" : $0 }, count: 50_000)
        let clock = ContinuousClock()
        var scores: EntityScores?
        let time = clock.measure { scores = EntityScores(gold: gold, predicted: predicted, counting: .conlleval) }
        #expect(scores?.total == MatchCounts(correct: 150_000, found: 200_000, gold: 200_000))
        #expect(time < .seconds(5), "\(time)")
    }
}
