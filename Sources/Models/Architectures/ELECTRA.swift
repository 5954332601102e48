import SequiturFiles
import SequiturLayers

/// ELECTRA (Clark et al. 2020): `model_type` "electra". BERT's layers, embeddings that may be narrower, and a discriminator that tells
/// for every token whether it was replaced.
enum ELECTRA: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        for (key, value) in EncoderParts.fixed { try reader.require(key, is: value) }
        let width = try reader.integer("hidden_size", default: 256)
        let configuration = EncoderConfiguration(
            vocabularySize: try reader.integer("vocab_size"), width: width,
            embeddingWidth: try reader.integer("embedding_size", default: 128),
            layers: try reader.integer("num_hidden_layers", default: 12),
            heads: try reader.integer("num_attention_heads", default: 4),
            feedForwardWidth: try reader.integer("intermediate_size", default: 1024),
            activation: try reader.activation("hidden_act", default: "gelu"),
            positions: try reader.integer("max_position_embeddings", default: 512), numbering: .fromZero,
            types: try reader.integer("type_vocab_size", default: 2), epsilon: try reader.float("layer_norm_eps", default: 1e-12),
            dropout: try reader.rate("hidden_dropout_prob", default: 0.1),
            attentionDropout: try reader.rate("attention_probs_dropout_prob", default: 0.1), hasPooler: false)
        let labels = try reader.labelCount(), isTied = try reader.bool("tie_word_embeddings", default: true)
        return try EncoderParts.description(
            configuration, prefix: "electra.", table: EncoderParts.table(heads: configuration.heads),
            heads: [
                .init(
                    classes: ["ForPreTraining"],
                    form: .init(
                        .replacedTokenDetection, reading: .tokens, denseWidth: width,
                        activation: .activation(configuration.activation), classes: 1, isSingle: true),
                    table: WeightTable([
                        .map("dense", "discriminator_predictions.dense"),
                        .map("output", "discriminator_predictions.dense_prediction"),
                    ])),
                .init(
                    classes: ["ForMaskedLM"],
                    form: .init(
                        .maskedLanguageModel, reading: .tokens, denseWidth: configuration.embeddingWidth,
                        activation: .activation(.gelu), normEpsilon: configuration.epsilon,
                        classes: configuration.vocabularySize, isTied: isTied),
                    table: WeightTable([
                        .map("dense", "generator_predictions.dense"), .norm("norm", "generator_predictions.LayerNorm"),
                        .map("output", "generator_lm_head"),
                    ])),
                .init(
                    classes: ["ForSequenceClassification"],
                    form: .init(
                        .sequenceClassification, reading: .first, denseWidth: width, activation: .activation(.gelu),
                        classes: labels),
                    table: WeightTable([.map("dense", "classifier.dense"), .map("output", "classifier.out_proj")])),
            ] + EncoderParts.tokenHeads(labels: labels), reader)
    }
}

extension ELECTRA {
    static func fresh(_ shape: PretrainedShape, head: HeadKind) -> [(String, JSONValue)]? {
        guard head == .maskedLanguageModel else { return nil }
        return EncoderParts.fresh(shape) + [
            ("architectures", ["ElectraForMaskedLM"]), ("embedding_size", .count(shape.width)),
            ("max_position_embeddings", .count(shape.block)), ("type_vocab_size", 2), ("layer_norm_eps", .number(1e-12)),
        ]
    }

    static func dropout(_ rate: Float, attention: Float) -> [(String, JSONValue)] {
        EncoderParts.dropout(rate, attention: attention)
    }
}
