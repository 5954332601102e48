import SequiturFiles
import SequiturLayers

/// Llama (Touvron et al. 2023) and what shares its layers, Mistral and Qwen2: root-mean-square norms, gated feed-forward parts, rotary
/// positions, heads of keys and values that several heads of queries share; `model_type` "llama", "mistral", "qwen2".
enum Llama: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        var configuration = try common(reader)
        let hasBias = try reader.bool("attention_bias", default: false)
        (configuration.hasQueryBias, configuration.hasAttentionOutputBias) = (hasBias, hasBias)
        configuration.hasBias = try reader.bool("mlp_bias", default: false)
        return try description(configuration, reader)
    }

    /// What all of the family have.
    static func common(_ reader: ConfigurationReader, base: Double = 10_000) throws -> TransformerConfiguration {
        let heads = try reader.integer("num_attention_heads", in: 1...(1 << 12)), width = try reader.integer("hidden_size")
        let positions = try reader.integer("max_position_embeddings", default: 2048, in: 1...(1 << 30))
        let headWidth = try reader.optionalInteger("head_dim") ?? width / heads
        let rotary = try reader.rotary(width: headWidth, positions: positions)
        let isHeaded = reader.className?.hasSuffix("ForCausalLM") ?? reader.has("lm_head.weight", prefix: "")
        var configuration = TransformerConfiguration(
            vocabularySize: try reader.integer("vocab_size"), width: width, layers: try reader.integer("num_hidden_layers"),
            heads: heads, keyHeads: try reader.integer("num_key_value_heads", default: heads, in: 1...(1 << 12)),
            feedForwardWidth: try reader.integer("intermediate_size"), block: positions, positions: .rotary,
            rotaryBase: Float(rotary.base), normalization: .rootMeanSquare,
            epsilon: try reader.float("rms_norm_eps", default: 1e-6),
            activation: try reader.activation("hidden_act", default: "silu", isGated: true), hasBias: false,
            tiesEmbeddings: try reader.bool("tie_word_embeddings", default: false) || !isHeaded)
        configuration.ownHeadWidth = try reader.optionalInteger("head_dim")
        configuration.rotaryScaling = rotary.scaling
        configuration.attentionDropout = try reader.rate("attention_dropout", default: 0)
        return configuration
    }

    static func description(_ configuration: TransformerConfiguration, _ reader: ConfigurationReader) throws
        -> ArchitectureDescription
    {
        try DecoderParts.description(
            configuration, prefix: "model.",
            table: WeightTable([
                .tensor("embedding.weight", "embed_tokens.weight"),
                .attention(
                    "transformer.layers.{}.selfAttention", queries: "layers.{}.self_attn.q_proj",
                    keys: "layers.{}.self_attn.k_proj", values: "layers.{}.self_attn.v_proj",
                    output: "layers.{}.self_attn.o_proj", heads: configuration.heads, keyHeads: configuration.keyHeads),
                .norm("transformer.layers.{}.norm1", "layers.{}.input_layernorm"),
                .joined(
                    "transformer.layers.{}.feedForward.expansion", ["layers.{}.mlp.gate_proj", "layers.{}.mlp.up_proj"],
                    parts: [1, 1]),
                .map("transformer.layers.{}.feedForward.contraction", "layers.{}.mlp.down_proj"),
                .norm("transformer.layers.{}.norm2", "layers.{}.post_attention_layernorm"),
                .norm("transformer.norm", "norm"), .tensor("output.weight", "lm_head.weight"),
            ]),
            heads: try DecoderParts.heads(
                reader, languageModel: ["ForCausalLM"], tokenLayer: "score", vocabularySize: configuration.vocabularySize),
            ignored: ["rotary_emb.inv_freq"], reader)
    }
}

/// Mistral (Jiang et al. 2023): Llama's layers that see a window of the last positions.
enum Mistral: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        var configuration = try Llama.common(reader)
        configuration.window = try reader.optionalInteger("sliding_window").map { min($0, 1 << 30) }
        return try Llama.description(configuration, reader)
    }
}

/// Qwen2 (Yang et al. 2024): Llama's layers with biases of queries, keys and values.
enum Qwen2: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        try reader.require("use_sliding_window", is: false)
        var configuration = try Llama.common(reader)
        (configuration.hasQueryBias, configuration.hasAttentionOutputBias) = (true, false)
        return try Llama.description(configuration, reader)
    }
}

extension Llama {
    static func fresh(_ shape: PretrainedShape, head: HeadKind) -> [(String, JSONValue)]? {
        fresh(shape, head: head, className: "LlamaForCausalLM")
    }

    static func fresh(_ shape: PretrainedShape, head: HeadKind, className: String) -> [(String, JSONValue)]? {
        guard head == .languageModel else { return nil }
        let inner = shape.feedForwardWidth ?? TransformerConfiguration.feedForwardWidth(of: shape.width, .swiglu)
        return [
            ("architectures", [.string(className)]), ("hidden_size", .count(shape.width)),
            ("num_hidden_layers", .count(shape.layers)), ("num_attention_heads", .count(shape.heads)),
            ("num_key_value_heads", .count(shape.keyHeads ?? shape.heads)), ("intermediate_size", .count(inner)),
            ("max_position_embeddings", .count(shape.block)), ("hidden_act", "silu"), ("rms_norm_eps", .number(1e-6)),
            ("rope_theta", .number(10_000)),
        ]
    }

    static func dropout(_ rate: Float, attention: Float) -> [(String, JSONValue)] {
        [("attention_dropout", .rate(attention))]
    }
}

extension Mistral {
    static func fresh(_ shape: PretrainedShape, head: HeadKind) -> [(String, JSONValue)]? {
        Llama.fresh(shape, head: head, className: "MistralForCausalLM").map { $0 + [("sliding_window", nil)] }
    }

    static func dropout(_ rate: Float, attention: Float) -> [(String, JSONValue)] {
        Llama.dropout(rate, attention: attention)
    }
}

extension Qwen2 {
    static func fresh(_ shape: PretrainedShape, head: HeadKind) -> [(String, JSONValue)]? {
        Llama.fresh(shape, head: head, className: "Qwen2ForCausalLM").map { $0 + [("use_sliding_window", false)] }
    }

    static func dropout(_ rate: Float, attention: Float) -> [(String, JSONValue)] {
        Llama.dropout(rate, attention: attention)
    }
}
