/// Batches of examples of like sizes: every epoch is a new order of all examples by the seed.
///
/// Examples are shuffled, cut into pools of many batches, sorted by size within each, cut into batches, and the batches shuffled. So
/// little is padding, and which examples meet is still random.
public struct LengthBatches: Sendable {
    public let batchSize: Int
    /// The most that a batch's examples may come to, each counted as the largest; nil for any. An example that is larger is alone.
    public let maximumSize: Int?
    public private(set) var epoch = 0
    public private(set) var batch = 0
    private let sizes: [Int]
    private let seed: UInt64
    private let pool: Int
    private var batches: [[Int]] = []

    /// - Parameters:
    ///   - sizes: of each example, its number of tokens.
    ///   - pool: of how many batches the examples are sorted by size; 1 leaves every batch as it was drawn.
    public init(sizes: [Int], batchSize: Int, maximumSize: Int? = nil, pool: Int = 64, seed: UInt64) {
        precondition(batchSize > 0 && pool > 0, "LengthBatches: \(batchSize) examples in a batch, pools of \(pool)")
        self.pool = pool
        self.sizes = sizes
        self.batchSize = batchSize
        self.maximumSize = maximumSize
        self.seed = seed
        shuffle()
    }

    public var batchCount: Int { batches.count }

    /// How much of the epoch was handed out, 0 … 1.
    public var epochProgress: Double { batches.isEmpty ? 1 : Double(batch) / Double(batches.count) }

    /// The examples of the next batch; nil at the end of the epoch.
    public mutating func next() -> [Int]? {
        guard batch < batches.count else { return nil }
        batch += 1
        return batches[batch - 1]
    }

    public mutating func startNextEpoch() {
        epoch += 1
        batch = 0
        shuffle()
    }

    /// Goes on before `batch` of `epoch`.
    ///
    /// - Throws: `DatasetError.invalidSetting` where there is no such place.
    public mutating func restore(epoch: Int, batch: Int) throws {
        guard epoch >= 0 else { throw DatasetError.invalidSetting(name: "epoch", value: "\(epoch)", allowed: "at least 0") }
        self.epoch = epoch
        shuffle()
        guard (0...batches.count).contains(batch) else {
            throw DatasetError.invalidSetting(name: "batch", value: "\(batch)", allowed: "from 0 to \(batches.count)")
        }
        self.batch = batch
    }

    private mutating func shuffle() {
        var random = EpochRandom(seed: seed, epoch: epoch)
        let order = random.shuffled(Array(sizes.indices)), pool = batchSize * self.pool
        var made: [[Int]] = []
        for start in stride(from: 0, to: order.count, by: pool) {
            let sorted = order[start..<min(start + pool, order.count)].sorted { (sizes[$0], $0) < (sizes[$1], $1) }
            made += Self.cut(sorted, sizes, batchSize, maximumSize)
        }
        batches = random.shuffled(made)
    }

    /// Batches of examples for prediction: the largest first, so that what does not fit is known at once.
    public static func inOrder(sizes: [Int], batchSize: Int, maximumSize: Int? = nil) -> [[Int]] {
        cut(sizes.indices.sorted { (sizes[$0], $0) > (sizes[$1], $1) }, sizes, batchSize, maximumSize)
    }

    private static func cut(_ sorted: [Int], _ sizes: [Int], _ batchSize: Int, _ maximumSize: Int?) -> [[Int]] {
        var batches: [[Int]] = [], current: [Int] = [], largest = 0
        for index in sorted {
            let grown = max(largest, sizes[index])
            let isFull = current.count == batchSize || maximumSize.map { grown * (current.count + 1) > $0 } ?? false
            if isFull, !current.isEmpty {
                batches.append(current)
                current = []
                largest = 0
            }
            current.append(index)
            largest = max(largest, sizes[index])
        }
        if !current.isEmpty { batches.append(current) }
        return batches
    }
}
