import CSequiturKernels

// T steps, B rows, K tags

/// Scores of tag sequences that are sums over neighbours: what conditional random fields (Lafferty, McCallum & Pereira 2001) and
/// hidden Markov models share.
///
///     score(y) = start[y₀] + Σ_t emissions[t, y_t] + Σ_t transitions[y_{t−1}, y_t] + end[y_{n−1}]
///     p(y) = exp(score(y)) / Z       Z = Σ_y exp(score(y))
///
/// The sums run over the first n = lengths[b] steps of row b. A row of length 0 has one sequence, the empty one, with score 0. A score
/// of −∞ forbids: it takes no part in any sum, and its gradient is a number. What lies beyond a row's length is never read.
/// - Shape: emissions [T, B, K], time first as recurrent layers write them; transitions [K, K], from row to column; start and
///   end [K]; lengths [B] (int32, 0...T), all T where there are none.
public struct LinearChain: Sendable {
    public let emissions, transitions, start, end, lengths: Tensor

    public init(emissions: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor? = nil) {
        precondition(
            emissions.rank == 3 && emissions.shape[2] > 0 && transitions.shape == [emissions.shape[2], emissions.shape[2]]
                && start.shape == [emissions.shape[2]] && end.shape == start.shape,
            "LinearChain: emissions \(emissions.shape), transitions \(transitions.shape), start \(start.shape), end \(end.shape)")
        let steps = emissions.shape[0], rows = emissions.shape[1]
        self.emissions = emissions.asFloat32("LinearChain")
        self.transitions = transitions.asFloat32("LinearChain")
        self.start = start.asFloat32("LinearChain")
        self.end = end.asFloat32("LinearChain")
        self.lengths = lengths ?? Tensor([Int32](repeating: Int32(steps), count: rows))
        precondition(
            self.lengths.dtype == .int32 && self.lengths.shape == [rows],
            "LinearChain: int32 lengths [\(rows)] expected, \(self.lengths.dtype) \(self.lengths.shape) found")
        self.lengths.requireIndices(below: steps + 1, "LinearChain, lengths")
    }

    private var steps: Int { emissions.shape[0] }
    private var rows: Int { emissions.shape[1] }
    private var tagCount: Int { emissions.shape[2] }

    /// log Z of each row: the logarithm of the sum over all sequences, by the forward algorithm.
    ///
    ///     α_t(j) = emissions[t, j] + log Σ_i exp(α_{t−1}(i) + transitions[i, j])
    ///
    /// Its gradients are the expected counts of tags and of neighbours, by the forward–backward algorithm (Rabiner 1989).
    /// - Shape: [B]
    public func logPartition() -> Tensor { values(nil) }

    /// log Z − score(tags) of each row. Infinite, with finite gradients, where a sequence given is forbidden.
    ///
    /// - Shape: tags [T, B] (int32, in 0..<K within a row's length) → [B]
    public func negativeLogLikelihood(of tags: Tensor) -> Tensor {
        precondition(
            tags.dtype == .int32 && tags.shape == [steps, rows],
            "negativeLogLikelihood: int32 tags [\(steps), \(rows)] expected, \(tags.dtype) \(tags.shape) found")
        let ends = lengths.int32s(), ids = tags.int32s()
        for (row, length) in ends.enumerated() {
            for step in 0..<Int(length) where !(0..<Int32(tagCount)).contains(ids[step * rows + row]) {
                preconditionFailure(
                    "negativeLogLikelihood: tag \(ids[step * rows + row]) at step \(step) of row \(row), but there are \(tagCount) tags"
                )
            }
        }
        return values(tags)
    }

    /// The probability of each tag at each step, 0 beyond a row's length. Cut off from the tape.
    ///
    /// - Shape: [T, B, K]
    public func marginals() -> Tensor {
        let marginals = Tensor.uninitialized(emissions.shape), ones = Tensor.ones([rows])
        withKernel { sequitur_chain_gradients(&$0, nil, ones.floatElements, marginals.mutableFloats, nil, nil, nil) }
        keepAlive(ones)
        return marginals
    }

    /// A sequence of tags and its score.
    public struct Path: Sendable, Equatable {
        public let tags: [Int32]
        public let score: Double

        public init(tags: [Int32], score: Double) {
            self.tags = tags
            self.score = score
        }
    }

    /// The `count` best sequences of each row, best first, exactly (Viterbi 1967): fewer where fewer are allowed. Of sequences with
    /// equal scores the one whose last differing tag is smaller comes first.
    public func bestPaths(_ count: Int = 1) -> [[Path]] {
        precondition(count > 0 && count <= 1 << 20, "bestPaths: a count in 1...1048576 expected, \(count) given")
        precondition(tagCount * count <= Int(Int32.max), "bestPaths: \(count) sequences of \(tagCount) tags are too many")
        let paths = Tensor.uninitialized([rows, count, steps], .int32), ends = lengths.int32s()
        var scores = [Double](repeating: 0, count: rows * count)
        let size = sequitur_chain_path_scratch(Int64(steps), Int64(rows), Int64(tagCount), Int64(count))
        withKernel(scratch: size) { sequitur_chain_paths(&$0, Int64(count), paths.int32Elements, &scores) }
        let tags = paths.int32s()
        return ends.enumerated().map { row, length in
            (row * count..<(row + 1) * count).prefix { scores[$0] > -.infinity }.map { index in
                Path(tags: Array(tags[(index * steps)..<(index * steps + Int(length))]), score: scores[index])
            }
        }
    }

    // MARK: Kernels

    private func values(_ tags: Tensor?) -> Tensor {
        let result = Tensor.uninitialized([rows])
        withKernel { sequitur_chain_values(&$0, tags?.int32Elements, result.mutableFloats) }
        keepAlive(tags)
        return result.recorded(from: emissions, transitions, start, end) { upstream, sink in
            let emissionGradient = Tensor.uninitialized(emissions.shape)
            let others = [transitions, start, end], wantsOthers = others.contains(where: sink.wants)
            let gradients = wantsOthers ? others.map { Tensor.uninitialized($0.shape) } : []
            withKernel { chain in
                sequitur_chain_gradients(
                    &chain, tags?.int32Elements, upstream.floatElements, emissionGradient.mutableFloats,
                    wantsOthers ? gradients[0].mutableFloats : nil, wantsOthers ? gradients[1].mutableFloats : nil,
                    wantsOthers ? gradients[2].mutableFloats : nil)
            }
            keepAlive(tags, upstream)
            sink.add(emissionGradient, to: emissions)
            for (gradient, input) in zip(gradients, others) { sink.add(gradient, to: input) }
        }
    }

    private func withKernel(scratch size: Int64? = nil, _ body: (inout sequitur_linear_chain) -> Void) {
        let bytes = size ?? sequitur_chain_scratch(Int64(steps), Int64(rows), Int64(tagCount))
        let scratch = Tensor.uninitialized([Int(bytes)], .int8)
        var chain = sequitur_linear_chain(
            emissions: emissions.floatElements, transitions: transitions.floatElements, start: start.floatElements,
            end: end.floatElements, lengths: lengths.int32Elements, steps: Int64(steps), rows: Int64(rows),
            tags: Int64(tagCount), scratch: scratch.elements)
        body(&chain)
        keepAlive(emissions, transitions, start, end, lengths, scratch)
    }
}
