import SequiturDatasets
import SequiturModels
import SequiturTensors

/// Scores streams with a model that sees no further than a window, in windows that overlap by half.
struct WindowScorer<Model: LanguageModel> {
    let model: Model
    let windowLength: Int
    /// Read before the first token, where the vocabulary has an end of sentence.
    let startToken: Int32?

    /// Windows in a batch hold about as many tokens as this; their number changes no result.
    private static var batchTokens: Int { 4096 }

    /// - Parameter progress: told how many targets of how many are done; throws to stop.
    /// - Throws: `LossNotFinite` as soon as it is not.
    func score(_ tokens: any TokenStream, progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }) throws
        -> LanguageModelScore
    {
        var windows = try OverlappingWindows(
            tokens, rowCount: max(1, Self.batchTokens / windowLength), windowLength: windowLength, startToken: startToken)
        var batch = TokenBatch()
        var total = LanguageModelScore()
        while try windows.next(into: &batch) {
            let shape = [batch.length, batch.rowCount]
            let loss = Engine.run {
                withContext(.inference) {
                    withoutGradients {
                        let result = model.loss(
                            inputs: Tensor(batch.inputs, shape: shape), targets: Tensor(batch.targets, shape: shape),
                            state: model.initialState(rows: batch.rowCount), regularization: .none)
                        return Double(result.loss.sum.scalar)
                    }
                }
            }
            guard loss.isFinite else { throw LossNotFinite(loss: loss) }
            total += LanguageModelScore(logProbability: -loss, count: batch.targetCount)
            try progress(total.count, windows.targetCount)
        }
        return total
    }
}
