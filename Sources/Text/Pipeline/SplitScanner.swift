/// The well-known patterns that cut text into words for byte-level BPE, written out as scanners.
enum SplitScanner: Sendable {
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    case gpt2
    /// `(?i:'s|…)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`, with numbers of
    /// at most so many digits: three for cl100k and Llama 3, one for Qwen2.
    case modern(digits: Int)

    private static let gpt2Pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    private static let modernPatterns: [(String, Int)] = [
        (#"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"#, 3),
        (#"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|"#, 3),
        (#"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"#, 1),
    ]
    private static let modernEndings = [#"\s*[\r\n]+|\s+(?!\S)|\s+"#, #"\s*[\r\n]|\s+(?!\S)|\s+"#]

    /// The scanner for `pattern`, nil where it is not one of these.
    init?(_ pattern: String) {
        if pattern == Self.gpt2Pattern {
            self = .gpt2
            return
        }
        for (start, digits) in Self.modernPatterns {
            for ending in Self.modernEndings where pattern == start + ending {
                self = .modern(digits: digits)
                return
            }
        }
        return nil
    }

    /// Calls `body` with every match; together they cover the text.
    func forEachMatch(
        in text: UnsafeBufferPointer<UInt8>, tables: UnicodeTables, _ body: (_ start: Int, _ end: Int) throws -> Void
    ) rethrows {
        let scan = ScannedText(text: text, tables: tables)
        var start = 0
        while start < text.count {
            let end =
                switch self {
                case .gpt2: scan.gpt2(from: start)
                case .modern(let digits): scan.modern(from: start, digits: digits)
                }
            try body(start, end)
            start = end
        }
    }
}

/// Text seen as letters, numbers, white space and everything else.
private struct ScannedText {
    enum Class: UInt8 { case letter, number, space, other, end }

    let text: UnsafeBufferPointer<UInt8>
    let tables: UnicodeTables

    /// The class of the code point at `offset`, and the offset after it.
    @inline(__always)
    func classify(_ offset: Int) -> (Class, Int) {
        guard offset < text.count else { return (.end, offset) }
        let byte = text[offset]
        if byte < 0x80 {
            if (byte | 0x20) &- 0x61 < 26 { return (.letter, offset + 1) }
            if byte &- 0x30 < 10 { return (.number, offset + 1) }
            return (byte == 0x20 || byte &- 0x09 < 5 ? .space : .other, offset + 1)
        }
        let (scalar, length) = UTF8Scalars.decode(text, at: offset)
        let properties = tables[scalar]
        let found: Class =
            properties.contains(.letter)
            ? .letter
            : properties.contains(.number) ? .number : properties.contains(.space) ? .space : .other
        return (found, offset + length)
    }

    /// The end of the run of `wanted` at `offset`.
    @inline(__always)
    func run(_ wanted: Class, from offset: Int) -> Int {
        var offset = offset
        while true {
            let (found, next) = classify(offset)
            if found != wanted { return offset }
            offset = next
        }
    }

    func gpt2(from start: Int) -> Int {
        if text[start] == UInt8(ascii: "'"), let end = contraction(from: start, ignoringCase: false) { return end }
        var (found, next) = classify(start)
        if text[start] == 0x20 {
            let (after, end) = classify(next)
            if after != .space, after != .end { (found, next) = (after, end) }
        }
        return found == .space ? spaces(from: start) : run(found, from: next)
    }

    func modern(from start: Int, digits: Int) -> Int {
        if text[start] == UInt8(ascii: "'"), let end = contraction(from: start, ignoringCase: true) { return end }
        let (first, next) = classify(start)
        switch first {
        case .letter: return run(.letter, from: next)
        case .number:
            var end = next
            for _ in 1..<max(digits, 1) {
                let (found, after) = classify(end)
                guard found == .number else { break }
                end = after
            }
            return end
        case .space, .other, .end:
            let isLineEnd = text[start] == 0x0A || text[start] == 0x0D
            let (second, after) = classify(next)
            if second == .letter, !isLineEnd { return run(.letter, from: after) }
            if first == .other { return lineEnds(from: run(.other, from: next)) }
            if text[start] == 0x20, second == .other { return lineEnds(from: run(.other, from: after)) }
            return spacesAndLines(from: start)
        }
    }

    private func lineEnds(from offset: Int) -> Int {
        var offset = offset
        while offset < text.count, text[offset] == 0x0A || text[offset] == 0x0D { offset += 1 }
        return offset
    }

    /// White space up to and with the last end of a line in it; without any, as `spaces`.
    private func spacesAndLines(from start: Int) -> Int {
        let end = run(.space, from: start)
        var last = end
        while last > start {
            if text[last - 1] == 0x0A || text[last - 1] == 0x0D { return last }
            last -= 1
        }
        return spaces(from: start)
    }

    /// White space; all but its last character where a word follows and there is more than one.
    private func spaces(from start: Int) -> Int {
        let end = run(.space, from: start)
        guard end < text.count else { return end }
        let last = end - UTF8Scalars.decode(text, before: end).length
        return last > start ? last : end
    }

    /// The end of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at `start`.
    private func contraction(from start: Int, ignoringCase: Bool) -> Int? {
        func letter(_ offset: Int) -> UInt8 {
            guard offset < text.count else { return 0 }
            let byte = text[offset]
            return ignoringCase && byte &- 0x41 < 26 ? byte | 0x20 : byte
        }
        switch letter(start + 1) {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"): return letter(start + 2) == UInt8(ascii: "e") ? start + 3 : nil
        case UInt8(ascii: "l"): return letter(start + 2) == UInt8(ascii: "l") ? start + 3 : nil
        // U+017F, the long s, is an s to a pattern that ignores case.
        case 0xC5 where ignoringCase && letter(start + 2) == 0xBF: return start + 3
        default: return nil
        }
    }
}
