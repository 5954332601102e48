import SequiturGeneration
import Testing

@Suite struct TransformersParityTests {
    @Test func theFixturesAreThere() { #expect(TransformersFixture.all.count == 25) }

    @Test(arguments: TransformersFixture.all) func theSameScores(fixture: TransformersFixture) throws {
        let sampler = try Sampler(fixture.settings())
        for row in try fixture.rows() {
            let history = TokenHistory(row.history, vocabularySize: row.scores.count)
            let scores = try sampler.processed(row.scores, after: history)
            let largest = row.expectedScores.filter(\.isFinite).map(\.magnitude).max() ?? 1
            for (token, (found, expected)) in zip(scores, row.expectedScores).enumerated() {
                #expect(found.isFinite == expected.isFinite, "token \(token): \(found), not \(expected)")
                if expected.isFinite { #expect(abs(found - expected) <= 1e-6 * largest, "token \(token)") }
            }
            let probabilities = try sampler.probabilities(from: row.scores, after: history)
            for (found, expected) in zip(probabilities, row.expectedProbabilities) { #expect(abs(found - expected) <= 1e-6) }
        }
    }
}
