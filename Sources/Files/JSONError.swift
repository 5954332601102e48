/// Why a text is not acceptable JSON, and where.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Problem: Equatable, Sendable {
        case invalidUTF8
        case byteOrderMark
        case unexpectedEnd(expected: String)
        case unexpectedByte(UInt8, expected: String)
        case controlCharacter(UInt8)
        case invalidEscape
        case loneSurrogate
        case duplicateKey(String)
        case numberOutOfRange
        case numberTooLong(limit: Int)
        case tooDeep(limit: Int)
        case tooManyValues(limit: Int)
    }

    public let problem: Problem
    /// The offset, in bytes from the start of the text, at which the problem was found.
    public let offset: Int

    public init(_ problem: Problem, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    public var description: String { "\(explanation) at byte \(offset)" }

    private var explanation: String {
        switch problem {
        case .invalidUTF8: "text that is not UTF-8"
        case .byteOrderMark: "a byte order mark, which JSON does not allow,"
        case .unexpectedEnd(let expected): "the JSON text ends where \(expected) was expected,"
        case .unexpectedByte(let byte, let expected): "\(Self.name(of: byte)) where \(expected) was expected"
        case .controlCharacter(let byte): "a raw control character \(Self.name(of: byte)) in a string"
        case .invalidEscape: "an escape that JSON does not have"
        case .loneSurrogate: "half of a surrogate pair"
        case .duplicateKey(let key): "the key '\(key.printable())' a second time in one object"
        case .numberOutOfRange: "a number beyond the range of 64-bit floating point"
        case .numberTooLong(let limit): "a number longer than \(limit) characters"
        case .tooDeep(let limit): "arrays and objects nested deeper than \(limit)"
        case .tooManyValues(let limit): "more than \(limit) values"
        }
    }

    private static func name(of byte: UInt8) -> String {
        (0x21...0x7E).contains(byte)
            ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))"
    }
}
