import SequiturText

/// A stream of random numbers that begins anew with every epoch.
struct EpochRandom {
    private var random: SplitMix64

    init(seed: UInt64, epoch: Int) {
        var first = SplitMix64(seed: seed)
        var second = SplitMix64(seed: first.next() ^ UInt64(truncatingIfNeeded: epoch))
        random = SplitMix64(seed: second.next())
    }

    /// That of one place of the epoch.
    init(seed: UInt64, epoch: Int, place: Int) {
        var first = SplitMix64(seed: seed)
        var second = SplitMix64(seed: first.next() ^ UInt64(truncatingIfNeeded: epoch))
        var third = SplitMix64(seed: second.next() ^ UInt64(truncatingIfNeeded: place) &* 0xD1B5_4A32_D192_ED03)
        random = SplitMix64(seed: third.next())
    }

    /// 0 ..< limit
    mutating func below(_ limit: Int) -> Int { random.below(limit) }

    /// The elements in another order (Fisher & Yates 1938; Durstenfeld 1964).
    mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var shuffled = elements
        for index in stride(from: elements.count - 1, to: 0, by: -1) { shuffled.swapAt(index, below(index + 1)) }
        return shuffled
    }
}
