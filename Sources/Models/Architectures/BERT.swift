import SequiturFiles
import SequiturLayers

/// BERT (Devlin et al. 2019): `model_type` "bert".
enum BERT: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        for (key, value) in EncoderParts.fixed { try reader.require(key, is: value) }
        let width = try reader.integer("hidden_size")
        let configuration = EncoderConfiguration(
            vocabularySize: try reader.integer("vocab_size"), width: width, embeddingWidth: width,
            layers: try reader.integer("num_hidden_layers"), heads: try reader.integer("num_attention_heads"),
            feedForwardWidth: try reader.integer("intermediate_size"),
            activation: try reader.activation("hidden_act", default: "gelu"),
            positions: try reader.integer("max_position_embeddings", default: 512), numbering: .fromZero,
            types: try reader.integer("type_vocab_size", default: 2), epsilon: try reader.float("layer_norm_eps", default: 1e-12),
            dropout: try reader.rate("hidden_dropout_prob", default: 0.1),
            attentionDropout: try reader.rate("attention_probs_dropout_prob", default: 0.1),
            hasPooler: EncoderParts.hasPooler(reader, "pooler.dense.weight", prefix: "bert."))
        let labels = try reader.labelCount(), isTied = try reader.bool("tie_word_embeddings", default: true)
        return try EncoderParts.description(
            configuration, prefix: "bert.", table: EncoderParts.table(heads: configuration.heads),
            heads: [
                .init(
                    classes: ["ForMaskedLM", "ForPreTraining"],
                    form: .init(
                        .maskedLanguageModel, reading: .tokens, denseWidth: width,
                        activation: .activation(configuration.activation),
                        normEpsilon: configuration.epsilon, classes: configuration.vocabularySize, isTied: isTied),
                    table: WeightTable([
                        .map("dense", "cls.predictions.transform.dense"), .norm("norm", "cls.predictions.transform.LayerNorm"),
                        .tensor("output.weight", "cls.predictions.decoder.weight"),
                        .tensor("output.bias", "cls.predictions.bias", or: ["cls.predictions.decoder.bias"]),
                    ])),
                .init(
                    classes: ["ForSequenceClassification"],
                    form: .init(.sequenceClassification, reading: .pooled, classes: labels),
                    table: WeightTable([.map("output", "classifier")])),
            ] + EncoderParts.tokenHeads(labels: labels), reader)
    }
}

extension BERT {
    static func fresh(_ shape: PretrainedShape, head: HeadKind) -> [(String, JSONValue)]? {
        guard head == .maskedLanguageModel else { return nil }
        return EncoderParts.fresh(shape) + [
            ("architectures", ["BertForMaskedLM"]), ("max_position_embeddings", .count(shape.block)), ("type_vocab_size", 2),
            ("layer_norm_eps", .number(1e-12)),
        ]
    }

    static func dropout(_ rate: Float, attention: Float) -> [(String, JSONValue)] {
        EncoderParts.dropout(rate, attention: attention)
    }
}
