/// The unigram language model (Kudo, 2018): the segmentation of highest probability, found by Viterbi's algorithm.
struct UnigramModel: Sendable {
    /// The best way to reach a place in a piece.
    struct Step {
        var score = 0.0
        /// Where the last token begins, negative where the place has not been reached.
        var start: Int32 = -1
        var id: Int32 = 0
    }

    let vocabulary: TokenVocabulary
    private let trie: ByteTrie
    private let scores: [Double]
    let unknown: Int32?
    private let unknownScore: Double
    /// Whether sums of scores are rounded to float32, which decides between segmentations that are equally probable.
    private let roundsSums: Bool
    /// The tokens of single bytes, where characters that the vocabulary lacks are written so.
    private let byteTokens: [Int32]?

    /// How much worse than the worst token an unknown character is; SentencePiece's constant.
    private static let unknownPenalty = 10.0

    /// - Parameter hidden: the ids of tokens that text is not cut into; where it is given, sums are rounded as SentencePiece's are.
    init(_ reader: ComponentReader, hidden: Set<Int32>?) throws {
        roundsSums = hidden != nil
        let hidden = hidden ?? []
        let entries = reader.member("vocab")
        var vocabulary = TokenVocabulary()
        var trie = ByteTrie()
        var scores: [Double] = []
        let values = try entries.array()
        for (id, entry) in values.enumerated() {
            let pair = try entry.array()
            guard pair.count == 2 else { throw entry.error(expected: "a token and its score") }
            let token = try pair[0].string()
            vocabulary.appendNext(token)
            scores.append(try pair[1].double())
            guard hidden.contains(Int32(id)) || trie.insert(token.utf8, value: Int32(id)) else {
                throw entries.error(expected: "at most 2²⁸ bytes of tokens", found: "more")
            }
        }
        if let id = reader.optional("unk_id") {
            guard !values.isEmpty else { throw entries.error(expected: "at least one token") }
            unknown = Int32(try id.integer(0...values.count - 1))
        } else {
            unknown = nil
        }
        byteTokens = try reader.optional("byte_fallback")?.bool() == true ? vocabulary.byteTokens() : nil
        let lowest = scores.indices.filter { !hidden.contains(Int32($0)) }.map { scores[$0] }.min()
        unknownScore = (lowest ?? 0) - Self.unknownPenalty
        self.vocabulary = vocabulary
        self.trie = trie
        self.scores = scores
    }

    func tokenize(_ piece: UnsafeBufferPointer<UInt8>, scratch: inout ModelScratch, into tokens: inout [ModelToken]) throws {
        let count = piece.count
        scratch.path.removeAll(keepingCapacity: true)
        scratch.path.append(contentsOf: repeatElement(Step(), count: count + 1))
        try scratch.path.withUnsafeMutableBufferPointer { path in
            func offer(_ end: Int, _ sum: Double, _ start: Int, _ id: Int32) {
                let score = roundsSums ? Double(Float(sum)) : sum
                if path[end].start < 0 || score > path[end].score {
                    path[end] = Step(score: score, start: Int32(truncatingIfNeeded: start), id: id)
                }
            }
            var start = 0
            while start < count {
                let score = path[start].score
                let length = UTF8Scalars.length(piece[start])
                var hasSingle = false
                var node = 0
                var offset = start
                while offset < count {
                    node = trie.next(node, piece[offset])
                    if node == 0 { break }
                    offset += 1
                    let id = trie.values[node]
                    guard id >= 0 else { continue }
                    offer(offset, scores[Int(id)] + score, start, id)
                    if offset - start == length { hasSingle = true }
                }
                if !hasSingle {
                    let isBetter = path[start + length].start < 0 || unknownScore + score > path[start + length].score
                    if isBetter {
                        guard let unknown else {
                            throw TokenizerError.unknownCharacter(UTF8Scalars.decode(piece, at: start).scalar, byteOffset: start)
                        }
                        offer(start + length, unknownScore + score, start, unknown)
                    }
                }
                start += length
            }
            let first = tokens.count
            var end = count
            while end > 0 {
                let step = path[end]
                var start = Int(step.start)
                // Unknown characters that stand side by side are one token.
                while step.id == unknown, start > 0, path[start].id == unknown { start = Int(path[start].start) }
                appendBackwards(step.id, piece, start, end, into: &tokens)
                end = start
            }
            tokens[first...].reverse()
        }
    }

    private func appendBackwards(
        _ id: Int32, _ piece: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, into tokens: inout [ModelToken]
    ) {
        guard id == unknown else {
            tokens.append(ModelToken(id, start, end))
            return
        }
        let text = UnsafeBufferPointer(rebasing: piece[start..<end])
        if let known = vocabulary.id(of: text) {
            tokens.append(ModelToken(known, start, end))
        } else if let byteTokens, text.allSatisfy({ byteTokens[Int($0)] >= 0 }) {
            for byte in text.reversed() { tokens.append(ModelToken(byteTokens[Int(byte)], start, end)) }
        } else {
            tokens.append(ModelToken(id, start, end, isSurface: true))
        }
    }
}
