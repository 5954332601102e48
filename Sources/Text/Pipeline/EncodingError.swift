/// Why a text cannot be encoded as asked.
public enum EncodingError: Error, Equatable, Sendable, CustomStringConvertible {
    case truncationTooShort(maximum: Int, needed: Int)
    case strideTooLong(stride: Int, length: Int)
    case noSecondText
    case textTooLong(limit: Int)
    case patternTooSlow(String)
    case textGrows(limit: Int)
    case tooManyWindows(limit: Int)

    public var description: String {
        switch self {
        case .truncationTooShort(let maximum, let needed):
            "truncation to \(maximum) tokens leaves no room: at least \(needed) are needed; raise max_length"
        case .strideTooLong(let stride, let length):
            "truncation's stride of \(stride) must be smaller than the \(length) tokens that a text may keep; lower stride"
        case .noSecondText: "truncation is to cut the second text alone, but there is none; give a pair of texts"
        case .textTooLong(let limit): "a text is longer than \(limit) bytes; cut it into parts"
        case .textGrows(let limit):
            "the tokenizer makes more than \(limit) bytes of a text; mend its normalizer, pre-tokenizer or decoder"
        case .tooManyWindows(let limit):
            "truncation and padding make more than \(limit) tokens of a text with its windows; lower stride or the length to pad to"
        case .patternTooSlow(let pattern):
            "the pattern '\(pattern.printable(limit: 120))' goes back too often on a text; cut the text into parts or mend the pattern"
        }
    }
}
