/// Chooses the next token from a model's scores as settings say.
///
///     let sampler = try Sampler(settings)
///     let token = try sampler.token(from: scores, after: history, draw: random.uniform(position))
public struct Sampler: Sendable {
    /// In the order in which they act.
    public let processors: [any ScoreProcessor]
    public let choice: any TokenChoice

    public init(processors: [any ScoreProcessor], choice: any TokenChoice) {
        self.processors = processors
        self.choice = choice
    }

    /// Repetition penalty → temperature → top-k → top-p → draw, without those that would do nothing.
    ///
    /// - Throws: `GenerationError.invalidSetting`.
    public init(_ settings: GenerationSettings) throws {
        try settings.validate()
        var processors: [any ScoreProcessor] = []
        if settings.repetitionPenalty != 1 { processors.append(try RepetitionPenalty(settings.repetitionPenalty)) }
        if !settings.greedy {
            if settings.temperature != 1 { processors.append(try Temperature(settings.temperature)) }
            if settings.topK != 0 { processors.append(try TopK(settings.topK)) }
            if settings.topP < 1 { processors.append(try TopP(settings.topP)) }
        }
        self.init(processors: processors, choice: settings.greedy ? GreedyChoice() : RandomChoice())
    }

    /// The scores that the token is chosen from.
    ///
    /// - Shape: [V] → [V]
    /// - Throws: `GenerationError.scoreNotFinite` or `noPossibleToken` where the model's scores are no distribution.
    public func processed(_ scores: [Float], after history: TokenHistory) throws -> [Float] {
        try Sampler.check(scores)
        var scores = scores
        for processor in processors { processor.process(&scores, after: history) }
        return scores
    }

    /// The distribution that a random choice draws from.
    ///
    /// - Shape: [V] → [V], which sum to one; zero for a token ruled out.
    /// - Throws: As `processed(_:after:)`.
    public func probabilities(from scores: [Float], after history: TokenHistory) throws -> [Float] {
        SequiturGeneration.probabilities(of: try processed(scores, after: history))
    }

    /// The next token.
    ///
    /// - Parameters:
    ///   - scores: [V], logits or log-probabilities.
    ///   - history: the tokens of the prompt and of the text so far.
    ///   - draw: an even random number in [0, 1).
    /// - Throws: As `processed(_:after:)`.
    public func token(from scores: [Float], after history: TokenHistory, draw: Double) throws -> Int32 {
        choice.token(from: try processed(scores, after: history), draw: draw)
    }

    private static func check(_ scores: [Float]) throws {
        var finite = 0
        var possible = 0
        for score in scores {
            finite += score.isFinite ? 1 : 0
            possible += score < .infinity ? 1 : 0
        }
        if possible < scores.count, let token = scores.firstIndex(where: { !($0 < .infinity) }) {
            throw GenerationError.scoreNotFinite(token: token, score: scores[token].isNaN ? "nan" : "\(scores[token])")
        }
        guard finite > 0 else { throw GenerationError.noPossibleToken }
    }
}
