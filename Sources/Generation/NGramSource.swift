import SequiturLayers
import SequiturModels
import SequiturTensors

/// The next token by an n-gram model, whose state is the last n tokens of each text.
public struct NGramSource: NextTokenSource {
    public struct State: SequenceState {
        /// The end of each text. One token more than the model reads, so that it can tell the beginning of a text.
        fileprivate(set) var endings: [[Int32]]

        public func select(rows: [Int]) -> State { State(endings: rows.map { endings[$0] }) }
        public func concatenated(with other: State) -> State { State(endings: endings + other.endings) }
        public func truncated(to length: Int) -> State? { nil }
        public var detached: State { self }
        public var byteCount: Int { endings.map(\.count).reduce(0, +) * MemoryLayout<Int32>.size }
    }

    public let model: NGramModel

    public init(_ model: NGramModel) { self.model = model }

    public var vocabularySize: Int { model.vocabularySize }

    public func read(_ text: [Int32]) throws -> (scores: Tensor, state: State) {
        try check(text)
        return try scored(State(endings: [Array(text.suffix(model.order))]))
    }

    public func advance(_ state: State, by tokens: [Int32]) throws -> (scores: Tensor, state: State) {
        try check(tokens)
        precondition(
            tokens.count == state.endings.count, "NGramSource: \(tokens.count) tokens for \(state.endings.count) texts")
        return try scored(State(endings: zip(state.endings, tokens).map { Array(($0 + [$1]).suffix(model.order)) }))
    }

    private func scored(_ state: State) throws -> (scores: Tensor, state: State) {
        var scores: [Float] = []
        scores.reserveCapacity(state.endings.count * vocabularySize)
        for ending in state.endings { scores += try model.logProbabilities(context: ending) }
        return (Tensor(scores, shape: [state.endings.count, vocabularySize]), state)
    }
}
