import SequiturGeneration
import SequiturLayers
import SequiturTensors

/// Gives a script's tokens all the probability, one after the other.
struct ScriptedSource: NextTokenSource {
    struct State: SequenceState {
        /// By text: how many tokens the model has given.
        var places: [Int]
        func select(rows: [Int]) -> State { State(places: rows.map { places[$0] }) }
        func concatenated(with other: State) -> State { State(places: places + other.places) }
        func truncated(to length: Int) -> State? { nil }
        var detached: State { self }
        var byteCount: Int { places.count * 8 }
    }

    let script: [Int32]
    let vocabularySize: Int

    func read(_ text: [Int32]) -> (scores: Tensor, state: State) { scored(State(places: [0])) }

    func advance(_ state: State, by tokens: [Int32]) -> (scores: Tensor, state: State) {
        scored(State(places: state.places.map { $0 + 1 }))
    }

    private func scored(_ state: State) -> (scores: Tensor, state: State) {
        var scores: [Float] = []
        for place in state.places {
            var row = [Float](repeating: -.infinity, count: vocabularySize)
            row[Int(script[place % script.count])] = 0
            scores += row
        }
        return (Tensor(scores, shape: [state.places.count, vocabularySize]), state)
    }
}
