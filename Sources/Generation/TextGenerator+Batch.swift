import SequiturLayers
import SequiturTensors

extension TextGenerator {
    /// The loop: choose a token for every text that goes on, emit what it sets free, let the model read it.
    func generate<Source: NextTokenSource>(
        from source: Source, prompts: [[Int32]], onText: (Int, String) throws -> Void
    ) throws -> [GeneratedText] {
        guard !prompts.isEmpty else { return [] }
        let seed = settings.seed ?? .random(in: 0...UInt64.max)
        let random = RandomStream(seed: seed).split("generation")
        var rows = try prompts.indices.map {
            try GenerationRow(prompt: prompts[$0], tokenizer: tokenizer, settings: settings, random: random.split($0))
        }
        var results = [GeneratedText?](repeating: nil, count: rows.count)
        var active = Array(rows.indices)
        var (scores, state) = try Engine.run { try read(prompts, with: source) }
        let clock = ContinuousClock()
        let start = clock.now
        var chosen = try Engine.run { try choose(from: scores, for: active, of: rows) }
        while true {
            var going: [Int] = []  // places in the batch
            for (place, index) in active.enumerated() {
                let piece = try rows[index].append(chosen[place])
                if !piece.isEmpty { try onText(index, piece) }
                if rows[index].finishReason == nil {
                    going.append(place)
                } else {
                    results[index] = rows[index].result(seed: seed, duration: clock.now - start)
                }
            }
            guard !going.isEmpty else { break }
            let tokens = going.map { chosen[$0] }
            if going.count < active.count {
                state = Engine.run { state.select(rows: going) }
                active = going.map { active[$0] }
            }
            (chosen, state) = try Engine.run {
                let next = try source.advance(state, by: tokens)
                return (try choose(from: next.scores, for: active, of: rows), next.state)
            }
        }
        return results.compactMap(\.self)
    }

    /// Reads every prompt, equal ones once, and joins their states into a batch.
    private func read<Source: NextTokenSource>(
        _ prompts: [[Int32]], with source: Source
    ) throws -> (scores: Tensor, state: Source.State) {
        var places: [[Int32]: Int] = [:]
        var scores: [Tensor] = []
        var joined: Source.State?
        let rows = try prompts.map { prompt in
            if let place = places[prompt] { return place }
            let (first, state) = try source.read(text(of: prompt))
            places[prompt] = scores.count
            scores.append(first)
            joined = joined.map { $0.concatenated(with: state) } ?? state
            return scores.count - 1
        }
        guard let joined else { preconditionFailure("TextGenerator: no prompts") }
        return (Tensor.concatenated(rows.map { scores[$0] }), joined.select(rows: rows))
    }

    /// A token for each of the texts `active`, whose scores stand in this order.
    private func choose(from scores: Tensor, for active: [Int], of rows: [GenerationRow]) throws -> [Int32] {
        let values = scores.floats(), width = source.vocabularySize
        return try active.enumerated().map { place, index in
            let own = active.count == 1 ? values : Array(values[(place * width)..<((place + 1) * width)])
            return try sampler.token(from: own, after: rows[index].history, draw: rows[index].draw)
        }
    }
}
