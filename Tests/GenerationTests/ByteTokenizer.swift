import SequiturFiles
import SequiturText

/// A token for every byte, as byte-level tokenizers have them: tokens end inside characters. The decoder gives whole characters.
struct ByteTokenizer: Tokenizer {
    let vocabulary: Vocabulary

    init() throws { vocabulary = try Vocabulary((0..<256).map { "byte \($0)" }) }

    var kindName: String { "byte" }
    var json: JSONValue { [:] }
    func makeEncoder() -> any TokenEncoder { Encoder() }
    func makeDecoder() -> any TokenDecoder { Decoder() }

    private struct Encoder: TokenEncoder {
        mutating func append(_ bytes: UnsafeRawBufferPointer, into ids: inout [Int32]) { ids += bytes.map(Int32.init) }
        mutating func finish(_ ending: TextEnding, into ids: inout [Int32]) {}
    }

    private struct Decoder: TokenDecoder {
        var pending: [UInt8] = []

        mutating func append(_ id: Int32) throws -> String {
            guard let byte = UInt8(exactly: id) else { throw TokenizerError.idOutOfRange(id, vocabularySize: 256) }
            pending.append(byte)
            // A tail of up to three bytes that more bytes could complete waits for them.
            let tail = (1...min(3, pending.count)).first { Decoder.isBeginning(pending.suffix($0)) } ?? 0
            let text = String(decoding: pending.dropLast(tail), as: UTF8.self)
            pending = Array(pending.suffix(tail))
            return text
        }

        mutating func finish() -> String {
            defer { pending = [] }
            return String(decoding: pending, as: UTF8.self)
        }

        private static func isBeginning(_ bytes: ArraySlice<UInt8>) -> Bool {
            guard let lead = bytes.first, bytes.dropFirst().allSatisfy({ $0 & 0xC0 == 0x80 }) else { return false }
            return switch lead {
            case 0xC2...0xDF: bytes.count < 2
            case 0xE0...0xEF: bytes.count < 3
            case 0xF0...0xF4: bytes.count < 4
            default: false
            }
        }
    }
}
