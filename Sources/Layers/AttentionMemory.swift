import SequiturTensors

/// What attention over recurrent states reads, prepared once for all queries: keys, values, and which positions there are.
///
/// A position that is masked has weight 0; where all positions of a row are, the row's weights and context are 0.
public struct AttentionMemory: Sendable {
    let keys: Tensor  // [B, S, A]
    let values: Tensor  // [B, S, D]
    let forbidden: Tensor?  // bool [B, 1, S]

    /// - Parameters:
    ///   - keys: states as the queries are compared with them, [S, B, A].
    ///   - states: [S, B, D].
    ///   - lengths: positions of each row, int32 [B].
    ///   - mask: true where a position may be attended to, bool [B, S]; false beyond `lengths` in any case.
    init(keys: Tensor, states: Tensor, lengths: Tensor?, mask: Tensor?) {
        self.keys = keys.transposed([1, 0, 2])
        values = states.transposed([1, 0, 2])
        forbidden = Self.forbidden(lengths, mask, rows: states.shape[1], positions: states.shape[0])
    }

    private init(keys: Tensor, values: Tensor, forbidden: Tensor?) {
        self.keys = keys
        self.values = values
        self.forbidden = forbidden
    }

    private static func forbidden(_ lengths: Tensor?, _ mask: Tensor?, rows: Int, positions: Int) -> Tensor? {
        precondition(
            lengths.map { $0.shape == [rows] && $0.dtype == .int32 } ?? true
                && mask.map { $0.shape == [rows, positions] && $0.dtype == .bool } ?? true,
            "attention over \(rows) rows of \(positions) states: lengths \(lengths?.shape ?? []), mask \(mask?.shape ?? [])")
        if lengths == nil && mask == nil { return nil }
        let ends = lengths?.int32s(), allowed = mask?.bools()
        var forbidden = [Bool](repeating: false, count: rows * positions)
        for row in 0..<rows {
            for position in 0..<positions {
                let isBeyond = ends.map { position >= Int($0[row]) } ?? false
                forbidden[row * positions + position] = isBeyond || !(allowed?[row * positions + position] ?? true)
            }
        }
        return Tensor(forbidden, shape: [rows, 1, positions])
    }

    /// The memory of the chosen rows, in the order given; a row may be chosen more than once, as beam search does.
    public func select(rows: [Int]) -> AttentionMemory {
        let ids = Tensor(rows.map(Int32.init))
        func chosen(_ x: Tensor) -> Tensor {
            x.reshaped([x.shape[0], x.shape[1] * x.shape[2]]).rows(ids).reshaped([rows.count] + x.shape.dropFirst())
        }
        return AttentionMemory(
            keys: chosen(keys), values: chosen(values),
            forbidden: forbidden.map { chosen($0.cast(to: .float32)).cast(to: .bool) })
    }

    /// The states weighted by the softmax of their scores.
    ///
    /// - Shape: scores [B, T, S] → context [T, B, D], weights [B, T, S]
    func read(_ scores: Tensor) -> (context: Tensor, weights: Tensor) {
        let weights = (forbidden.map { scores.masked($0, value: -.infinity) } ?? scores).softmax()
        return (weights.matrixProduct(values).transposed([1, 0, 2]), weights)
    }

    func requireQueries(_ queries: Tensor, width: Int, _ layer: String) {
        precondition(
            queries.rank == 3 && queries.shape[1] == values.shape[0] && queries.shape[2] == width,
            "\(layer): queries [T, \(values.shape[0]), \(width)] expected, \(queries.shape) found")
    }
}
