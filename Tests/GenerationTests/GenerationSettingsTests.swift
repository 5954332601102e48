import SequiturGeneration
import Testing

@Suite struct GenerationSettingsTests {
    struct Wrong: Sendable {
        let message: String
        let change: @Sendable (inout GenerationSettings) -> Void
    }

    @Test func theDefaultsHold() throws {
        try GenerationSettings().validate()
        #expect(try Sampler(GenerationSettings()).processors.isEmpty)
    }

    @Test(arguments: [
        Wrong(message: "maximum-tokens is 0, but must be at least 1") { $0.maximumTokens = 0 },
        Wrong(message: "maximum-tokens is -3, but must be at least 1") { $0.maximumTokens = -3 },
        Wrong(message: "temperature is nan, but must be a number above 0; for the likeliest token choose greedy") {
            $0.temperature = .nan
        },
        Wrong(message: "temperature is 0.0, but must be a number above 0; for the likeliest token choose greedy") {
            $0.temperature = 0
        },
        Wrong(message: "temperature is -1.5, but must be a number above 0; for the likeliest token choose greedy") {
            $0.temperature = -1.5
        },
        Wrong(message: "temperature is inf, but must be a number above 0; for the likeliest token choose greedy") {
            $0.temperature = .infinity
        },
        Wrong(message: "top-k is -1, but must be at least 1, or 0 to choose among all tokens") { $0.topK = -1 },
        Wrong(message: "top-p is nan, but must be a number above 0 and at most 1; 1 chooses among all tokens") { $0.topP = .nan },
        Wrong(message: "top-p is 0.0, but must be a number above 0 and at most 1; 1 chooses among all tokens") { $0.topP = 0 },
        Wrong(message: "top-p is 1.01, but must be a number above 0 and at most 1; 1 chooses among all tokens") {
            $0.topP = 1.01
        },
        Wrong(message: "repetition-penalty is nan, but must be a number above 0; 1 does nothing, 1.2 is usual") {
            $0.repetitionPenalty = .nan
        },
        Wrong(message: "repetition-penalty is 0.0, but must be a number above 0; 1 does nothing, 1.2 is usual") {
            $0.repetitionPenalty = 0
        },
        Wrong(message: "stop is empty, but must be text of at least one character") { $0.stop = ["x", ""] },
    ]) func refused(wrong: Wrong) throws {
        var settings = GenerationSettings()
        wrong.change(&settings)
        let error = try #require(throws: GenerationError.self) { try settings.validate() }
        #expect(error.description == wrong.message)
        #expect(throws: error) { try Sampler(settings) }
    }

    @Test func wrongValuesAreRefusedUnderGreedyToo() {
        var settings = GenerationSettings()
        settings.greedy = true
        settings.topP = 7
        #expect(throws: GenerationError.self) { try settings.validate() }
    }
}
