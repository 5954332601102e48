/// SentencePiece's precompiled normalisation: a double-array trie (Aoe, 1989; in the layout of Darts-clone) from byte
/// sequences to places in a table of replacements, each ended by a zero byte.
struct PrecompiledMap: Sendable {
    private let units: [UInt32]
    private let replacements: [UInt8]

    init(_ reader: ComponentReader) throws {
        guard let bytes = Base64.decode(try reader.string()) else { throw reader.error(expected: "text in base64") }
        try self.init(bytes, reader: reader)
    }

    init(_ bytes: [UInt8], reader: ComponentReader) throws {
        guard bytes.count >= 4 else { throw reader.error(expected: "the size of a trie", found: "\(bytes.count) bytes") }
        func word(at offset: Int) -> UInt32 {
            UInt32(bytes[offset]) | UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset + 2]) << 16
                | UInt32(bytes[offset + 3]) << 24
        }
        let size = Int(word(at: 0))
        guard size % 4 == 0, size > 0, size <= bytes.count - 4 else {
            throw reader.error(expected: "a trie of at most \(bytes.count - 4) bytes in words of four", found: "\(size) bytes")
        }
        units = stride(from: 4, to: 4 + size, by: 4).map(word)
        replacements = Array(bytes[(4 + size)...])
        let valid = replacements.withUnsafeBytes { $0.firstInvalidUTF8Offset }
        guard valid == nil else { throw reader.error(expected: "replacements in UTF-8", found: "other bytes") }
    }

    func apply(to piece: PieceText, output: inout TextWriter) throws {
        guard let changes = try changes(piece, limit: output.limit) else {
            output.append(piece, 0..<piece.count)
            return
        }
        output.append(changes, replacing: piece)
    }

    /// Grapheme clusters of fewer than six bytes are looked up whole, longer ones code point by code point.
    ///
    /// - Throws: `EncodingError.textGrows` for more than `limit` code points.
    private func changes(_ piece: PieceText, limit: Int) throws -> [ScalarChange]? {
        var changes: [ScalarChange] = []
        var isChanged = false
        /// Writes the replacement of `part`, of `count` code points, if it has one.
        func replace(_ part: UnsafeBufferPointer<UInt8>, count: Int) -> Bool {
            guard let replacement = replacement(of: part) else { return false }
            isChanged = true
            let start = changes.count
            replacement.withUnsafeBufferPointer { bytes in
                for scalar in UTF8Scalars.all(bytes) { changes.append(ScalarChange(scalar, 0)) }
            }
            let more = changes.count - start - count
            if more > 0 {
                for index in changes.count - more..<changes.count { changes[index].change = 1 }
            } else if more < 0, !changes.isEmpty {
                changes[changes.count - 1].change += Int32(more)
            }
            return true
        }
        func part(_ start: Int, _ end: Int) -> UnsafeBufferPointer<UInt8> {
            UnsafeBufferPointer(rebasing: piece.bytes[start..<end])
        }
        var start = 0
        for end in GraphemeClusters.ends(piece.bytes) {
            guard changes.count <= limit else { throw EncodingError.textGrows(limit: limit) }
            if end - start < 6, replace(part(start, end), count: UTF8Scalars.count(part(start, end))) {
                start = end
                continue
            }
            while start < end {
                let (scalar, length) = UTF8Scalars.decode(piece.bytes, at: start)
                if !replace(part(start, start + length), count: 1) { changes.append(ScalarChange(scalar, 0)) }
                start += length
            }
        }
        return isChanged ? changes : nil
    }

    /// The replacement of the shortest prefix of `key` that has one: SentencePiece takes the first that its search finds.
    private func replacement(of key: UnsafeBufferPointer<UInt8>) -> ArraySlice<UInt8>? {
        var position = Int(Self.offset(units[0]))
        for byte in key {
            guard byte != 0 else { return nil }
            position ^= Int(byte)
            guard position < units.count else { return nil }
            let unit = units[position]
            guard unit & 0x8000_00FF == UInt32(byte) else { return nil }
            position ^= Int(Self.offset(unit))
            guard position < units.count else { return nil }
            if unit & 0x100 != 0 {
                let start = Int(units[position] & 0x7FFF_FFFF)
                guard start < replacements.count, !UTF8Scalars.isContinuation(replacements[start]) else { return nil }
                let end = replacements[start...].firstIndex(of: 0) ?? replacements.count
                return replacements[start..<end]
            }
        }
        return nil
    }

    /// The replacement of the longest prefix of `text` from `start` on that has one, whole characters, and the prefix's length.
    func longest(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> (replacement: ArraySlice<UInt8>, length: Int)? {
        var position = Int(Self.offset(units[0]))
        var found: (place: Int, length: Int)?
        for place in start..<text.count {
            let byte = text[place]
            position ^= Int(byte)
            guard byte != 0, position < units.count, units[position] & 0x8000_00FF == UInt32(byte) else { break }
            let unit = units[position]
            position ^= Int(Self.offset(unit))
            guard position < units.count else { break }
            let isWhole = place + 1 == text.count || !UTF8Scalars.isContinuation(text[place + 1])
            if unit & 0x100 != 0, isWhole { found = (Int(units[position] & 0x7FFF_FFFF), place + 1 - start) }
        }
        guard let found, found.place < replacements.count, !UTF8Scalars.isContinuation(replacements[found.place]) else {
            return nil
        }
        let end = replacements[found.place...].firstIndex(of: 0) ?? replacements.count
        return (replacements[found.place..<end], found.length)
    }

    private static func offset(_ unit: UInt32) -> UInt32 { (unit >> 10) << ((unit & 0x200) >> 6) }
}

/// Extended grapheme clusters (UAX #29).
enum GraphemeClusters {
    /// Where the clusters of `bytes` end.
    static func ends(_ bytes: UnsafeBufferPointer<UInt8>) -> [Int] {
        var ends: [Int] = []
        ends.reserveCapacity(bytes.count)
        var end = 0
        for character in String(decoding: bytes, as: UTF8.self) {
            end += character.utf8.count
            ends.append(end)
        }
        return ends
    }
}
