import SequiturLayers
import SequiturTensors
import SequiturTestSupport

/// The parts of Transformers under PyTorch's names: settings of its constructors, `self_attn.in_proj_weight`, `linear1.weight` …
extension ParityLayers {
    static let transformers: [String: Maker] = [
        "layer_norm": norm(.layer), "rms_norm": norm(.rootMeanSquare), "feed_forward": feedForward,
        "multi_head_attention": multiHeadAttention, "transformer_encoder_layer": encoderLayer,
        "transformer_decoder_layer": decoderLayer, "transformer_encoder": encoder, "transformer_decoder": decoder,
        "transformer": transformer, "relative_position_bias": relativePositions,
        "scaled_dot_product_attention": { settings in
            ParityLayer(parameters: []) { try ParityAttention.scaledDotProduct(settings, $0) }
        },
    ]

    private static func norm(_ kind: Normalization) -> Maker {
        { settings in
            let shape = try settings.integers("normalized_shape"), width = shape.reduce(1, *)
            let smallest = settings.optionalText("eps") ?? (kind == .layer ? "1e-05" : "None")
            guard let epsilon = smallest == "None" ? Float(0x1p-23) : Float(smallest) else {
                throw FixtureError("setting eps is \(smallest), no number and not None")
            }
            let norm = Norm(
                kind, width: width, epsilon: epsilon, hasGain: try settings.optionalTruth("elementwise_affine") ?? true,
                hasBias: try settings.optionalTruth("bias") ?? true)
            let parameters = [("weight", norm.gain), ("bias", norm.bias)].compactMap { name, own in
                own.map { (name, Parameter($0.value.reshaped(shape))) }
            }
            return ParityLayer(parameters: parameters) { arguments in
                let x = try arguments["x"], rows = x.reshaped(Array(x.shape.dropLast(shape.count)) + [width])
                let named = Dictionary(uniqueKeysWithValues: parameters.map { ($0.0, $0.1().reshaped([width])) })
                return [
                    "y": rows.normalized(kind, gain: named["weight"], bias: named["bias"], epsilon: epsilon).reshaped(x.shape)
                ]
            }
        }
    }

    private static func relativePositions(_ settings: FixtureArguments) throws -> ParityLayer {
        let queries = try settings.integer("queries"), keys = try settings.integer("keys"),
            offset = try settings.integer("offset")
        let layer = RelativePositions(
            heads: try settings.integer("heads"), buckets: try settings.integer("num_buckets"),
            reach: try settings.integer("max_distance"), isCausal: try !settings.truth("bidirectional"), random: random)
        return ParityLayer(parameters: [("weight", layer.weight)]) { _ in
            ["y": layer(queries: queries, keys: keys, offsets: [offset])]
        }
    }

    private static func activation(_ settings: FixtureArguments) throws -> Activation {
        let name = settings.optionalText("activation") ?? "relu"
        guard let known = Activation(rawValue: name == "gelu_tanh" ? "gelu-tanh" : name) else {
            throw FixtureError("setting activation is \(name); known are relu, gelu, gelu_tanh, silu and swiglu")
        }
        return known
    }

    private static func feedForward(_ settings: FixtureArguments) throws -> ParityLayer {
        try requireNoDropout(settings)
        let layer = FeedForward(
            width: try settings.integer("d_model"), hiddenWidth: try settings.integer("dim_feedforward"),
            activation: try activation(settings), hasBias: try settings.optionalTruth("bias") ?? true, random: random)
        return ParityLayer(parameters: names(of: layer, "")) { ["y": layer(try $0["x"])] }
    }

    static func requireNoDropout(_ settings: FixtureArguments, _ key: String = "dropout") throws {
        if let dropout = try settings.optionalNumber(key), dropout != 0 {
            throw FixtureError("setting \(key) is \(dropout); only 0 can be compared")
        }
    }

    // MARK: Layers and stacks

    private static func layerSettings(_ settings: FixtureArguments) throws -> TransformerLayerSettings {
        try requireNoDropout(settings)
        let width = try settings.integer("d_model")
        return TransformerLayerSettings(
            width: width, heads: try settings.integer("nhead"),
            feedForwardWidth: try settings.optionalInteger("dim_feedforward") ?? 2048, activation: try activation(settings),
            epsilon: try settings.optionalNumber("layer_norm_eps") ?? 1e-5,
            normalizesFirst: try settings.optionalTruth("norm_first") ?? false,
            hasBias: try settings.optionalTruth("bias") ?? true)
    }

    private static func encoderLayer(_ settings: FixtureArguments) throws -> ParityLayer {
        let shape = try layerSettings(settings), layout = try ParityLayout(settings)
        let isCausal = try settings.optionalTruth("is_causal") ?? false
        let layer = TransformerEncoderLayer(shape, random: random)
        return ParityLayer(parameters: names(of: layer, "")) { arguments in
            let x = try arguments["src"]
            let pattern = try ParityAttention.pattern(
                arguments, mask: "src_mask", padding: "src_key_padding_mask", isCausal: isCausal, heads: shape.heads)
            return ["y": layout.restored(layer(layout.timeFirst(x), pattern: pattern), like: x)]
        }
    }

    private static func decoderLayer(_ settings: FixtureArguments) throws -> ParityLayer {
        let shape = try layerSettings(settings), layout = try ParityLayout(settings)
        let causality = try causality(settings)
        let layer = TransformerDecoderLayer(shape, random: random)
        return ParityLayer(parameters: names(of: layer, "")) { arguments in
            let (pattern, encodedPattern) = try patterns(arguments, causality, heads: shape.heads)
            let y = layer(
                layout.timeFirst(try arguments["tgt"]), encoded: layout.timeFirst(try arguments["memory"]), pattern: pattern,
                encodedPattern: encodedPattern)
            return ["y": layout.restored(y, like: try arguments["tgt"])]
        }
    }

    private static func encoder(_ settings: FixtureArguments) throws -> ParityLayer {
        let shape = try layerSettings(settings), layout = try ParityLayout(settings)
        let isCausal = try settings.optionalTruth("is_causal") ?? false
        let stack = TransformerEncoder(
            shape, layers: try settings.integer("num_layers"), hasNorm: try settings.optionalTruth("norm") ?? false,
            random: random)
        return ParityLayer(parameters: names(of: stack, "")) { arguments in
            let x = try arguments["src"]
            let pattern = try ParityAttention.pattern(
                arguments, mask: "src_mask", "mask", padding: "src_key_padding_mask", isCausal: isCausal, heads: shape.heads)
            return ["y": layout.restored(stack(layout.timeFirst(x), pattern: pattern), like: x)]
        }
    }

    private static func decoder(_ settings: FixtureArguments) throws -> ParityLayer {
        let shape = try layerSettings(settings), layout = try ParityLayout(settings)
        let causality = try causality(settings)
        let stack = TransformerDecoder(
            shape, layers: try settings.integer("num_layers"), hasNorm: try settings.optionalTruth("norm") ?? false,
            random: random)
        return ParityLayer(parameters: names(of: stack, "")) { arguments in
            let (pattern, encodedPattern) = try patterns(arguments, causality, heads: shape.heads)
            let y = stack(
                layout.timeFirst(try arguments["tgt"]), encoded: layout.timeFirst(try arguments["memory"]), pattern: pattern,
                encodedPattern: encodedPattern)
            return ["y": layout.restored(y, like: try arguments["tgt"])]
        }
    }

    /// Encoder and decoder, both with a last norm.
    private static func transformer(_ settings: FixtureArguments) throws -> ParityLayer {
        let shape = try layerSettings(settings), layout = try ParityLayout(settings)
        let isCausal = try settings.optionalTruth("src_is_causal") ?? false, causality = try causality(settings)
        let encoder = TransformerEncoder(
            shape, layers: try settings.integer("num_encoder_layers"), hasNorm: true, random: random)
        let decoder = TransformerDecoder(
            shape, layers: try settings.integer("num_decoder_layers"), hasNorm: true, random: random)
        return ParityLayer(parameters: names(of: encoder, "encoder.") + names(of: decoder, "decoder.")) { arguments in
            let source = try ParityAttention.pattern(
                arguments, mask: "src_mask", padding: "src_key_padding_mask", isCausal: isCausal, heads: shape.heads)
            let (pattern, encodedPattern) = try patterns(arguments, causality, heads: shape.heads)
            let encoded = encoder(layout.timeFirst(try arguments["src"]), pattern: source)
            let y = decoder(
                layout.timeFirst(try arguments["tgt"]), encoded: encoded, pattern: pattern, encodedPattern: encodedPattern)
            return ["y": layout.restored(y, like: try arguments["tgt"])]
        }
    }

    private typealias Causality = (target: Bool, memory: Bool)

    private static func causality(_ settings: FixtureArguments) throws -> Causality {
        (try settings.optionalTruth("tgt_is_causal") ?? false, try settings.optionalTruth("memory_is_causal") ?? false)
    }

    private static func patterns(
        _ arguments: FixtureArguments, _ causality: Causality, heads: Int
    ) throws -> (AttentionPattern, AttentionPattern) {
        (
            try ParityAttention.pattern(
                arguments, mask: "tgt_mask", padding: "tgt_key_padding_mask", isCausal: causality.target, heads: heads),
            try ParityAttention.pattern(
                arguments, mask: "memory_mask", padding: "memory_key_padding_mask", isCausal: causality.memory, heads: heads)
        )
    }

    // MARK: PyTorch's names

    typealias Names = [(name: String, parameter: Parameter)]

    private static func named(_ prefix: String, _ parts: [(String, Parameter?)]) -> Names {
        parts.compactMap { name, parameter in parameter.map { (prefix + name, $0) } }
    }

    private static func names(of layer: FeedForward, _ prefix: String) -> Names {
        named(
            prefix,
            [
                ("linear1.weight", layer.expansion.weight), ("linear1.bias", layer.expansion.bias),
                ("linear2.weight", layer.contraction.weight), ("linear2.bias", layer.contraction.bias),
            ])
    }

    static func names(of layer: MultiHeadAttention, _ prefix: String) -> Names {
        named(
            prefix,
            [
                ("in_proj_weight", layer.inputWeight), ("q_proj_weight", layer.queryWeight),
                ("k_proj_weight", layer.keyWeight), ("v_proj_weight", layer.valueWeight), ("in_proj_bias", layer.inputBias),
                ("out_proj.weight", layer.output.weight), ("out_proj.bias", layer.output.bias),
            ])
    }

    private static func names(of norms: [Norm], _ prefix: String) -> Names {
        norms.enumerated().flatMap { index, norm in
            named("\(prefix)norm\(index + 1).", [("weight", norm.gain), ("bias", norm.bias)])
        }
    }

    private static func names(of layer: TransformerEncoderLayer, _ prefix: String) -> Names {
        names(of: layer.selfAttention, prefix + "self_attn.") + names(of: layer.feedForward, prefix)
            + names(of: [layer.norm1, layer.norm2], prefix)
    }

    private static func names(of layer: TransformerDecoderLayer, _ prefix: String) -> Names {
        names(of: layer.selfAttention, prefix + "self_attn.") + names(of: layer.crossAttention, prefix + "multihead_attn.")
            + names(of: layer.feedForward, prefix) + names(of: [layer.norm1, layer.norm2, layer.norm3], prefix)
    }

    private static func names(of stack: TransformerEncoder, _ prefix: String) -> Names {
        stack.layers.enumerated().flatMap { names(of: $1, "\(prefix)layers.\($0).") }
            + named(prefix, [("norm.weight", stack.norm?.gain), ("norm.bias", stack.norm?.bias)])
    }

    private static func names(of stack: TransformerDecoder, _ prefix: String) -> Names {
        stack.layers.enumerated().flatMap { names(of: $1, "\(prefix)layers.\($0).") }
            + named(prefix, [("norm.weight", stack.norm?.gain), ("norm.bias", stack.norm?.bias)])
    }
}

/// Time first, as our layers have it, or the batch; or no batch at all.
struct ParityLayout {
    private let isBatchFirst: Bool

    init(_ settings: FixtureArguments) throws { isBatchFirst = try settings.optionalTruth("batch_first") ?? false }

    func timeFirst(_ x: Tensor) -> Tensor {
        if x.rank == 2 { return x.reshaped([x.shape[0], 1, x.shape[1]]) }
        return isBatchFirst ? x.transposed([1, 0, 2]) : x
    }

    /// - Parameter given: what came in, whose layout comes out.
    func restored(_ y: Tensor, like given: Tensor) -> Tensor {
        if given.rank == 2 { return y.reshaped([y.shape[0], y.shape[2]]) }
        return isBatchFirst ? y.transposed([1, 0, 2]) : y
    }
}
