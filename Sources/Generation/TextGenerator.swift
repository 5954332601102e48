import SequiturModels
import SequiturTensors
import SequiturText

/// Writes text on from a prompt.
///
///     let generator = try TextGenerator(model: model, tokenizer: tokenizer, settings: settings)
///     let result = try generator.generate("Once upon a time") { print($0, terminator: "") }
///     print(result.tokenCount, result.finishReason, result.tokensPerSecond)
///
/// A text begins as a text does after the end of a sentence, where the vocabulary has one. Where it has none, an empty
/// prompt stands for a line break, so that the text begins as a line does; and where there is no line break either, the
/// first token is one that the source gives without having read anything: for a neural model, any, with equal
/// probability.
///
/// The models' work is done on the engine's thread, one call for each token; callbacks are called on the caller's.
public struct TextGenerator {
    public let source: any NextTokenSource
    public let tokenizer: any Tokenizer
    public let settings: GenerationSettings
    let sampler: Sampler

    /// - Throws: `GenerationError` for settings that do not hold, or a source and a tokenizer that do not fit each other.
    public init(
        source: any NextTokenSource, tokenizer: any Tokenizer, settings: GenerationSettings = GenerationSettings()
    ) throws {
        sampler = try Sampler(settings)
        guard source.vocabularySize == tokenizer.vocabularySize else {
            throw GenerationError.vocabularyMismatch(tokenizer: tokenizer.vocabularySize, model: source.vocabularySize)
        }
        guard !settings.stopAtEndOfSentence || tokenizer.endOfSentence != nil else { throw GenerationError.noEndOfSentence }
        self.source = source
        self.tokenizer = tokenizer
        self.settings = settings
    }

    /// - Parameter start: what is read before every text; the tokenizer's end of a sentence where nil. Rows of the model's matrix that no
    ///   token has are left out.
    /// - Throws: As `init(source:tokenizer:settings:)`.
    public init(
        model: some LanguageModel, tokenizer: any Tokenizer, settings: GenerationSettings = GenerationSettings(),
        start: Int32? = nil
    ) throws {
        guard model.vocabularySize >= tokenizer.vocabularySize else {
            throw GenerationError.vocabularyMismatch(tokenizer: tokenizer.vocabularySize, model: model.vocabularySize)
        }
        let source = try LanguageModelSource(
            model, start: start ?? tokenizer.endOfSentence, vocabularySize: tokenizer.vocabularySize)
        try self.init(source: source, tokenizer: tokenizer, settings: settings)
    }

    /// An n-gram model has a vocabulary of its own, whose tokens must be the tokenizer's; how each spells the end of a
    /// sentence may differ.
    ///
    /// - Throws: As `init(source:tokenizer:settings:)`.
    public init(model: NGramModel, tokenizer: any Tokenizer, settings: GenerationSettings = GenerationSettings()) throws {
        try self.init(source: NGramSource(model), tokenizer: tokenizer, settings: settings)
        for (index, (own, other)) in zip(tokenizer.vocabulary.tokens, model.vocabulary).enumerated() {
            let id = Int32(index)
            let bothEndSentences = id == tokenizer.endOfSentence && id == model.endOfSentence
            guard bothEndSentences || own.utf8.elementsEqual(other.utf8) else {
                throw GenerationError.tokenMismatch(id, tokenizer: own, model: other)
            }
        }
    }

    /// Writes on from `prompt`.
    ///
    /// - Parameter onText: takes the text piece by piece, never empty, whole characters only; what it throws ends the text.
    /// - Throws: `TokenizerError` for a prompt that has no tokens, `GenerationError` for a model that fails.
    public func generate(_ prompt: String = "", onText: (String) throws -> Void = { _ in }) throws -> GeneratedText {
        try generate([prompt]) { _, piece in try onText(piece) }[0]
    }

    /// Writes on from several prompts at once, the same one several times if it is given so, as one batch.
    ///
    /// Each text has a random stream of its own, by its place, so that the others do not change it beyond the rounding of
    /// matrix products.
    ///
    /// - Parameter onText: takes the place of a prompt and the next piece of its text.
    /// - Returns: a text for each prompt.
    /// - Throws: As for one prompt.
    public func generate(
        _ prompts: [String], onText: (_ place: Int, _ piece: String) throws -> Void = { _, _ in }
    ) throws -> [GeneratedText] {
        try generate(tokens: prompts.map { try tokenizer.encode($0) }, onText: onText)
    }

    /// The same from prompts that are tokens already.
    ///
    /// - Throws: `TokenizerError.idOutOfRange`, or as for text.
    public func generate(
        tokens prompts: [[Int32]], onText: (_ place: Int, _ piece: String) throws -> Void = { _, _ in }
    ) throws -> [GeneratedText] {
        try generate(from: source, prompts: prompts, onText: onText)
    }

    /// What the model reads for a prompt.
    func text(of prompt: [Int32]) -> [Int32] {
        guard prompt.isEmpty, tokenizer.endOfSentence == nil, let lineBreak = tokenizer.vocabulary.id(of: "\n") else {
            return prompt
        }
        return [lineBreak]
    }
}
