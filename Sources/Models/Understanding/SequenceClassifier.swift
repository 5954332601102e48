import SequiturLayers
import SequiturTensors

// T steps, B texts, D width, C classes, M marks

/// How a text's states become what is classified.
public enum SequencePooling: String, Sendable, CaseIterable {
    /// What the pre-trained model's own classifier reads; of words from scratch as `mean`.
    case own
    case cls, mean, max, last
    /// Weighted by a trained layer.
    case attention
    /// The states at given places beside one another, such as marks around entities.
    case marks
}

/// Classes of texts, or of pairs of texts: an encoder, pooling, dropout and a map to the classes' scores; with one class, a number.
///
/// - Shape: logits [B, C].
public final class SequenceClassifier: Module {
    public let encoder: TextEncoder
    public let own: Own
    public let pooling: SequencePooling
    private let dropout: Dropout

    /// What stands beside the encoder and its own head.
    public final class Own: Module {
        public let attention: AttentionPooling?
        public let output: Linear?  // [C, D], or [C, M · D]

        init(attention: AttentionPooling?, output: Linear?) {
            self.attention = attention
            self.output = output
        }
    }

    /// - Parameters:
    ///   - marks: how many places are read with `marks`.
    ///   - parts: how many vectors stand side by side before the map; two towers have four (u, v, |u − v|, u · v).
    ///   - hasOutput: false for an encoder whose vectors are all that is wanted.
    public init(
        _ encoder: TextEncoder, classes: Int, pooling: SequencePooling, marks: Int = 2, parts: Int = 1, hasOutput: Bool = true,
        dropout: Float = 0, random: RandomStream
    ) {
        self.encoder = encoder
        let hasHead = pooling == .own && parts == 1 && encoder.head(for: .sequenceClassification) != nil
        self.pooling = pooling == .own && !hasHead ? .mean : pooling
        let width = encoder.width * (pooling == .marks ? marks : 1) * parts
        own = Own(
            attention: pooling == .attention ? AttentionPooling(width: encoder.width, random: random.split("attention")) : nil,
            output: !hasHead && hasOutput
                ? Linear(from: width, to: classes, random: random.split("output")) : nil)
        self.dropout = Dropout(dropout, name: "classifier.states")
    }

    /// - Parameter marks: for `marks`, the step of each place of each text: M × B.
    public func callAsFunction(_ batch: TextBatch, marks: [[Int32]] = []) -> Tensor {
        if pooling == .own, let model = encoder.pretrained, let head = encoder.head(for: .sequenceClassification) {
            let input = encoder.input(batch)
            var outputs = model.states(of: input)
            outputs = dropout(outputs.cast(to: .float32))
            return head(outputs)
        }
        return logits(vectors(batch, marks: marks))
    }

    /// What a map makes of vectors: [B, …] → [B, C].
    public func logits(_ vectors: Tensor) -> Tensor {
        guard let output = own.output else { preconditionFailure("SequenceClassifier: no output") }
        return output(dropout(vectors))
    }

    /// One vector for each text: [B, D], or [B, M · D].
    public func vectors(_ batch: TextBatch, marks: [[Int32]] = []) -> Tensor {
        let hidden = encoder(batch), lengths = batch.lengths
        switch pooling {
        case .own, .mean: return Pooling.mean(hidden, lengths: lengths)
        case .cls: return Pooling.cls(hidden, lengths: lengths)
        case .max: return Pooling.max(hidden, lengths: lengths)
        case .last:
            guard let words = encoder.words, let network = words.recurrent else { return Pooling.last(hidden, lengths: lengths) }
            // Each direction's own last step: the end of the text, and its beginning.
            let half = network.stateSize
            let ends = Pooling.last(hidden, lengths: lengths).sliced(axis: 1, 0..<half)
            return .concatenated([ends, Pooling.cls(hidden).sliced(axis: 1, half..<(2 * half))], axis: 1)
        case .attention:
            guard let attention = own.attention else { preconditionFailure("SequenceClassifier: no attention") }
            return attention(hidden, lengths: lengths)
        case .marks:
            precondition(
                !marks.isEmpty && marks.allSatisfy { $0.count == batch.rows }, "SequenceClassifier: places of marks expected")
            let flat = hidden.reshaped([batch.steps * batch.rows, encoder.width])
            let parts = marks.map { places in
                flat.rows(Tensor(places.enumerated().map { $1 * Int32(batch.rows) + Int32($0) }))
            }
            return .concatenated(parts, axis: 1)
        }
    }
}
