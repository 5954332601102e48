/// A text as a model takes it: tokens with their ids, and where each stands in the text.
public struct Encoding: Sendable, Equatable {
    public var ids: [Int32] = []
    /// Which of the template's parts a token belongs to: 0 for the first text, 1 for the second, as a rule.
    public var typeIDs: [Int32] = []
    public var tokens: [String] = []
    /// The Unicode code points of the original text that each token stands for; empty at 0 for tokens that stand for none.
    public var offsets: [Range<Int>] = []
    /// The number of the piece that each token is part of, −1 for tokens that no piece has.
    public var words: [Int32] = []
    /// 1 for tokens that the post-processor or padding put there.
    public var specialTokensMask: [Int32] = []
    /// 0 for padding.
    public var attentionMask: [Int32] = []
    /// What truncation cut off, in windows of the same length.
    public var overflowing: [Encoding] = []

    public init() {}

    public var count: Int { ids.count }

    /// `count` equal tokens that stand for nothing in the text.
    init(repeating id: Int32, token: String, typeID: Int32, attention: Int32, count: Int) {
        self.init(ids: [Int32](repeating: id, count: count), tokens: [String](repeating: token, count: count), typeID: typeID)
        attentionMask = [Int32](repeating: attention, count: count)
    }

    /// Special tokens.
    init(ids: [Int32], tokens: [String], typeID: Int32) {
        self.ids = ids
        self.tokens = tokens
        typeIDs = [Int32](repeating: typeID, count: ids.count)
        offsets = [Range<Int>](repeating: 0..<0, count: ids.count)
        words = [Int32](repeating: -1, count: ids.count)
        specialTokensMask = [Int32](repeating: 1, count: ids.count)
        attentionMask = [Int32](repeating: 1, count: ids.count)
    }

    mutating func setTypeIDs(_ id: Int32) { typeIDs = [Int32](repeating: id, count: count) }

    /// Puts `other` after this; every window that was cut off of either is joined with the other and its windows.
    mutating func append(_ other: Encoding) {
        var windows: [Encoding] = []
        for window in overflowing {
            for next in [other] + other.overflowing {
                var joined = window
                joined.overflowing = []
                joined.append(next.withoutOverflow)
                windows.append(joined)
            }
        }
        for next in other.overflowing {
            var joined = withoutOverflow
            joined.append(next.withoutOverflow)
            windows.append(joined)
        }
        ids += other.ids
        typeIDs += other.typeIDs
        tokens += other.tokens
        offsets += other.offsets
        words += other.words
        specialTokensMask += other.specialTokensMask
        attentionMask += other.attentionMask
        overflowing = windows
    }

    private var withoutOverflow: Encoding {
        var copy = self
        copy.overflowing = []
        return copy
    }

    /// The tokens of this and of all windows.
    private var windowedCount: Int { overflowing.reduce(count) { $0 + $1.count } }

    /// How many tokens an encoding may have together with its windows, made of one of so many.
    private static func windowedLimit(_ tokens: Int) -> Int { max(1 << 22, 4 * tokens) }

    /// - Throws: `EncodingError.tooManyWindows` for so many windows of a length; a single one may have any.
    private static func checkWindows(_ windows: Int, of length: Int, limit: Int) throws {
        guard windows <= 1 || windows <= limit / max(1, length) else { throw EncodingError.tooManyWindows(limit: limit) }
    }

    /// Puts parts behind one another; every window of a part is joined with every one of the next.
    ///
    /// - Throws: `EncodingError.tooManyWindows`.
    static func joined(_ parts: [Encoding]) throws -> Encoding {
        guard var result = parts.first else { return Encoding() }
        let limit = windowedLimit(parts.reduce(0) { $0 + $1.windowedCount })
        for part in parts.dropFirst() {
            let windows = (result.overflowing.count + 1).multipliedReportingOverflow(by: part.overflowing.count + 1)
            try checkWindows(windows.overflow ? .max : windows.partialValue, of: result.count + part.count, limit: limit)
            result.append(part)
        }
        return result
    }

    /// The tokens of `range` alone.
    func slice(_ range: Range<Int>) -> Encoding {
        var slice = Encoding()
        slice.ids = Array(ids[range])
        slice.typeIDs = Array(typeIDs[range])
        slice.tokens = Array(tokens[range])
        slice.offsets = Array(offsets[range])
        slice.words = Array(words[range])
        slice.specialTokensMask = Array(specialTokensMask[range])
        slice.attentionMask = Array(attentionMask[range])
        return slice
    }

    /// Keeps `length` tokens; the rest goes into windows of the same length, each sharing `stride` tokens with its neighbour.
    ///
    /// - Throws: `EncodingError.tooManyWindows`.
    mutating func truncate(to length: Int, stride: Int, fromLeft: Bool) throws {
        guard length < count else { return }
        guard length > 0 else {
            let whole = self
            self = Encoding()
            overflowing = [whole]
            return
        }
        try Self.checkWindows(1 + (count - stride - 1) / (length - stride), of: length, limit: Self.windowedLimit(count))
        var windows: [Range<Int>] = []
        if fromLeft {
            var end = count
            while true {
                windows.append(max(0, end - length)..<end)
                if end <= length { break }
                end -= length - stride
            }
        } else {
            var start = 0
            while true {
                windows.append(start..<min(count, start + length))
                if start + length >= count { break }
                start += length - stride
            }
        }
        var result = slice(windows[0])
        result.overflowing = windows.dropFirst().map(slice)
        self = result
    }

    /// Adds padding up to `length` tokens, here and in every window that was cut off.
    ///
    /// - Throws: `EncodingError.tooManyWindows`.
    mutating func pad(to length: Int, with padding: TokenPadding) throws {
        try Self.checkWindows(overflowing.count + 1, of: length, limit: Self.windowedLimit(windowedCount))
        for index in overflowing.indices { try overflowing[index].pad(to: length, with: padding) }
        guard count < length else { return }
        var filling = Encoding(
            repeating: padding.id, token: padding.token, typeID: padding.typeID, attention: 0, count: length - count)
        let windows = overflowing
        overflowing = []
        if padding.isLeft {
            filling.append(self)
            self = filling
        } else {
            append(filling)
        }
        overflowing = windows
    }
}
