import SequiturLayers
import SequiturTensors
import SequiturTestSupport

/// Attention over recurrent states.
extension ParityLayers {
    static let recurrentAttention: [String: Maker] = [
        "additive_attention": additiveAttention, "multiplicative_attention": multiplicativeAttention,
    ]

    private static func additiveAttention(_ settings: FixtureArguments) throws -> ParityLayer {
        let layer = AdditiveAttention(
            query: try settings.integer("query_size"), state: try settings.integer("memory_size"),
            hidden: try settings.integer("hidden_size"), hasBias: try settings.optionalTruth("bias") ?? true,
            random: RandomStream(seed: 7))
        let parameters = [("query_weight", layer.query.weight), ("key_weight", layer.key.weight), ("v", layer.vector)]
        let isBatchFirst = try settings.optionalTruth("batch_first") ?? false
        return ParityLayer(parameters: parameters + (layer.key.bias.map { [("bias", $0)] } ?? [])) { arguments in
            try results(arguments, isBatchFirst) { queries, states, lengths, mask in
                layer(queries, over: layer.memory(states, lengths: lengths, mask: mask))
            }
        }
    }

    private static func multiplicativeAttention(_ settings: FixtureArguments) throws -> ParityLayer {
        let score: MultiplicativeAttention.Score
        switch try settings.text("score") {
        case "dot": score = .dot
        case "general": score = .general
        case "concat": score = .concat(hidden: try settings.integer("hidden_size"))
        case let name: throw FixtureError("setting score is \(name); dot, general, concat are known")
        }
        let layer = MultiplicativeAttention(
            score, query: try settings.integer("query_size"), state: try settings.integer("memory_size"),
            random: RandomStream(seed: 7))
        let parameters = [("weight", layer.weight), ("v", layer.vector)].compactMap { name, parameter in
            parameter.map { (name, $0) }
        }
        let isBatchFirst = try settings.optionalTruth("batch_first") ?? false
        return ParityLayer(parameters: parameters) { arguments in
            try results(arguments, isBatchFirst) { queries, states, lengths, mask in
                layer(queries, over: layer.memory(states, lengths: lengths, mask: mask))
            }
        }
    }

    private static func results(
        _ arguments: FixtureArguments, _ isBatchFirst: Bool,
        _ attention: (Tensor, Tensor, Tensor?, Tensor?) -> (context: Tensor, weights: Tensor)
    ) throws -> [String: Tensor] {
        func turned(_ x: Tensor) -> Tensor { isBatchFirst ? x.transposed([1, 0, 2]) : x }
        let (context, weights) = attention(
            turned(try arguments["query"]), turned(try arguments["memory"]), arguments.optional("lengths"),
            arguments.optional("key_padding_mask")?.inverted())
        return ["context": turned(context), "weights": weights]
    }
}
