import SequiturLayers
import SequiturTensors

// T steps, W words, B texts, D width

/// What the tasks of understanding stand on: words in context from scratch, or a pre-trained model that is tuned.
public final class TextEncoder: Module {
    public let words: WordEncoder?
    public let pretrained: PretrainedModel?

    public init(_ encoder: WordEncoder) {
        words = encoder
        pretrained = nil
    }

    /// - Throws: where the model has a decoder behind its encoder: what it makes of a text has no state for each token of it.
    public init(_ model: PretrainedModel) throws {
        guard !(model.body is EncoderDecoderModel) else {
            throw ConfigurationError(
                reason: "a \(model.family.rawValue) with a decoder behind its encoder cannot be tuned for this task: "
                    + "give the folder of an encoder, or of a decoder alone")
        }
        words = nil
        pretrained = model
    }

    /// D
    public var width: Int { words?.outputSize ?? pretrained?.body.hiddenSize ?? 0 }

    /// The pre-trained model's own head, where it is one for this; a head for something else is left alone.
    func head(for kind: HeadKind) -> ModelHead? { pretrained?.headKind == kind ? pretrained?.head : nil }

    /// The most steps of a text; nil for any number.
    public var limit: Int? { pretrained?.body.limit }

    /// What fills up batches.
    public var padding: Int32 { pretrained?.paddingID ?? 0 }

    /// The state of every step: [T, B, D].
    public func callAsFunction(_ batch: TextBatch) -> Tensor {
        if let words { return words(batch) }
        guard let pretrained else { preconditionFailure("TextEncoder: neither words nor a model") }
        return pretrained.body.hidden(input(batch)).cast(to: .float32)
    }

    /// The same, as the models of the ecosystem take it.
    func input(_ batch: TextBatch) -> SequenceInput {
        SequenceInput(.ids(batch.ids), lengths: batch.lengths, types: batch.types)
    }

    /// The state of every word, that of its first piece: [W, B, D].
    public func wordStates(_ batch: TextBatch) -> Tensor {
        let hidden = callAsFunction(batch)
        guard let words = batch.words else { return hidden }
        return hidden.reshaped([batch.steps * batch.rows, width]).rows(words.places).reshaped([words.steps, batch.rows, width])
    }
}

extension TextBatch {
    /// W
    public var wordSteps: Int { words?.steps ?? steps }
    /// Words of each text, [B]; nil where all have as many.
    public var wordLengths: Tensor? { words.map(\.lengths) ?? lengths }
}
