import SequiturTensors

// T tokens, B sequences, D width

/// How the hidden states of a sequence become one vector.
public enum Pooling: String, Sendable, CaseIterable {
    /// Σ_t h_t / T over the tokens that there are.
    case mean
    /// The first token.
    case cls
    /// The greatest of each element over the tokens that there are.
    case max
    /// The last token that there is.
    case last
    /// Σ_t h_t / √T
    case meanSquareRoot = "mean-square-root"

    /// - Parameter lengths: tokens of each sequence, int32 [B], each at least 1; all where nil.
    /// - Shape: hidden [T, B, D], T ≥ 1 → [B, D]
    public func callAsFunction(_ hidden: Tensor, lengths: Tensor? = nil) -> Tensor {
        precondition(
            hidden.rank == 3 && hidden.shape[0] > 0 && (lengths == nil || lengths?.shape == [hidden.shape[1]]),
            "Pooling: hidden states [T, B, D] expected, \(hidden.shape) with lengths \(lengths?.shape ?? []) found")
        let (steps, rows, width) = (hidden.shape[0], hidden.shape[1], hidden.shape[2])
        let counts = lengths?.int32s().map(Int.init) ?? Array(repeating: steps, count: rows)
        let isEven = counts.allSatisfy { $0 == steps }
        precondition(counts.allSatisfy { (1...steps).contains($0) }, "Pooling: lengths \(counts) for \(steps) steps")
        func perRow(_ value: (Int) -> Float) -> Tensor { Tensor(counts.map(value), shape: [rows, 1]) }
        switch self {
        case .cls: return hidden[0..<1].reshaped([rows, width])
        case .last:
            return hidden.reshaped([steps * rows, width])
                .rows(Tensor(counts.enumerated().map { Int32(($1 - 1) * rows + $0) }))
        case .mean, .meanSquareRoot:
            let kept = isEven ? hidden : hidden * Self.presence(counts, steps).cast(to: .float32)
            let sum = kept.sum(axes: [0])  // [B, D]
            return sum * perRow { self == .mean ? 1 / Float($0) : 1 / Float($0).squareRoot() }
        case .max:
            let kept = isEven ? hidden : hidden.masked(Self.presence(counts, steps).inverted(), value: -.infinity)
            return kept.maximum(axis: 0)
        }
    }

    /// True where there is a token: bool [T, B, 1].
    private static func presence(_ counts: [Int], _ steps: Int) -> Tensor {
        Tensor((0..<steps).flatMap { step in counts.map { step < $0 } }, shape: [steps, counts.count, 1])
    }
}

extension Tensor {
    /// Rows divided by their Euclidean length; a row of zeros stays one.
    ///
    /// - Shape: [..., D] → the same
    public func unitRows() -> Tensor {
        let squares = squared().sum(axes: [rank - 1], keepsAxes: true)
        return self * squares.maximum(Tensor(1e-24)).reciprocalSquareRoot()
    }
}
