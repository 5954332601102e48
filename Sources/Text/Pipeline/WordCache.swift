/// The tokens of pieces that were seen before: most text is made of few words.
struct WordCache {
    private var words = ByteStringTable()
    /// The tokens of word `i` are `tokens[bounds[i]..<bounds[i + 1]]`.
    private var bounds: [Int] = [0]
    private var tokens: [ModelToken] = []

    private static let wordLimit = 1 << 16
    private static let lengthLimit = 64

    /// Appends the tokens of `piece`, which `tokenize` finds where they are not known.
    @inline(__always)
    mutating func tokenize(
        _ piece: UnsafeBufferPointer<UInt8>, into result: inout [ModelToken],
        _ tokenize: (UnsafeBufferPointer<UInt8>, inout [ModelToken]) throws -> Void
    ) rethrows {
        guard piece.count <= Self.lengthLimit else {
            try tokenize(piece, &result)
            return
        }
        let bytes = UnsafeRawBufferPointer(piece)
        if let index = words.index(of: bytes) {
            for place in bounds[index]..<bounds[index + 1] { result.append(tokens[place]) }
            return
        }
        let first = result.count
        try tokenize(piece, &result)
        guard words.count < Self.wordLimit else { return }
        _ = words.insert(bytes)
        tokens.append(contentsOf: result[first...])
        bounds.append(tokens.count)
    }
}
