import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Testing

/// Attention over recurrent states: what is masked has no part, and pieces give what the whole gives.
@Suite struct RecurrentAttentionTests {
    enum Kind: CaseIterable { case additive, dot, general, concat }

    // T = 4 queries, S = 6 states, B = 3 rows
    private static let random = RandomStream(seed: 29)
    private let queries = Tensor.normal([4, 3, 5], from: random.split("queries"))
    private let lengths = Tensor([6, 0, 3] as [Int32])

    private func states(_ kind: Kind) -> Tensor { .normal([6, 3, kind == .dot ? 5 : 7], from: Self.random.split("states")) }

    private typealias Attention = (
        memory: (Tensor, Tensor?, Tensor?) -> AttentionMemory,
        read: (Tensor, AttentionMemory) -> (context: Tensor, weights: Tensor)
    )

    private func make(_ kind: Kind) -> Attention {
        let score: MultiplicativeAttention.Score
        switch kind {
        case .additive:
            let layer = AdditiveAttention(query: 5, state: 7, hidden: 9, random: Self.random)
            return ({ layer.memory($0, lengths: $1, mask: $2) }, { layer($0, over: $1) })
        case .dot: score = .dot
        case .general: score = .general
        case .concat: score = .concat(hidden: 9)
        }
        let layer = MultiplicativeAttention(score, query: 5, state: kind == .dot ? 5 : 7, random: Self.random)
        return ({ layer.memory($0, lengths: $1, mask: $2) }, { layer($0, over: $1) })
    }

    @Test(arguments: Kind.allCases) func weightsAreSharesOfWhatIsThere(kind: Kind) {
        let attention = make(kind), (context, weights) = attention.read(queries, attention.memory(states(kind), lengths, nil))
        for row in 0..<3 {
            let length = [6, 0, 3][row]
            for query in 0..<4 {
                let shares = weights[row][query].floats()
                #expect(shares.dropFirst(length).allSatisfy { $0 == 0 })
                #expect(abs(shares.reduce(0, +) - (length > 0 ? 1 : 0)) < 1e-5)
                if length == 0 { #expect(context[query][row].floats().allSatisfy { $0 == 0 }) }
            }
        }
    }

    /// Longer padding changes nothing, and lengths are a mask.
    @Test(arguments: Kind.allCases) func paddingChangesNothing(kind: Kind) {
        let attention = make(kind), states = states(kind)
        let plain = attention.read(queries, attention.memory(states, lengths, nil))
        let padded = Tensor.concatenated([states, .full(1e9, shape: [2] + states.shape.dropFirst())])
        let longer = attention.read(queries, attention.memory(padded, lengths, nil))
        let mask = Tensor([6, 0, 3].flatMap { length in (0..<6).map { $0 < length } }, shape: [3, 6])
        let masked = attention.read(queries, attention.memory(states, nil, mask))
        for other in [longer.context, masked.context] { #expect(mismatch(other, plain.context, tolerance: 1e-6) == nil) }
    }

    /// One query at a time, as a decoder has them, and rows in another order, chosen twice as in beam search.
    @Test(arguments: Kind.allCases) func piecesAndChosenRows(kind: Kind) {
        let attention = make(kind), memory = attention.memory(states(kind), lengths, nil)
        let whole = attention.read(queries, memory)
        let steps = (0..<4).map { attention.read(queries[$0..<($0 + 1)], memory).context }
        #expect(mismatch(Tensor.concatenated(steps), whole.context, tolerance: 1e-6) == nil)
        let order = [2, 0, 2, 1], ids = Tensor(order.map { Int32($0) })
        func chosen(_ x: Tensor) -> Tensor {
            let turned = x.transposed([1, 0, 2]), width = turned.shape[1] * turned.shape[2]
            return turned.reshaped([3, width]).rows(ids).reshaped([4] + turned.shape.dropFirst()).transposed([1, 0, 2])
        }
        let other = attention.read(chosen(queries), memory.select(rows: order))
        #expect(mismatch(other.context, chosen(whole.context), tolerance: 1e-6) == nil)
    }

    /// Finite differences through scores, mask, softmax and context; a row without states passes no gradient and no NaN.
    @Test(arguments: Kind.allCases) func gradients(kind: Kind) {
        let attention = make(kind), inputs = [queries, states(kind)]
        #expect(
            gradientError(of: inputs) { attention.read($0[0], attention.memory($0[1], lengths, nil)).context } <= 1e-2)
        let found = valueWithGradients(of: inputs) { x in
            let (context, weights) = attention.read(x[0], attention.memory(x[1], lengths, nil))
            return context.squared().sum() + weights.squared().sum()
        }.gradients
        #expect(found.allSatisfy { $0.floats().allSatisfy { $0.isFinite } })
        for query in 0..<4 { #expect(found[0][query][1].floats().allSatisfy { $0 == 0 }) }
        for position in 3..<6 { #expect(found[1][position][2].floats().allSatisfy { $0 == 0 }) }
    }
}
