#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How many steps back-propagation through time goes back.
public enum Truncation: Sendable, Equatable {
    /// Every window has the window length, but for the last of an epoch, which has what is left.
    case fixed
    /// Windows of random length, so that the text is cut at other places in every epoch (Merity, Keskar and Socher 2017,
    /// "Regularizing and Optimizing LSTM Language Models", section 5):
    ///
    ///     mean   = T with probability 0.95, else T / 2
    ///     length = max(5, ⌊x⌋), x ~ Normal(mean, 5²)
    ///
    /// and the learning rate is multiplied by length / T. Lengths end at T + 25, five standard deviations up, so that
    /// memory is bounded; below a window length of 5, T takes the place of the 5.
    case variable(seed: UInt64)

    /// The length drawn for a window: a function of the seed, the epoch and the window's index alone, so that a run can go
    /// on anywhere.
    func length(windowLength: Int, epoch: Int, window: Int) -> Int {
        guard case .variable(let seed) = self else { return windowLength }
        let draws = WindowRandom(seed: seed, epoch: epoch, window: window)
        let mean = draws.uniform(0) < 0.95 ? Double(windowLength) : Double(windowLength) / 2
        let radius = (-2 * log(1 - draws.uniform(1))).squareRoot()
        let length = mean + 5 * radius * cos(2 * .pi * draws.uniform(2))  // Box and Muller 1958
        return min(max(min(5, windowLength), Int(length)), windowLength + 25)
    }

    /// No window is longer.
    func maximumLength(windowLength: Int) -> Int { self == .fixed ? windowLength : windowLength + 25 }
}

/// Random numbers without state: draw number i of a window is a function of seed, epoch, window and i.
private struct WindowRandom {
    private let key: UInt64

    init(seed: UInt64, epoch: Int, window: Int) {
        var key = Self.mix(seed)
        key = Self.mix(key ^ UInt64(truncatingIfNeeded: epoch))
        self.key = Self.mix(key ^ UInt64(truncatingIfNeeded: window))
    }

    /// In [0, 1).
    func uniform(_ draw: UInt64) -> Double { Double(Self.mix(key ^ draw) >> 11) * 0x1p-53 }

    /// One step of SplitMix64 (Steele, Lea and Flood 2014).
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
