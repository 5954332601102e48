import SequiturFiles

/// Why an n-gram model cannot be estimated, read, written or asked.
public enum NGramError: Error, Equatable, Sendable, CustomStringConvertible {
    case order(Int)
    case minimumCounts([Int], order: Int)
    case vocabularySize(Int)
    /// A token of the vocabulary that is empty, or spelled with the same bytes as an earlier one.
    case token(id: Int, reason: String)
    /// A sentence symbol's id that the vocabulary does not have.
    case symbol(String, id: Int32, vocabularySize: Int)
    case noText
    case textTooLong(limit: Int)
    case noEndOfSentence
    case tokenOutOfRange(id: Int32, position: Int, vocabularySize: Int)
    /// The text holds the symbol `<s>`, which the model itself puts before every sentence.
    case beginningInText(position: Int)
    case malformedARPA(file: String, line: Int, reason: String)
    case malformedBinary(file: String, reason: String)
    /// The model has a token that ARPA text cannot spell.
    case notExpressibleInARPA(token: String, id: Int, reason: String)
    case tooLarge

    public var description: String {
        switch self {
        case .order(let order):
            "the order of an n-gram model is 1 to \(NGramSettings.maximumOrder), not \(order); choose an order in that range"
        case .minimumCounts(let counts, let order):
            "minimum counts \(counts) do not fit an n-gram model of order \(order): "
                + "give 1 to \(order) whole numbers that begin with 1 and never fall"
        case .vocabularySize(let size):
            "a vocabulary of \(size) tokens cannot hold an n-gram model: it needs 1 to \(Int32.max - 1), one of them not <s>"
        case .token(let id, let reason): "token \(id) of the vocabulary \(reason); give every token a spelling of its own"
        case .symbol(let symbol, let id, let size):
            "the id of \(symbol) is \(id), outside the vocabulary of \(size) tokens; give an id from 0 to \(size - 1)"
        case .noText: "the text for an n-gram model has no tokens; give a text that is not empty"
        case .textTooLong(let limit):
            "the text for an n-gram model is longer than \(limit) tokens and sentence beginnings; give a shorter one"
        case .noEndOfSentence:
            "sentences were given to an n-gram model without an end-of-sentence token; name one, or give one stream of tokens"
        case .tokenOutOfRange(let id, let position, let size):
            "token \(id) at position \(position) of the text is outside the vocabulary of \(size) tokens; "
                + "encode the text with the model's own vocabulary"
        case .beginningInText(let position):
            "the text holds <s> at position \(position); leave it out, the n-gram model puts it before every sentence itself"
        case .malformedARPA(let file, let line, let reason): "'\(file.printable())', line \(line): \(reason)"
        case .malformedBinary(let file, let reason):
            "'\(file.printable())' is not a sound n-gram model: \(reason); estimate or convert the model again"
        case .notExpressibleInARPA(let token, let id, let reason):
            "token \(id) '\(token.printable())' \(reason), so ARPA text cannot hold this model; write the binary form"
        case .tooLarge: "the n-gram model is larger than its file format can address; raise the minimum counts or lower the order"
        }
    }
}
