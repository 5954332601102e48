/// Tokens in the order of their scores, ordered only as far as a question needs: a vocabulary has tens of thousands, of
/// which a strategy wants the first few.
///
/// A token's key grows with its score and, among equal scores, with its id; so all keys differ.
struct Ranking {
    private var keys: [UInt64]

    /// The tokens that `includes` says yes to.
    @inline(__always)
    init(of scores: [Float], where includes: (Int) -> Bool) {
        keys = [UInt64](unsafeUninitializedCapacity: scores.count) { keys, count in
            for index in scores.indices {
                keys[count] = Ranking.key(of: scores[index], at: index)
                count += includes(index) ? 1 : 0
            }
        }
    }

    static func key(of score: Float, at index: Int) -> UInt64 {
        // IEEE numbers order as their bits do once negative ones are inverted; adding zero makes −0 and 0 one number.
        let bits = (score + 0).bitPattern
        let ordered = bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
        return UInt64(ordered) << 32 | UInt64(UInt32(truncatingIfNeeded: index))
    }

    static func token(of key: UInt64) -> Int { Int(key & 0xFFFF_FFFF) }

    /// The lowest key of the smallest head of the ranking whose weights sum to at least `sum`; the lowest of all where the
    /// whole ranking does not reach it, nil where the ranking is empty.
    ///
    /// Hoare's selection (1961), by weight instead of by count: expected time in proportion to the ranking's length.
    @inline(__always)
    mutating func endOfHead(reaching sum: Double, weight: (Int) -> Double) -> UInt64? {
        keys.withUnsafeMutableBufferPointer { keys in
            var low = 0
            var high = keys.count
            var missing = sum
            while low < high {
                // Any place will do that neither sorted nor repeating scores make bad again and again.
                let length = UInt64(high - low)
                keys.swapAt(low + Int((length &* 0x9E37_79B9_7F4A_7C15) % length), high - 1)
                let pivot = keys[high - 1]
                var middle = low
                var above = 0.0
                for index in low..<(high - 1) where keys[index] > pivot {
                    above += weight(Ranking.token(of: keys[index]))
                    keys.swapAt(index, middle)
                    middle += 1
                }
                if above >= missing {
                    high = middle
                    continue
                }
                missing -= above + weight(Ranking.token(of: pivot))
                if missing <= 0 { return pivot }
                keys.swapAt(middle, high - 1)
                low = middle + 1
            }
            return keys.min()
        }
    }
}
