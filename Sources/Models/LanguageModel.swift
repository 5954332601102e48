import SequiturLayers
import SequiturTensors

/// What a sequence model reads: a batch of token ids, or vectors in their place, and which of it is padding.
public struct SequenceInput: Sendable {
    public enum Content: Sendable {
        case ids(Tensor)  // [T, B], int32
        case embeddings(Tensor)  // [T, B, width]
    }

    public var content: Content
    /// Positions that each sequence has, int32 [B]; what stands behind them is padding. All where nil.
    public var lengths: Tensor?
    /// True where there is a token, bool [T, B], for padding that does not stand at the end.
    public var mask: Tensor?
    /// The segment of each token, int32 [T, B], for models that tell segments apart; 0 where nil.
    public var types: Tensor?

    public init(_ content: Content, lengths: Tensor? = nil, mask: Tensor? = nil, types: Tensor? = nil) {
        (self.content, self.lengths, self.mask, self.types) = (content, lengths, mask, types)
        let shape = Array(self.shape)
        precondition(
            lengths.map { $0.shape == [shape[1]] } ?? true && mask.map { $0.shape == shape && $0.dtype == .bool } ?? true
                && types.map { $0.shape == shape } ?? true,
            "SequenceInput: \(shape) tokens with lengths \(lengths?.shape ?? []), mask \(mask?.shape ?? []), types \(types?.shape ?? [])"
        )
    }

    public static func ids(_ ids: Tensor, lengths: Tensor? = nil) -> Self { Self(.ids(ids), lengths: lengths) }
    public static func embeddings(_ vectors: Tensor, lengths: Tensor? = nil) -> Self {
        Self(.embeddings(vectors), lengths: lengths)
    }

    /// Steps and sequences.
    public var shape: [Int] {
        switch content {
        case .ids(let ids): ids.shape
        case .embeddings(let vectors): Array(vectors.shape.dropLast())
        }
    }

    public var steps: Int { shape[0] }
    public var rows: Int { shape[1] }

    /// The mask of keys as attention reads it: bool [B, 1, 1, T].
    var keyMask: Tensor? { mask.map { $0.cast(to: .float32).transposed([1, 0]).cast(to: .bool).reshaped([rows, 1, 1, steps]) } }
}

/// The contract of every sequence model: (ids or embeddings, lengths, state) → (hidden states, state), never logits. The head is separate.
///
/// - Shape: time comes first, T steps of B sequences.
public protocol SequenceModel: Module {
    associatedtype State: SequenceState
    /// The width of the hidden states.
    var hiddenSize: Int { get }
    /// Ids that can be read are 0 ..< vocabularySize.
    var vocabularySize: Int { get }
    /// The most positions that a sequence may have; nil where there is no end.
    var limit: Int? { get }
    /// The state before the first token of `rows` sequences.
    func initialState(rows: Int) -> State
    /// Hidden states [T, B, hiddenSize] and the state after the last step.
    func callAsFunction(_ input: SequenceInput, state: State) -> (hidden: Tensor, state: State)
}

extension SequenceModel {
    /// Hidden states of whole sequences: [T, B, hiddenSize].
    public func hidden(_ input: SequenceInput) -> Tensor { self(input, state: initialState(rows: input.rows)).hidden }
}

/// A sequence model with a head over a vocabulary.
public protocol LanguageModel: SequenceModel {
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
