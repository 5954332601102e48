import SequiturModels

extension TrainedLanguageModel {
    /// How far back the losses of a text's tokens reach: see `GradientFlow`. The model first reads the end of a sentence, where its
    /// vocabulary has one.
    ///
    /// - Throws: `ConfigurationError` for an n-gram model, and for a text that is empty or longer than the model sees;
    ///   `TokenizerError` for a text that has no tokens.
    public func gradientFlow(of text: String) throws -> GradientFlow {
        let tokens = (tokenizer.endOfSentence.map { [$0] } ?? []) + (try tokenizer.encode(text))
        switch model {
        case .recurrent(let model): return try model.gradientFlow(of: tokens)
        case .transformer(let model): return try model.gradientFlow(of: tokens)
        case .ngram: throw ConfigurationError(reason: "an n-gram model is counted and has no gradients: give a neural model")
        }
    }
}
