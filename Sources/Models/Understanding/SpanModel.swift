import SequiturLayers
import SequiturTensors

// T steps, B texts, D width

/// Where an answer begins and where it ends, in texts of a question and its context: for every step the score of being the first of the
/// answer and that of being the last. A pre-trained model has one map (Devlin et al. 2019):
///
///     [start_t, end_t] = W h_t + b
///
/// Words from scratch are compared with the question as a whole, whose states are weighted by attention (Weissenborn, Wiese & Seiffe
/// 2017):
///
///     q = Σ_t α_t h_t over the question        [start_t, end_t] = W₂ relu(W₁ [h_t; q; h_t ⊙ q] + b₁) + b₂
///
/// The first step stands for no answer.
/// - Shape: logits [T, B, 2].
public final class SpanModel: Module {
    public let encoder: TextEncoder
    public let own: Own
    private let dropout: Dropout

    /// What stands beside the encoder and its own head.
    public final class Own: Module {
        public let question: AttentionPooling?
        public let hidden: Linear?  // [D, 3 · D]
        /// Where the encoder has no head of its own.
        public let output: Linear?  // [2, D]

        init(question: AttentionPooling?, hidden: Linear?, output: Linear?) {
            self.question = question
            self.hidden = hidden
            self.output = output
        }
    }

    /// - Parameter dropout: of a pre-trained encoder's states; one from scratch drops its own.
    public init(_ encoder: TextEncoder, dropout: Float = 0, random: RandomStream) {
        self.encoder = encoder
        let width = encoder.width, isWords = encoder.words != nil
        own = Own(
            question: isWords ? AttentionPooling(width: width, random: random.split("question")) : nil,
            hidden: isWords ? Linear(from: 3 * width, to: width, random: random.split("hidden")) : nil,
            output: encoder.head(for: .questionAnswering) == nil
                ? Linear(from: width, to: 2, random: random.split("output")) : nil)
        self.dropout = Dropout(isWords ? 0 : dropout, name: "spans.states")
    }

    /// The scores of all steps, [T, B, 2]; those outside of the contexts but the first are −∞.
    ///
    /// - Parameter contexts: the steps of each text's context; what stands before it is the question.
    public func callAsFunction(_ batch: TextBatch, contexts: [Range<Int>]) -> Tensor {
        let (steps, rows) = (batch.steps, batch.rows)
        precondition(
            contexts.count == rows && contexts.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= steps },
            "SpanModel: \(rows) contexts within \(steps) steps expected, \(contexts) found")
        let states = dropout(encoder(batch)), width = encoder.width
        let flat = compared(states, contexts).reshaped([steps * rows, width])
        let logits = own.output.map { $0(flat) } ?? encoder.head(for: .questionAnswering)?(flat) ?? flat
        var isHidden = [Bool](repeating: true, count: steps * rows)
        for (row, context) in contexts.enumerated() {
            isHidden[row] = false
            for step in context { isHidden[step * rows + row] = false }
        }
        return logits.cast(to: .float32).reshaped([steps, rows, 2])
            .masked(Tensor(isHidden, shape: [steps, rows, 1]), value: -.infinity)
    }

    /// The mean of both cross-entropies over the steps: −½ (ln p_start + ln p_end).
    ///
    /// - Parameters:
    ///   - starts: the first step of each text's answer; 0 for none.
    ///   - ends: the last step.
    public func loss(_ batch: TextBatch, contexts: [Range<Int>], starts: [Int32], ends: [Int32]) -> Loss {
        let logits = callAsFunction(batch, contexts: contexts)
        return logits.transposed([2, 1, 0]).reshaped([2 * batch.rows, batch.steps]).crossEntropy(Tensor(starts + ends))
    }

    /// States beside what the question is about; those of a pre-trained model are left alone.
    private func compared(_ states: Tensor, _ contexts: [Range<Int>]) -> Tensor {
        guard let question = own.question, let hidden = own.hidden else { return states }
        let lengths = contexts.map { max(1, $0.lowerBound) }
        // Nets of bfloat16 products may hand on states of that type, what is pooled is float32.
        let states = states.cast(to: .float32), (steps, rows, width) = (states.shape[0], states.shape[1], encoder.width)
        let vector = question(states[0..<(lengths.max() ?? 1)], lengths: Tensor(lengths.map(Int32.init)))  // [B, D]
        let repeated = vector.reshaped([1, rows, width]) + .zeros([steps, 1, 1])  // [T, B, D]
        return hidden(.concatenated([states, repeated, states * repeated], axis: 2)).relu()
    }
}
