/// Why a text ended.
public enum FinishReason: String, Sendable, CaseIterable {
    /// A stop text came.
    case stop
    /// The maximum of tokens was reached.
    case length
    /// The model ended the sentence.
    case end
}

/// A text that was generated, without its prompt.
public struct GeneratedText: Sendable {
    /// All pieces, joined.
    public let text: String
    /// All tokens chosen, those of a stop text and the end of a sentence included.
    public let tokens: [Int32]
    /// How many tokens the prompt had.
    public let promptTokenCount: Int
    public let finishReason: FinishReason
    /// What `GenerationSettings.seed` must be to get this text again.
    public let seed: UInt64
    /// The time from the prompt's being read to the end of the text.
    public let duration: Duration

    public var tokenCount: Int { tokens.count }
    public var tokensPerSecond: Double { Double(tokens.count) / (duration / .seconds(1)) }
}
