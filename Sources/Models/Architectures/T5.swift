import SequiturLayers
import SequiturTensors

/// T5 (Raffel et al. 2020) of both versions and mT5 (Xue et al. 2021): `model_type` "t5", "mt5". Root-mean-square norms first, no biases,
/// scores that are not scaled, and positions as biases of the scores, which the first layer of a stack holds for all.
enum T5: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        var configuration = try common(reader)
        // Version 1.0 divides hidden states by √width before the output matrix, which is the embeddings; version 1.1 has neither.
        let isTied = try reader.bool("tie_word_embeddings", default: true)
        configuration.scalesOutput = try reader.bool("scale_decoder_outputs", default: isTied)
        configuration.tiesOutput = reader.tensors == nil ? configuration.scalesOutput : !reader.has("lm_head.weight", prefix: "")
        return try description(configuration, reader)
    }

    /// What T5 and mT5 have in common: all but the output matrix.
    static func common(_ reader: ConfigurationReader, feedForward: String = "relu", _ layers: Int = 6, _ heads: Int = 8) throws
        -> EncoderDecoderConfiguration
    {
        let stack = EncoderDecoderConfiguration.Stack(
            layers: try reader.integer("num_layers", "num_hidden_layers", default: layers),
            heads: try reader.integer("num_heads", "num_attention_heads", default: heads),
            feedForwardWidth: try reader.integer("d_ff", default: feedForward == "relu" ? 2048 : 1024))
        var configuration = EncoderDecoderConfiguration(
            vocabularySize: try reader.integer("vocab_size", default: feedForward == "relu" ? 32_128 : 250_112),
            width: try reader.integer("d_model", "hidden_size", default: 512),
            headWidth: try reader.integer("d_kv", "head_dim", default: 64), encoder: stack, decoder: stack,
            positions: .relative(
                buckets: try reader.integer("relative_attention_num_buckets", default: 32),
                reach: try reader.integer("relative_attention_max_distance", default: 128)))
        configuration.decoder.layers = try reader.integer("num_decoder_layers", default: stack.layers)
        configuration.activation = try activation(reader, default: feedForward)
        configuration.normalization = .rootMeanSquare
        configuration.epsilon = try reader.float("layer_norm_epsilon", default: 1e-6)
        configuration.normalizesFirst = true
        configuration.hasBias = false
        configuration.attentionScale = 1
        let rate = try reader.rate("dropout_rate", default: 0.1)
        configuration.dropout = rate
        configuration.attentionDropout = rate
        configuration.activationDropout = rate
        configuration.outputDropout = rate
        return configuration
    }

    /// `feed_forward_proj` is the name of a function, "gated-" before it where a second map is multiplied by it; `dense_act_fn` and
    /// `is_gated_act`, which later files have, say the same in two keys.
    private static func activation(_ reader: ConfigurationReader, default fallback: String) throws -> Activation {
        let projection = try reader.string("feed_forward_proj", default: fallback), gated = "gated-"
        let isGated = try reader.bool("is_gated_act", default: projection.hasPrefix(gated))
        let name = projection.hasPrefix(gated) ? String(projection.dropFirst(gated.count)) : projection
        // What is called "gated-gelu" has GELU's approximation.
        return try reader.activation("dense_act_fn", default: isGated && name == "gelu" ? "gelu_new" : name, isGated: isGated)
    }

    static func description(_ configuration: EncoderDecoderConfiguration, _ reader: ConfigurationReader) throws
        -> ArchitectureDescription
    {
        let name = reader.className ?? ""
        let isWrapped = ["ForSequenceClassification", "ForTokenClassification"].contains { name.hasSuffix($0) }
        let isEncoderAlone =
            reader.className == nil
            ? try !reader.bool("is_encoder_decoder", default: true)
            : ["EncoderModel", "ForTokenClassification"].contains { name.hasSuffix($0) }
        // Classes that read a text as a whole make the decoder's ids of it.
        let readsWhole = ["ForSequenceClassification", "ForQuestionAnswering"].contains { name.hasSuffix($0) }
        let start = try reader.optionalInteger("decoder_start_token_id")
        if let start, !(0..<max(1, configuration.vocabularySize)).contains(start) {
            throw reader.error("\"decoder_start_token_id\" is \(start), which is outside the vocabulary")
        }
        let tagger = ArchitectureDescription.Head(
            classes: ["ForTokenClassification"],
            form: .init(.tokenClassification, reading: .tokens, classes: try reader.labelCount()),
            table: WeightTable([.map("output", "classifier")]))
        return try EncoderDecoderParts.description(
            configuration, prefix: isWrapped ? "transformer." : "", table: table(configuration),
            heads: try EncoderDecoderParts.heads(
                reader, languageModel: ["ForConditionalGeneration", "WithLMHeadModel"], width: configuration.width,
                vocabularySize: configuration.vocabularySize) + [tagger],
            ignored: ["EncDecAttention.relative_attention_bias.weight"],
            decoderIds: readsWhole ? start.map { .shifted(start: $0) } ?? .required : .required, isEncoderAlone: isEncoderAlone,
            reader)
    }

    private static func table(_ configuration: EncoderDecoderConfiguration) -> WeightTable {
        func stack(_ path: String, heads: Int) -> [WeightTable.Entry] {
            let block = "\(path).block.{}.layer", layer = "\(path).layers.{}", last = path == "decoder" ? 2 : 1
            func attention(_ part: String, _ name: String) -> WeightTable.Entry {
                .attention(
                    "\(layer).\(part)", queries: "\(block).\(name).q", keys: "\(block).\(name).k", values: "\(block).\(name).v",
                    output: "\(block).\(name).o", heads: heads)
            }
            let dense = "\(block).\(last).DenseReluDense", expansion = "\(layer).feedForward.expansion"
            return [
                attention("selfAttention", "0.SelfAttention"), attention("crossAttention", "1.EncDecAttention"),
                configuration.activation.isGated
                    ? .joined(expansion, ["\(dense).wi_0", "\(dense).wi_1"], parts: [1, 1]) : .map(expansion, "\(dense).wi"),
                .map("\(layer).feedForward.contraction", "\(dense).wo"), .norm("\(path).norm", "\(path).final_layer_norm"),
            ] + (0...last).map { .norm("\(layer).norm\($0 + 1)", "\(block).\($0).layer_norm") }
        }
        let relative = "block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        return WeightTable(
            [
                .tensor(
                    "sourceEmbeddings.words.weight", "shared.weight",
                    or: ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"]),
                .tensor("sourceEmbeddings.relative.weight", "encoder.\(relative)"),
                .tensor("targetEmbeddings.relative.weight", "decoder.\(relative)"),
                .tensor("output.weight", "lm_head.weight"),
            ] + stack("encoder", heads: configuration.encoder.heads) + stack("decoder", heads: configuration.decoder.heads))
    }
}

/// mT5 (Xue et al. 2021): T5 1.1, whose output matrix is the embeddings only where a folder has no other.
enum MT5: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        var configuration = try T5.common(reader, feedForward: "gated-gelu", 8, 6)
        configuration.tiesOutput = reader.tensors == nil || !reader.has("lm_head.weight", prefix: "")
        return try T5.description(configuration, reader)
    }
}
