/// The places of a text in the order of the words that follow, which brings equal n-grams of every order together.
///
/// A suffix array cut at depth N: four bytes a place and one more, whatever the order, where a table of counted n-grams
/// would take tens for each order. Within it, and for every order at once, a new n-gram begins wherever a place shares
/// fewer than n words with the one before.
struct NGramSuffixes {
    /// Where in the text the n-grams begin, sorted by their words.
    let positions: [UInt32]
    /// For each of `positions`, how many words it shares with the one before it, and from the fifth bit on how many words
    /// of its sentence there are, both at most N.
    private let spans: [UInt8]

    /// Sorts by N stable counting sorts, the last word first.
    ///
    /// - Parameters:
    ///   - text: Words below `wordCount`, with `beginning` before each sentence and `order` more of it at the end.
    ///   - count: How many places there are: the text without its last `order` words.
    init(of text: [UInt32], count: Int, order: Int, wordCount: Int, beginning: UInt32) {
        var positions = [UInt32](0..<UInt32(count))
        var sorted = [UInt32](repeating: 0, count: count)
        var starts = [UInt32](repeating: 0, count: wordCount)
        text.withUnsafeBufferPointer { text in
            for depth in (0..<order).reversed() {
                starts.withUnsafeMutableBufferPointer { starts in
                    starts.update(repeating: 0)
                    for place in depth..<(depth + count) { starts[Int(text[place])] += 1 }
                    var sum: UInt32 = 0
                    for word in 0..<wordCount {
                        let count = starts[word]
                        starts[word] = sum
                        sum += count
                    }
                    positions.withUnsafeBufferPointer { positions in
                        sorted.withUnsafeMutableBufferPointer { sorted in
                            for place in positions {
                                let word = Int(text[Int(place) + depth])
                                sorted[Int(starts[word])] = place
                                starts[word] += 1
                            }
                        }
                    }
                }
                swap(&positions, &sorted)
            }
        }
        var spans = [UInt8](repeating: 0, count: count)
        text.withUnsafeBufferPointer { text in
            var previous: Int?
            for (index, place) in positions.enumerated() {
                let place = Int(place)
                var length = 1
                while length < order, text[place + length] != beginning { length += 1 }
                var shared = 0
                if let previous {
                    while shared < length, text[place + shared] == text[previous + shared] { shared += 1 }
                }
                spans[index] = UInt8(shared | length << 4)
                previous = place
            }
        }
        self.positions = positions
        self.spans = spans
    }

    var count: Int { positions.count }

    /// Whether there is an n-gram of `order` at the place of index `index`, within its sentence.
    @inline(__always)
    func reaches(_ order: Int, at index: Int) -> Bool { Int(spans[index] >> 4) >= order }

    /// Whether the n-gram of `order` at the place of index `index` is another one than the one before.
    @inline(__always)
    func differs(_ order: Int, at index: Int) -> Bool { Int(spans[index] & 15) < order }

    /// How many different n-grams of each order occur, and how many of them at least `minimumCounts` times.
    func census(minimumCounts: [Int]) -> (distinct: [Int], kept: [Int]) {
        let order = minimumCounts.count
        var distinct = [Int](repeating: 0, count: order)
        var kept = distinct
        var runs = distinct
        for index in 0..<count {
            let length = Int(spans[index] >> 4)
            let shared = Int(spans[index] & 15)
            for level in 0..<length {
                if level >= shared {
                    distinct[level] += 1
                    runs[level] = 0
                }
                runs[level] += 1
                if runs[level] == minimumCounts[level] { kept[level] += 1 }
            }
        }
        return (distinct, kept)
    }
}
