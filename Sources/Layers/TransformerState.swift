import CSequiturKernels
import SequiturTensors

// S positions, B sequences, W width of a layer's keys and values

/// The keys and values of what a causal Transformer has read, and how much of it each sequence has: a value.
///
/// Sequences of a batch may have read different lengths. Copies share memory: whichever is read on first writes behind what all share,
/// the others copy.
public struct TransformerState: SequenceState {
    /// Positions read of each sequence.
    public let lengths: [Int]
    /// What was read, where it was tokens: a model whose positions are limited reads its end again when they run out.
    package let tokens: [[Int32]]?
    fileprivate let buffer: KeyValueBuffer?

    /// Before the first position of `rows` sequences.
    public init(rows: Int) {
        self.init(lengths: Array(repeating: 0, count: rows), tokens: Array(repeating: [], count: rows), buffer: nil)
    }

    fileprivate init(lengths: [Int], tokens: [[Int32]]?, buffer: KeyValueBuffer?) {
        self.lengths = lengths
        self.tokens = tokens
        self.buffer = buffer
    }

    public var rows: Int { lengths.count }
    private var longest: Int { lengths.max() ?? 0 }

    /// Each layer's keys and values, [S, B, W] with S the longest sequence's length.
    package var layers: [Tensor] { buffer.map { $0.layers.map { $0[0..<longest] } } ?? [] }

    private func with(layers: [Tensor], lengths: [Int], tokens: [[Int32]]?) -> TransformerState {
        let buffer = layers.isEmpty ? nil : KeyValueBuffer(layers, used: lengths)
        return TransformerState(lengths: lengths, tokens: tokens, buffer: buffer)
    }

    public func select(rows: [Int]) -> TransformerState {
        let kept = rows.map { lengths[$0] }, count = kept.max() ?? 0
        let ids = Tensor(
            (0..<count).flatMap { step in rows.map { Int32(step * lengths.count + $0) } }, shape: [count, rows.count])
        let chosen = layers.map { $0.reshaped([longest * lengths.count, $0.shape[2]]).rows(ids) }
        return with(layers: chosen, lengths: kept, tokens: tokens.map { all in rows.map { all[$0] } })
    }

    public func concatenated(with other: TransformerState) -> TransformerState {
        let end = max(longest, other.longest)
        func padded(_ state: TransformerState, like models: [Tensor]) -> [Tensor] {
            models.enumerated().map { index, model in
                let present = state.layers.isEmpty ? [] : [state.layers[index]]
                let missing = Tensor.zeros([end - state.longest, state.rows, model.shape[2]], dtype: model.dtype)
                return .concatenated(present + [missing])
            }
        }
        let models = layers.isEmpty ? other.layers : layers
        let joined = zip(padded(self, like: models), padded(other, like: models)).map { Tensor.concatenated([$0, $1], axis: 1) }
        let tokens = tokens.flatMap { own in other.tokens.map { own + $0 } }
        return with(layers: joined, lengths: lengths + other.lengths, tokens: tokens)
    }

    public func truncated(to length: Int) -> TransformerState? {
        TransformerState(
            lengths: lengths.map { min($0, length) }, tokens: tokens?.map { Array($0.prefix(length)) }, buffer: buffer)
    }

    public var detached: TransformerState {
        with(layers: layers.map(\.detached), lengths: lengths, tokens: tokens)
    }

    public var byteCount: Int { layers.map(\.byteCount).reduce(0, +) }
}

/// Memory that states share, and how much of it is taken.
private final class KeyValueBuffer: @unchecked Sendable {
    fileprivate(set) var layers: [Tensor]  // [capacity, B, W]
    /// Positions of each sequence that some state has: what lies behind may be written.
    var used: [Int]

    init(_ layers: [Tensor], used: [Int]) {
        self.layers = layers
        self.used = used
    }

    var capacity: Int { layers.first?.shape[0] ?? 0 }
}

/// Adds the keys and values of the next positions of a batch to a state, layer by layer, on the engine's thread.
package final class KeyValueWriter {
    private let state: TransformerState
    private let steps: Int
    /// Of the positions read now, how many each sequence has; all where nil.
    private let counts: [Int]?
    private let buffer: KeyValueBuffer
    /// True where the state's memory goes on behind what it holds, so that nothing need be copied.
    private let continues: Bool
    /// Positions read before, int32 [B], and after.
    let offsets: Tensor
    let totals: Tensor

    /// - Parameters:
    ///   - steps: positions that every sequence reads now.
    ///   - counts: how many of them each sequence has; what stands behind is padding, overwritten next.
    package init(_ state: TransformerState, steps: Int, counts: [Int]? = nil) {
        self.state = state
        self.steps = steps
        self.counts = counts
        let end = (state.lengths.max() ?? 0) + steps
        if let buffer = state.buffer, buffer.used == state.lengths, buffer.capacity >= end, Context.current.tape == nil {
            self.buffer = buffer
            continues = true
        } else {
            buffer = KeyValueBuffer([], used: state.lengths)
            continues = false
        }
        buffer.used = state.lengths.enumerated().map { $1 + (counts?[$0] ?? steps) }
        offsets = Tensor(state.lengths.map(Int32.init))
        totals = Tensor(buffer.used.map(Int32.init))
    }

    /// Adds [T, B, W]; layers come in order.
    ///
    /// - Returns: all keys and values of the layer, [S + T, B, W].
    func append(_ added: Tensor, layer: Int) -> Tensor {
        let end = (state.lengths.max() ?? 0) + steps, before = state.layers
        let present = before.indices.contains(layer) ? before[layer] : nil
        let added = present.map { added.cast(to: $0.dtype) } ?? added  // the precision may have changed since
        if let tape = Context.current.tape, tape.isRecorded(added) {
            let isEven = state.lengths.allSatisfy { $0 == state.lengths.first }
            precondition(isEven, "KeyValueWriter: gradients through sequences of different lengths \(state.lengths)")
            let joined = present.map { Tensor.concatenated([$0, added]) } ?? added
            buffer.layers.append(joined)
            return joined
        }
        if !continues {
            let capacity = Context.current.tape == nil ? max(end, min(2 * end, end + 1024)) : end
            let grown = Tensor.uninitialized([capacity, added.shape[1], added.shape[2]], added.dtype)
            if let present { grown.elements.copyMemory(from: present.elements, byteCount: present.byteCount) }
            buffer.layers.append(grown)
            keepAlive(present)
        }
        write(added, to: buffer.layers[layer])
        return buffer.layers[layer][0..<end]
    }

    private func write(_ added: Tensor, to layer: Tensor) {
        let row = added.shape[2] * added.dtype.size, step = added.shape[1] * row
        for (index, length) in state.lengths.enumerated() {
            for t in 0..<steps {
                (layer.elements + (length + t) * step + index * row).copyMemory(
                    from: added.elements + t * step + index * row, byteCount: row)
            }
        }
        keepAlive(added, layer)
    }

    /// The state after the positions; `ids` [T, B] are what they were, where they were tokens.
    package func finish(reading ids: Tensor?) -> TransformerState {
        let rows = state.rows
        var tokens: [[Int32]]?
        if let ids, let before = state.tokens {
            let all = ids.int32s()
            tokens = before.enumerated().map { row, read in read + (0..<(counts?[row] ?? steps)).map { all[$0 * rows + row] } }
        }
        return TransformerState(lengths: buffer.used, tokens: tokens, buffer: buffer)
    }
}
