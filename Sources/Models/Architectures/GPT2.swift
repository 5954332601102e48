import SequiturFiles
import SequiturLayers

/// GPT-2 (Radford et al. 2019): `model_type` "gpt2". Its maps are stored as [inputs, outputs].
enum GPT2: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        try reader.require("scale_attn_weights", is: true)
        try reader.require("scale_attn_by_inverse_layer_idx", is: false)
        try reader.require("add_cross_attention", is: false)
        let width = try reader.integer("n_embd", "hidden_size", default: 768, in: 1...(1 << 16))
        let classes = reader.className ?? "", isHeaded = ["LMHeadModel", "DoubleHeadsModel"].contains { classes.hasSuffix($0) }
        var configuration = TransformerConfiguration(
            vocabularySize: try reader.integer("vocab_size", default: 50_257), width: width,
            layers: try reader.integer("n_layer", "num_hidden_layers", default: 12),
            heads: try reader.integer("n_head", "num_attention_heads", default: 12),
            feedForwardWidth: try reader.optionalInteger("n_inner") ?? 4 * width,
            block: try reader.integer("n_positions", "n_ctx", "max_position_embeddings", default: 1024),
            epsilon: try reader.float("layer_norm_epsilon", default: 1e-5),
            activation: try reader.activation("activation_function", default: "gelu_new"))
        configuration.dropout = try reader.rate("resid_pdrop", default: 0.1)
        configuration.inputDropout = try reader.rate("embd_pdrop", default: 0.1)
        configuration.attentionDropout = try reader.rate("attn_pdrop", default: 0.1)
        configuration.tiesEmbeddings = try reader.bool("tie_word_embeddings", default: true) || !isHeaded
        return try DecoderParts.description(
            configuration, prefix: "transformer.",
            table: WeightTable([
                .tensor("embedding.weight", "wte.weight"), .tensor("positions", "wpe.weight"),
                .tensor("transformer.layers.{}.selfAttention.inputBias", "h.{}.attn.c_attn.bias"),
                .transposed("transformer.layers.{}.selfAttention.inputWeight", "h.{}.attn.c_attn.weight"),
                .map("transformer.layers.{}.selfAttention.output", "h.{}.attn.c_proj", isTransposed: true),
                .norm("transformer.layers.{}.norm1", "h.{}.ln_1"),
                .map("transformer.layers.{}.feedForward.expansion", "h.{}.mlp.c_fc", isTransposed: true),
                .map("transformer.layers.{}.feedForward.contraction", "h.{}.mlp.c_proj", isTransposed: true),
                .norm("transformer.layers.{}.norm2", "h.{}.ln_2"), .norm("transformer.norm", "ln_f"),
                .tensor("output.weight", "lm_head.weight"),
            ]),
            heads: try DecoderParts.heads(
                reader, languageModel: ["LMHeadModel", "DoubleHeadsModel"], tokenLayer: "classifier",
                vocabularySize: configuration.vocabularySize),
            ignored: ["attn.bias", "attn.masked_bias"], reader)
    }
}

extension GPT2 {
    static func fresh(_ shape: PretrainedShape, head: HeadKind) -> [(String, JSONValue)]? {
        guard head == .languageModel else { return nil }
        return [
            ("architectures", ["GPT2LMHeadModel"]), ("n_embd", .count(shape.width)), ("n_layer", .count(shape.layers)),
            ("n_head", .count(shape.heads)), ("n_positions", .count(shape.block)),
            ("n_inner", shape.feedForwardWidth.map { .count($0) } ?? nil), ("activation_function", "gelu_new"),
            ("layer_norm_epsilon", .number(1e-5)),
        ]
    }

    static func dropout(_ rate: Float, attention: Float) -> [(String, JSONValue)] {
        [("resid_pdrop", .rate(rate)), ("embd_pdrop", .rate(rate)), ("attn_pdrop", .rate(attention))]
    }
}
