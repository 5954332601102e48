import SequiturLayers
import SequiturTensors
import SequiturTestSupport

/// What reads characters, and what makes one vector of a text.
extension ParityLayers {
    static let understanding: [String: Maker] = [
        "character_convolution": characterConvolution, "attention_pooling": attentionPooling,
    ]

    private static func characterConvolution(_ settings: FixtureArguments) throws -> ParityLayer {
        let layer = CharacterConvolution(
            characters: try settings.integer("characters"), width: try settings.integer("width"),
            filters: try settings.integer("filters"), kernel: try settings.integer("kernel"), random: random)
        let bias = layer.convolution.bias.map { [("bias", $0)] } ?? []
        return ParityLayer(
            parameters: [("embedding", layer.embedding.weight), ("filters", layer.convolution.weight)] + bias
        ) { ["output": layer(try $0["ids"], lengths: try $0["lengths"])] }
    }

    private static func attentionPooling(_ settings: FixtureArguments) throws -> ParityLayer {
        let layer = AttentionPooling(width: try settings.integer("width"), random: random)
        let bias = layer.key.bias.map { [("key_bias", $0)] } ?? []
        return ParityLayer(parameters: [("key_weight", layer.key.weight), ("vector", layer.vector.weight)] + bias) {
            ["output": layer(try $0["hidden"], lengths: $0.optional("lengths"))]
        }
    }
}
