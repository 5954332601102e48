import SequiturFiles
import SequiturLayers

/// What the encoders of the BERT family share.
enum EncoderParts {
    /// Settings of `transformers` that change what is computed, and the only value that is known here.
    static let fixed: [(String, JSONValue)] = [
        ("position_embedding_type", "absolute"), ("is_decoder", false), ("add_cross_attention", false),
    ]

    /// A checkpoint of a class that needs no pooler has none.
    static func hasPooler(_ reader: ConfigurationReader, _ tensor: String, prefix: String) -> Bool {
        let name = reader.className ?? "", readsPooler = ["ForSequenceClassification", "Model"].contains { name.hasSuffix($0) }
        return reader.tensors == nil
            ? readsPooler : reader.has(tensor, prefix: prefix) || name.hasSuffix("ForSequenceClassification")
    }

    /// The names that BERT, RoBERTa and ELECTRA have in common.
    static func table(heads: Int) -> WeightTable {
        WeightTable([
            .tensor("words.weight", "embeddings.word_embeddings.weight"),
            .tensor("positions", "embeddings.position_embeddings.weight"),
            .tensor("types", "embeddings.token_type_embeddings.weight"), .norm("norm", "embeddings.LayerNorm"),
            .map("projection", "embeddings_project"), .map("pooler", "pooler.dense"),
            .attention(
                "encoder.layers.{}.selfAttention", queries: "encoder.layer.{}.attention.self.query",
                keys: "encoder.layer.{}.attention.self.key", values: "encoder.layer.{}.attention.self.value",
                output: "encoder.layer.{}.attention.output.dense", heads: heads),
            .norm("encoder.layers.{}.norm1", "encoder.layer.{}.attention.output.LayerNorm"),
            .map("encoder.layers.{}.feedForward.expansion", "encoder.layer.{}.intermediate.dense"),
            .map("encoder.layers.{}.feedForward.contraction", "encoder.layer.{}.output.dense"),
            .norm("encoder.layers.{}.norm2", "encoder.layer.{}.output.LayerNorm"),
        ])
    }

    /// Heads that read every token by one map, as all of the family have.
    static func tokenHeads(labels: Int) -> [ArchitectureDescription.Head] {
        [
            .init(
                classes: ["ForTokenClassification"], form: .init(.tokenClassification, reading: .tokens, classes: labels),
                table: WeightTable([.map("output", "classifier")])),
            .init(
                classes: ["ForQuestionAnswering"], form: .init(.questionAnswering, reading: .tokens, classes: 2),
                table: WeightTable([.map("output", "qa_outputs")])),
        ]
    }

    static func description(
        _ configuration: EncoderConfiguration, prefix: String, table: WeightTable, heads: [ArchitectureDescription.Head],
        _ reader: ConfigurationReader
    ) throws -> ArchitectureDescription {
        do { try configuration.validate() } catch let error as ConfigurationError { throw reader.error(error.reason) }
        return ArchitectureDescription(
            prefix: prefix, parameterCount: configuration.parameterCount, width: configuration.width, table: table, heads: heads,
            ignored: ["position_ids", "token_type_ids"]
        ) { try EncoderModel(configuration, random: $0) }
    }
}

extension EncoderParts {
    /// Keys of a fresh configuration that BERT, RoBERTa and ELECTRA have in common.
    static func fresh(_ shape: PretrainedShape) -> [(String, JSONValue)] {
        [
            ("hidden_size", .count(shape.width)), ("num_hidden_layers", .count(shape.layers)),
            ("num_attention_heads", .count(shape.heads)),
            ("intermediate_size", .count(shape.feedForwardWidth ?? 4 * shape.width)), ("hidden_act", "gelu"),
        ]
    }

    static func dropout(_ rate: Float, attention: Float) -> [(String, JSONValue)] {
        [("hidden_dropout_prob", .rate(rate)), ("attention_probs_dropout_prob", .rate(attention))]
    }
}
