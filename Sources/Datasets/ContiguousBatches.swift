/// Where training stands in the data: all that is needed to go on from there.
public struct BatchPosition: Sendable, Equatable {
    public var epoch: Int
    /// The index of the next window in the epoch.
    public var window: Int
    /// The position in every row at which the next window begins.
    public var offset: Int
    /// The shape of the data that the position belongs to.
    public var rowCount: Int
    public var rowLength: Int

    public init(epoch: Int, window: Int, offset: Int, rowCount: Int, rowLength: Int) {
        self.epoch = epoch
        self.window = window
        self.offset = offset
        self.rowCount = rowCount
        self.rowLength = rowLength
    }
}

/// Batches for truncated back-propagation through time: the text is cut into B rows of ⌊N / B⌋ tokens, which are read side
/// by side, window after window, while the network carries its state from window to window.
///
///     var batches = try ContiguousBatches(training, rowCount: 20, windowLength: 35)
///     var batch = TokenBatch()
///     while try batches.next(into: &batch) { /* batch.isFirst: begin with a zero state */ }
///     batches.startNextEpoch()
///
/// As in PyTorch's `word_language_model`, the N mod B tokens at the end are left out, and the last window of an epoch is
/// shorter. To score a text, where nothing may be left out, use `EvaluationBatches`.
public struct ContiguousBatches: Sendable {
    private let tokens: any TokenStream
    /// B
    public let rowCount: Int
    /// ⌊N / B⌋
    public let rowLength: Int
    /// T
    public let windowLength: Int
    public let truncation: Truncation
    /// Where the next window begins.
    public private(set) var position: BatchPosition
    private var row: [Int32] = []

    /// - Parameters:
    ///   - rowCount: B, the batch size.
    ///   - windowLength: T, the number of steps to propagate back through.
    /// - Throws: `DatasetError.batchTooLarge` unless every row has at least two tokens; `invalidSetting`.
    public init(_ tokens: any TokenStream, rowCount: Int, windowLength: Int, truncation: Truncation = .fixed) throws {
        guard rowCount >= 1 else {
            throw DatasetError.invalidSetting(name: "batch size", value: "\(rowCount)", allowed: "at least 1")
        }
        guard (1...1 << 24).contains(windowLength) else {
            throw DatasetError.invalidSetting(name: "window length", value: "\(windowLength)", allowed: "from 1 to \(1 << 24)")
        }
        guard tokens.count / rowCount >= 2 else {
            throw DatasetError.batchTooLarge(tokenCount: tokens.count, batchSize: rowCount)
        }
        self.tokens = tokens
        self.rowCount = rowCount
        self.windowLength = windowLength
        self.truncation = truncation
        rowLength = tokens.count / rowCount
        position = BatchPosition(epoch: 0, window: 0, offset: 0, rowCount: rowCount, rowLength: rowLength)
    }

    /// How many targets an epoch has: (⌊N / B⌋ − 1) · B.
    public var targetsPerEpoch: Int { (rowLength - 1) * rowCount }

    /// No window has more steps; at most `rowLength − 1`.
    public var maximumLength: Int { min(rowLength - 1, truncation.maximumLength(windowLength: windowLength)) }

    /// How much of the epoch has been read, 0 … 1.
    public var epochProgress: Double { Double(position.offset) / Double(rowLength - 1) }

    /// How many windows epoch number `epoch` has.
    public func windowCount(inEpoch epoch: Int) -> Int {
        switch truncation {
        case .fixed: (rowLength - 1 + windowLength - 1) / windowLength
        case .variable: steps(inEpoch: epoch, until: .max).window
        }
    }

    /// The next window of the epoch.
    ///
    /// - Returns: false, with `batch` unchanged, at the end of the epoch.
    /// - Throws: `DatasetError.idOutOfRange`.
    public mutating func next(into batch: inout TokenBatch) throws -> Bool {
        let left = rowLength - 1 - position.offset
        guard left > 0 else { return false }
        let drawn = truncation.length(windowLength: windowLength, epoch: position.epoch, window: position.window)
        let length = min(drawn, left)
        batch.reshape(rowCount: rowCount, length: length)
        if row.count != length + 1 { row = [Int32](repeating: 0, count: length + 1) }
        let tokens = tokens
        for index in 0..<rowCount {
            let start = index * rowLength + position.offset
            try row.withUnsafeMutableBufferPointer { try tokens.copy(start..<start + length + 1, into: $0) }
            for step in 0..<length {
                batch.inputs[step * rowCount + index] = row[step]
                batch.targets[step * rowCount + index] = row[step + 1]
            }
        }
        batch.targetCount = length * rowCount
        batch.isFirst = position.window == 0
        batch.learningRateScale = Double(drawn) / Double(windowLength)
        position.window += 1
        position.offset += length
        return true
    }

    /// Goes to the beginning of the next epoch.
    public mutating func startNextEpoch() {
        position = BatchPosition(epoch: position.epoch + 1, window: 0, offset: 0, rowCount: rowCount, rowLength: rowLength)
    }

    /// Goes on where `position` was saved.
    ///
    /// - Throws: `DatasetError.positionMismatch` where it belongs to other data or settings.
    public mutating func restore(_ saved: BatchPosition) throws {
        guard (0...1 << 53).contains(saved.epoch), saved.window >= 0, saved.rowCount == rowCount, saved.rowLength == rowLength,
            steps(inEpoch: saved.epoch, until: saved.window) == (saved.window, saved.offset)
        else { throw DatasetError.positionMismatch(saved: saved, rowCount: rowCount, rowLength: rowLength) }
        position = saved
    }

    /// Where the epoch stands after `limit` windows or at its end.
    private func steps(inEpoch epoch: Int, until limit: Int) -> (window: Int, offset: Int) {
        var window = 0
        var offset = 0
        if truncation == .fixed {
            window = min(limit, (rowLength - 1 + windowLength - 1) / windowLength)
            return (window, min(window * windowLength, rowLength - 1))
        }
        while window < limit, offset < rowLength - 1 {
            offset = min(rowLength - 1, offset + truncation.length(windowLength: windowLength, epoch: epoch, window: window))
            window += 1
        }
        return (window, offset)
    }
}
