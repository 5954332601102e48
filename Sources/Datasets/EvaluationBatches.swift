/// Batches that score every token of a text exactly once, whatever the batch size.
///
/// A text of N tokens has N − 1 targets, each token but the first given those before it; or N, where a start token (the
/// end-of-sentence token, for text in sentences) stands before the first. The M targets are dealt to B rows in
/// order, ⌈M / B⌉ or ⌊M / B⌋ each; where rows differ, the last column of the shorter ones has the target
/// `TokenBatch.ignored`. Hence
///
///     perplexity = exp(Σ −log p(target) / M)
///
/// is over all M targets for any B. What B does change is the context: every row begins with a zero state, so that B − 1
/// places of the text are predicted with less before them. B = 1 is the protocol of published perplexities; a larger B is
/// faster and, for long rows, differs in the third digit.
public struct EvaluationBatches: Sendable {
    private let tokens: any TokenStream
    private let startToken: Int32?
    /// B: the batch size asked for, or the number of targets where there are fewer.
    public let rowCount: Int
    public let windowLength: Int
    /// M
    public let targetCount: Int
    /// How many columns have been read.
    private var offset = 0
    private var row: [Int32] = []

    /// - Parameters:
    ///   - rowCount: B, the batch size.
    ///   - windowLength: how many steps a batch has; it changes nothing but memory.
    ///   - startToken: stands before the first token, which is then scored too.
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
        targetCount = tokens.count - minimum + 1
        self.rowCount = min(rowCount, targetCount)
    }

    /// ⌈M / B⌉
    private var columnCount: Int { (targetCount - 1) / rowCount + 1 }

    public var windowCount: Int { (columnCount - 1) / windowLength + 1 }

    /// The positions in the text of the targets of row `index`.
    private func targets(ofRow index: Int) -> Range<Int> {
        let (base, longer) = targetCount.quotientAndRemainder(dividingBy: rowCount)
        let start = tokens.count - targetCount + index * base + min(index, longer)
        return start..<start + base + (index < longer ? 1 : 0)
    }

    /// The next window.
    ///
    /// - Returns: false, with `batch` unchanged, when every target has been scored.
    /// - Throws: `DatasetError.idOutOfRange`.
    public mutating func next(into batch: inout TokenBatch) throws -> Bool {
        let length = min(windowLength, columnCount - offset)
        guard length > 0 else { return false }
        batch.reshape(rowCount: rowCount, length: length)
        batch.targetCount = 0
        if row.count != length + 1 { row = [Int32](repeating: 0, count: length + 1) }
        for index in 0..<rowCount {
            let targets = targets(ofRow: index).dropFirst(offset).prefix(length)
            try copy(targets)
            for step in 0..<length {
                let isScored = step < targets.count
                batch.inputs[step * rowCount + index] = isScored ? row[step] : 0
                batch.targets[step * rowCount + index] = isScored ? row[step + 1] : TokenBatch.ignored
            }
            batch.targetCount += targets.count
        }
        batch.isFirst = offset == 0
        batch.learningRateScale = 1
        offset += length
        return true
    }

    /// Puts the targets at `positions`, and before them the token before them, into `row`.
    private mutating func copy(_ positions: Range<Int>) throws {
        guard !positions.isEmpty else { return }
        let start = positions.lowerBound
        let (tokens, startToken) = (tokens, startToken)
        try row.withUnsafeMutableBufferPointer { row in
            if start == 0, let startToken {
                row[0] = startToken
                try tokens.copy(positions, into: UnsafeMutableBufferPointer(rebasing: row[1...]))
            } else {
                try tokens.copy(start - 1..<positions.upperBound, into: row)
            }
        }
    }

    /// Goes back to the beginning.
    public mutating func restart() { offset = 0 }
}
