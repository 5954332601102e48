/// A counter-based source of randomness: a 64-bit key from which every draw follows, so that a run replays whatever the
/// thread count, the order of the work or the cut into micro-batches.
///
/// A stream is split by what the draw belongs to (layer, example, position); nothing is ever advanced.
public struct RandomStream: Sendable, Equatable {
    package let key: UInt64
    /// Whether tensors drawn from here are left as memory is, for parameters that are read from a file before anything reads them.
    package let isUnfilled: Bool

    public init(seed: UInt64) { self.init(key: RandomStream.mixed(seed &+ 0x9E37_79B9_7F4A_7C15), isUnfilled: false) }

    private init(key: UInt64, isUnfilled: Bool) {
        self.key = key
        self.isUnfilled = isUnfilled
    }

    package static let unfilled = RandomStream(key: 0, isUnfilled: true)

    /// The stream that belongs to `index` within this one.
    public func split(_ index: Int) -> RandomStream {
        let own = RandomStream.mixed(UInt64(bitPattern: Int64(index)) &+ 0xD1B5_4A32_D192_ED03)
        return RandomStream(key: RandomStream.mixed(key ^ own), isUnfilled: isUnfilled)
    }

    /// The stream that belongs to a name, such as a layer's path.
    public func split(_ name: String) -> RandomStream {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return RandomStream(key: RandomStream.mixed(key ^ hash), isUnfilled: isUnfilled)
    }

    /// 64 bits drawn at `index`.
    public func bits(_ index: Int) -> UInt64 { split(index).key }

    /// A number in [0, 1) drawn at `index`.
    public func uniform(_ index: Int) -> Double { Double(bits(index) >> 11) * 0x1p-53 }

    // The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
