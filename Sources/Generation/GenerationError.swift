import SequiturFiles

/// Why text cannot be generated: one line that says what, the limit and what to do.
public enum GenerationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A setting outside its range; named as its flag is.
    case invalidSetting(name: String, value: String, allowed: String)
    case vocabularyMismatch(tokenizer: Int, model: Int)
    /// A token that the tokenizer spells otherwise than the model.
    case tokenMismatch(Int32, tokenizer: String, model: String)
    case noEndOfSentence
    case tokenOutOfRange(Int32, vocabularySize: Int)
    /// The model's scores are NaN or infinite.
    case scoreNotFinite(token: Int, score: String)
    /// No token has any probability.
    case noPossibleToken

    public var description: String {
        switch self {
        case .invalidSetting(let name, let value, let allowed): "\(name) is \(value), but must be \(allowed)"
        case .vocabularyMismatch(let tokenizer, let model):
            "the tokenizer has \(tokenizer) tokens, but the model predicts \(model); "
                + "generate with the tokenizer that the model was trained with"
        case .tokenMismatch(let id, let tokenizer, let model):
            "token \(id) is '\(tokenizer.printable(limit: 40))' in the tokenizer, but '\(model.printable(limit: 40))' in the model; "
                + "generate with the tokenizer that the model was trained with"
        case .noEndOfSentence:
            "stop-at-end-of-sentence needs a vocabulary with an end-of-sentence token, and this one has none; "
                + "leave it out, or end at a stop text such as a line break"
        case .tokenOutOfRange(let id, let vocabularySize):
            "token \(id) is not in the model's vocabulary, whose tokens are 0 to \(vocabularySize - 1); "
                + "encode the prompt with the tokenizer that the model was trained with"
        case .scoreNotFinite(let token, let score):
            "the model scores token \(token) with \(score); its parameters are damaged or its training diverged: "
                + "generate with an earlier checkpoint"
        case .noPossibleToken:
            "the model gives no token any probability; its parameters are damaged: generate with another checkpoint"
        }
    }
}
