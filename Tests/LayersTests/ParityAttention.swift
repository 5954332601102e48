import SequiturLayers
import SequiturTensors
import SequiturTestSupport

/// Attention with PyTorch's masks: in its modules a true element forbids, in `scaled_dot_product_attention` it allows.
enum ParityAttention {
    /// - Parameters:
    ///   - names: inputs [T, S] or [B · H, T, S] of which one may be there, bool (true forbids) or added.
    ///   - padding: an input [B, S], bool (true forbids) or added.
    static func pattern(
        _ arguments: FixtureArguments, mask names: String..., padding: String, isCausal: Bool, heads: Int
    ) throws -> AttentionPattern {
        var pattern = AttentionPattern(isCausal: isCausal)
        if let given = names.lazy.compactMap({ arguments.optional($0) }).first {
            // [B · H, T, S] has an axis of its own for the heads
            let shape = given.rank == 3 ? [given.shape[0] / heads, heads] + given.shape[1...] : [1, 1] + given.shape
            pattern.forbid(given.reshaped(shape))
        }
        if let given = arguments.optional(padding) {
            let shape = given.rank == 1 ? [1, 1, 1, given.shape[0]] : [given.shape[0], 1, 1, given.shape[1]]
            pattern.forbid(given.reshaped(shape))
        }
        return pattern
    }

    static func scaledDotProduct(_ settings: FixtureArguments, _ arguments: FixtureArguments) throws -> [String: Tensor] {
        try ParityLayers.requireNoDropout(settings, "dropout_p")
        var pattern = AttentionPattern(isCausal: try settings.optionalTruth("is_causal") ?? false)
        if let scale = settings.optionalText("scale"), scale != "None" { pattern.scale = Float(scale) }
        _ = try settings.optionalTruth("enable_gqa")
        let q = try arguments["query"], k = try arguments["key"], v = try arguments["value"]  // [..., H, T, D]
        let lead = Array(q.shape.dropLast(3)), heads = q.rank > 2 ? q.shape[q.rank - 3] : 1
        let keyHeads = k.rank > 2 ? k.shape[k.rank - 3] : 1
        if try settings.optionalTruth("alibi") ?? false { pattern.slopes = LinearBiases.slopes(heads: heads) }
        if let mask = arguments.optional("attn_mask") {
            if mask.dtype == .bool { pattern.mask = fourAxes(mask) } else { pattern.bias = fourAxes(mask) }
        }
        let y = rows(of: q).attention(keys: rows(of: k), values: rows(of: v), heads: heads, keyHeads: keyHeads, pattern: pattern)
        let width = v.shape[v.rank - 1]
        let parts = y.reshaped([y.shape[0], y.shape[1], heads, width]).transposed([1, 2, 0, 3])  // [B, H, T, D]
        return ["y": parts.reshaped(lead + (q.rank > 2 ? [heads] : []) + [q.shape[q.rank - 2], width])]
    }

    /// [..., H, T, D] → [T, B, H · D]
    private static func rows(of x: Tensor) -> Tensor {
        let heads = x.rank > 2 ? x.shape[x.rank - 3] : 1, time = x.shape[x.rank - 2], width = x.shape[x.rank - 1]
        let batch = x.shape.dropLast(3).reduce(1, *)
        return x.reshaped([batch, heads, time, width]).transposed([2, 0, 1, 3]).reshaped([time, batch, heads * width])
    }

    private static func fourAxes(_ mask: Tensor) -> Tensor {
        mask.reshaped([Int](repeating: 1, count: max(0, 4 - mask.rank)) + mask.shape)
    }
}

extension AttentionPattern {
    /// Adds a mask whose true elements forbid, or one that is added to the scores.
    fileprivate mutating func forbid(_ given: Tensor) {
        guard given.dtype == .bool else {
            bias = bias.map { $0 + given } ?? given
            return
        }
        let allowed = given.inverted()
        guard let before = mask else {
            mask = allowed
            return
        }
        mask = (before.cast(to: .float32) * allowed.cast(to: .float32)).cast(to: .bool)
    }
}

extension ParityLayers {
    /// `torch.nn.MultiheadAttention`. With `query` alone it is attention within a sequence.
    static func multiHeadAttention(_ settings: FixtureArguments) throws -> ParityLayer {
        try requireNoDropout(settings)
        for key in ["add_bias_kv", "add_zero_attn"] where try settings.optionalTruth(key) ?? false {
            throw FixtureError("setting \(key) is true; only false is known")
        }
        let layout = try ParityLayout(settings), heads = try settings.integer("num_heads")
        let isCausal = try settings.optionalTruth("is_causal") ?? false
        let needsWeights = try settings.optionalTruth("need_weights") ?? false
        let averages = try settings.optionalTruth("average_attn_weights") ?? true
        func width(_ key: String) throws -> Int? {
            guard let text = settings.optionalText(key), text != "None" else { return nil }
            return Int(text)
        }
        let layer = MultiHeadAttention(
            width: try settings.integer("embed_dim"), heads: heads, keyInputWidth: try width("kdim"),
            valueInputWidth: try width("vdim"), hasBias: try settings.optionalTruth("bias") ?? true, random: random)
        return ParityLayer(parameters: names(of: layer, "")) { arguments in
            let given = try arguments["query"], query = layout.timeFirst(given)
            let key = arguments.optional("key").map(layout.timeFirst), value = arguments.optional("value").map(layout.timeFirst)
            let pattern = try ParityAttention.pattern(
                arguments, mask: "attn_mask", padding: "key_padding_mask", isCausal: isCausal, heads: heads)
            var y = query
            if let key {
                y = layer(query, keys: key, values: value ?? key, pattern: pattern)
            } else {
                y = layer(query, pattern: pattern)
            }
            var results = ["y": layout.restored(y, like: given)]
            if needsWeights {
                var weights = layer.weights(query, keys: key, pattern: pattern)  // [B, H, T, S]
                if averages { weights = weights.mean(axes: [1]) }
                results["weights"] = given.rank == 2 ? weights[0] : weights
            }
            return results
        }
    }
}
