import CSequiturKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Angles of rotary positions (Su et al. 2021): cos and sin of position · f_i for the n / 2 pairs of a head, f_i = base^(−2i / n)
/// unless said otherwise.
public struct RotaryTable: Sendable {
    let cosines: Tensor  // [positions, pairs]
    let sines: Tensor
    public let positions: Int
    public let pairs: Int
    let isInterleaved: Bool

    /// - Parameters:
    ///   - width: n, the elements of a head that are turned; even.
    ///   - isInterleaved: pairs are neighbours, as in the article; otherwise element i goes with i + n / 2, as in GPT-NeoX and Llama.
    public init(positions: Int, width: Int, base: Double = 10_000, isInterleaved: Bool = false) {
        precondition(width >= 0 && width % 2 == 0, "RotaryTable: an odd width \(width)")
        let frequencies = (0..<(width / 2)).map { pow(base, -2 * Double($0) / Double(width)) }
        self.init(positions: positions, frequencies: frequencies, isInterleaved: isInterleaved)
    }

    /// - Parameters:
    ///   - frequencies: f, one for each pair.
    ///   - magnitude: a factor of cosines and sines.
    public init(positions: Int, frequencies: [Double], magnitude: Double = 1, isInterleaved: Bool = false) {
        precondition(positions >= 0, "RotaryTable: \(positions) positions")
        pairs = frequencies.count
        self.positions = positions
        self.isInterleaved = isInterleaved
        var cosines: [Float] = [], sines: [Float] = []
        for position in 0..<positions {
            for frequency in frequencies {
                cosines.append(Float(magnitude * cos(Double(position) * frequency)))
                sines.append(Float(magnitude * sin(Double(position) * frequency)))
            }
        }
        self.cosines = Tensor(cosines, shape: [positions, pairs])
        self.sines = Tensor(sines, shape: [positions, pairs])
    }
}

extension Tensor {
    /// The first `heads` heads of every row, turned by the angles of the row's position; what stands behind them is copied.
    ///
    /// - Parameter offsets: where each of the B sequences begins, int32 [B]; 0 where nil.
    /// - Shape: [T, B, W] → the same, with heads of `headWidth` elements.
    package func rotated(by table: RotaryTable, heads: Int, headWidth: Int, offsets: Tensor? = nil) -> Tensor {
        precondition(
            rank == 3 && dtype.isFloatingPoint && heads * headWidth <= shape[2] && 2 * table.pairs <= headWidth
                && (offsets == nil || (offsets?.shape == [shape[1]] && offsets?.dtype == .int32)),
            "rotated: \(heads) heads of \(headWidth) in \(shape), \(2 * table.pairs) elements turned")
        let furthest = shape[0] + Int(offsets?.int32s().max() ?? 0)
        precondition(furthest <= table.positions, "rotated: position \(furthest - 1) of \(table.positions)")
        let y = turned(by: table, heads, headWidth, offsets, isInverse: false)
        return y.recordedWithHalves(from: self) { [self] upstream, sink in
            sink.add(upstream.detached.turned(by: table, heads, headWidth, offsets, isInverse: true), to: self)
        }
    }

    private func turned(by table: RotaryTable, _ heads: Int, _ headWidth: Int, _ offsets: Tensor?, isInverse: Bool) -> Tensor {
        let y = Tensor.uninitialized(shape, dtype)
        sequitur_rotary(
            elements, y.elements, dtype.rawValue, table.cosines.floatElements, table.sines.floatElements, offsets?.int32Elements,
            Int64(shape[0]), Int64(shape[1]), Int64(shape[2]), Int64(heads), Int64(headWidth), Int64(table.pairs),
            table.isInterleaved ? 1 : 0, isInverse ? 1 : 0)
        keepAlive(self, offsets)
        return y
    }
}
