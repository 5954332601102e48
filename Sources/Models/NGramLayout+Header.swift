extension NGramLayout {
    /// Reads a header and checks it against the bytes that follow it.
    ///
    /// - Throws: `NGramError.malformedBinary`.
    init(reading bytes: UnsafeRawBufferPointer, file: String) throws {
        func malformed(_ reason: String) -> NGramError { .malformedBinary(file: file, reason: reason) }
        guard bytes.count >= Self.fixedHeaderByteCount else {
            throw malformed("it has \(bytes.count) bytes, fewer than the header's \(Self.fixedHeaderByteCount)")
        }
        guard bytes.prefix(Self.magic.count).elementsEqual(Self.magic) else {
            throw malformed("it does not begin with the letters SQTNGRAM")
        }
        func field(_ offset: Int) -> UInt32 { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
        func size(_ offset: Int) throws -> Int {
            let value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            guard let size = Int(exactly: value) else { throw malformed("the header holds the impossible size \(value)") }
            return size
        }
        guard field(8) == Self.version else {
            throw malformed("it has version \(field(8)) of the format and only version \(Self.version) is known")
        }
        let order = Int(field(12))
        guard (1...NGramSettings.maximumOrder).contains(order) else {
            throw malformed("its order is \(order), not 1 to \(NGramSettings.maximumOrder)")
        }
        guard bytes.count >= Self.fixedHeaderByteCount + 8 * order else { throw malformed("it ends inside the header") }
        let counts = try (0..<order).map { try size(Self.fixedHeaderByteCount + 8 * $0) }
        guard
            let layout = NGramLayout(
                vocabularySize: Int(field(16)), beginningOfSentence: field(20),
                endOfSentence: field(24) == Self.none ? nil : field(24), unknown: field(28) == Self.none ? nil : field(28),
                tokenByteCount: try size(40), counts: counts)
        else { throw malformed("the sizes in its header contradict each other") }
        let stated = try size(32)
        guard layout.byteCount == stated, layout.byteCount == bytes.count else {
            throw malformed(
                "it has \(bytes.count) bytes where its header states \(stated) and its parts take \(layout.byteCount)")
        }
        self = layout
    }

    /// Writes the header to the beginning of `bytes`.
    func writeHeader(to bytes: UnsafeMutableRawBufferPointer) {
        func store(_ value: UInt32, at offset: Int) {
            bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
        }
        func store(_ value: Int, at offset: Int) {
            bytes.storeBytes(of: UInt64(value).littleEndian, toByteOffset: offset, as: UInt64.self)
        }
        bytes.copyBytes(from: Self.magic)
        store(Self.version, at: 8)
        store(UInt32(order), at: 12)
        store(UInt32(vocabularySize), at: 16)
        store(beginningOfSentence, at: 20)
        store(endOfSentence ?? Self.none, at: 24)
        store(unknown ?? Self.none, at: 28)
        store(byteCount, at: 32)
        store(tokenByteCount, at: 40)
        for (index, count) in counts.enumerated() { store(count, at: Self.fixedHeaderByteCount + 8 * index) }
    }
}
