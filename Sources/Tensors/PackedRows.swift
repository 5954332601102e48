/// Sequences behind one another instead of side by side: rows [N, width] of tokens alone, so that no time goes into padding.
///
/// What a layer does to each row for itself needs to know nothing of it; attention goes by `starts` and `lengths`, and dropout by
/// `places`, so that an example is treated alike in whatever batch it is. A few rows at the end fill up N to a multiple of `grain`, so
/// that batches share the shapes of their products: they hold copies of the first token, and nobody reads what becomes of them.
package struct PackedRows: Sendable {
    /// The first row of each sequence, int32 [B].
    package let starts: Tensor
    /// int32 [B]
    package let lengths: Tensor
    /// Positions of the longest sequence.
    package let steps: Int
    /// Rows of tokens.
    package let tokenCount: Int
    /// The step and the sequence of every row, those that fill up included.
    package let places: [(step: Int, sequence: Int)]
    /// Rows of [T, B, width], read as [T · B, width], in the order in which they are packed: int32 [N, 1].
    package let sources: Tensor
    /// The packed row of each of them, int32 [T, B]; N, a row behind the last, of padding.
    package let targets: Tensor

    private static let grain = 32

    /// N
    package var count: Int { places.count }

    /// Nil where sequences are so alike in length that there is next to nothing to gain.
    ///
    /// - Parameters:
    ///   - lengths: of each sequence, 0...steps.
    ///   - steps: T.
    package init?(lengths: [Int32], steps: Int) {
        precondition(
            lengths.allSatisfy { (0...Int32(steps)).contains($0) }, "PackedRows: lengths \(lengths) of \(steps) steps")
        let sequences = lengths.count, tokens = lengths.reduce(0) { $0 + Int($1) }
        let count = (tokens + Self.grain - 1) / Self.grain * Self.grain
        guard tokens > 0, 16 * count <= 15 * steps * sequences else { return nil }
        var starts: [Int32] = [], places: [(step: Int, sequence: Int)] = []
        var sources: [Int32] = [], targets = [Int32](repeating: Int32(count), count: steps * sequences)
        for (sequence, length) in lengths.enumerated() {
            starts.append(Int32(places.count))
            for step in 0..<Int(length) {
                let source = step * sequences + sequence
                targets[source] = Int32(places.count)
                sources.append(Int32(source))
                places.append((step, sequence))
            }
        }
        for _ in tokens..<count {
            sources.append(sources[0])
            places.append(places[0])
        }
        (self.starts, self.lengths, self.steps, tokenCount) = (Tensor(starts), Tensor(lengths), steps, tokens)
        self.places = places
        self.sources = Tensor(sources, shape: [count, 1])
        self.targets = Tensor(targets, shape: [steps, sequences])
    }

    /// x [T, B, width] → [N, 1, width]
    package func packed(_ x: Tensor) -> Tensor { x.reshaped([x.shape[0] * x.shape[1], x.shape[2]]).rows(sources) }

    /// int32 [T, B] → [N, 1]
    package func packed(ids: Tensor) -> Tensor {
        let all = ids.int32s()
        return Tensor(sources.int32s().map { all[Int($0)] }, shape: [count, 1])
    }

    /// x [N, 1, width] → [T, B, width], 0 where there is no token.
    package func unpacked(_ x: Tensor) -> Tensor {
        let width = x.shape[2]
        return Tensor.concatenated([x.reshaped([count, width]), .zeros([1, width])], axis: 0).rows(targets)
    }
}
