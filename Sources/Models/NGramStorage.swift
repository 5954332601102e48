import SequiturFiles

/// One order's n-grams inside a binary model. Unigrams have no `words`: their index is the word.
struct NGramLevel {
    let count: Int
    let words: UnsafePointer<UInt32>
    let logProbabilities: UnsafePointer<Float>
    /// Absent, as the next, at the highest order.
    let backoffs: UnsafePointer<Float>
    let firstChildren: UnsafePointer<UInt32>

    /// - Precondition: `base` holds a whole model of `layout`, in place for as long as the level is used.
    init(_ layout: NGramLayout, index: Int, base: UnsafeRawPointer) {
        let level = layout.levels[index]
        count = layout.counts[index]
        words = (base + level.words).assumingMemoryBound(to: UInt32.self)
        logProbabilities = (base + level.logProbabilities).assumingMemoryBound(to: Float.self)
        backoffs = (base + level.backoffs).assumingMemoryBound(to: Float.self)
        firstChildren = (base + level.firstChildren).assumingMemoryBound(to: UInt32.self)
    }

    /// The children of the n-gram at `index`, as a range of the next level.
    @inline(__always)
    func children(of index: Int) -> Range<Int> {
        Range(uncheckedBounds: (Int(firstChildren[index]), Int(firstChildren[index + 1])))
    }

    /// Where in `range` the n-gram that ends in `word` is.
    @inline(__always)
    func index(of word: UInt32, in range: Range<Int>) -> Int? {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            if words[middle] < word { low = middle + 1 } else { high = middle }
        }
        return low < range.upperBound && words[low] == word ? low : nil
    }
}

/// A binary model's bytes, mapped from a file or built in memory, which are read but never written.
final class NGramStorage: @unchecked Sendable {
    let layout: NGramLayout
    let bytes: UnsafeRawBufferPointer
    let levels: [NGramLevel]
    let tokens: NGramTokenTable
    /// What keeps `bytes` in place.
    private let owner: AnyObject

    /// Adopts bytes that are known to be sound.
    init(_ layout: NGramLayout, bytes: UnsafeRawBufferPointer, base: UnsafeRawPointer, tokens: NGramTokenTable, owner: AnyObject)
    {
        self.layout = layout
        self.bytes = bytes
        self.tokens = tokens
        self.owner = owner
        levels = (0..<layout.order).map { NGramLevel(layout, index: $0, base: base) }
    }

    /// Opens bytes that may hold anything: every size, order and number is checked before it is used.
    ///
    /// - Throws: `NGramError.malformedBinary`.
    convenience init(validating bytes: UnsafeRawBufferPointer, file: String, owner: AnyObject) throws {
        let layout = try NGramLayout(reading: bytes, file: file)
        guard let base = bytes.baseAddress, Int(bitPattern: base) % 8 == 0 else {
            throw NGramError.malformedBinary(file: file, reason: "its bytes are not aligned")
        }
        let tokens = try NGramTokenTable(validating: layout, base: base, file: file)
        self.init(layout, bytes: bytes, base: base, tokens: tokens, owner: owner)
        try validateLevels(file: file)
    }

    private func validateLevels(file: String) throws {
        func malformed(_ order: Int, _ reason: String) -> NGramError {
            .malformedBinary(file: file, reason: "among its n-grams of order \(order) \(reason)")
        }
        for (index, level) in levels.enumerated() {
            let order = index + 1
            for gram in 0..<level.count where !(level.logProbabilities[gram] <= 0) {
                throw malformed(order, "number \(gram) has the log probability \(level.logProbabilities[gram])")
            }
            guard order < layout.order else { continue }
            let next = levels[order]
            guard level.firstChildren[0] == 0, level.firstChildren[level.count] == next.count else {
                throw malformed(order, "the children do not begin at 0 and end at \(next.count)")
            }
            for gram in 0..<level.count {
                guard level.backoffs[gram] < .infinity else {
                    throw malformed(order, "number \(gram) has the back-off weight \(level.backoffs[gram])")
                }
                let children = (Int(level.firstChildren[gram]), Int(level.firstChildren[gram + 1]))
                guard children.0 <= children.1, children.1 <= next.count else {
                    throw malformed(order, "number \(gram) has the children \(children.0) to \(children.1) of \(next.count)")
                }
                var previous = -1
                for child in children.0..<children.1 {
                    let word = Int(next.words[child])
                    guard word > previous, word < layout.counts[0] else {
                        throw malformed(order + 1, "number \(child) has the word \(word), out of order or unknown")
                    }
                    previous = word
                }
            }
        }
    }
}
