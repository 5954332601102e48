/// GPT-2's alphabet for bytes (Radford et al., 2019): printable characters stand for themselves, the other 68 bytes for
/// U+0100 and the code points after it, so that a vocabulary of visible characters covers every byte.
enum ByteAlphabet {
    /// The code point of each byte.
    static let scalars: [UInt32] = {
        var scalars = [UInt32](repeating: 0, count: 256)
        var next: UInt32 = 0x100
        for byte in 0..<256 {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: scalars[byte] = UInt32(byte)
            default:
                scalars[byte] = next
                next += 1
            }
        }
        return scalars
    }()

    /// The byte of each code point below U+0144, −1 where there is none.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
        return bytes
    }()

    /// The byte that `scalar` stands for.
    static func byte(_ scalar: UInt32) -> UInt8? {
        guard scalar < 0x144 else { return nil }
        let byte = bytes[Int(scalar)]
        return byte < 0 ? nil : UInt8(byte)
    }

    /// The bytes that `text` stands for, nil where a character of it stands for none.
    static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var offset = 0
        while offset < text.count {
            let (scalar, length) = UTF8Scalars.decode(text, at: offset)
            guard let byte = byte(scalar) else { return nil }
            result.append(byte)
            offset += length
        }
        return result
    }

    /// Writes the code point of every byte of `piece`.
    static func map(_ piece: PieceText, output: inout TextWriter) {
        for (byte, origin) in zip(piece.bytes, piece.origins) { output.append(scalars[Int(byte)], origin: origin) }
    }
}
