import SequiturFiles
import SequiturLayers

/// DistilBERT (Sanh et al. 2019): `model_type` "distilbert". BERT's layers without segments and without a pooler.
enum DistilBERT: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        let width = try reader.integer("dim", default: 768)
        let configuration = EncoderConfiguration(
            vocabularySize: try reader.integer("vocab_size"), width: width, embeddingWidth: width,
            layers: try reader.integer("n_layers", default: 6), heads: try reader.integer("n_heads", default: 12),
            feedForwardWidth: try reader.integer("hidden_dim", default: 3072),
            activation: try reader.activation("activation", default: "gelu"),
            positions: try reader.integer("max_position_embeddings", default: 512), numbering: .fromZero, types: 0,
            epsilon: 1e-12, dropout: try reader.rate("dropout", default: 0.1),
            attentionDropout: try reader.rate("attention_dropout", default: 0.1), hasPooler: false)
        let labels = try reader.labelCount(), isTied = try reader.bool("tie_word_embeddings", default: true)
        let table = WeightTable([
            .tensor("words.weight", "embeddings.word_embeddings.weight"),
            .tensor("positions", "embeddings.position_embeddings.weight"), .norm("norm", "embeddings.LayerNorm"),
            .attention(
                "encoder.layers.{}.selfAttention", queries: "transformer.layer.{}.attention.q_lin",
                keys: "transformer.layer.{}.attention.k_lin", values: "transformer.layer.{}.attention.v_lin",
                output: "transformer.layer.{}.attention.out_lin", heads: configuration.heads),
            .norm("encoder.layers.{}.norm1", "transformer.layer.{}.sa_layer_norm"),
            .map("encoder.layers.{}.feedForward.expansion", "transformer.layer.{}.ffn.lin1"),
            .map("encoder.layers.{}.feedForward.contraction", "transformer.layer.{}.ffn.lin2"),
            .norm("encoder.layers.{}.norm2", "transformer.layer.{}.output_layer_norm"),
        ])
        return try EncoderParts.description(
            configuration, prefix: "distilbert.", table: table,
            heads: [
                .init(
                    classes: ["ForMaskedLM"],
                    form: .init(
                        .maskedLanguageModel, reading: .tokens, denseWidth: width,
                        activation: .activation(configuration.activation), normEpsilon: 1e-12,
                        classes: configuration.vocabularySize, isTied: isTied),
                    table: WeightTable([
                        .map("dense", "vocab_transform"), .norm("norm", "vocab_layer_norm"), .map("output", "vocab_projector"),
                    ])),
                .init(
                    classes: ["ForSequenceClassification"],
                    form: .init(
                        .sequenceClassification, reading: .first, denseWidth: width, activation: .activation(.relu),
                        classes: labels),
                    table: WeightTable([.map("dense", "pre_classifier"), .map("output", "classifier")])),
            ] + EncoderParts.tokenHeads(labels: labels), reader)
    }
}

extension DistilBERT {
    static func fresh(_ shape: PretrainedShape, head: HeadKind) -> [(String, JSONValue)]? {
        guard head == .maskedLanguageModel else { return nil }
        return [
            ("architectures", ["DistilBertForMaskedLM"]), ("dim", .count(shape.width)), ("n_layers", .count(shape.layers)),
            ("n_heads", .count(shape.heads)), ("hidden_dim", .count(shape.feedForwardWidth ?? 4 * shape.width)),
            ("activation", "gelu"), ("max_position_embeddings", .count(shape.block)),
        ]
    }

    static func dropout(_ rate: Float, attention: Float) -> [(String, JSONValue)] {
        [("dropout", .rate(rate)), ("attention_dropout", .rate(attention))]
    }
}
