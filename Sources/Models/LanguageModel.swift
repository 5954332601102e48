import SequiturLayers
import SequiturTensors

/// What a sequence model reads: token ids, or vectors in their place.
public enum SequenceInput: Sendable {
    case ids(Tensor)  // [T, B], int32
    case embeddings(Tensor)  // [T, B, width]
}

/// The contract of every sequence model: (ids or embeddings, state) → (hidden states, state), never logits. The head is separate.
///
/// - Shape: time comes first, T steps of B sequences.
public protocol SequenceModel: Module {
    associatedtype State: SequenceState
    /// The state before the first token of `rows` sequences.
    func initialState(rows: Int) -> State
    /// Hidden states [T, B, hiddenSize] and the state after the last step.
    func callAsFunction(_ input: SequenceInput, state: State) -> (hidden: Tensor, state: State)
}

/// A sequence model with a head over a vocabulary.
public protocol LanguageModel: SequenceModel {
    var vocabularySize: Int { get }
    /// Logits of the next token.
    /// - Shape: hidden [N, hiddenSize] → [N, vocabularySize]
    func logits(_ hidden: Tensor) -> Tensor
    /// The loss of the next tokens, in inference or training as the surrounding mode says.
    ///
    /// - Parameter labelSmoothing: ε of `Tensor.linearCrossEntropy`.
    /// - Shape: inputs [T, B], targets [T, B] (int32, negative = ignored)
    func loss(
        inputs: Tensor, targets: Tensor, state: State, regularization: ActivationRegularization, labelSmoothing: Float
    ) -> LanguageModelLoss<State>
}

extension LanguageModel {
    /// The loss of the next tokens themselves.
    public func loss(
        inputs: Tensor, targets: Tensor, state: State, regularization: ActivationRegularization
    ) -> LanguageModelLoss<State> {
        loss(inputs: inputs, targets: targets, state: state, regularization: regularization, labelSmoothing: 0)
    }
}

public struct LanguageModelLoss<State: SequenceState> {
    /// Cross-entropy, as a sum and a count.
    public let loss: Loss
    /// Penalties, already means; nil where there are none.
    public let penalty: Tensor?
    public let state: State

    /// What is differentiated: the summed cross-entropy plus the penalty for the weight of every target, so that dividing by the weight of
    /// the whole effective batch gives mean cross-entropy + penalty.
    public var objective: Tensor {
        guard let penalty else { return loss.sum }
        return loss.sum + penalty * Tensor(Float(loss.weight))
    }
}
