/// Receives the words of a text, one by one.
protocol WordSink: Sendable {
    mutating func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws
    mutating func lineEnd()
}

/// Cuts UTF-8 text at white space, working on bytes.
///
/// White space is what Unicode's property White_Space says, as for the `WhitespaceSplit` of Hugging Face's tokenizers
/// (Python's `str.split` also cuts at U+001C … U+001F). A line ends at U+000A alone: U+0085, U+2028 and a carriage return
/// separate words but end no line.
enum WordScanner {
    /// A longer run without white space is not a word: the limit keeps memory bounded whatever the text.
    static let maximumWordBytes = 1 << 20

    private enum Class: UInt8 {
        case word, space, lineEnd
        /// The first byte of some multi-byte white space.
        case maybeSpace
    }

    private static let classes: [UInt8] = {
        var classes = [UInt8](repeating: Class.word.rawValue, count: 256)
        for byte in [0x09, 0x0B, 0x0C, 0x0D, 0x20] { classes[byte] = Class.space.rawValue }
        classes[0x0A] = Class.lineEnd.rawValue
        for byte in [0xC2, 0xE1, 0xE2, 0xE3] { classes[byte] = Class.maybeSpace.rawValue }
        return classes
    }()

    /// Hands over all words that are followed by white space and returns where the first unfinished one begins.
    static func scan<Sink: WordSink>(_ bytes: UnsafeRawBufferPointer, at offset: Int, into sink: inout Sink) throws -> Int {
        try classes.withUnsafeBufferPointer { classes in
            var wordStart = 0
            var position = 0
            while position < bytes.count {
                let length: Int
                let byteClass = classes[Int(bytes[position])]
                switch byteClass {
                case Class.word.rawValue:
                    position += 1
                    continue
                case Class.maybeSpace.rawValue:
                    switch multiByteSpace(bytes, at: position) {
                    case .some(0):
                        position += 1
                        continue
                    case .some(let count): length = count
                    case nil: return wordStart
                    }
                default: length = 1
                }
                if position > wordStart {
                    try sink.word(UnsafeRawBufferPointer(rebasing: bytes[wordStart..<position]), at: offset + wordStart)
                }
                if byteClass == Class.lineEnd.rawValue { sink.lineEnd() }
                position += length
                wordStart = position
            }
            return wordStart
        }
    }

    /// The length of the white space of two or three bytes at `position`, 0 where none stands there, nil where the
    /// bytes end before that is known.
    private static func multiByteSpace(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Int? {
        guard position + 1 < bytes.count else { return nil }
        let second = bytes[position + 1]
        switch (bytes[position], second) {
        case (0xC2, 0x85), (0xC2, 0xA0): return 2
        case (0xE1, 0x9A), (0xE2, 0x80), (0xE2, 0x81), (0xE3, 0x80): break
        default: return 0
        }
        guard position + 2 < bytes.count else { return nil }
        switch (bytes[position], second, bytes[position + 2]) {
        case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8), (0xE2, 0x80, 0xA9), (0xE2, 0x80, 0xAF),
            (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
            return 3
        default: return 0
        }
    }

    /// Whether `text` could come out of `scan` as one word.
    static func isWord(_ text: String) -> Bool {
        !text.isEmpty && !text.unicodeScalars.contains { $0.properties.isWhitespace } && text.utf8.count <= maximumWordBytes
    }
}

extension PendingBytes {
    /// Feeds a piece of text to `sink`, word by word.
    mutating func feedWords<Sink: WordSink>(_ piece: UnsafeRawBufferPointer, into sink: inout Sink) throws {
        try feed(piece, into: &sink, scan: WordScanner.scan)
        guard count <= WordScanner.maximumWordBytes else {
            throw TokenizerError.wordTooLong(byteOffset: offset, limit: WordScanner.maximumWordBytes)
        }
    }

    /// Hands the last word to `sink`, if the text ends without white space.
    mutating func finishWords<Sink: WordSink>(into sink: inout Sink) throws {
        let rest = takeRest()
        guard !rest.bytes.isEmpty else { return }
        try rest.bytes.withUnsafeBytes { try sink.word($0, at: rest.offset) }
    }
}
