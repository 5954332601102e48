#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// All ways to spell a word with pieces: an edge for every place of every piece. A character that is no piece has an edge without one.
struct PieceLattice: Sendable {
    struct Scratch {
        fileprivate var edges: [Edge] = []
        fileprivate var forward: [Double] = []
        fileprivate var backward: [Double] = []
        fileprivate var steps: [Edge] = []
    }

    fileprivate struct Edge {
        var start: Int32
        var end: Int32
        /// −1 for an unknown character.
        var piece: Int32
    }

    private var trie = ByteTrie()
    private var scores: [Double] = []
    private let unknownScore: Double

    /// - Parameter pieces: with the logarithms of their probabilities.
    init(_ pieces: [(text: [UInt8], score: Double)], unknownPenalty: Double) {
        for (index, piece) in pieces.enumerated() {
            _ = trie.insert(piece.text, value: Int32(index))
            scores.append(piece.score)
        }
        unknownScore = (scores.min() ?? 0) - unknownPenalty
    }

    @inline(__always)
    private func score(_ edge: Edge) -> Double { edge.piece < 0 ? unknownScore : scores[Int(edge.piece)] }

    /// The edges of `word` in the order of their starts.
    private func findEdges(_ word: UnsafeBufferPointer<UInt8>, _ scratch: inout Scratch) {
        scratch.edges.removeAll(keepingCapacity: true)
        var start = 0
        while start < word.count {
            let length = UTF8Scalars.length(word[start])
            var hasSingle = false
            var node = 0
            var offset = start
            while offset < word.count {
                node = trie.next(node, word[offset])
                if node == 0 { break }
                offset += 1
                let piece = trie.values[node]
                guard piece >= 0 else { continue }
                scratch.edges.append(Edge(start: Int32(start), end: Int32(offset), piece: piece))
                if offset == start + length { hasSingle = true }
            }
            if !hasSingle { scratch.edges.append(Edge(start: Int32(start), end: Int32(start + length), piece: -1)) }
            start += length
        }
    }

    /// Adds to `result`, for every piece, `count` times the posterior probability of each of its places in `word`:
    ///
    /// α(j) = log Σ exp(α(i) + log P(i…j)),  β(i) = log Σ exp(β(j) + log P(i…j)),  p(i…j) = exp(α(i) + log P(i…j) + β(j) − α(n)).
    func addPosteriors(of word: UnsafeBufferPointer<UInt8>, count: Double, scratch: inout Scratch, to result: inout [Double]) {
        findEdges(word, &scratch)
        let end = word.count
        scratch.forward.removeAll(keepingCapacity: true)
        scratch.backward.removeAll(keepingCapacity: true)
        scratch.forward.append(contentsOf: repeatElement(-Double.infinity, count: end + 1))
        scratch.backward.append(contentsOf: repeatElement(-Double.infinity, count: end + 1))
        scratch.forward[0] = 0
        scratch.backward[end] = 0
        for edge in scratch.edges {
            let value = scratch.forward[Int(edge.start)] + score(edge)
            scratch.forward[Int(edge.end)] = Self.logAdd(scratch.forward[Int(edge.end)], value)
        }
        for edge in scratch.edges.reversed() {
            let value = scratch.backward[Int(edge.end)] + score(edge)
            scratch.backward[Int(edge.start)] = Self.logAdd(scratch.backward[Int(edge.start)], value)
        }
        let total = scratch.forward[end]
        for edge in scratch.edges where edge.piece >= 0 {
            let value = scratch.forward[Int(edge.start)] + score(edge) + scratch.backward[Int(edge.end)] - total
            result[Int(edge.piece)] += count * exp(value)
        }
    }

    /// log(exp a + exp b)
    @inline(__always)
    private static func logAdd(_ left: Double, _ right: Double) -> Double {
        let (high, low) = left > right ? (left, right) : (right, left)
        let difference = low - high
        // Below that the sum is the greater number; −∞ − −∞ does not come up, since every edge begins where a path ends.
        return difference < -50 ? high : high + log1p(exp(difference))
    }

    /// The most probable way to spell `word` without the piece `except`; −1 stands for an unknown character.
    func best(
        _ word: UnsafeBufferPointer<UInt8>, except: Int32, scratch: inout Scratch
    ) -> (pieces: [Int32], score: Double) {
        findEdges(word, &scratch)
        let end = word.count
        scratch.forward.removeAll(keepingCapacity: true)
        scratch.forward.append(contentsOf: repeatElement(-Double.infinity, count: end + 1))
        scratch.steps.removeAll(keepingCapacity: true)
        scratch.steps.append(contentsOf: repeatElement(Edge(start: -1, end: -1, piece: -1), count: end + 1))
        scratch.forward[0] = 0
        for edge in scratch.edges {
            guard edge.piece < 0 || edge.piece != except else {
                // A single character that is left out is an unknown one.
                guard Int(edge.end - edge.start) == UTF8Scalars.length(word[Int(edge.start)]) else { continue }
                offer(Edge(start: edge.start, end: edge.end, piece: -1), &scratch)
                continue
            }
            offer(edge, &scratch)
        }
        var pieces: [Int32] = []
        var place = end
        while place > 0 {
            let step = scratch.steps[place]
            pieces.append(step.piece)
            place = Int(step.start)
        }
        return (pieces.reversed(), scratch.forward[end])
    }

    @inline(__always)
    private func offer(_ edge: Edge, _ scratch: inout Scratch) {
        let value = scratch.forward[Int(edge.start)] + score(edge)
        if value > scratch.forward[Int(edge.end)] {
            scratch.forward[Int(edge.end)] = value
            scratch.steps[Int(edge.end)] = edge
        }
    }
}
