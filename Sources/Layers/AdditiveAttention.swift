import SequiturTensors

/// Attention by a hidden layer of query and state (Bahdanau, Cho & Bengio 2015).
///
///     score(q, s) = vᵀ tanh(W q + U s + b)      weights = softmax over the states      context = Σ weights · s
///
/// - Shape: queries [T, B, querySize], a decoder's states or one of them; states [S, B, stateSize] of an encoder → context
///   [T, B, stateSize], weights [B, T, S].
///
/// Weights begin even in ±1/√ of what they are multiplied with, v in ±1/√hiddenSize, the bias at 0.
///
///     let attention = AdditiveAttention(query: 8, state: 16, hidden: 12, random: RandomStream(seed: 1))
///     let memory = attention.memory(encoded, lengths: lengths)   // once for a batch
///     let (context, weights) = attention(decoderState, over: memory)
public final class AdditiveAttention: Module {
    public let query: Linear  // W
    public let key: Linear  // U and b
    public let vector: Parameter  // v [A]

    public init(query querySize: Int, state stateSize: Int, hidden hiddenSize: Int, hasBias: Bool = true, random: RandomStream) {
        query = Linear(from: querySize, to: hiddenSize, hasBias: false, random: random.split("query"))
        key = Linear(from: stateSize, to: hiddenSize, hasBias: hasBias, random: random.split("key"))
        let bound = 1 / Float(max(1, hiddenSize)).squareRoot()
        vector = Parameter(.uniform([hiddenSize], -bound, bound, from: random.split("vector")))
    }

    /// States as they are attended to, their keys computed once.
    ///
    /// - Parameters:
    ///   - lengths: positions of each row, int32 [B].
    ///   - mask: true where a position may be attended to, bool [B, S].
    public func memory(_ states: Tensor, lengths: Tensor? = nil, mask: Tensor? = nil) -> AttentionMemory {
        AttentionMemory(keys: key(states), states: states, lengths: lengths, mask: mask)
    }

    public func callAsFunction(_ queries: Tensor, over memory: AttentionMemory) -> (context: Tensor, weights: Tensor) {
        memory.requireQueries(queries, width: query.weight.shape[1], "AdditiveAttention")
        return memory.read(query(queries).additiveScores(keys: memory.keys, weights: vector()))
    }
}
