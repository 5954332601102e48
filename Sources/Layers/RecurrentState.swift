import SequiturTensors

/// What a sequence model carries from one piece of its input to the next: a value.
public protocol SequenceState: Sendable {
    /// The state of the chosen rows of the batch, in the order given; a row may be chosen more than once.
    func select(rows: [Int]) -> Self
    /// The states of two batches as that of one.
    func concatenated(with other: Self) -> Self
    /// The state as it was after the first `length` positions; nil where the model does not keep it (recurrent nets do not).
    func truncated(to length: Int) -> Self?
    /// Cut off from the tape, so that gradients do not flow further back.
    var detached: Self { get }
    /// Bytes held.
    var byteCount: Int { get }
}

/// Hidden and cell state of each layer of a recurrent net; with two directions, of both of each layer in turn.
public struct RecurrentState: SequenceState {
    public struct Layer: Sendable {
        public var hidden: Tensor  // [B, H]
        /// Of an LSTM.
        public var cell: Tensor?  // [B, H]

        public init(hidden: Tensor, cell: Tensor?) {
            self.hidden = hidden
            self.cell = cell
        }
    }

    public var layers: [Layer]

    public init(layers: [Layer]) { self.layers = layers }

    private func map(_ body: (Tensor) -> Tensor) -> RecurrentState {
        RecurrentState(layers: layers.map { Layer(hidden: body($0.hidden), cell: $0.cell.map(body)) })
    }

    public func select(rows: [Int]) -> RecurrentState {
        let ids = Tensor(rows.map(Int32.init))
        return map { $0.rows(ids) }
    }

    public func concatenated(with other: RecurrentState) -> RecurrentState {
        precondition(
            layers.count == other.layers.count, "RecurrentState: \(layers.count) layers beside \(other.layers.count)")
        return RecurrentState(
            layers: Swift.zip(layers, other.layers).map {
                let cells = [$0.cell, $1.cell].compactMap { $0 }
                return Layer(
                    hidden: .concatenated([$0.hidden, $1.hidden]), cell: cells.isEmpty ? nil : .concatenated(cells))
            })
    }

    public func truncated(to length: Int) -> RecurrentState? { nil }

    public var detached: RecurrentState { map(\.detached) }

    public var byteCount: Int { layers.map { $0.hidden.byteCount + ($0.cell?.byteCount ?? 0) }.reduce(0, +) }
}
