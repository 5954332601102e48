import SequiturFiles

/// Why a tokenizer could not be made, read or used: one line that says what, where and what to do.
public enum TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownKind(String)
    case unknownCharacter(UInt32, byteOffset: Int)
    case unknownWord(String, byteOffset: Int)
    case invalidUTF8(byteOffset: Int)
    case wordTooLong(byteOffset: Int, limit: Int)
    case idOutOfRange(Int32, vocabularySize: Int)
    case duplicateToken(String)
    case missingSpecialToken(String)
    /// Too few distinct characters or words are frequent enough.
    case vocabularyTooSmall(kind: TokenizerKind, found: Int, minimum: Int, minimumFrequency: Int)
    case invalidOption(name: String, value: Int, minimum: Int)
    /// Words or characters had to be left out, but the unknown token that would stand for them was refused.
    case unknownTokenNeeded(kind: TokenizerKind, example: String)
    /// Part of a tokenizer.json that no tokenizer of ours carries out.
    case unsupportedComponent(name: String, found: String)
    case malformedFile(reason: String)

    public var description: String {
        switch self {
        case .unknownKind(let name):
            "unknown tokenizer '\(name.printable())'; choose one of: \(TokenizerKind.allCases.map(\.rawValue).joined(separator: ", "))"
        case .unknownCharacter(let value, let byteOffset):
            "character \(Self.name(of: value)) at byte \(byteOffset) is not in the vocabulary; "
                + "train the tokenizer on text that has it, or with an unknown token"
        case .unknownWord(let word, let byteOffset):
            "word '\(word.printable(limit: 40))' at byte \(byteOffset) is not in the vocabulary; "
                + "train the tokenizer on text that has it, or with an unknown token"
        case .invalidUTF8(let byteOffset):
            "the text is not UTF-8 at byte \(byteOffset); convert it to UTF-8 (iconv -t UTF-8)"
        case .wordTooLong(let byteOffset, let limit):
            "more than \(limit) bytes without white space from byte \(byteOffset) on; "
                + "use the character tokenizer for text whose words are not separated"
        case .idOutOfRange(let id, let vocabularySize):
            "token \(id) is not in the vocabulary, whose tokens are 0 to \(vocabularySize - 1); "
                + "decode with the tokenizer that encoded"
        case .duplicateToken(let token):
            "token '\(token.printable(limit: 40))' stands in the vocabulary twice; every token needs one id"
        case .missingSpecialToken(let token):
            "special token '\(token.printable(limit: 40))' is not in the vocabulary; add it"
        case .vocabularyTooSmall(let kind, let found, let minimum, let frequency):
            "the training text has \(found) distinct \(kind.unit)\(found == 1 ? "" : "s")"
                + (frequency > 1 ? " that occur \(frequency) times or more" : "")
                + ", but a vocabulary needs at least \(minimum); give more text"
        case .invalidOption(let name, let value, let minimum):
            "\(name) is \(value), but must be at least \(minimum)"
        case .unknownTokenNeeded(let kind, let example):
            "\(kind.unit) '\(example.printable(limit: 40))' has no place in the vocabulary and the unknown token was refused; "
                + "allow the unknown token, or raise the vocabulary's maximum size and lower the minimum frequency"
        case .unsupportedComponent(let name, let found):
            "\(name) \(found.printable(limit: 200)) is not supported; "
                + "supported are character and word tokenizers as this program or the recipe in its documentation writes them"
        case .malformedFile(let reason):
            "not a tokenizer: \(reason); fetch the file again or train the tokenizer anew"
        }
    }

    /// The same error for a text that stands `bytes` bytes further on in its file.
    package func moved(by bytes: Int) -> TokenizerError {
        switch self {
        case .unknownCharacter(let value, let offset): .unknownCharacter(value, byteOffset: offset + bytes)
        case .unknownWord(let word, let offset): .unknownWord(word, byteOffset: offset + bytes)
        case .invalidUTF8(let offset): .invalidUTF8(byteOffset: offset + bytes)
        case .wordTooLong(let offset, let limit): .wordTooLong(byteOffset: offset + bytes, limit: limit)
        default: self
        }
    }

    private static func name(of value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        guard let scalar = Unicode.Scalar(value) else { return code }
        return "\(code) '\(String(scalar).printable())'"
    }
}
