import SequiturLayers
import SequiturTensors

// T tokens, B sequences, D width

/// What the encoder or the decoder of an encoder–decoder reads:
///
///     x_t = norm(s · E w_t + p_t)
///
/// with a factor s, positions p and a norm where the architecture has them, or biases of attention by distance in place of positions.
/// - Shape: ids [T, B] → [T, B, D].
public final class StackEmbeddings: Module {
    public let words: Embedding
    public let positions: PositionTable?
    public let relative: RelativePositions?
    public let norm: Norm?
    private let scale: Float?
    private let dropout: Dropout

    /// - Parameters:
    ///   - words: the table of another stack, which is shared, or one of its own.
    ///   - isCausal: of the decoder.
    init(_ c: EncoderDecoderConfiguration, words: Embedding, isCausal: Bool, random: RandomStream) {
        self.words = words
        switch c.positions {
        case .relative(let buckets, let reach):
            relative = RelativePositions(
                heads: isCausal ? c.decoder.heads : c.encoder.heads, buckets: buckets, reach: reach, isCausal: isCausal,
                random: random.split("relative"))
            positions = nil
        case .learned(let count, let offset):
            relative = nil
            positions = PositionTable(
                trained: .normal([count + offset, c.width], deviation: 0.02, from: random.split("positions")), offset: offset)
        case .sinusoidal(let count, let isStored):
            relative = nil
            positions = PositionTable(waves: count, width: c.width, isStored: isStored, random: random)
        }
        norm = c.normalizesEmbeddings ? Norm(c.normalization, width: c.width, epsilon: c.epsilon, hasBias: c.hasBias) : nil
        scale = c.scalesEmbeddings ? Float(c.width).squareRoot() : nil
        dropout = Dropout(c.dropout, name: isCausal ? "target" : "source")
    }

    /// - Parameter lengths: positions that each sequence has read before.
    func callAsFunction(_ input: SequenceInput, lengths: [Int]) -> Tensor {
        var x: Tensor
        switch input.content {
        case .ids(let ids):
            x = words(ids)
            if let scale { x = x * Tensor(scale) }
        case .embeddings(let vectors): x = vectors
        }
        if let positions { x = x + positions(steps: input.steps, lengths: lengths) }
        return dropout(norm.map { $0(x) } ?? x)
    }
}

/// A vector for each position: trained, or waves.
public final class PositionTable: Module {
    /// [offset + positions, D]; of waves where they are stored, and then nothing trains them.
    public let weight: Parameter?
    private let offset: Int
    private let count, width: Int
    /// As many waves as were asked for so far.
    private var waves: Tensor?

    init(trained table: Tensor, offset: Int) {
        weight = Parameter(table)
        self.offset = offset
        (count, width) = (table.shape[0] - offset, table.shape[1])
    }

    init(waves count: Int, width: Int, isStored: Bool, random: RandomStream) {
        func table() -> Tensor { random.isUnfilled ? .zeros([count, width]) : Self.waves(count, width) }
        weight = isStored ? Parameter(table(), isTrainable: false) : nil
        offset = 0
        (self.count, self.width) = (count, width)
    }

    private static func waves(_ count: Int, _ width: Int) -> Tensor {
        SinusoidalPositions.table(count: count, width: width, isInterleaved: false)
    }

    /// Rows up to a position; waves grow by doubling, on the engine's thread.
    private func table(upTo end: Int) -> Tensor {
        if let weight { return weight() }
        if let waves, waves.shape[0] >= end { return waves }
        let made = Self.waves(max(end, min(count, max(64, 2 * (waves?.shape[0] ?? 0)))), width)
        waves = made
        return made
    }

    /// Vectors of the next positions of sequences that have read `lengths`.
    ///
    /// - Shape: [T, 1, D], or [T, B, D] where the lengths are different.
    func callAsFunction(steps: Int, lengths: [Int]) -> Tensor {
        let table = table(upTo: steps + (lengths.max() ?? 0)), first = lengths.first ?? 0
        if lengths.allSatisfy({ $0 == first }) {
            return table[(offset + first)..<(offset + first + steps)].reshaped([steps, 1, width])
        }
        let ids = (0..<steps).flatMap { step in lengths.map { Int32(offset + $0 + step) } }
        return table.rows(Tensor(ids, shape: [steps, lengths.count]))
    }
}
