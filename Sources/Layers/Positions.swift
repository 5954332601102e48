import SequiturTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How a Transformer knows where a token stands.
public enum PositionKind: String, Sendable, CaseIterable {
    /// Fixed waves added to the embeddings (Vaswani et al. 2017).
    case sinusoidal
    /// A trained vector for each position, up to a greatest one.
    case learned
    /// Queries and keys turned by angles that grow with the position (Su et al. 2021).
    case rotary
    /// Scores fall with the distance, with a slope of its own for each head (Press, Smith & Lewis 2022).
    case alibi
    /// Nothing but the causal mask.
    case none
}

/// The sinusoidal encoding (Vaswani et al. 2017), for pairs i of columns:
///
///     PE[p, 2i] = sin(p · base^(−2i / width))        PE[p, 2i + 1] = cos(p · base^(−2i / width))
///
/// An odd width ends with a sine.
public enum SinusoidalPositions {
    /// - Parameter isInterleaved: sines and cosines take turns; otherwise all sines come first, as in Marian.
    /// - Shape: [count, width], for positions from `first` on.
    public static func table(
        first: Int = 0, count: Int, width: Int, base: Double = 10_000, isInterleaved: Bool = true
    ) -> Tensor {
        precondition(first >= 0 && count >= 0 && width >= 0, "SinusoidalPositions: \(count) positions of width \(width)")
        let all = Array(0..<width)
        let columns = isInterleaved ? all : all.filter { $0 % 2 == 0 } + all.filter { $0 % 2 == 1 }
        let waves = columns.map { (isSine: $0 % 2 == 0, frequency: pow(base, -Double($0 / 2 * 2) / Double(width))) }
        let values = (first..<(first + count)).flatMap { position in
            waves.map { wave in
                let angle = Double(position) * wave.frequency
                return Float(wave.isSine ? sin(angle) : cos(angle))
            }
        }
        return Tensor(values, shape: [count, width])
    }
}

/// Slopes of attention with linear biases: 2^(−8h / H) for heads h = 1 … H where H is a power of 2; otherwise those of the power
/// below, and every other one of the power above.
public enum LinearBiases {
    public static func slopes(heads: Int) -> [Float] {
        precondition(heads > 0, "LinearBiases: \(heads) heads")
        func powers(_ count: Int) -> [Float] { (1...count).map { Float(pow(2, -8 * Double($0) / Double(count))) } }
        var whole = 1
        while 2 * whole <= heads { whole *= 2 }
        let others = stride(from: 0, to: 2 * whole, by: 2).map { powers(2 * whole)[$0] }
        return powers(whole) + others.prefix(heads - whole)
    }
}

/// Rotary angles for as many positions as are asked for, shared by the layers of a model.
public final class RotaryPositions: @unchecked Sendable {
    /// Elements of a head that are turned, the first ones; even.
    public let width: Int
    public let base: Double
    public let isInterleaved: Bool
    public let scaling: RotaryScaling
    private var tables: [RotaryScaling.Reach: RotaryTable] = [:]

    /// - Parameters:
    ///   - isInterleaved: pairs are neighbours, as in the article; otherwise halves go together, as in GPT-NeoX and Llama.
    ///   - scaling: how angles are stretched to reach further than in pre-training.
    public init(width: Int, base: Double = 10_000, isInterleaved: Bool = false, scaling: RotaryScaling = .none) {
        precondition(width > 0 && width % 2 == 0, "RotaryPositions: an even width above 0 expected, \(width) given")
        self.width = width
        self.base = base
        self.isInterleaved = isInterleaved
        self.scaling = scaling
    }

    /// Grows by doubling; called on the engine's thread alone, as all of a model's work is.
    func table(upTo positions: Int) -> RotaryTable {
        let reach = scaling.reach(positions)
        if let table = tables[reach], table.positions >= positions { return table }
        if case .length = reach { tables[reach] = nil; tables = tables.filter { $0.key == .whole } }
        let made = RotaryTable(
            positions: max(positions, 2 * (tables[reach]?.positions ?? 0), 64),
            frequencies: scaling.frequencies(width: width, base: base, reach: reach), magnitude: scaling.magnitude,
            isInterleaved: isInterleaved)
        tables[reach] = made
        return made
    }
}
