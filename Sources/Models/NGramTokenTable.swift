/// The spellings of a model's tokens and the way back from a spelling to its id.
///
/// Spellings are compared byte by byte: two that Unicode holds to be the same text are two tokens.
struct NGramTokenTable {
    let count: Int
    private let offsets: UnsafePointer<UInt32>
    private let bytes: UnsafeRawBufferPointer
    /// Ids by the hash of their spelling, linearly probed; `NGramLayout.none` where free.
    private var slots: [UInt32]

    /// Reads the token part of a model whose header was checked.
    ///
    /// - Throws: `NGramError.malformedBinary`.
    init(validating layout: NGramLayout, base: UnsafeRawPointer, file: String) throws {
        func malformed(_ reason: String) -> NGramError { .malformedBinary(file: file, reason: reason) }
        let offsets = (base + layout.tokenOffsets).assumingMemoryBound(to: UInt32.self)
        guard offsets[0] == 0, offsets[layout.vocabularySize] == layout.tokenByteCount else {
            throw malformed("its tokens do not begin at 0 and end at \(layout.tokenByteCount)")
        }
        for id in 0..<layout.vocabularySize {
            guard offsets[id] < offsets[id + 1], offsets[id + 1] <= layout.tokenByteCount else {
                throw malformed("token \(id) is empty or ends past the tokens' \(layout.tokenByteCount) bytes")
            }
        }
        self.init(layout, base: base)
        for id in 0..<count {
            guard spelling(of: id).firstInvalidUTF8Offset == nil else { throw malformed("token \(id) is not UTF-8") }
            guard insert(id) else { throw malformed("token \(id) has the spelling of an earlier one") }
        }
    }

    /// Indexes tokens that a builder placed.
    ///
    /// - Throws: `NGramError.token` for a token that is spelled like an earlier one.
    init(indexing layout: NGramLayout, base: UnsafeRawPointer) throws {
        self.init(layout, base: base)
        for id in 0..<count where !insert(id) { throw NGramError.token(id: id, reason: "has the spelling of an earlier one") }
    }

    private init(_ layout: NGramLayout, base: UnsafeRawPointer) {
        count = layout.vocabularySize
        offsets = (base + layout.tokenOffsets).assumingMemoryBound(to: UInt32.self)
        bytes = UnsafeRawBufferPointer(start: base + layout.tokenBytes, count: layout.tokenByteCount)
        var size = 16
        while size < 2 * count { size *= 2 }
        slots = [UInt32](repeating: NGramLayout.none, count: size)
    }

    /// The bytes of a token's spelling.
    func spelling(of id: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(offsets[id])..<Int(offsets[id + 1])])
    }

    func string(of id: Int) -> String { String(decoding: spelling(of: id), as: UTF8.self) }

    /// The token that is spelled `spelling`.
    func id(of spelling: UnsafeRawBufferPointer) -> UInt32? {
        let id = slots[slot(of: spelling)]
        return id == NGramLayout.none ? nil : id
    }

    private mutating func insert(_ id: Int) -> Bool {
        let slot = slot(of: spelling(of: id))
        guard slots[slot] == NGramLayout.none else { return false }
        slots[slot] = UInt32(id)
        return true
    }

    /// The slot that holds `spelling`, or the free one where it belongs. Hashes are seeded anew in every process, so that
    /// no file can be made to collide.
    private func slot(of spelling: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: spelling)
        let mask = slots.count - 1
        var slot = hasher.finalize() & mask
        while true {
            let id = slots[slot]
            guard id != NGramLayout.none else { return slot }
            let other = self.spelling(of: Int(id))
            if other.count == spelling.count, other.elementsEqual(spelling) { return slot }
            slot = (slot + 1) & mask
        }
    }
}
