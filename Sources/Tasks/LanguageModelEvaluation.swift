import SequiturDatasets
import SequiturFiles
import SequiturModels
import SequiturTensors
import SequiturText

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How well a language model predicts a text.
public struct LanguageModelEvaluation: Sendable {
    /// Σ log P over all targets, and their number.
    public let score: LanguageModelScore
    /// Unicode scalars of the text.
    public let characterCount: Int

    /// Perplexity per token of the model's vocabulary.
    public var perplexity: Double { score.perplexity }
    /// Bits needed for each character of the text: comparable between vocabularies that leave nothing out.
    public var bitsPerCharacter: Double { -score.logProbability / log(2) / Double(characterCount) }
}

/// A model gives a text a loss that is no finite number.
public struct LossNotFinite: Error, Sendable, Equatable, CustomStringConvertible {
    public let loss: Double

    public var description: String {
        "the loss is \(loss.isNaN ? "nan" : "\(loss)"): the model's weights are damaged or its training diverged; "
            + "use an earlier checkpoint, or train with a lower learning rate"
    }
}

/// Scores streams with a recurrent model, many rows at once.
struct NeuralScorer {
    let model: RecurrentLanguageModel
    /// Read before the first token, where the vocabulary has an end of sentence.
    let startToken: Int32?
    let rowCount: Int
    var windowLength = 128

    /// - Parameter progress: told how many targets of how many are done; throws to stop.
    /// - Throws: `LossNotFinite` as soon as it is not.
    func score(_ tokens: any TokenStream, progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }) throws
        -> LanguageModelScore
    {
        var batches = try EvaluationBatches(tokens, rowCount: rowCount, windowLength: windowLength, startToken: startToken)
        var batch = TokenBatch()
        var state = Engine.run { model.initialState(rows: batches.rowCount) }
        var total = LanguageModelScore()
        while try batches.next(into: &batch) {
            let shape = [batch.length, batch.rowCount]
            let (loss, after) = Engine.run {
                withContext(.inference) {
                    withoutGradients {
                        let result = model.loss(
                            inputs: Tensor(batch.inputs, shape: shape), targets: Tensor(batch.targets, shape: shape),
                            state: state,
                            regularization: .none)
                        return (Double(result.loss.sum.scalar), result.state)
                    }
                }
            }
            guard loss.isFinite else { throw LossNotFinite(loss: loss) }
            state = after
            total += LanguageModelScore(logProbability: -loss, count: batch.targetCount)
            try progress(total.count, batches.targetCount)
        }
        return total
    }
}

extension TrainedLanguageModel {
    /// Models that see further are scored in windows of this length all the same.
    private static var longestWindow: Int { 2048 }

    /// Perplexity and bits per character on files or folders of text.
    ///
    /// - Parameters:
    ///   - rowCount: parallel streams for a neural model. 1 is the protocol of published figures; more are faster and start
    ///     each stream without what stands before it. A Transformer reads overlapping windows, an n-gram model sentence by sentence,
    ///     whatever it is.
    ///   - progress: told how many targets of how many are done; throws to stop.
    public func evaluate(
        _ paths: [String], rowCount: Int = 1, precision: Precision = .auto,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> LanguageModelEvaluation {
        let text = try TokenizedText(TextReader(paths), tokenizer: tokenizer)
        try architecture.requireTargets(in: text, named: paths.joined(separator: ", "), tokenizer)
        return try evaluate(text, rowCount: rowCount, precision: precision, progress: progress)
    }

    func evaluate(
        _ text: TokenizedText, rowCount: Int = 1, precision: Precision,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> LanguageModelEvaluation {
        let score = try withContext(precision: precision) { try self.score(text.tokens, rowCount: rowCount, progress: progress) }
        return LanguageModelEvaluation(score: score, characterCount: text.record.characterCount)
    }

    func score(_ tokens: any TokenStream, rowCount: Int, progress: (Int, Int) throws -> Void = { _, _ in }) throws
        -> LanguageModelScore
    {
        switch model {
        case .recurrent(let model):
            try NeuralScorer(model: model, startToken: tokenizer.endOfSentence, rowCount: rowCount).score(
                tokens, progress: progress)
        case .transformer(let model):
            try WindowScorer(
                model: model, windowLength: min(model.configuration.block, Self.longestWindow),
                startToken: tokenizer.endOfSentence
            ).score(tokens, progress: progress)
        case .ngram(let model): try model.score(tokens.tokens(at: 0..<tokens.count))
        }
    }
}
