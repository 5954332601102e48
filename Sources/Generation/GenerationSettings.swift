/// How text is generated: how the next token is chosen from the model's distribution, and when to end.
///
///     var settings = GenerationSettings()
///     settings.temperature = 0.8
///     settings.topK = 40
///     settings.stop = ["\n\n"]
///
/// What is left at its default does nothing. The strategies act in this order, which is that of Hugging Face's
/// transformers: repetition penalty → temperature → top-k → top-p → draw.
public struct GenerationSettings: Sendable, Equatable {
    /// Tokens generated at most, at least 1.
    public var maximumTokens = 200
    /// Always the most likely token, after the repetition penalty; temperature, top-k, top-p and seed then do nothing.
    public var greedy = false
    /// Divides the scores: below 1 likelier, above 1 more varied text. See `Temperature`.
    public var temperature = 1.0
    /// Choose among this many likeliest tokens; 0 among all. See `TopK`.
    public var topK = 0
    /// Choose among the likeliest tokens that together have this probability, above 0 and at most 1. See `TopP`.
    public var topP = 1.0
    /// Makes tokens of the prompt and of the text so far less likely where above 1. See `RepetitionPenalty`.
    public var repetitionPenalty = 1.0
    /// The same seed draws the same text from the same model and prompt; nil takes a new one each time.
    public var seed: UInt64?
    /// The text ends before the first of these. See `StopTextFilter`.
    public var stop: [String] = []
    /// Ends where the model writes the tokenizer's end-of-sentence token, which is then not part of the text.
    public var stopAtEndOfSentence = false

    public init() {}

    /// Refuses settings that no text can be generated with.
    ///
    /// - Throws: `GenerationError.invalidSetting`.
    public func validate() throws {
        guard maximumTokens >= 1 else {
            throw GenerationError.invalidSetting(name: "maximum-tokens", value: "\(maximumTokens)", allowed: "at least 1")
        }
        // A setting has its range where its meaning is.
        _ = try Temperature(temperature)
        if topK != 0 { _ = try TopK(topK) }
        _ = try TopP(topP)
        _ = try RepetitionPenalty(repetitionPenalty)
        _ = try StopTextFilter(stop)
    }
}
