import SequiturLayers
import SequiturTensors

// W words, B texts, D width, K tags, L labels of the whole text

/// A tag for every word: an encoder, a map to the tags' scores, and perhaps a conditional random field over them (Lample et al. 2016; Ma
/// & Hovy 2016; Devlin et al. 2019); at choice a label for the whole text from the same states (Liu & Lane 2016). With words from scratch
/// the label also sees the mean of their vectors, which says of a text what no order of words changes.
///
/// - Shape: emissions [W, B, K], labels' logits [B, L].
public final class TaggingModel: Module {
    public let encoder: TextEncoder
    public let own: Own

    /// What stands beside the encoder and its own head.
    public final class Own: Module {
        /// The scores of the tags, where the encoder has no head of its own for them.
        public let output: Linear?  // [K, D]
        public let field: ConditionalRandomField?
        /// Weighs the words for the label of the whole.
        public let pooling: AttentionPooling?
        public let label: Linear?  // [L, D], or [L, D + I]

        init(output: Linear?, field: ConditionalRandomField?, pooling: AttentionPooling?, label: Linear?) {
            self.output = output
            self.field = field
            self.pooling = pooling
            self.label = label
        }
    }

    private let dropout: Dropout

    /// - Parameters:
    ///   - constraints: which tags may follow one another, for the field.
    ///   - labels: of whole texts; 0 where texts have none.
    ///   - dropout: of a pre-trained encoder's states; one from scratch drops its own.
    public init(
        _ encoder: TextEncoder, tags: Int, hasField: Bool, constraints: TagConstraints? = nil, labels: Int = 0,
        dropout: Float = 0,
        random: RandomStream
    ) {
        self.encoder = encoder
        let width = encoder.width
        own = Own(
            output: encoder.head(for: .tokenClassification) == nil
                ? Linear(from: width, to: tags, random: random.split("output")) : nil,
            field: hasField ? ConditionalRandomField(tags: tags, constraints: constraints, random: random.split("field")) : nil,
            pooling: labels > 0 ? AttentionPooling(width: width, random: random.split("pooling")) : nil,
            label: labels > 0
                ? Linear(from: width + (encoder.words?.configuration.inputSize ?? 0), to: labels, random: random.split("label"))
                : nil)
        self.dropout = Dropout(encoder.words == nil ? dropout : 0, name: "tagging.states")
    }

    /// What is computed of a batch.
    public struct Outputs: Sendable {
        public let emissions: Tensor  // [W, B, K]
        public let labels: Tensor?  // [B, L]
        public let lengths: Tensor?  // [B]
    }

    public func callAsFunction(_ batch: TextBatch) -> Outputs {
        let found = encoder.words?.states(batch), lengths = batch.wordLengths
        let states = dropout(found?.states ?? encoder.wordStates(batch))
        let flat = states.reshaped([states.shape[0] * states.shape[1], states.shape[2]])
        let scores = own.output.map { $0(flat) } ?? encoder.head(for: .tokenClassification)?(flat) ?? flat
        let emissions = scores.reshaped([states.shape[0], states.shape[1], scores.shape[1]])
        let pooled = own.pooling.map { pooling in
            let weighted = pooling(states, lengths: lengths)
            guard let vectors = found?.vectors else { return weighted }
            return .concatenated([weighted, Pooling.mean(vectors, lengths: lengths)], axis: 1)
        }
        return Outputs(emissions: emissions, labels: pooled.flatMap { pooled in own.label.map { $0(pooled) } }, lengths: lengths)
    }

    /// The distribution over tag sequences of a model with a field.
    public func chain(_ outputs: Outputs) -> LinearChain? {
        own.field.map { $0.chain(outputs.emissions, lengths: outputs.lengths) }
    }
}
