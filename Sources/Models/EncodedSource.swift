import SequiturLayers
import SequiturTensors

// S positions of the source, B sequences, W width of a layer's keys and values

/// What a decoder knows of an encoded source: keys and values for each of its layers, and which positions are tokens. A value.
struct EncodedSource: Sendable {
    /// [S, B, W] of each layer.
    let layers: [Tensor]
    /// Positions that each sequence has.
    let lengths: [Int]
    /// For each sequence, true where there is a token, S of them; all up to its length where nil.
    let mask: [[Bool]]?
    /// Which of the sequences that were encoded each row is, so that a choice among rows of one source copies nothing.
    private let origins: [Int]
    /// Of attention to it.
    let pattern: AttentionPattern

    init(_ layers: [Tensor], lengths: [Int], mask: [[Bool]]?, origins: [Int]? = nil) {
        self.layers = layers
        self.lengths = lengths
        self.mask = mask
        self.origins = origins ?? Array(lengths.indices)
        let steps = layers.first?.shape[0] ?? 0, rows = lengths.count
        pattern = AttentionPattern(
            lengths: lengths.allSatisfy { $0 == steps } ? nil : Tensor(lengths.map(Int32.init)),
            mask: mask.map { Tensor($0.flatMap { $0 }, shape: [rows, 1, 1, steps]) })
    }

    /// What `memory(of:)` of a decoder made of an encoded input.
    init(_ layers: [Tensor], of input: SequenceInput) {
        let (steps, rows) = (input.steps, input.rows), all = input.mask?.bools()
        self.init(
            layers, lengths: input.lengths?.int32s().map(Int.init) ?? Array(repeating: steps, count: rows),
            mask: all.map { all in (0..<rows).map { row in (0..<steps).map { all[$0 * rows + row] } } })
    }

    var rows: Int { lengths.count }
    private var steps: Int { layers.first?.shape[0] ?? 0 }

    func select(rows chosen: [Int]) -> EncodedSource {
        let kept = chosen.map { origins[$0] }
        if kept == origins { return self }
        let (steps, rows) = (steps, rows)
        let ids = Tensor((0..<steps).flatMap { step in chosen.map { Int32(step * rows + $0) } }, shape: [steps, chosen.count])
        return EncodedSource(
            layers.map { $0.reshaped([steps * rows, $0.shape[2]]).rows(ids) }, lengths: chosen.map { lengths[$0] },
            mask: mask.map { all in chosen.map { all[$0] } }, origins: kept)
    }

    func concatenated(with other: EncodedSource) -> EncodedSource {
        let end = max(steps, other.steps)
        func padded(_ layer: Tensor, _ type: DType) -> Tensor {
            let layer = layer.cast(to: type), missing = end - layer.shape[0]
            return missing == 0
                ? layer : .concatenated([layer, .zeros([missing, layer.shape[1], layer.shape[2]], dtype: type)])
        }
        let joined = zip(layers, other.layers).map { own, others in
            let type = steps > 0 ? own.dtype : others.dtype
            return Tensor.concatenated([padded(own, type), padded(others, type)], axis: 1)
        }
        func flags(_ source: EncodedSource) -> [[Bool]] {
            source.lengths.enumerated().map { row, length in
                (0..<end).map { step in step < length && (source.mask?[row][step] ?? true) }
            }
        }
        let next = (origins.max() ?? -1) + 1
        return EncodedSource(
            joined, lengths: lengths + other.lengths,
            mask: mask == nil && other.mask == nil ? nil : flags(self) + flags(other),
            origins: origins + other.origins.map { $0 + next })
    }

    var detached: EncodedSource { EncodedSource(layers.map(\.detached), lengths: lengths, mask: mask, origins: origins) }

    var byteCount: Int { layers.map(\.byteCount).reduce(0, +) }
}

/// What an encoder–decoder has read of each sequence: the source, once and for all, and the target so far.
public struct EncoderDecoderState: SequenceState {
    let source: EncodedSource
    /// Keys and values of what was written.
    let target: TransformerState

    public var rows: Int { target.rows }
    /// Positions of the target that were read of each sequence.
    public var lengths: [Int] { target.lengths }

    public func select(rows: [Int]) -> EncoderDecoderState {
        EncoderDecoderState(source: source.select(rows: rows), target: target.select(rows: rows))
    }

    public func concatenated(with other: EncoderDecoderState) -> EncoderDecoderState {
        EncoderDecoderState(
            source: source.concatenated(with: other.source), target: target.concatenated(with: other.target))
    }

    /// As it was after the first `length` positions of the target; the source stays.
    public func truncated(to length: Int) -> EncoderDecoderState? {
        target.truncated(to: length).map { EncoderDecoderState(source: source, target: $0) }
    }

    public var detached: EncoderDecoderState { EncoderDecoderState(source: source.detached, target: target.detached) }

    public var byteCount: Int { source.byteCount + target.byteCount }
}
