/// One window of a batch of token streams, time-major as recurrent networks read it.
///
/// B rows (streams), T steps: element t · B + b of `inputs` is what row b reads at step t, the same element of `targets`
/// what it should predict there.
public struct TokenBatch: Sendable, Equatable {
    /// A target that is not scored: it fills up a row that has ended.
    public static let ignored: Int32 = -1

    /// [T, B]
    public internal(set) var inputs: [Int32] = []
    /// [T, B]
    public internal(set) var targets: [Int32] = []
    /// B
    public internal(set) var rowCount = 0
    /// T
    public internal(set) var length = 0
    /// How many targets are scored.
    public internal(set) var targetCount = 0
    /// Whether the rows begin here, so that the network's state must too.
    public internal(set) var isFirst = true
    /// What to multiply the learning rate by: longer windows take longer steps, see `Truncation.variable`.
    public internal(set) var learningRateScale = 1.0

    public init() {}

    /// Makes room for `length` steps of `rowCount` rows.
    mutating func reshape(rowCount: Int, length: Int) {
        self.rowCount = rowCount
        self.length = length
        guard inputs.count != rowCount * length else { return }
        inputs = [Int32](repeating: 0, count: rowCount * length)
        targets = [Int32](repeating: Self.ignored, count: rowCount * length)
    }
}
