/// What Split and Replace look for.
enum TextPattern: Sendable {
    case literal([UInt8])
    case scanner(SplitScanner)
    /// One character at least so many times in a row: ` {2,}`, `▁+`.
    case repeated([UInt8], minimum: Int)
    case expression(RegularExpression)

    /// Reads `{"String": …}` or `{"Regex": …}`.
    ///
    /// - Throws: `TokenizerFormatError` for an expression that cannot be searched for, with the expression.
    init(_ reader: ComponentReader) throws {
        if let literal = reader.optional("String") {
            let bytes = Array(try literal.string().utf8)
            guard !bytes.isEmpty else { throw literal.error(expected: "a text that is not empty") }
            self = .literal(bytes)
        } else if let expression = reader.optional("Regex") {
            let text = try expression.string()
            if let scanner = SplitScanner(text) {
                self = .scanner(scanner)
            } else if let repeated = Self.repeated(text) {
                self = repeated
            } else {
                self = .expression(try RegularExpression(text, expression))
            }
        } else {
            throw reader.error(expected: #"an object with "String" or "Regex""#)
        }
    }

    /// Reads a character with `+` or `{n,}` after it.
    private static func repeated(_ expression: String) -> TextPattern? {
        let scalars = Array(expression.unicodeScalars)
        guard scalars.count >= 2, !"\\.*?+^$|{}()[]".unicodeScalars.contains(scalars[0]) else { return nil }
        let quantifier = String(String.UnicodeScalarView(scalars[1...]))
        let unit = Array(String(scalars[0]).utf8)
        if quantifier == "+" { return .repeated(unit, minimum: 1) }
        guard quantifier.hasPrefix("{"), quantifier.hasSuffix(",}"), let minimum = Int(quantifier.dropFirst().dropLast(2)),
            1...1000 ~= minimum
        else { return nil }
        return .repeated(unit, minimum: minimum)
    }

    /// Calls `body` with every match in `text`, from left to right.
    ///
    /// - Throws: `EncodingError.patternTooSlow`.
    func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (_ start: Int, _ end: Int) throws -> Void) throws {
        switch self {
        case .literal(let literal):
            try literal.withUnsafeBufferPointer { try ByteSearch.forEachMatch(of: $0, in: text, body) }
        case .scanner(let scanner):
            try scanner.forEachMatch(in: text, tables: .shared, body)
        case .repeated(let unit, let minimum):
            try unit.withUnsafeBufferPointer { unit in
                var offset = 0
                while offset < text.count {
                    var end = offset
                    while ByteSearch.isPrefix(unit, of: text, at: end) { end += unit.count }
                    if end - offset >= minimum * unit.count { try body(offset, end) }
                    offset = max(end, offset + 1)
                }
            }
        case .expression(let expression): try expression.forEachMatch(in: text, body)
        }
    }

    /// Writes `piece` with `content` in the place of every match.
    func replace(in piece: PieceText, with content: [UInt8], output: inout TextWriter) throws {
        var last = 0
        try forEachMatch(in: piece.bytes) { start, end in
            output.append(piece, last..<start)
            // New text has the place of the last character that it replaces.
            let origin = end > 0 ? piece.origins[end - 1] : TextWriter.before(piece.origins[0])
            output.append(content, origin: origin)
            try output.checkRoom()
            last = end
        }
        output.append(piece, last..<piece.count)
    }

    /// `text` with `content` in the place of every match.
    ///
    /// - Throws: `EncodingError.patternTooSlow`, and `.textGrows` beyond `limit` bytes.
    func replacing(in text: [UInt8], with content: [UInt8], limit: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        var last = 0
        try text.withUnsafeBufferPointer { bytes in
            try forEachMatch(in: bytes) { start, end in
                result.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[last..<start]))
                result.append(contentsOf: content)
                guard result.count <= limit else { throw EncodingError.textGrows(limit: limit) }
                last = end
            }
        }
        return result + text[last...]
    }
}

enum ByteSearch {
    /// Calls `body` with every place of `literal`, which is not empty, in `text`, from left to right.
    static func forEachMatch(
        of literal: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>,
        _ body: (_ start: Int, _ end: Int) throws -> Void
    ) rethrows {
        var offset = 0
        while offset + literal.count <= text.count {
            if isPrefix(literal, of: text, at: offset) {
                try body(offset, offset + literal.count)
                offset += literal.count
            } else {
                offset += 1
            }
        }
    }

    /// Whether `prefix` stands in `text` at `offset`.
    @inline(__always)
    static func isPrefix(_ prefix: UnsafeBufferPointer<UInt8>, of text: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
        guard offset + prefix.count <= text.count else { return false }
        for index in 0..<prefix.count where text[offset + index] != prefix[index] { return false }
        return true
    }
}

/// What becomes of the matches that a text is split at; `the-final--countdown` at `-`:
enum SplitBehavior: Sendable {
    /// `the` `final` `countdown`
    case removed
    /// `the` `-` `final` `-` `-` `countdown`
    case isolated
    /// `the-` `final-` `-` `countdown`
    case mergedWithPrevious
    /// `the` `-final` `-` `-countdown`
    case mergedWithNext
    /// `the` `-` `final` `--` `countdown`
    case contiguous

    init(_ reader: ComponentReader) throws {
        self = try reader.choice([
            "Removed": .removed, "Isolated": .isolated, "MergedWithPrevious": .mergedWithPrevious,
            "MergedWithNext": .mergedWithNext, "Contiguous": .contiguous,
        ])
    }
}

/// Collects matches from left to right and cuts a piece at them.
struct Splitter {
    private let behavior: SplitBehavior
    private let isInverted: Bool
    /// The end of what has been cut or is held.
    private var end = 0
    /// The part that may still grow, and whether the last span was a match.
    private var held: Range<Int>?
    private var wasMatch = false

    init(_ behavior: SplitBehavior, isInverted: Bool = false) {
        self.behavior = behavior
        self.isInverted = isInverted
    }

    @inline(__always)
    mutating func match(_ start: Int, _ end: Int, _ cuts: inout PieceCuts) {
        if start > self.end { span(self.end, start, isMatch: isInverted, &cuts) }
        span(start, end, isMatch: !isInverted, &cuts)
        self.end = end
    }

    mutating func finish(_ count: Int, _ cuts: inout PieceCuts) {
        if count > end { span(end, count, isMatch: isInverted, &cuts) }
        if let held { cuts.append(held.lowerBound, held.upperBound) }
        held = nil
    }

    @inline(__always)
    private mutating func span(_ start: Int, _ end: Int, isMatch: Bool, _ cuts: inout PieceCuts) {
        switch behavior {
        case .removed: if !isMatch { cuts.append(start, end) }
        case .isolated: cuts.append(start, end)
        case .contiguous, .mergedWithPrevious, .mergedWithNext:
            let joins =
                switch behavior {
                case .contiguous: isMatch == wasMatch
                case .mergedWithPrevious: isMatch && !wasMatch
                default: !isMatch && wasMatch
                }
            if joins, let before = held {
                held = before.lowerBound..<end
            } else {
                if let held { cuts.append(held.lowerBound, held.upperBound) }
                held = start..<end
            }
            wasMatch = isMatch
        }
    }
}
