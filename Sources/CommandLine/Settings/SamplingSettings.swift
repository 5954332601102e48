import ArgumentParser
import SequiturConsole

/// How the next token is chosen from the model's distribution, and when to end.
struct SamplingSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Tokens written at most.", valueName: "count"))
    var maximumTokens = 200

    @Option(help: ArgumentHelp("Divides the logits: below 1 more likely, above 1 more varied text.", valueName: "number"))
    var temperature = 1.0

    @Option(help: ArgumentHelp("Choose among this many most likely tokens; 0 among all.", valueName: "count"))
    var topK = 0

    @Option(
        help: ArgumentHelp("Choose among the most likely tokens that together have this probability.", valueName: "probability"))
    var topP = 1.0

    @Option(
        help: ArgumentHelp(
            "Divides the positive logits of tokens already written and multiplies the negative ones; 1 does nothing.",
            valueName: "number"))
    var repetitionPenalty = 1.0

    @Flag(inversion: .prefixedNo, help: "Always take the most likely token.")
    var greedy = false

    @Option(help: ArgumentHelp("Seed of the choice; a new one each time without it.", valueName: "number"))
    var seed: Int?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("End where this text would appear; may be repeated.", valueName: "text"))
    var stop: [String] = []

    @Flag(
        inversion: .prefixedNo,
        help: "End where the model ends a line or sentence; for word models, which have a token for it.")
    var stopAtEndOfSentence = false

    func check() throws {
        try check("maximum-tokens", maximumTokens, atLeast: 1)
        try check(positive: "temperature", temperature)
        try check("top-k", topK, atLeast: 0)
        try check("top-p", topP, in: Double.leastNonzeroMagnitude...1, "above 0 and at most 1")
        try check(positive: "repetition-penalty", repetitionPenalty)
        try check("seed", seed, atLeast: 0)
        guard !stop.contains("") else { throw SettingError(key: "stop", problem: "must not be empty") }
    }

    var unused: [UnusedSettings] {
        greedy ? [UnusedSettings(["temperature", "top-k", "top-p", "seed"], because: "greedy", is: "true")] : []
    }
}
