extension UnsafeRawBufferPointer {
    /// The offset at which the first ill-formed UTF-8 sequence begins, or nil where all bytes are UTF-8.
    ///
    /// Overlong forms, surrogates, values above U+10FFFF and a sequence cut off by the end are ill-formed (RFC 3629,
    /// section 4). The offset is the one that Python's `UnicodeDecodeError.start` gives.
    public var firstInvalidUTF8Offset: Int? {
        guard let base = baseAddress else { return nil }
        let count = count
        var offset = 0
        while offset < count {
            // Sixteen ASCII bytes at a time: most text is nothing else.
            while count - offset >= 16 {
                let low = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                let high = base.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
                guard (low | high) & 0x8080_8080_8080_8080 == 0 else { break }
                offset += 16
            }
            guard offset < count else { return nil }
            let first = self[offset]
            if first < 0x80 {
                offset += 1
                continue
            }
            // The second byte's range excludes overlong forms (E0, F0), surrogates (ED) and values too large (F4).
            let length: Int
            var second: ClosedRange<UInt8> = 0x80...0xBF
            switch first {
            case 0xC2...0xDF: length = 2
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: length = 3
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: length = 4
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: return offset
            }
            guard count - offset >= length, second.contains(self[offset + 1]) else { return offset }
            for position in 2..<Swift.max(length, 2) where self[offset + position] & 0xC0 != 0x80 { return offset }
            offset += length
        }
        return nil
    }

    /// How many bytes stand before a character that the end cuts off.
    package var wholeUTF8Count: Int {
        for length in 1...3 where length <= count {
            let byte = self[count - length]
            if byte & 0xC0 == 0x80 { continue }
            let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return needed > length ? count - length : count
        }
        return count
    }
}
