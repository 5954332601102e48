/// Joins the pieces of a text that arrives cut anywhere: what a scanner could not finish is put before the next piece.
struct PendingBytes {
    private var bytes: [UInt8] = []
    /// Where in the text the first pending byte stands.
    private(set) var offset = 0

    var count: Int { bytes.count }

    /// Hands `scan` all bytes not consumed yet.
    ///
    /// - Parameter scan: gets bytes, their offset in the text and `output`; returns how many bytes it consumed.
    mutating func feed<Output>(
        _ piece: UnsafeRawBufferPointer, into output: inout Output,
        scan: (UnsafeRawBufferPointer, Int, inout Output) throws -> Int
    ) rethrows {
        let consumed: Int
        if bytes.isEmpty {
            consumed = try scan(piece, offset, &output)
            bytes.append(contentsOf: piece[consumed...])
        } else {
            bytes.append(contentsOf: piece)
            consumed = try bytes.withUnsafeBytes { try scan($0, offset, &output) }
            bytes.removeFirst(consumed)
        }
        offset += consumed
    }

    /// The bytes that no scan consumed, and a fresh start for the next text.
    mutating func takeRest() -> (bytes: [UInt8], offset: Int) {
        let rest = (bytes, offset)
        self = PendingBytes()
        return rest
    }
}
