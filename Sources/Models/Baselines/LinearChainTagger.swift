import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// T words, K tags, F features

/// A linear-chain conditional random field over sparse features (Lafferty, McCallum & Pereira 2001): the linear baseline of tagging.
///
///     score(y | x) = start[y₀] + Σ_t Σ_{f ∈ features(x, t)} weights[f, y_t] + Σ_t transitions[y_{t−1}, y_t] + end[y_{n−1}]
///     p(y | x) = exp(score(y | x)) / Σ_y' exp(score(y' | x))
///     loss = −Σ log p(y | x) + λ/2 ‖θ‖²
///
/// It is convex: L-BFGS finds its one minimum from zero, so a run has no seed. Features are indicators (see `LinearChainFeatures`); those
/// that occur less often than `minimumCount` are left out.
///
///     let model = try LinearChainTagger(learntFrom: [.init(words: ["time", "flies"], tags: ["NOUN", "VERB"])])
///     model.answers(to: [["time", "flies"]])[0].tags   // ["NOUN", "VERB"]
public struct LinearChainTagger: Sendable {
    public let tags: [String]
    public let features: LinearChainFeatures
    /// The row of each feature.
    let rows: [UInt64: Int32]
    package let weights: [Float]  // [F, K]
    package let transitions: [Float]  // [K, K], from row to column
    let start, end: [Float]  // [K]

    /// The number of parameters.
    public var parameterCount: Int { weights.count + transitions.count + 2 * tags.count }

    /// The best tags of a sentence, and how probable each is by itself.
    public struct Answer: Sendable, Equatable {
        public var tags: [String]
        public var probabilities: [Float]
    }

    /// The most probable tags of each sentence (Viterbi 1967).
    public func answers(to sentences: [[String]]) -> [Answer] {
        var forms = LinearChainFeatures.Forms()
        let chain = ChainWeights(
            transitions: transitions.map(Double.init), start: start.map(Double.init), end: end.map(Double.init))
        return sentences.map { words in
            var scores = self.scores(words, &forms)  // [T, K]
            let path = chain.bestPath(scores)
            scores.withUnsafeMutableBufferPointer { chain.marginals(of: $0) }
            return Answer(
                tags: path.map { tags[$0] }, probabilities: path.enumerated().map { Float(scores[$0 * tags.count + $1]) })
        }
    }

    private func scores(_ words: [String], _ forms: inout LinearChainFeatures.Forms) -> [Double] {
        let width = tags.count
        var scores = [Double](repeating: 0, count: words.count * width)
        features.forEach(words, &forms) { place, keys in
            for key in keys {
                guard let row = rows[key] else { continue }
                for tag in 0..<width { scores[place * width + tag] += Double(weights[Int(row) * width + tag]) }
            }
        }
        return scores
    }
}

// MARK: Files

/// A folder with `config.json`: tags and features; and `model.safetensors`: `features` [F] (uint64 hashes), float32 `weights` [F, K],
/// `transitions` [K, K], `start` [K] and `end` [K].
extension LinearChainTagger {
    static let modelType = "sequitur-linear-chain"
    /// The most tags: memory grows with their square.
    static let mostTags = 1 << 12

    /// Writes both files, each whole or not at all, into a folder that is there.
    public func write(toFolder folder: String) throws {
        let count = tags.count
        var keys = [UInt64](repeating: 0, count: rows.count)
        for (key, row) in rows { keys[Int(row)] = key }
        try SafetensorsWriter.write(
            [
                .init("features", .uint64, [keys.count], keys), .init("weights", .float32, [keys.count, count], weights),
                .init("transitions", .float32, [count, count], transitions), .init("start", .float32, [count], start),
                .init("end", .float32, [count], end),
            ], to: "\(folder)/model.safetensors")
        let json: JSONValue = [
            "model_type": .string(Self.modelType), "features": .string(features.rawValue),
            "feature_count": .integer(Int64(keys.count)),
            "tags": .array(tags.map { .string($0) }),
        ]
        try json.write(to: "\(folder)/config.json")
    }

    /// Reads what `write(toFolder:)` has written.
    ///
    /// - Throws: `FileError`, `JSONError`, `SafetensorsError`, `CheckpointError` or `BaselineError`.
    public init(folder: String) throws {
        let file = try BaselineConfiguration(folder: folder, type: Self.modelType, keys: ["features", "feature_count", "tags"])
        tags = try file.distinctStrings("tags", atLeast: 1)
        features = try file.choice("features")
        let count = tags.count, featureCount = try file.integer("feature_count", in: 0...Int(Int32.max))
        guard count <= Self.mostTags else {
            throw BaselineError(
                reason: "\(file.path): \"tags\" has \(count), more than the \(Self.mostTags) that a linear chain can hold")
        }
        let tensors = try BaselineTensors(
            folder: folder,
            shapes: [
                "features": (.uint64, [featureCount]), "weights": (.float32, [featureCount, count]),
                "transitions": (.float32, [count, count]), "start": (.float32, [count]), "end": (.float32, [count]),
            ])
        let keys = try tensors.keys("features")
        rows = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, Int32($0)) })
        weights = try tensors.floats("weights")
        transitions = try tensors.floats("transitions")
        start = try tensors.floats("start")
        end = try tensors.floats("end")
    }
}
