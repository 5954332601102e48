import SequiturTensors

// T words, K tags, F features

/// How a linear chain learns.
public struct LinearChainSettings: Sendable, Equatable {
    public var features: LinearChainFeatures
    /// Features that occur less often are left out.
    public var minimumCount: Int
    /// λ
    public var penalty: Double
    /// Passes over the data at most, but for a few that search for a step.
    public var maximumIterations: Int
    /// Ends where ten iterations together lowered the loss by a smaller share.
    public var tolerance: Double

    public init(
        features: LinearChainFeatures = .words, minimumCount: Int = 2, penalty: Double = 1, maximumIterations: Int = 120,
        tolerance: Double = 1e-3
    ) {
        (self.features, self.minimumCount, self.penalty) = (features, minimumCount, penalty)
        (self.maximumIterations, self.tolerance) = (maximumIterations, tolerance)
    }
}

extension LinearChainTagger {
    /// Learns from tagged sentences; empty ones are left out.
    ///
    /// - Throws: `BaselineError` where there is no word, a sentence has not one tag for each word, or there are too many tags;
    ///   `CancellationError` where it is interrupted.
    public init(
        learntFrom sentences: [HiddenMarkovModel.Sentence], settings: LinearChainSettings = LinearChainSettings(),
        isInterrupted: () -> Bool = { false }
    ) throws {
        try BaselineError.requireTags(sentences)
        let data = LinearChainData(sentences.filter { !$0.words.isEmpty }, settings)
        let count = data.tags.count
        guard count <= Self.mostTags else {
            throw BaselineError(reason: "the text has \(count) tags, more than the \(Self.mostTags) that a linear chain can hold")
        }
        let columns = data.features.transposed(columnCount: data.rows.count)
        var values = [Double](repeating: 0, count: data.rows.count * count + count * count + 2 * count)
        var residuals = [Double](repeating: 0, count: data.features.count * count)  // [T, K]
        let solver = LBFGS(
            maximumIterations: settings.maximumIterations, gradientTolerance: 1e-4, improvementTolerance: settings.tolerance)
        _ = try solver.minimize(&values, isInterrupted: isInterrupted) { values, gradient in
            data.loss(values, &gradient, columns, &residuals, penalty: settings.penalty)
        }
        let first = data.rows.count * count, second = first + count * count
        tags = data.tags
        features = settings.features
        rows = data.rows
        weights = values[..<first].map(Float.init)
        transitions = values[first..<second].map(Float.init)
        start = values[second..<(second + count)].map(Float.init)
        end = values[(second + count)...].map(Float.init)
    }
}

/// The sentences of a corpus as rows of features.
package struct LinearChainData {
    package let tags: [String]
    package let rows: [UInt64: Int32]
    package let features: SparseRows  // [T, F]
    package let gold: [Int32]  // [T]
    /// Where each sentence begins, and the end.
    package let bounds: [Int]

    package init(_ sentences: [HiddenMarkovModel.Sentence], _ settings: LinearChainSettings) {
        let tags = Set(sentences.lazy.flatMap(\.tags)).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: tags.enumerated().map { ($1, Int32($0)) })
        var forms = LinearChainFeatures.Forms(), counts: [UInt64: Int] = [:]
        for sentence in sentences {
            settings.features.forEach(sentence.words, &forms) { _, keys in for key in keys { counts[key, default: 0] += 1 } }
        }
        var rows: [UInt64: Int32] = [:], features = SparseRows(), gold: [Int32] = [], bounds = [0], present: [Int32] = []
        for sentence in sentences {
            settings.features.forEach(sentence.words, &forms) { place, keys in
                present.removeAll(keepingCapacity: true)
                for key in keys {
                    if let row = rows[key] {
                        present.append(row)
                    } else if counts[key, default: 0] >= settings.minimumCount {
                        present.append(Int32(rows.count))
                        rows[key] = Int32(rows.count)
                    }
                }
                features.append(present)
                gold.append(numbers[sentence.tags[place]] ?? 0)
            }
            bounds.append(gold.count)
        }
        (self.tags, self.rows, self.features, self.gold, self.bounds) = (tags, rows, features, gold, bounds)
    }

    /// The loss and its gradient: the expected counts of the model less those of the data.
    ///
    /// - Parameter residuals: room for the scores of all words, [T, K].
    /// - Shape: values [F·K + K·K + K + K]
    package func loss(
        _ values: [Double], _ gradient: inout [Double], _ columns: SparseRows, _ residuals: inout [Double], penalty: Double
    ) -> Double {
        let count = tags.count, first = rows.count * count, second = first + count * count
        let chain = ChainWeights(
            transitions: Array(values[first..<second]), start: Array(values[second..<(second + count)]),
            end: Array(values[(second + count)...]))
        // As many sums as there are parts of the corpus, so that they do not depend on the number of threads.
        let part = max(64, (bounds.count + 15) / 16), parts = (bounds.count - 1 + part - 1) / part
        var sums = [(ChainWeights.Expectations, Double)?](repeating: nil, count: parts)
        residuals.withUnsafeMutableBufferPointer { residuals in
            values.withUnsafeBufferPointer { values in
                gradient.withUnsafeMutableBufferPointer { gradient in
                    sums.withUnsafeMutableBufferPointer { sums in
                        guard let scores = residuals.baseAddress, let weights = values.baseAddress,
                            let slope = gradient.baseAddress
                        else { return }
                        features.multiply(weights, width: count, into: scores)
                        // Every part has words and an element of its own.
                        nonisolated(unsafe) let (base, sums) = (scores, sums)
                        Parallel.ranges(of: bounds.count - 1, grain: part) { sentences in
                            sums[sentences.lowerBound / part] = expectations(of: sentences, base, chain)
                        }
                        columns.multiply(base, width: count, into: slope)
                    }
                }
            }
        }
        var loss = 0.0
        for index in first..<gradient.count { gradient[index] = 0 }
        for case .some((let expected, let score)) in sums {
            loss += expected.logPartition - score
            for (index, value) in chain.transitionCounts(expected).enumerated() { gradient[first + index] += value }
            for tag in 0..<count {
                gradient[second + tag] += expected.start[tag]
                gradient[second + count + tag] += expected.end[tag]
            }
        }
        for sentence in 0..<(bounds.count - 1) {
            let own = gold[bounds[sentence]..<bounds[sentence + 1]].map(Int.init)
            guard let head = own.first, let tail = own.last else { continue }
            gradient[second + head] -= 1
            gradient[second + count + tail] -= 1
            for (from, to) in zip(own, own.dropFirst()) { gradient[first + from * count + to] -= 1 }
        }
        var square = 0.0
        for index in values.indices {
            gradient[index] += penalty * values[index]
            square += values[index] * values[index]
        }
        return loss + penalty / 2 * square
    }

    /// Replaces scores by probabilities less what the data has.
    private func expectations(
        of sentences: Range<Int>, _ scores: UnsafeMutablePointer<Double>, _ chain: ChainWeights
    ) -> (ChainWeights.Expectations, Double) {
        var expected: ChainWeights.Expectations? = ChainWeights.Expectations(count: tags.count), score = 0.0
        for sentence in sentences {
            let words = bounds[sentence]..<bounds[sentence + 1], own = scores + words.lowerBound * tags.count
            score += chain.score(of: gold[words], own)
            chain.marginals(of: UnsafeMutableBufferPointer(start: own, count: words.count * tags.count), &expected)
            for word in words { scores[word * tags.count + Int(gold[word])] -= 1 }
        }
        return (expected ?? ChainWeights.Expectations(count: tags.count), score)
    }
}
