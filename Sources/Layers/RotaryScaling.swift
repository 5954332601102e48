#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// f_i = base^(−2i / n), the frequency of pair i of n / 2; λ_i = 2π / f_i its wavelength

/// How the frequencies of rotary positions are stretched, so that a model reaches further than in its pre-training.
public enum RotaryScaling: Sendable, Equatable {
    case none
    /// f_i / factor: positions lie closer together (Chen et al. 2023).
    case linear(factor: Double)
    /// Beyond `original` positions the base grows with the length L: base · (factor · L / original − factor + 1)^(n / (n − 2)).
    case dynamic(factor: Double, original: Int)
    /// High frequencies stay, low ones are divided by `factor`, those between `low` and `high` turns within `original` positions go from
    /// one to the other (Peng et al. 2023); angles' cosines and sines are multiplied by `magnitude`.
    case yarn(factor: Double, original: Int, fast: Double, slow: Double, magnitude: Double, isTruncated: Bool)
    /// As Llama 3.1: f_i for λ_i < original / high, f_i / factor for λ_i > original / low, between them in proportion.
    case llama3(factor: Double, low: Double, high: Double, original: Int)
    /// A divisor for each pair: `short` up to `original` positions, `long` beyond (Ding et al. 2024).
    case perPair(short: [Double], long: [Double], original: Int, magnitude: Double)

    /// How many positions are meant to be reached, where that follows from the scaling alone.
    public var extent: Int? {
        switch self {
        case .dynamic(let factor, let original), .yarn(let factor, let original, _, _, _, _):
            Int(exactly: (factor * Double(original)).rounded(.down))
        case .none, .linear, .llama3, .perPair: nil
        }
    }

    /// The lengths for which one table of angles holds.
    enum Reach: Hashable {
        case whole
        case beyond
        case length(Int)
    }

    func reach(_ positions: Int) -> Reach {
        switch self {
        case .dynamic(_, let original) where positions > original: .length(positions)
        case .perPair(_, _, let original, _) where positions > original: .beyond
        default: .whole
        }
    }

    var magnitude: Double {
        switch self {
        case .yarn(_, _, _, _, let magnitude, _), .perPair(_, _, _, let magnitude): magnitude
        default: 1
        }
    }

    func frequencies(width: Int, base: Double, reach: Reach) -> [Double] {
        let n = Double(width)
        func plain(_ base: Double) -> [Double] { (0..<(width / 2)).map { pow(base, -2 * Double($0) / n) } }
        switch self {
        case .none: return plain(base)
        case .linear(let factor): return plain(base).map { $0 / factor }
        case .dynamic(let factor, let original):
            guard case .length(let length) = reach, width > 2 else { return plain(base) }
            return plain(base * pow(factor * Double(length) / Double(original) - (factor - 1), n / (n - 2)))
        case .yarn(let factor, let original, let fast, let slow, _, let isTruncated):
            // The pair that turns so many times within the original positions.
            func pair(turning turns: Double) -> Double { n * log(Double(original) / (turns * 2 * .pi)) / (2 * log(base)) }
            var low = pair(turning: fast), high = pair(turning: slow)
            if isTruncated { (low, high) = (floor(low), ceil(high)) }
            (low, high) = (max(low, 0), min(high, n - 1))
            if low == high { high += 0.001 }
            return plain(base).enumerated().map { index, frequency in
                let ramp = min(1, max(0, (Double(index) - low) / (high - low)))
                return frequency / factor * ramp + frequency * (1 - ramp)
            }
        case .llama3(let factor, let low, let high, let original):
            return plain(base).map { frequency in
                let turns = Double(original) * frequency / (2 * .pi)
                if turns > high { return frequency }
                if turns < low { return frequency / factor }
                let smooth = (turns - low) / (high - low)
                return (1 - smooth) * frequency / factor + smooth * frequency
            }
        case .perPair(let short, let long, _, _):
            return zip(plain(base), reach == .beyond ? long : short).map { $0 / $1 }
        }
    }
}
