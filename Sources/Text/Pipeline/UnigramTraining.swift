import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Learns a unigram language model of pieces (Kudo, 2018): from a large set of candidates, expectation maximisation finds their
/// probabilities, and those without which the text stays the most probable are left out, a quarter at a time, until the vocabulary
/// has the size that is asked for.
///
/// Candidates are the characters, and of the strings of up to 16 characters that several of the distinct words have, those that cover
/// most of the list of words, as SentencePiece has it (whole words as candidates leave too few of their parts in the end: on
/// WikiText-2, 9 % more tokens). The probability of a word x is the sum
/// over its segmentations, P(x) = Σ_s Π_{p ∈ s} P(p). The expectation step adds up, for every piece, the posterior probability of each
/// of its places by the forward–backward algorithm; the maximisation step is that of a Bayesian model with a sparse prior,
/// log P(p) = Ψ(c_p) − Ψ(Σ c), which pushes rare pieces out.
struct UnigramTraining {
    /// How many bytes the words may have together.
    static let symbolLimit = 24 << 20
    private static let longestPiece = 16
    /// Longer words are cut for training.
    private static let longestWord = 128
    private static let seedLimit = 1_000_000
    private static let shrinkingFactor = 0.75
    private static let roundCount = 2
    /// Pieces expected to occur less often are left out.
    private static let leastCount = 0.5
    /// How much of the text the characters that have a piece of their own must make up.
    private static let coverage = 0.9995
    private static let unknownPenalty = 10.0
    /// Words are dealt with in so many parts at the same time; fixed, so that sums do not depend on the machine.
    private static let partCount = 4

    private struct Piece {
        var text: [UInt8]
        /// The logarithm of its probability.
        var score: Double
    }

    private var words = WordList()
    private var pieces: [Piece] = []
    /// The characters that have a piece of their own in any case, the most frequent first.
    private var alphabet: [[UInt8]] = []
    private let pieceCount: Int

    /// - Parameters:
    ///   - pieceCount: how many pieces to find.
    ///   - reservedCount: how many other tokens the vocabulary has, for the error.
    /// - Throws: `TokenizerError.invalidOption` where there is no room for pieces.
    init(_ counts: WordCounts, pieceCount: Int, reservedCount: Int) throws {
        guard pieceCount >= 1 else {
            throw TokenizerError.invalidOption(
                name: "vocabulary size", value: pieceCount + reservedCount, minimum: reservedCount + 1)
        }
        self.pieceCount = pieceCount
        counts.forEach { word, count in words.append(word, count: Double(count), longest: Self.longestWord) }
        makeSeeds()
    }

    /// The pieces with the logarithms of their probabilities, the most probable first.
    mutating func run() -> [(text: String, score: Double)] {
        let target = pieceCount + pieceCount / 10
        while !pieces.isEmpty {
            for _ in 0..<Self.roundCount { maximize(expectations()) }
            guard pieces.count > target else { break }
            prune(to: max(target, Int(Double(pieces.count) * Self.shrinkingFactor)))
        }
        return finished()
    }

    // MARK: Candidates

    /// Characters with their frequencies, then strings by how many characters of the list of words they cover.
    private mutating func makeSeeds() {
        var characters = ByteStringTable()
        var frequencies: [Double] = []
        var text: [Int32] = []
        words.forEach { word, count in
            var offset = 0
            while offset < word.count {
                let length = UTF8Scalars.length(word[offset])
                let (index, isNew) = characters.insert(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(word)[offset..<offset + length]))
                if isNew { frequencies.append(0) }
                frequencies[index] += count
                text.append(Int32(index) + 1)
                offset += length
            }
            text.append(0)
        }
        func bytes(_ symbol: Int32) -> ArraySlice<UInt8> { characters.bytes(at: Int(symbol) - 1) }
        let order = frequencies.indices.sorted { (frequencies[$1], $0) < (frequencies[$0], $1) }
        let total = frequencies.reduce(0, +)
        var covered = 0.0
        for index in order where alphabet.count < max(1, pieceCount / 2) && covered <= total * Self.coverage {
            alphabet.append(Array(characters.bytes(at: index)))
            covered += frequencies[index]
        }
        for index in order { pieces.append(Piece(text: Array(characters.bytes(at: index)), score: frequencies[index])) }
        var seeds = SubstringSeeds.find(in: text, alphabetSize: characters.count + 1, longest: Self.longestPiece)
        func score(_ seed: SubstringSeeds.Seed) -> Int { Int(seed.count) * Int(seed.length) }
        seeds.sort { (score($1), $0.start, $0.length) < (score($0), $1.start, $1.length) }
        for seed in seeds.prefix(max(0, Self.seedLimit - pieces.count)) {
            let symbols = text[Int(seed.start)..<Int(seed.start + seed.length)]
            pieces.append(Piece(text: Array(symbols.map(bytes).joined()), score: Double(score(seed))))
        }
        let sum = log(pieces.reduce(0) { $0 + $1.score })
        for index in pieces.indices { pieces[index].score = log(pieces[index].score) - sum }
    }

    // MARK: Expectation maximisation

    private var lattice: PieceLattice {
        PieceLattice(pieces.map { ($0.text, $0.score) }, unknownPenalty: Self.unknownPenalty)
    }

    /// How often each piece is expected to occur.
    private func expectations() -> [Double] {
        let lattice = lattice
        return sums { words, part, result in
            var scratch = PieceLattice.Scratch()
            words.forEach(part: part, of: Self.partCount) { word, count in
                lattice.addPosteriors(of: word, count: count, scratch: &scratch, to: &result)
            }
        }
    }

    /// How often each piece occurs in the best segmentations.
    private func bestCounts() -> [Double] {
        let lattice = lattice
        return sums { words, part, result in
            var scratch = PieceLattice.Scratch()
            words.forEach(part: part, of: Self.partCount) { word, count in
                for piece in lattice.best(word, except: -1, scratch: &scratch).pieces where piece >= 0 { result[Int(piece)] += count }
            }
        }
    }

    /// What `body` adds up for every piece over all parts of the words.
    private func sums(_ body: @Sendable (_ words: WordList, _ part: Int, _ result: inout [Double]) -> Void) -> [Double] {
        let (words, count) = (words, pieces.count)
        var parts = [[Double]](repeating: [], count: Self.partCount)
        parts.withUnsafeMutableBufferPointer { parts in
            // Every iteration writes its own element.
            nonisolated(unsafe) let parts = parts
            DispatchQueue.concurrentPerform(iterations: Self.partCount) { part in
                var result = [Double](repeating: 0, count: count)
                body(words, part, &result)
                parts[part] = result
            }
        }
        var total = parts[0]
        for part in parts.dropFirst() { for index in total.indices { total[index] += part[index] } }
        return total
    }

    private mutating func maximize(_ expected: [Double]) {
        var kept: [Piece] = []
        var sum = 0.0
        for (piece, count) in zip(pieces, expected) where count >= Self.leastCount {
            kept.append(Piece(text: piece.text, score: count))
            sum += count
        }
        let logSum = Self.digamma(sum)
        for index in kept.indices { kept[index].score = Self.digamma(kept[index].score) - logSum }
        pieces = kept
    }

    /// Ψ(x) for x > 0: Ψ(x) = Ψ(x + 1) − 1/x up to x ≥ 7, and the asymptotic series about x − ½ there.
    private static func digamma(_ value: Double) -> Double {
        var value = value
        var result = 0.0
        while value < 7 {
            result -= 1 / value
            value += 1
        }
        value -= 0.5
        let square = 1 / (value * value)
        return result + log(value) + square * (1.0 / 24 - square * (7.0 / 960 - square * (31.0 / 8064 - square * (127.0 / 30720))))
    }

    // MARK: Pruning

    /// Keeps the pieces that nothing else can spell, and of the others those without which the text would lose most.
    private mutating func prune(to count: Int) {
        let lattice = lattice
        var scratch = PieceLattice.Scratch()
        let counts = bestCounts()
        let sum = counts.reduce(0, +)
        let wordCount = words.total
        var kept: [Int] = []
        var candidates: [(piece: Int, loss: Double)] = []
        for (index, piece) in pieces.enumerated() {
            let other = piece.text.withUnsafeBufferPointer { lattice.best($0, except: Int32(index), scratch: &scratch) }
            if other.pieces.contains(where: { $0 < 0 }) {
                kept.append(index)
            } else if other.score > piece.score {
                // No best segmentation has it.
                if counts[index] > 0 { kept.append(index) }
            } else if counts[index] > 0 {
                // Were it left out, those that spell it would occur more often by its count.
                let logSum = log(sum), otherLogSum = log(sum + counts[index] * Double(other.pieces.count - 1))
                let spelt = other.pieces.reduce(0) { $0 + log(counts[Int($1)] + counts[index]) - otherLogSum }
                candidates.append((index, counts[index] / wordCount * (log(counts[index]) - logSum - spelt)))
            }
        }
        candidates.sort { ($1.loss, $0.piece) < ($0.loss, $1.piece) }
        kept += candidates.prefix(max(0, count - kept.count)).map(\.piece)
        pieces = kept.map { pieces[$0] }
    }

    /// The alphabet and the most probable of the other pieces.
    private func finished() -> [(text: String, score: Double)] {
        var scores: [[UInt8]: Double] = [:]
        for piece in pieces { scores[piece.text] = piece.score }
        let lowest = pieces.map(\.score).min() ?? 0
        var result: [Piece] = []
        // Characters that were left out come back, each a little less probable than the one before.
        var missing = 0.0
        for text in alphabet {
            let score = scores.removeValue(forKey: text)
            if score == nil { missing += 1 }
            result.append(Piece(text: text, score: score ?? lowest - missing * 0.0001))
        }
        func precedes(_ left: Piece, _ right: Piece) -> Bool {
            left.score != right.score ? left.score > right.score : left.text.lexicographicallyPrecedes(right.text)
        }
        let others = pieces.filter { scores[$0.text] != nil }
        result += others.sorted(by: precedes).prefix(max(0, pieceCount - result.count))
        // Few digits, so that every reader of the file gets the same number.
        return result.sorted(by: precedes).map { (String(decoding: $0.text, as: UTF8.self), ($0.score * 1e6).rounded() / 1e6) }
    }
}

/// Words in UTF-8 and how often they occur.
private struct WordList: Sendable {
    private var bytes: [UInt8] = []
    private var bounds: [Int] = [0]
    private var counts: [Double] = []
    /// The number of words in the text.
    private(set) var total = 0.0

    /// Adds a word, in parts of at most `longest` characters.
    mutating func append(_ word: ArraySlice<UInt8>, count: Double, longest: Int) {
        var characterCount = 0
        for byte in word {
            if !UTF8Scalars.isContinuation(byte) {
                if characterCount == longest {
                    finish(count)
                    characterCount = 0
                }
                characterCount += 1
            }
            bytes.append(byte)
        }
        if characterCount > 0 { finish(count) }
    }

    private mutating func finish(_ count: Double) {
        bounds.append(bytes.count)
        counts.append(count)
        total += count
    }

    func forEach(part: Int = 0, of partCount: Int = 1, _ body: (UnsafeBufferPointer<UInt8>, Double) -> Void) {
        bytes.withUnsafeBufferPointer { bytes in
            for index in counts.count * part / partCount..<counts.count * (part + 1) / partCount {
                body(UnsafeBufferPointer(rebasing: bytes[bounds[index]..<bounds[index + 1]]), counts[index])
            }
        }
    }
}
