import SequiturFiles
import SequiturLayers

/// RoBERTa (Liu et al. 2019) and its kin in other languages: `model_type` "roberta", "xlm-roberta", "camembert".
///
/// BERT's layers; positions are counted from behind the padding's id, padding itself not.
enum RoBERTa: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        for (key, value) in EncoderParts.fixed { try reader.require(key, is: value) }
        let width = try reader.integer("hidden_size")
        let configuration = EncoderConfiguration(
            vocabularySize: try reader.integer("vocab_size"), width: width, embeddingWidth: width,
            layers: try reader.integer("num_hidden_layers"), heads: try reader.integer("num_attention_heads"),
            feedForwardWidth: try reader.integer("intermediate_size"),
            activation: try reader.activation("hidden_act", default: "gelu"),
            positions: try reader.integer("max_position_embeddings", default: 512),
            numbering: .behindPadding(try reader.integer("pad_token_id", default: 1, in: 0...(1 << 20))),
            types: try reader.integer("type_vocab_size", default: 2), epsilon: try reader.float("layer_norm_eps", default: 1e-12),
            dropout: try reader.rate("hidden_dropout_prob", default: 0.1),
            attentionDropout: try reader.rate("attention_probs_dropout_prob", default: 0.1),
            hasPooler: reader.tensors != nil && reader.has("pooler.dense.weight", prefix: "roberta."))
        let labels = try reader.labelCount(), isTied = try reader.bool("tie_word_embeddings", default: true)
        return try EncoderParts.description(
            configuration, prefix: "roberta.", table: EncoderParts.table(heads: configuration.heads),
            heads: [
                .init(
                    classes: ["ForMaskedLM"],
                    form: .init(
                        .maskedLanguageModel, reading: .tokens, denseWidth: width, activation: .activation(.gelu),
                        normEpsilon: configuration.epsilon, classes: configuration.vocabularySize, isTied: isTied),
                    table: WeightTable([
                        .map("dense", "lm_head.dense"), .norm("norm", "lm_head.layer_norm"),
                        .tensor("output.weight", "lm_head.decoder.weight"),
                        .tensor("output.bias", "lm_head.bias", or: ["lm_head.decoder.bias"]),
                    ])),
                .init(
                    classes: ["ForSequenceClassification"],
                    form: .init(
                        .sequenceClassification, reading: .first, denseWidth: width, activation: .tanh, classes: labels),
                    table: WeightTable([.map("dense", "classifier.dense"), .map("output", "classifier.out_proj")])),
            ] + EncoderParts.tokenHeads(labels: labels), reader)
    }
}

extension RoBERTa {
    static func fresh(_ shape: PretrainedShape, head: HeadKind) -> [(String, JSONValue)]? {
        guard head == .maskedLanguageModel else { return nil }
        // Positions begin behind the padding's id.
        return EncoderParts.fresh(shape) + [
            ("architectures", ["RobertaForMaskedLM"]),
            ("max_position_embeddings", .count(shape.block + (shape.paddingID ?? 1) + 1)), ("type_vocab_size", 1),
            ("layer_norm_eps", .number(1e-5)),
        ]
    }

    static func dropout(_ rate: Float, attention: Float) -> [(String, JSONValue)] {
        EncoderParts.dropout(rate, attention: attention)
    }
}
