import SequiturTensors

/// A linear-chain conditional random field (Lafferty, McCallum & Pereira 2001): scores whole sequences of tags, over the scores that a
/// network gives each tag at each step.
///
///     score(y) = start[y₀] + Σ_t emissions[t, y_t] + Σ_t transitions[y_{t−1}, y_t] + end[y_{n−1}]
///     loss = Σ_b (log Σ_y exp(score_b(y)) − score_b(tags_b))
///
/// - Shape: emissions [T, B, K], time first as recurrent layers write them; tags [T, B] (int32), read within each row's length alone;
///   lengths [B] (int32, 0...T).
///
/// Parameters begin even in ±0.1. With constraints, forbidden neighbours score −∞ and never come out of decoding.
///
///     let field = ConditionalRandomField(tags: 5, random: RandomStream(seed: 1))
///     let loss = field.loss(emissions, tags: tags, lengths: lengths)
///     let paths = field.chain(emissions, lengths: lengths).bestPaths()   // paths[row][0].tags
public final class ConditionalRandomField: Module {
    public let startTransitions: Parameter  // [K]
    public let endTransitions: Parameter  // [K]
    public let transitions: Parameter  // [K, K], from row to column
    public let constraints: TagConstraints?

    public init(tags count: Int, constraints: TagConstraints? = nil, random: RandomStream) {
        precondition(
            count > 0 && constraints.map { $0.labels.count == count } ?? true,
            "ConditionalRandomField: \(count) tags, constraints of \(constraints?.labels.count ?? count) labels")
        startTransitions = Parameter(.uniform([count], -0.1, 0.1, from: random.split("startTransitions")), isDecayed: false)
        endTransitions = Parameter(.uniform([count], -0.1, 0.1, from: random.split("endTransitions")), isDecayed: false)
        transitions = Parameter(.uniform([count, count], -0.1, 0.1, from: random.split("transitions")))
        self.constraints = constraints
    }

    /// The distribution over the tag sequences of each row: its log-partition, marginals and best sequences.
    ///
    /// - Parameter isConstrained: false to let forbidden sequences take part.
    public func chain(_ emissions: Tensor, lengths: Tensor? = nil, isConstrained: Bool = true) -> LinearChain {
        func score(_ parameter: Parameter, _ forbidden: Tensor?) -> Tensor {
            forbidden.map { parameter().masked($0, value: -.infinity) } ?? parameter()
        }
        let constraints = isConstrained ? constraints : nil
        return LinearChain(
            emissions: emissions, transitions: score(transitions, constraints?.forbiddenTransitions),
            start: score(startTransitions, constraints?.forbiddenStarts),
            end: score(endTransitions, constraints?.forbiddenEnds), lengths: lengths)
    }

    /// The negative log-likelihood of the tags, and the number of rows that are not empty.
    ///
    /// - Parameter isConstrained: false where the tags of the data break the constraints: a forbidden sequence has an infinite loss.
    ///   The loss then is that of all sequences, and only decoding is constrained.
    public func loss(_ emissions: Tensor, tags: Tensor, lengths: Tensor? = nil, isConstrained: Bool = true) -> Loss {
        let chain = chain(emissions, lengths: lengths, isConstrained: isConstrained)
        return Loss(sum: chain.negativeLogLikelihood(of: tags).sum(), count: chain.lengths.int32s().count { $0 > 0 })
    }
}
