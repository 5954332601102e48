/// A part of a text that the steps to come treat by itself.
struct TextPiece {
    /// Where the piece stands in the normalised bytes.
    var start: Int
    var end: Int
    /// The id of the added token that the piece is, negative for a piece still to be tokenized.
    var id: Int32

    init(_ start: Int, _ end: Int, id: Int32 = -1) {
        self.start = start
        self.end = end
        self.id = id
    }

    @inline(__always)
    var isOpen: Bool { id < 0 }
}

/// A text on its way through the pipeline: normalised UTF-8, cut into pieces, and for each byte the code point of the
/// original text that it stands for.
///
/// Every normalised code point has the place of exactly one original code point, so a place is one number. Bytes put before
/// all others, in whose place nothing stood, have a place without width, written as its complement.
struct PipelineText {
    private(set) var bytes: [UInt8] = []
    private(set) var origins: [Int32] = []
    private(set) var pieces: [TextPiece] = []
    /// Whether this is a later part of a longer text: nothing is put before its beginning nor stripped from it.
    private(set) var isContinuation = false
    /// The most bytes that the text may become.
    private var limit = 0
    private var written = TextWriter()
    private var nextPieces: [TextPiece] = []

    /// Takes up a new text, as one piece.
    mutating func reset(_ text: UnsafeBufferPointer<UInt8>, isContinuation: Bool = false) {
        self.isContinuation = isContinuation
        limit = Self.limit(text.count)
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: text)
        pieces.removeAll(keepingCapacity: true)
        if !text.isEmpty { pieces.append(TextPiece(0, text.count)) }
        let count = text.count
        origins = [Int32](unsafeUninitializedCapacity: count) { origins, initialized in
            var place: Int32 = -1
            for offset in 0..<count {
                if !UTF8Scalars.isContinuation(text[offset]) { place += 1 }
                (origins.baseAddress! + offset).initialize(to: place)
            }
            initialized = count
        }
    }

    /// How many bytes steps may make of so many: far more than any rule of Unicode's, and few enough for steps that each double a text.
    static func limit(_ count: Int) -> Int { max(1 << 20, 64 * count) }

    /// The code points of the original text that the normalised bytes of `range` stand for.
    @inline(__always)
    static func place(_ first: Int32, _ last: Int32) -> Range<Int> {
        let start = first < 0 ? ~first : first
        let end = last < 0 ? ~last : last + 1
        return Int(start)..<Int(max(start, end))
    }

    /// Replaces the text of every open piece by what `body` writes for it; pieces that become empty vanish.
    ///
    /// - Throws: `EncodingError.textGrows`, and what `body` throws.
    mutating func rewrite(_ body: (_ piece: PieceText, _ output: inout TextWriter) throws -> Void) throws {
        written.removeAll()
        written.limit = limit
        nextPieces.removeAll(keepingCapacity: true)
        written.reserve(bytes.count + bytes.count / 4 + 16)
        try bytes.withUnsafeBufferPointer { bytes in
            try origins.withUnsafeBufferPointer { origins in
                for piece in pieces {
                    let start = written.bytes.count
                    let text = PieceText(bytes, origins, piece)
                    if piece.isOpen { try body(text, &written) } else { written.append(text, 0..<text.count) }
                    try written.checkRoom()
                    if written.bytes.count > start {
                        nextPieces.append(TextPiece(start, written.bytes.count, id: piece.id))
                    }
                }
            }
        }
        swap(&bytes, &written.bytes)
        swap(&origins, &written.origins)
        swap(&pieces, &nextPieces)
    }

    /// Cuts every open piece into those that `body` appends; empty ones are left out.
    mutating func cut(_ body: (_ piece: PieceText, _ cuts: inout PieceCuts) throws -> Void) rethrows {
        var cuts = PieceCuts(pieces: nextPieces)
        nextPieces = []
        cuts.pieces.removeAll(keepingCapacity: true)
        try bytes.withUnsafeBufferPointer { bytes in
            try origins.withUnsafeBufferPointer { origins in
                for piece in pieces {
                    guard piece.isOpen else {
                        cuts.pieces.append(piece)
                        continue
                    }
                    cuts.base = piece.start
                    try body(PieceText(bytes, origins, piece), &cuts)
                }
            }
        }
        nextPieces = pieces
        pieces = cuts.pieces
    }

    func withPieces<Result>(
        _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<Int32>, UnsafeBufferPointer<TextPiece>) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeBufferPointer { bytes in
            try origins.withUnsafeBufferPointer { origins in
                try pieces.withUnsafeBufferPointer { try body(bytes, origins, $0) }
            }
        }
    }
}

/// The bytes of one piece and their places in the original text.
struct PieceText {
    let bytes: UnsafeBufferPointer<UInt8>
    let origins: UnsafeBufferPointer<Int32>

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ origins: UnsafeBufferPointer<Int32>, _ piece: TextPiece) {
        self.bytes = UnsafeBufferPointer(rebasing: bytes[piece.start..<piece.end])
        self.origins = UnsafeBufferPointer(rebasing: origins[piece.start..<piece.end])
    }

    @inline(__always)
    var count: Int { bytes.count }

    /// Whether no byte of the piece is part of a longer code point.
    var isASCII: Bool {
        var all: UInt8 = 0
        for byte in bytes { all |= byte }
        return all < 0x80
    }

    /// Whether the piece begins where the text does.
    var isFirst: Bool { origins[0] == 0 || origins[0] == ~0 }

    func starts(with scalar: UInt32) -> Bool { count > 0 && UTF8Scalars.decode(bytes, at: 0).scalar == scalar }

    /// Calls `body` with each code point, its offset and its length in bytes.
    @inline(__always)
    func forEachScalar(_ body: (_ scalar: UInt32, _ offset: Int, _ length: Int) -> Void) {
        var offset = 0
        while offset < bytes.count {
            let (scalar, length) = UTF8Scalars.decode(bytes, at: offset)
            body(scalar, offset, length)
            offset += length
        }
    }
}

/// The pieces that a text is being cut into.
struct PieceCuts {
    var pieces: [TextPiece]
    /// Where the piece that is being cut begins.
    var base = 0

    @inline(__always)
    mutating func append(_ start: Int, _ end: Int, id: Int32 = -1) {
        if end > start { pieces.append(TextPiece(base + start, base + end, id: id)) }
    }
}

/// Text being written, each byte with its place in the original text.
struct TextWriter {
    var bytes: [UInt8] = []
    var origins: [Int32] = []
    /// The most bytes that may be written.
    var limit = Int.max

    /// - Throws: `EncodingError.textGrows`.
    @inline(__always)
    func checkRoom() throws {
        guard bytes.count <= limit else { throw EncodingError.textGrows(limit: limit) }
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        origins.removeAll(keepingCapacity: true)
    }

    mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(count)
        origins.reserveCapacity(count)
    }

    @inline(__always)
    mutating func append(byte: UInt8, origin: Int32) {
        bytes.append(byte)
        origins.append(origin)
    }

    @inline(__always)
    mutating func append(_ scalar: UInt32, origin: Int32) {
        if scalar < 0x80 {
            append(byte: UInt8(truncatingIfNeeded: scalar), origin: origin)
        } else {
            let start = bytes.count
            UTF8Scalars.append(scalar, to: &bytes)
            for _ in start..<bytes.count { origins.append(origin) }
        }
    }

    /// Copies part of a piece.
    @inline(__always)
    mutating func append(_ piece: PieceText, _ range: Range<Int>) {
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: piece.bytes[range]))
        origins.append(contentsOf: UnsafeBufferPointer(rebasing: piece.origins[range]))
    }

    /// Appends bytes that all have the same place.
    mutating func append(_ text: [UInt8], origin: Int32) {
        bytes.append(contentsOf: text)
        origins.append(contentsOf: repeatElement(origin, count: text.count))
    }

    /// Writes `changes`, which together replace the piece.
    ///
    /// A code point with change 0 takes the place of the next one of the piece, with change −n that of the next one and
    /// drops the n after it, with a positive change it is new and shares the place of the one before.
    mutating func append(_ changes: [ScalarChange], replacing piece: PieceText) {
        var offset = 0
        func step() {
            if offset < piece.count { offset += UTF8Scalars.length(piece.bytes[offset]) }
        }
        for change in changes {
            let origin: Int32
            if change.change > 0 {
                origin = offset > 0 ? piece.origins[offset - 1] : piece.count > 0 ? Self.before(piece.origins[0]) : -1
            } else {
                origin = piece.count > 0 ? piece.origins[min(offset, piece.count - 1)] : -1
                for _ in 0...(-Int(change.change)) { step() }
            }
            append(change.scalar, origin: origin)
        }
    }

    /// The place without width before `origin`.
    static func before(_ origin: Int32) -> Int32 { origin < 0 ? origin : ~origin }
}

/// A code point that a normalizer writes, and how it relates to those that it read.
struct ScalarChange {
    var scalar: UInt32
    var change: Int32

    init(_ scalar: UInt32, _ change: Int32) {
        self.scalar = scalar
        self.change = change
    }
}
