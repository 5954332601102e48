/// How often each word of a text occurs, in bounded memory.
///
/// Where there are too many distinct words, the rarest are forgotten, so that at most half of the room stays taken (lossy counting,
/// Manku and Motwani, 2002): a frequent word is counted to within what was forgotten of it, a rare one may be missing. Natural
/// language comes to that point after tens of gigabytes; text without spaces, whose words are whole sentences, sooner.
struct WordCounts {
    private var words = ByteStringTable()
    private var counts: [Int] = []
    private let wordLimit: Int
    private let byteLimit: Int

    init(wordLimit: Int = 8 << 20, byteLimit: Int = 256 << 20) {
        self.wordLimit = wordLimit
        self.byteLimit = byteLimit
    }

    var count: Int { words.count }

    mutating func add(_ word: UnsafeRawBufferPointer) {
        let (index, isNew) = words.insert(word)
        guard isNew else {
            counts[index] += 1
            return
        }
        counts.append(1)
        if words.count > wordLimit || words.byteCount > byteLimit { forget() }
    }

    /// Forgets the rarest words until half of the room is free.
    private mutating func forget() {
        let kept = limited(minimum: 1, words: wordLimit / 2, symbols: byteLimit / 2)
        (words, counts) = (kept.words, kept.counts)
    }

    /// Those that occur `minimum` times or more; of these the most frequent, equally frequent ones by their first occurrence, up to
    /// that number of words and of bytes in them.
    func limited(minimum: Int, words wordLimit: Int = .max, symbols byteLimit: Int) -> WordCounts {
        let candidates = counts.indices.filter { counts[$0] >= minimum }
        let byteCount = candidates.reduce(0) { $0 + words.bytes(at: $1).count }
        if candidates.count == counts.count, candidates.count <= wordLimit, byteCount <= byteLimit { return self }
        var kept: [Int] = []
        var room = byteLimit
        for index in candidates.sorted(by: { (counts[$1], $0) < (counts[$0], $1) }).prefix(wordLimit) {
            room -= words.bytes(at: index).count
            if room < 0 { break }
            kept.append(index)
        }
        var result = WordCounts(wordLimit: self.wordLimit, byteLimit: self.byteLimit)
        for index in kept.sorted() {
            words.bytes(at: index).withUnsafeBytes { _ = result.words.insert($0) }
            result.counts.append(counts[index])
        }
        return result
    }

    /// All words in the order in which they first occurred.
    func forEach(_ body: (_ word: ArraySlice<UInt8>, _ count: Int) -> Void) {
        for index in counts.indices { body(words.bytes(at: index), counts[index]) }
    }
}
