/// Windows that score every token of a text exactly once by a model that sees no further than a window: each window goes on by half of
/// its length, and its second half is scored, so that every target has at least half a window before it, but for the first ones.
///
/// Of N tokens N − 1 are targets; or N, where a start token (the end-of-sentence token, for text in sentences) stands before the first.
/// Rows of a batch are neighbouring windows, each read on its own: the batch size changes nothing but speed.
public struct OverlappingWindows: Sendable {
    private let tokens: any TokenStream
    private let startToken: Int32?
    public let rowCount: Int
    public let windowLength: Int
    /// How far each window goes on.
    private let stride: Int
    public let targetCount: Int
    private var window = 0
    private var row: [Int32]

    /// - Throws: `DatasetError.tooFewTokens` for a text without targets; `invalidSetting`; `idOutOfRange`.
    public init(_ tokens: any TokenStream, rowCount: Int, windowLength: Int, startToken: Int32? = nil) throws {
        guard rowCount >= 1 else {
            throw DatasetError.invalidSetting(name: "batch size", value: "\(rowCount)", allowed: "at least 1")
        }
        guard (1...1 << 24).contains(windowLength) else {
            throw DatasetError.invalidSetting(name: "window length", value: "\(windowLength)", allowed: "from 1 to \(1 << 24)")
        }
        if let startToken, startToken < 0 || Int(startToken) >= tokens.vocabularySize {
            throw DatasetError.idOutOfRange(Int(startToken), position: 0, vocabularySize: tokens.vocabularySize)
        }
        let minimum = startToken == nil ? 2 : 1
        guard tokens.count >= minimum else { throw DatasetError.tooFewTokens(count: tokens.count, minimum: minimum) }
        self.tokens = tokens
        self.startToken = startToken
        self.windowLength = windowLength
        stride = max(1, windowLength / 2)
        targetCount = tokens.count - minimum + 1
        let further = max(0, targetCount - windowLength)
        windowCount = 1 + (further + stride - 1) / stride
        self.rowCount = min(rowCount, windowCount)
        row = [Int32](repeating: 0, count: windowLength + 1)
    }

    public let windowCount: Int

    /// The next windows.
    ///
    /// - Returns: false, with `batch` unchanged, when every target has been scored.
    /// - Throws: `DatasetError.idOutOfRange`.
    public mutating func next(into batch: inout TokenBatch) throws -> Bool {
        guard window < windowCount else { return false }
        let length = min(windowLength, targetCount)
        batch.reshape(rowCount: rowCount, length: length)
        batch.targetCount = 0
        for index in 0..<rowCount {
            let place = (window + index) * stride
            let present = window + index < windowCount ? min(length, targetCount - place) : 0
            // Targets before this one were scored by the window before.
            let scored = window + index == 0 ? 0 : windowLength - stride
            if present > 0 { try copy(place..<(place + present)) }
            for step in 0..<length {
                let isPresent = step < present
                batch.inputs[step * rowCount + index] = isPresent ? row[step] : 0
                batch.targets[step * rowCount + index] = isPresent && step >= scored ? row[step + 1] : TokenBatch.ignored
            }
            batch.targetCount += max(0, present - scored)
        }
        batch.isFirst = true
        batch.learningRateScale = 1
        window += rowCount
        return true
    }

    /// Puts the targets numbered `places`, and before them what stands before them, into `row`.
    private mutating func copy(_ places: Range<Int>) throws {
        let (tokens, startToken) = (tokens, startToken)
        try row.withUnsafeMutableBufferPointer { row in
            guard let startToken else {
                return try tokens.copy(places.lowerBound..<(places.upperBound + 1), into: row)
            }
            if places.lowerBound == 0 {
                row[0] = startToken
                try tokens.copy(places, into: UnsafeMutableBufferPointer(rebasing: row[1...]))
            } else {
                try tokens.copy((places.lowerBound - 1)..<places.upperBound, into: row)
            }
        }
    }
}
