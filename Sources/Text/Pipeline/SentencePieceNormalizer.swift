/// SentencePiece's normalisation (Kudo and Richardson, 2018), to the letter: from left to right, the longest prefix that a rule
/// replaces, symbols of the user's as they stand; runs of spaces become one, those around the text go, and "▁" (U+2581) stands for
/// each that is left, with one put before the text.
struct SentencePieceNormalizer: Sendable {
    let rules: PrecompiledMap?
    let symbols: ByteTrie
    let addsPrefix: Bool
    let removesExtraSpaces: Bool
    /// The ids of pieces that no text is cut into: control symbols, those for bytes, unused ones.
    let hidden: Set<Int32>

    private static let space: UInt32 = 0x2581

    func apply(to text: inout PipelineText) throws {
        let isContinuation = text.isContinuation
        try text.rewrite { piece, output in try rewrite(piece, isContinuation: isContinuation && piece.isFirst, &output) }
    }

    private func rewrite(_ piece: PieceText, isContinuation: Bool, _ output: inout TextWriter) throws {
        let start = output.bytes.count
        /// Whether anything but leading spaces was seen, and whether a space came last.
        var isBegun = false
        var followsSpace = removesExtraSpaces && !isContinuation
        var offset = 0
        while offset < piece.count {
            let (replacement, length) = next(piece.bytes, offset)
            let origin = piece.origins[offset]
            offset += length
            if !isBegun {
                // Leading spaces go, where they were spaces alone.
                if removesExtraSpaces, !isContinuation, replacement.elementsEqual([0x20]) { continue }
                isBegun = true
                if addsPrefix, !isContinuation { output.append(Self.space, origin: TextWriter.before(origin)) }
            }
            var rest = replacement
            while followsSpace, rest.first == 0x20 { rest = rest.dropFirst() }
            guard !rest.isEmpty else { continue }
            for byte in rest {
                if byte == 0x20 { output.append(Self.space, origin: origin) } else { output.append(byte: byte, origin: origin) }
            }
            followsSpace = removesExtraSpaces && rest.last == 0x20
            try output.checkRoom()
        }
        if removesExtraSpaces { output.removeLast([0xE2, 0x96, 0x81], after: start) }
    }

    /// What becomes of the text from `offset` on, and of how many bytes of it.
    private func next(_ text: UnsafeBufferPointer<UInt8>, _ offset: Int) -> (ArraySlice<UInt8>, Int) {
        if let length = symbols.longest(text, from: offset) { return (ArraySlice(text[offset..<offset + length]), length) }
        if let found = rules?.longest(text, from: offset) { return (found.replacement, found.length) }
        let length = UTF8Scalars.length(text[offset])
        return (ArraySlice(text[offset..<offset + length]), length)
    }
}

extension TextWriter {
    /// Takes `ending` off the end, as often as it stands there, down to `start`.
    fileprivate mutating func removeLast(_ ending: [UInt8], after start: Int) {
        while bytes.count - start >= ending.count, bytes.suffix(ending.count).elementsEqual(ending) {
            bytes.removeLast(ending.count)
            origins.removeLast(ending.count)
        }
    }
}

extension ByteTrie {
    /// The length of the longest key that `text` has at `start`.
    fileprivate func longest(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var node = 0
        var offset = start
        var found: Int?
        while offset < text.count {
            node = next(node, text[offset])
            if node == 0 { break }
            offset += 1
            if values[node] >= 0 { found = offset - start }
        }
        return found
    }
}
