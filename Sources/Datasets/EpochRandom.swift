/// A stream of random numbers (SplitMix64; Steele, Lea and Flood 2014) that begins anew with every epoch.
struct EpochRandom {
    private var state: UInt64

    init(seed: UInt64, epoch: Int) {
        state = seed
        state = next() ^ UInt64(truncatingIfNeeded: epoch)
        state = next()
    }

    /// That of one place of the epoch.
    init(seed: UInt64, epoch: Int, place: Int) {
        self.init(seed: seed, epoch: epoch)
        state ^= UInt64(truncatingIfNeeded: place) &* 0xD1B5_4A32_D192_ED03
        state = next()
    }

    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 ..< limit; by multiplication (Lemire 2019), whose bias is below limit / 2⁶⁴.
    mutating func below(_ limit: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(limit)).high) }
}
