import SequiturTensors
import SequiturText

/// One text while it is being generated: from tokens to text, and to the end.
struct GenerationRow {
    private(set) var history: TokenHistory
    private(set) var finishReason: FinishReason?
    private let settings: GenerationSettings
    private let endOfSentence: Int32?
    private let random: RandomStream
    private let promptTokenCount: Int
    private var decoder: any TokenDecoder
    private var filter: StopTextFilter
    private var tokens: [Int32] = []
    private var text = ""

    init(prompt: [Int32], tokenizer: any Tokenizer, settings: GenerationSettings, random: RandomStream) throws {
        decoder = tokenizer.makeDecoder()
        // The decoder must know what precedes: whether a space belongs before the first word, which bytes wait for more.
        for token in prompt { _ = try decoder.append(token) }
        history = TokenHistory(prompt, vocabularySize: tokenizer.vocabularySize)
        filter = try StopTextFilter(settings.stop)
        endOfSentence = tokenizer.endOfSentence
        promptTokenCount = prompt.count
        self.settings = settings
        self.random = random
    }

    /// The random number that the next token is drawn with.
    var draw: Double { random.uniform(tokens.count) }

    /// Goes on by a token.
    ///
    /// - Returns: the text that it sets free.
    mutating func append(_ token: Int32) throws -> String {
        tokens.append(token)
        history.append(token)
        var piece = ""
        if settings.stopAtEndOfSentence, token == endOfSentence {
            finishReason = .end
        } else {
            piece = filter.append(try decoder.append(token))
            if tokens.count >= settings.maximumTokens { finishReason = .length }
        }
        if !filter.isStopped, finishReason != nil { piece += filter.append(try decoder.finish()) }
        if filter.isStopped { finishReason = .stop }
        if finishReason != nil { piece += filter.finish() }
        text += piece
        return piece
    }

    func result(seed: UInt64, duration: Duration) -> GeneratedText {
        GeneratedText(
            text: text, tokens: tokens, promptTokenCount: promptTokenCount, finishReason: finishReason ?? .length, seed: seed,
            duration: duration)
    }
}
