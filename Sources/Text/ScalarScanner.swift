/// Receives the Unicode scalars of a text, one by one.
protocol ScalarSink: Sendable {
    mutating func scalar(_ value: UInt32, at offset: Int) throws
}

/// Cuts UTF-8 text into Unicode scalars.
enum ScalarScanner {
    /// Hands over all whole scalars and returns where the unfinished last one begins.
    ///
    /// - Throws: `TokenizerError.invalidUTF8`, or what `sink` throws.
    static func scan<Sink: ScalarSink>(_ bytes: UnsafeRawBufferPointer, at offset: Int, into sink: inout Sink) throws -> Int {
        var position = 0
        while position < bytes.count {
            let first = bytes[position]
            if first < 0x80 {
                try sink.scalar(UInt32(first), at: offset + position)
                position += 1
                continue
            }
            let length: Int
            var value: UInt32
            switch first {
            case 0xC2...0xDF: (length, value) = (2, UInt32(first & 0x1F))
            case 0xE0...0xEF: (length, value) = (3, UInt32(first & 0x0F))
            case 0xF0...0xF4: (length, value) = (4, UInt32(first & 0x07))
            default: throw TokenizerError.invalidUTF8(byteOffset: offset + position)
            }
            guard bytes.count - position >= length else { return position }
            for next in 1..<length {
                let byte = bytes[position + next]
                guard byte & 0xC0 == 0x80 else { throw TokenizerError.invalidUTF8(byteOffset: offset + position) }
                value = value << 6 | UInt32(byte & 0x3F)
            }
            let minimum: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x1_0000
            guard value >= minimum, Unicode.Scalar(value) != nil else {
                throw TokenizerError.invalidUTF8(byteOffset: offset + position)
            }
            try sink.scalar(value, at: offset + position)
            position += length
        }
        return position
    }
}

extension PendingBytes {
    /// Feeds a piece of text to `sink`, scalar by scalar.
    mutating func feedScalars<Sink: ScalarSink>(_ piece: UnsafeRawBufferPointer, into sink: inout Sink) throws {
        try feed(piece, into: &sink, scan: ScalarScanner.scan)
    }

    /// - Throws: `TokenizerError.invalidUTF8` where the text ends inside a scalar.
    mutating func finishScalars() throws {
        let rest = takeRest()
        guard rest.bytes.isEmpty else { throw TokenizerError.invalidUTF8(byteOffset: rest.offset) }
    }
}
