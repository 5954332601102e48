import CSequiturKernels

extension Tensor {
    /// How well each key suits each query, by a hidden layer of both (Bahdanau, Cho & Bengio 2015), which is never stored.
    ///
    ///     y[b, t, s] = Σ_a weights[a] tanh(queries[t, b, a] + keys[b, s, a])
    ///
    /// - Shape: queries, this tensor, [T, B, A], keys [B, S, A], weights [A] → [B, T, S]
    package func additiveScores(keys: Tensor, weights: Tensor) -> Tensor {
        precondition(
            rank == 3 && keys.rank == 3 && keys.shape[0] == shape[1] && keys.shape[2] == shape[2] && weights.shape == [shape[2]],
            "additiveScores: queries \(shape), keys \(keys.shape), weights \(weights.shape)")
        let queries = asFloat32("additiveScores"), keys = keys.asFloat32("additiveScores")
        let weights = weights.asFloat32("additiveScores")
        let count = Int64(shape[0]), rows = Int64(shape[1]), length = Int64(keys.shape[1]), width = Int64(shape[2])
        let scores = Tensor.uninitialized([shape[1], shape[0], keys.shape[1]])
        sequitur_additive_scores(
            queries.floatElements, keys.floatElements, weights.floatElements, scores.mutableFloats, rows, count, length, width)
        return scores.recorded(from: queries, keys, weights) { upstream, sink in
            let queryGradient = Tensor.uninitialized(queries.shape), keyGradient = Tensor.uninitialized(keys.shape)
            let rowGradients = Tensor.uninitialized([Int(rows), Int(width)])
            sequitur_additive_scores_backward(
                queries.floatElements, keys.floatElements, weights.floatElements, upstream.floatElements,
                queryGradient.mutableFloats, keyGradient.mutableFloats, rowGradients.mutableFloats, rows, count, length, width)
            keepAlive(upstream)
            sink.add(queryGradient, to: queries)
            sink.add(keyGradient, to: keys)
            if sink.wants(weights) { withoutGradients { sink.add(rowGradients.sum(axes: [0]), to: weights) } }
        }
    }
}
