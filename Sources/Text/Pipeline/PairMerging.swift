/// Words as symbols, how often each pair of neighbours occurs, and in which words.
struct PairMerging {
    private struct Candidate {
        var count: Int
        var pair: UInt64

        /// More frequent first, then smaller ids.
        func precedes(_ other: Candidate) -> Bool { (other.count, pair) < (count, other.pair) }
    }

    /// How many symbols the words may have together.
    static let symbolLimit = 64 << 20

    private var words: [[Int32]] = []
    private var frequencies: [Int] = []
    private var counts: [UInt64: Int] = [:]
    private var places: [UInt64: [Int32]] = [:]
    /// A binary heap; an entry whose count is out of date is corrected once it comes up.
    private var heap: [Candidate] = []

    mutating func add(_ word: [Int32], count: Int) {
        guard word.count > 1 else { return }
        words.append(word)
        frequencies.append(count)
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

    mutating func prepare() {
        for (index, word) in words.enumerated() {
            for place in 0..<word.count - 1 { note(Self.key(word[place], word[place + 1]), in: index) }
        }
        for (pair, count) in counts { push(Candidate(count: count, pair: pair)) }
    }

    private mutating func note(_ pair: UInt64, in word: Int) {
        counts[pair, default: 0] += frequencies[word]
        let index = Int32(word)
        if places[pair]?.last != index { places[pair, default: []].append(index) }
    }

    /// The pair to merge next, nil where none is frequent enough.
    mutating func best(_ minimum: Int) -> (Int32, Int32)? {
        while let top = pop() {
            let count = counts[top.pair] ?? 0
            guard count == top.count else {
                if count > 0 { push(Candidate(count: count, pair: top.pair)) }
                continue
            }
            guard count >= minimum else { return nil }
            return (Int32(top.pair >> 32), Int32(top.pair & 0xFFFF_FFFF))
        }
        return nil
    }

    mutating func merge(_ left: Int32, _ right: Int32, into symbol: Int32) {
        let pair = Self.key(left, right)
        let affected = places.removeValue(forKey: pair) ?? []
        var fresh: Set<UInt64> = []
        for index in affected.map(Int.init) {
            let old = words[index]
            var new: [Int32] = []
            new.reserveCapacity(old.count)
            var place = 0
            while place < old.count {
                if place + 1 < old.count, old[place] == left, old[place + 1] == right {
                    new.append(symbol)
                    place += 2
                } else {
                    new.append(old[place])
                    place += 1
                }
            }
            guard new.count < old.count else { continue }
            for place in 0..<old.count - 1 { counts[Self.key(old[place], old[place + 1])]! -= frequencies[index] }
            words[index] = new
            for place in 0..<new.count - 1 {
                let key = Self.key(new[place], new[place + 1])
                if new[place] == symbol || new[place + 1] == symbol {
                    note(key, in: index)
                    fresh.insert(key)
                } else {
                    counts[key, default: 0] += frequencies[index]
                }
            }
        }
        counts[pair] = nil
        for key in fresh { push(Candidate(count: counts[key] ?? 0, pair: key)) }
    }

    private mutating func push(_ candidate: Candidate) {
        heap.append(candidate)
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func pop() -> Candidate? {
        guard let top = heap.first else { return nil }
        let last = heap.removeLast()
        var parent = 0
        while 2 * parent + 1 < heap.count {
            var child = 2 * parent + 1
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            if !heap[child].precedes(last) { break }
            heap[parent] = heap[child]
            parent = child
        }
        if !heap.isEmpty { heap[parent] = last }
        return top
    }
}
