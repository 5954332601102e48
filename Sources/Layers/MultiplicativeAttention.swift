import SequiturTensors

/// Attention by products of query and state (Luong, Pham & Manning 2015), with the score functions of that paper.
///
///     dot      score(q, s) = qᵀ s
///     general  score(q, s) = qᵀ W s                W [querySize, stateSize]
///     concat   score(q, s) = vᵀ tanh(W [q; s])     W [hiddenSize, querySize + stateSize]
///     weights = softmax over the states            context = Σ weights · s
///
/// - Shape: queries [T, B, querySize], a decoder's states; states [S, B, stateSize] of an encoder → context [T, B, stateSize],
///   weights [B, T, S].
///
/// Weights begin even in ±1/√ of what they are multiplied with, v in ±1/√hiddenSize.
///
///     let attention = MultiplicativeAttention(.general, query: 8, state: 16, random: RandomStream(seed: 1))
///     let (context, weights) = attention(decoderStates, over: attention.memory(encoded, lengths: lengths))
public final class MultiplicativeAttention: Module {
    public enum Score: Sendable, Equatable {
        case dot, general
        case concat(hidden: Int)
    }

    public let score: Score
    public let weight: Parameter?
    public let vector: Parameter?
    private let querySize: Int
    private let stateSize: Int

    public init(_ score: Score, query querySize: Int, state stateSize: Int, random: RandomStream) {
        self.score = score
        self.querySize = querySize
        self.stateSize = stateSize
        func even(_ shape: [Int], from inputs: Int, _ name: String) -> Parameter {
            let bound = 1 / Float(max(1, inputs)).squareRoot()
            return Parameter(.uniform(shape, -bound, bound, from: random.split(name)))
        }
        switch score {
        case .dot:
            precondition(
                querySize == stateSize, "MultiplicativeAttention: dot needs one width, \(querySize) and \(stateSize) given")
            weight = nil
            vector = nil
        case .general:
            weight = even([querySize, stateSize], from: stateSize, "weight")
            vector = nil
        case .concat(let hidden):
            weight = even([hidden, querySize + stateSize], from: querySize + stateSize, "weight")
            vector = even([hidden], from: hidden, "vector")
        }
    }

    /// States as they are attended to; what is computed from them alone is computed once.
    ///
    /// - Parameters:
    ///   - lengths: positions of each row, int32 [B].
    ///   - mask: true where a position may be attended to, bool [B, S].
    public func memory(_ states: Tensor, lengths: Tensor? = nil, mask: Tensor? = nil) -> AttentionMemory {
        let keys =
            switch (score, weight) {
            case (.general, let weight?): states.linear(weight: weight())
            case (.concat, let weight?):
                states.linear(weight: weight().sliced(axis: 1, querySize..<(querySize + stateSize)))
            default: states
            }
        return AttentionMemory(keys: keys, states: states, lengths: lengths, mask: mask)
    }

    public func callAsFunction(_ queries: Tensor, over memory: AttentionMemory) -> (context: Tensor, weights: Tensor) {
        memory.requireQueries(queries, width: querySize, "MultiplicativeAttention")
        if let weight, let vector {
            let hidden = queries.linear(weight: weight().sliced(axis: 1, 0..<querySize))
            return memory.read(hidden.additiveScores(keys: memory.keys, weights: vector()))
        }
        return memory.read(queries.transposed([1, 0, 2]).matrixProduct(memory.keys, transposesOther: true))
    }
}
