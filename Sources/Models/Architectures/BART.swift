import SequiturFiles
import SequiturLayers

/// BART (Lewis et al. 2020): `model_type` "bart". Trained positions, of which the first two are not used, a norm behind the embeddings,
/// and norms behind each part of a layer.
enum BART: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        try requireKnown(reader, first: false, embeddings: true, last: false, fixedPositions: false)
        let configuration = try common(reader)
        let start = try reader.integer("decoder_start_token_id", default: 2)
        guard start < max(1, configuration.vocabularySize) else {
            throw reader.error("\"decoder_start_token_id\" is \(start), which is outside the vocabulary")
        }
        return try description(configuration, decoderIds: .shifted(start: start), reader)
    }

    /// Settings of the program in which these models were trained, which must say what is computed here.
    static func requireKnown(
        _ reader: ConfigurationReader, first: Bool, embeddings: Bool, last: Bool, fixedPositions: Bool
    ) throws {
        for (key, value) in [
            ("normalize_before", first), ("normalize_embedding", embeddings), ("add_final_layer_norm", last),
            ("static_position_embeddings", fixedPositions), ("is_decoder", false),
        ] {
            try reader.require(key, is: .bool(value))
        }
    }

    /// What all of the family have.
    static func common(_ reader: ConfigurationReader, vocabularySize: Int = 50_265) throws -> EncoderDecoderConfiguration {
        let width = try reader.integer("d_model", "hidden_size", default: 1024)
        func stack(_ name: String) throws -> EncoderDecoderConfiguration.Stack {
            .init(
                layers: try reader.integer("\(name)_layers", default: 12),
                heads: try reader.integer("\(name)_attention_heads", default: 16),
                feedForwardWidth: try reader.integer("\(name)_ffn_dim", default: 4096))
        }
        var configuration = EncoderDecoderConfiguration(
            vocabularySize: try reader.integer("vocab_size", default: vocabularySize), width: width,
            encoder: try stack("encoder"), decoder: try stack("decoder"),
            positions: .learned(count: try reader.integer("max_position_embeddings", default: 1024), offset: 2))
        configuration.activation = try reader.activation("activation_function", default: "gelu")
        configuration.normalizesEmbeddings = true
        configuration.scalesEmbeddings = try reader.bool("scale_embedding", default: false)
        configuration.dropout = try reader.rate("dropout", default: 0.1)
        configuration.attentionDropout = try reader.rate("attention_dropout", default: 0)
        configuration.activationDropout = try reader.rate("activation_dropout", default: 0)
        // Where matrices are not tied, the folder says which of them there are.
        let isTied = try reader.bool("tie_word_embeddings", default: true), prefix = "model."
        let isHeaded = languageModels.contains { reader.className?.hasSuffix($0) ?? false }
        configuration.sharesEmbeddings = isTied || !hasOwnEmbeddings(reader)
        configuration.tiesOutput =
            isTied || !(reader.tensors == nil ? isHeaded : reader.has("lm_head.weight", prefix: prefix))
        configuration.hasLogitsBias = reader.tensors == nil ? isHeaded : reader.has("final_logits_bias", prefix: prefix)
        return configuration
    }

    static let languageModels = ["ForConditionalGeneration", "MTModel"]

    /// Whether a folder has one table for the source and one for the target.
    static func hasOwnEmbeddings(_ reader: ConfigurationReader) -> Bool {
        ["encoder", "decoder"].allSatisfy { reader.has("\($0).embed_tokens.weight", prefix: "model.") }
    }

    static func description(
        _ configuration: EncoderDecoderConfiguration, decoderIds: ArchitectureDescription.DecoderIds,
        _ reader: ConfigurationReader
    ) throws -> ArchitectureDescription {
        try EncoderDecoderParts.description(
            configuration, prefix: "model.", table: table(configuration),
            heads: try EncoderDecoderParts.heads(
                reader, languageModel: languageModels, width: configuration.width,
                vocabularySize: configuration.vocabularySize),
            ignored: ["encoder.version", "decoder.version"] + (configuration.sharesEmbeddings ? [] : ["shared.weight"]),
            decoderIds: decoderIds, reader)
    }

    private static func table(_ configuration: EncoderDecoderConfiguration) -> WeightTable {
        func attention(_ path: String, _ name: String, _ heads: Int) -> WeightTable.Entry {
            .attention(
                path, queries: "\(name).q_proj", keys: "\(name).k_proj", values: "\(name).v_proj", output: "\(name).out_proj",
                heads: heads)
        }
        func stack(_ path: String, embeddings: String, norms: [String], heads: Int) -> [WeightTable.Entry] {
            let layer = "\(path).layers.{}"
            return [
                .tensor("\(embeddings).positions.weight", "\(path).embed_positions.weight"),
                .norm("\(embeddings).norm", "\(path).layernorm_embedding"), .norm("\(path).norm", "\(path).layer_norm"),
                attention("\(layer).selfAttention", "\(layer).self_attn", heads),
                attention("\(layer).crossAttention", "\(layer).encoder_attn", heads),
                .map("\(layer).feedForward.expansion", "\(layer).fc1"), .map("\(layer).feedForward.contraction", "\(layer).fc2"),
            ] + norms.enumerated().map { .norm("\(layer).norm\($0 + 1)", "\(layer).\($1)") }
        }
        let copies = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"]
        return WeightTable(
            [
                configuration.sharesEmbeddings
                    ? .tensor("sourceEmbeddings.words.weight", "shared.weight", or: copies)
                    : .tensor("sourceEmbeddings.words.weight", copies[0]),
                .tensor("targetEmbeddings.words.weight", copies[1]),
                .tensor("output.weight", "lm_head.weight"), .tensor("logitsBias", "final_logits_bias"),
            ]
                + stack(
                    "encoder", embeddings: "sourceEmbeddings", norms: ["self_attn_layer_norm", "final_layer_norm"],
                    heads: configuration.encoder.heads)
                + stack(
                    "decoder", embeddings: "targetEmbeddings",
                    norms: ["self_attn_layer_norm", "encoder_attn_layer_norm", "final_layer_norm"],
                    heads: configuration.decoder.heads))
    }
}

/// mBART (Liu et al. 2020): `model_type` "mbart". BART with norms first and one at the end of each stack.
enum MBART: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        try BART.requireKnown(reader, first: true, embeddings: true, last: true, fixedPositions: false)
        var configuration = try BART.common(reader)
        configuration.normalizesFirst = true
        let padding = try reader.integer("pad_token_id", default: 1)
        return try BART.description(configuration, decoderIds: .turned(padding: padding), reader)
    }
}
