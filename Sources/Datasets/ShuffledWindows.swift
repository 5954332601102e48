/// Batches for models without a state: the text is cut into windows of T tokens, which are read in a random order, other cuts and
/// another order in every epoch.
///
///     var batches = try ShuffledWindows(training, rowCount: 32, windowLength: 256, seed: 1)
///     var batch = TokenBatch()
///     while try batches.next(into: &batch) { /* every row begins anew */ }
///     batches.startNextEpoch()
///
/// A window has T inputs and T targets. Epoch 0 cuts from the first token on; others begin at a random one of the first T. What is left
/// over at both ends, less than a window each, is left out, and so are the windows that do not fill the last batch.
public struct ShuffledWindows: Sendable {
    private let tokens: any TokenStream
    /// B
    public let rowCount: Int
    /// T
    public let windowLength: Int
    private let seed: UInt64
    /// The epoch, and how many of its batches have been read.
    public private(set) var epoch = 0
    public private(set) var batch = 0
    private var first = 0
    private var order: [Int32] = []
    private var row: [Int32]

    /// - Throws: `DatasetError.batchTooLarge` unless the text has B windows; `invalidSetting`.
    public init(_ tokens: any TokenStream, rowCount: Int, windowLength: Int, seed: UInt64) throws {
        guard rowCount >= 1 else {
            throw DatasetError.invalidSetting(name: "batch size", value: "\(rowCount)", allowed: "at least 1")
        }
        guard (1...1 << 24).contains(windowLength) else {
            throw DatasetError.invalidSetting(name: "window length", value: "\(windowLength)", allowed: "from 1 to \(1 << 24)")
        }
        guard tokens.count > windowLength, (tokens.count - windowLength) / windowLength >= rowCount else {
            throw DatasetError.tooFewWindows(
                tokenCount: tokens.count, needed: (rowCount + 1) * windowLength, batchSize: rowCount, windowLength: windowLength)
        }
        self.tokens = tokens
        self.rowCount = rowCount
        self.windowLength = windowLength
        self.seed = seed
        row = [Int32](repeating: 0, count: windowLength + 1)
        shuffle()
    }

    /// How many batches an epoch has.
    public var batchCount: Int { order.count / rowCount }

    /// How much of the epoch has been read, 0 … 1.
    public var epochProgress: Double { Double(batch) / Double(batchCount) }

    /// The next batch of the epoch.
    ///
    /// - Returns: false, with `batch` unchanged, at the end of the epoch.
    /// - Throws: `DatasetError.idOutOfRange`.
    public mutating func next(into made: inout TokenBatch) throws -> Bool {
        guard batch < batchCount else { return false }
        made.reshape(rowCount: rowCount, length: windowLength)
        let (tokens, length) = (tokens, windowLength)
        for index in 0..<rowCount {
            let start = first + Int(order[batch * rowCount + index]) * length
            try row.withUnsafeMutableBufferPointer { try tokens.copy(start..<start + length + 1, into: $0) }
            for step in 0..<length {
                made.inputs[step * rowCount + index] = row[step]
                made.targets[step * rowCount + index] = row[step + 1]
            }
        }
        made.targetCount = length * rowCount
        made.isFirst = true
        made.learningRateScale = 1
        batch += 1
        return true
    }

    /// Goes to the beginning of the next epoch.
    public mutating func startNextEpoch() {
        (epoch, batch) = (epoch + 1, 0)
        shuffle()
    }

    /// Goes on where `epoch` and `batch` were saved.
    ///
    /// - Throws: `DatasetError.invalidSetting` where there is no such place.
    public mutating func restore(epoch: Int, batch: Int) throws {
        guard epoch >= 0, batch >= 0 else {
            throw DatasetError.invalidSetting(name: "saved batch", value: "\(epoch)/\(batch)", allowed: "at least 0")
        }
        self.epoch = epoch
        shuffle()
        guard batch <= batchCount else {
            throw DatasetError.invalidSetting(name: "saved batch", value: "\(batch)", allowed: "at most \(batchCount)")
        }
        self.batch = batch
    }

    /// Cuts the text and draws the order, by Fisher and Yates: functions of seed and epoch alone.
    private mutating func shuffle() {
        var random = EpochRandom(seed: seed, epoch: epoch)
        first = epoch == 0 ? 0 : random.below(windowLength)
        let count = (tokens.count - 1 - first) / windowLength
        order = (0..<Int32(count)).map { $0 }
        for place in stride(from: count - 1, to: 0, by: -1) { order.swapAt(place, random.below(place + 1)) }
    }
}
