/// The strings that occur in more than one place of a list of words, found in its suffix array (Manber and Myers, 1990).
struct SubstringSeeds {
    /// A string: where it first stands, its length, and how often it occurs.
    struct Seed {
        var start: Int32
        var length: Int32
        var count: Int32
    }

    /// The inner nodes of the text's suffix tree with 2 to `longest` symbols: the strings that are followed by different symbols.
    /// Those across a symbol 0, which stands between words, are left out.
    ///
    /// - Parameters:
    ///   - text: symbols below `alphabetSize`.
    ///   - longest: at most 31.
    static func find(in text: [Int32], alphabetSize: Int, longest: Int) -> [Seed] {
        precondition(longest < 32, "seeds have at most 31 symbols, not \(longest)")
        guard text.count > 1 else { return [] }
        let suffixes = sorted(text, alphabetSize: alphabetSize)
        let limit = longest + 1
        /// How many symbols two suffixes have in common, up to `limit`.
        func common(_ left: Int32, _ right: Int32) -> Int32 {
            var length = 0
            let room = min(limit, text.count - Int(max(left, right)))
            while length < room, text[Int(left) + length] == text[Int(right) + length] { length += 1 }
            return Int32(length)
        }
        var seeds: [Seed] = []
        // Intervals of suffixes that share a prefix, the longer ones within the shorter ones: (length, first suffix).
        var open: [(length: Int32, first: Int)] = [(0, 0)]
        for index in 1...suffixes.count {
            let length = index < suffixes.count ? common(suffixes[index - 1], suffixes[index]) : 0
            var first = index - 1
            while let top = open.last, top.length > length {
                open.removeLast()
                first = top.first
                let start = Int(suffixes[first])
                if top.length >= 2, top.length <= longest, !text[start..<start + Int(top.length)].contains(0) {
                    seeds.append(Seed(start: suffixes[first], length: top.length, count: Int32(index - first)))
                }
            }
            if length > (open.last?.length ?? 0) { open.append((length, first)) }
        }
        return seeds
    }

    /// All places of the text in the order of the 32 symbols that begin there, by prefix doubling: the order by 2k symbols comes from
    /// that by k in one counting sort.
    private static func sorted(_ text: [Int32], alphabetSize: Int) -> [Int32] {
        let count = text.count
        var ranks = text
        var order = [Int32](repeating: 0, count: count)
        var bySecond = (0..<Int32(count)).map { $0 }
        var totals: [Int32] = []
        var next = [Int32](repeating: 0, count: count)
        var rankCount = alphabetSize
        var length = 0
        while true {
            // Sorts `bySecond` by rank and keeps the order of equal ranks.
            totals = [Int32](repeating: 0, count: rankCount + 1)
            for rank in ranks { totals[Int(rank) + 1] += 1 }
            for rank in 0..<rankCount { totals[rank + 1] += totals[rank] }
            for place in bySecond {
                let rank = Int(ranks[Int(place)])
                order[Int(totals[rank])] = place
                totals[rank] += 1
            }
            // A new rank where the first or the second half differs.
            func second(_ place: Int32) -> Int32 {
                let place = Int(place) + length
                return length > 0 && place < count ? ranks[place] : -1
            }
            var rank: Int32 = 0
            next[Int(order[0])] = 0
            for index in 1..<count {
                let (before, this) = (order[index - 1], order[index])
                if ranks[Int(before)] != ranks[Int(this)] || second(before) != second(this) { rank += 1 }
                next[Int(this)] = rank
            }
            swap(&ranks, &next)
            rankCount = Int(rank) + 1
            length = max(1, length * 2)
            if length >= 32 || rankCount == count { return order }
            var place = 0
            for start in count - min(length, count)..<count {
                bySecond[place] = Int32(start)
                place += 1
            }
            for start in order where Int(start) >= length {
                bySecond[place] = start - Int32(length)
                place += 1
            }
        }
    }
}
