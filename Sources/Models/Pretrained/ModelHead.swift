import SequiturLayers
import SequiturTensors

// T tokens, B sequences, W width of the hidden states, C classes

/// What a head is for.
public enum HeadKind: String, Sendable, CaseIterable {
    case maskedLanguageModel = "masked-language-model"
    case languageModel = "language-model"
    case sequenceClassification = "sequence-classification"
    case tokenClassification = "token-classification"
    case questionAnswering = "question-answering"
    case replacedTokenDetection = "replaced-token-detection"
}

/// The head of a checkpoint: what turns hidden states into logits.
///
///     logits = W₂ norm(f(W₁ h + b₁)) + b₂
///
/// with W₁, f and the norm where the architecture has them, for every token or for one of each sequence.
/// - Shape: h [T, B, W] → [T, B, C] or [B, C].
public final class ModelHead: Module {
    /// Which hidden states are read.
    public enum Reading: Sendable {
        case tokens
        /// The first token of each sequence.
        case first
        /// The first token behind the model's own pooler.
        case pooled
        /// The last token that is not padding.
        case last
        /// The last end-of-sequence token.
        case end
    }

    /// A head without its weights.
    public struct Form: Sendable {
        public var kind: HeadKind
        public var reading: Reading
        /// The width of W₁'s result; there is none where nil.
        public var denseWidth: Int?
        public var activation: HeadActivation?
        /// ε of the norm, where there is one.
        public var normEpsilon: Float?
        public var classes: Int
        public var hasBias: Bool
        /// W₂ is the table of the embeddings.
        public var isTied: Bool
        /// One logit for each token or sequence, which has no axis of its own.
        public var isSingle: Bool

        public init(
            _ kind: HeadKind, reading: Reading, denseWidth: Int? = nil, activation: HeadActivation? = nil,
            normEpsilon: Float? = nil, classes: Int, hasBias: Bool = true, isTied: Bool = false, isSingle: Bool = false
        ) {
            self.kind = kind
            self.reading = reading
            self.denseWidth = denseWidth
            self.activation = activation
            self.normEpsilon = normEpsilon
            self.classes = classes
            self.hasBias = hasBias
            self.isTied = isTied
            self.isSingle = isSingle
        }
    }

    public let dense: Linear?
    public let norm: Norm?
    public let output: Linear
    public let form: Form

    /// - Parameter table: the embeddings, for a tied head.
    public init(_ form: Form, width: Int, table: Parameter?, random: RandomStream) {
        self.form = form
        dense = form.denseWidth.map { Linear(from: width, to: $0, random: random.split("dense")) }
        let inner = form.denseWidth ?? width
        norm = form.normEpsilon.map { Norm(.layer, width: inner, epsilon: $0) }
        if form.isTied, let table {
            output = Linear(tied: table)
        } else {
            output = Linear(from: inner, to: form.classes, hasBias: form.hasBias, random: random.split("output"))
        }
    }

    /// The values of a head whose parameters were left unfilled.
    func fill(_ random: RandomStream) {
        for entry in parameters().entries where entry.parameter.shape.count == 1 {
            entry.parameter.assign(entry.name == "norm.gain" ? .ones(entry.parameter.shape) : .zeros(entry.parameter.shape))
        }
        initialize(random)
    }

    /// Weights normal with deviation 0.02, as the encoders'.
    func initialize(_ random: RandomStream) {
        for entry in parameters().entries
        where entry.parameter.shape.count == 2 && !(form.isTied && entry.name == "output.weight") {
            entry.parameter.assign(.normal(entry.parameter.shape, deviation: 0.02, from: random.split(entry.name)))
        }
    }

    /// - Parameter x: hidden states [N, W], those of the tokens that are read.
    public func callAsFunction(_ x: Tensor) -> Tensor { output(transformed(x)) }

    /// What the last map reads: norm(f(W₁ h + b₁)).
    public func transformed(_ x: Tensor) -> Tensor {
        var x = x
        if let dense { x = dense(x) }
        switch form.activation {
        case .activation(let activation): x = x.activated(activation)
        case .tanh: x = x.hyperbolicTangent()
        case nil: break
        }
        return norm.map { $0(x) } ?? x
    }
}

extension Linear {
    /// The values of a map that was left unfilled: weights normal with deviation 0.02, as the encoders', biases 0.
    func fill(_ random: RandomStream) {
        weight.assign(.normal(weight.shape, deviation: 0.02, from: random.split("weight")))
        if let bias { bias.assign(.zeros(bias.shape)) }
    }
}

/// The function inside a head.
public enum HeadActivation: Sendable {
    case activation(Activation)
    case tanh
}
