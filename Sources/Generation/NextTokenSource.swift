import SequiturLayers
import SequiturTensors

/// Something that scores what comes next in N texts: a model, neural or counted.
///
/// A text is read once, as a whole; then it goes on by one token at a time. Texts may go on together, in a batch, and the
/// state of the batch is a value: rows can be chosen, repeated and joined, so that texts may end and branch.
public protocol NextTokenSource {
    associatedtype State: SequenceState
    /// V, the number of tokens scored: ids are 0 ..< V.
    var vocabularySize: Int { get }
    /// Reads one text from its beginning.
    ///
    /// - Parameter text: its tokens; for an empty one the scores are of the first token.
    /// - Returns: scores [1, V], logits or log-probabilities, and the state of a batch of one.
    /// - Throws: for a token outside the vocabulary.
    func read(_ text: [Int32]) throws -> (scores: Tensor, state: State)
    /// Lets every text of a batch go on by one token.
    ///
    /// - Parameter tokens: one for each of the N texts.
    /// - Returns: scores [N, V] and the state after the tokens.
    /// - Throws: for a token outside the vocabulary.
    func advance(_ state: State, by tokens: [Int32]) throws -> (scores: Tensor, state: State)
}

extension NextTokenSource {
    func check(_ tokens: [Int32]) throws {
        for token in tokens where token < 0 || token >= vocabularySize {
            throw GenerationError.tokenOutOfRange(token, vocabularySize: vocabularySize)
        }
    }
}
