import SequiturLayers
import SequiturModels
import SequiturTensors

/// The next token by a neural language model, which reads every token once and keeps the state.
///
/// A text is read in chunks of `chunkLength` steps [T, 1], so that memory does not grow with its length.
public struct LanguageModelSource<Model: LanguageModel>: NextTokenSource {
    public static var chunkLength: Int { 256 }

    public let model: Model
    /// Read before every text, as what ended the text before.
    public let start: Int32?
    /// Tokens that can come next.
    public let vocabularySize: Int

    /// - Parameters:
    ///   - start: the tokenizer's end of a sentence, where it has one. Without it a model that is given an empty text has read nothing,
    ///     and all tokens score alike.
    ///   - vocabularySize: the tokenizer's, where the model's matrix has rows that no token has; the model's where nil.
    /// - Throws: `GenerationError.tokenOutOfRange` for a start outside the vocabulary.
    public init(_ model: Model, start: Int32? = nil, vocabularySize: Int? = nil) throws {
        self.model = model
        self.vocabularySize = min(vocabularySize ?? .max, model.vocabularySize)
        self.start = start
        try check(start.map { [$0] } ?? [])
    }

    public func read(_ text: [Int32]) throws -> (scores: Tensor, state: Model.State) {
        try check(text)
        let tokens = (start.map { [$0] } ?? []) + text
        return Engine.run {
            var state = inference { model.initialState(rows: 1) }
            var scores = Tensor.zeros([1, vocabularySize])
            for first in stride(from: 0, to: tokens.count, by: Self.chunkLength) {
                let chunk = Array(tokens[first..<min(first + Self.chunkLength, tokens.count)])
                let isLast = first + chunk.count == tokens.count
                inference {
                    let (hidden, after) = model(.ids(Tensor(chunk, shape: [chunk.count, 1])), state: state)  // [T, 1, H]
                    state = after
                    if isLast { scores = logits(hidden[chunk.count - 1]) }  // [1, V]
                }
            }
            return (scores, state)
        }
    }

    public func advance(_ state: Model.State, by tokens: [Int32]) throws -> (scores: Tensor, state: Model.State) {
        try check(tokens)
        return Engine.run {
            inference {
                let (hidden, after) = model(.ids(Tensor(tokens, shape: [1, tokens.count])), state: state)  // [1, N, H]
                return (logits(hidden[0]), after)  // [N, V]
            }
        }
    }

    private func logits(_ hidden: Tensor) -> Tensor {
        let all = model.logits(hidden)
        return vocabularySize == model.vocabularySize ? all : all.sliced(axis: 1, 0..<vocabularySize)
    }

    private func inference<Value>(_ body: () -> Value) -> Value { withContext(.inference) { withoutGradients(body) } }
}
