/// Where each part of an n-gram model lies in its binary form, which is the same in memory and on disk.
///
/// All numbers are little-endian, all parts begin at multiples of eight bytes:
///
///     0   magic "SQTNGRAM"
///     8   UInt32  version (1)              12  UInt32  order N
///     16  UInt32  vocabulary size V        20  UInt32  id of <s>: V, or less where the vocabulary has it
///     24  UInt32  id of </s>, or none      28  UInt32  id of <unk>, or none (none is 2³² − 1)
///     32  UInt64  bytes of the file        40  UInt64  bytes of all tokens
///     48  UInt64  how many n-grams, for each order
///     tokens: UInt32 offsets [V + 1] into the bytes, then the bytes, UTF-8
///     unigrams, one for each id and <s>:       log probability, back-off weight, first child [count + 1]
///     n-grams of order 2 … N − 1:        word, log probability, back-off weight, first child [count + 1]
///     n-grams of order N:                word, log probability
///
/// The n-grams form a trie: the children of an n-gram, its continuations by one word, are consecutive among those of the
/// next order and sorted by word. Words and first children are UInt32, log probabilities and back-off weights Float in
/// nats.
struct NGramLayout {
    /// The byte offsets of one order's arrays.
    struct Level {
        var words = 0
        var logProbabilities = 0
        var backoffs = 0
        var firstChildren = 0
    }

    static let magic = Array("SQTNGRAM".utf8)
    static let version: UInt32 = 1
    static let none = UInt32.max
    static let fixedHeaderByteCount = 48

    let order: Int
    let vocabularySize: Int
    let beginningOfSentence: UInt32
    let endOfSentence: UInt32?
    let unknown: UInt32?
    let tokenByteCount: Int
    /// How many n-grams each order has.
    let counts: [Int]
    let tokenOffsets: Int
    let tokenBytes: Int
    let levels: [Level]
    let byteCount: Int

    /// Nil where the sizes contradict each other or exceed what the format can address.
    init?(
        vocabularySize: Int, beginningOfSentence: UInt32, endOfSentence: UInt32?, unknown: UInt32?, tokenByteCount: Int,
        counts: [Int]
    ) {
        guard (1...NGramSettings.maximumOrder).contains(counts.count), vocabularySize > 0, vocabularySize < Int32.max,
            beginningOfSentence <= vocabularySize, counts[0] == Swift.max(vocabularySize, Int(beginningOfSentence) + 1),
            beginningOfSentence == vocabularySize || vocabularySize > 1,
            endOfSentence.map({ $0 < vocabularySize && $0 != beginningOfSentence }) ?? true,
            unknown.map({ $0 < vocabularySize && $0 != beginningOfSentence }) ?? true,
            (0...Int(UInt32.max)).contains(tokenByteCount), counts.allSatisfy({ (0..<Int(UInt32.max)).contains($0) })
        else { return nil }
        // Below 2³² each, the sizes cannot overflow 64 bits when multiplied by four and added up.
        var end = Self.fixedHeaderByteCount + 8 * counts.count
        func place(_ byteCount: Int) -> Int {
            defer { end = (end + byteCount + 7) & ~7 }
            return end
        }
        tokenOffsets = place(4 * (vocabularySize + 1))
        tokenBytes = place(tokenByteCount)
        var levels: [Level] = []
        for (index, count) in counts.enumerated() {
            var level = Level()
            if index > 0 { level.words = place(4 * count) }
            level.logProbabilities = place(4 * count)
            if index < counts.count - 1 {
                level.backoffs = place(4 * count)
                level.firstChildren = place(4 * (count + 1))
            }
            levels.append(level)
        }
        self.levels = levels
        self.order = counts.count
        self.vocabularySize = vocabularySize
        self.beginningOfSentence = beginningOfSentence
        self.endOfSentence = endOfSentence
        self.unknown = unknown
        self.tokenByteCount = tokenByteCount
        self.counts = counts
        self.byteCount = end
    }
}
