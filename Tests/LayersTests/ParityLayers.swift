import SequiturLayers
import SequiturTensors
import SequiturTestSupport

/// A layer made from a fixture's settings: its parameters under PyTorch's names, and what it does.
struct ParityLayer {
    let parameters: [(name: String, parameter: Parameter)]
    let forward: (FixtureArguments) throws -> [String: Tensor]
}

/// The layers that fixtures may name.
enum ParityLayers {
    typealias Maker = @Sendable (FixtureArguments) throws -> ParityLayer

    static let all: [String: Maker] = [
        "linear": linear, "embedding": embedding, "lstm": recurrent(.lstm), "gru": gru, "rnn": rnn,
        "tied_embedding_linear": tiedEmbeddingLinear, "linear_cross_entropy": linearCrossEntropy,
        "activation_regularization": activationRegularization,
    ]
    .merging(losses) { _, _ in preconditionFailure("a layer has two rows") }
    .merging(recurrentAttention) { _, _ in preconditionFailure("a layer has two rows") }
    .merging(understanding) { _, _ in preconditionFailure("a layer has two rows") }
    .merging(structured) { _, _ in preconditionFailure("a layer has two rows") }
    .merging(transformers) { _, _ in preconditionFailure("a layer has two rows") }

    static let random = RandomStream(seed: 7)

    private static func linear(_ settings: FixtureArguments) throws -> ParityLayer {
        let layer = Linear(
            from: try settings.integer("input_size"), to: try settings.integer("output_size"),
            hasBias: try settings.truth("bias"), random: random)
        return ParityLayer(parameters: [("weight", layer.weight)] + (layer.bias.map { [("bias", $0)] } ?? [])) {
            ["y": layer(try $0["x"])]
        }
    }

    private static func embedding(_ settings: FixtureArguments) throws -> ParityLayer {
        let layer = Embedding(count: try settings.integer("count"), width: try settings.integer("width"), random: random)
        return ParityLayer(parameters: [("weight", layer.weight)]) { ["y": layer(try $0["tokens"])] }
    }

    private static func tiedEmbeddingLinear(_ settings: FixtureArguments) throws -> ParityLayer {
        let count = try settings.integer("count")
        let embedding = Embedding(count: count, width: try settings.integer("width"), random: random)
        let bias = try settings.truth("bias") ? Parameter(.zeros([count]), isDecayed: false) : nil
        return ParityLayer(parameters: [("weight", embedding.weight)] + (bias.map { [("bias", $0)] } ?? [])) {
            ["logits": embedding(try $0["tokens"]).linear(weight: embedding.weight(), bias: bias?())]
        }
    }

    private static func linearCrossEntropy(_ settings: FixtureArguments) throws -> ParityLayer {
        let classes = try settings.integer("classes"), width = try settings.integer("input_size")
        let ignored = try settings.integer("ignore_index"), smoothing = try settings.optionalNumber("label_smoothing") ?? 0
        let weight = Parameter(.zeros([classes, width])), bias = try settings.truth("bias") ? Parameter(.zeros([classes])) : nil
        return ParityLayer(parameters: [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])) {
            try results(
                of: $0["hidden"].linearCrossEntropy(
                    weight: weight(), bias: bias?(), targets: try targets($0, ignored), classWeights: $0.optional("weight"),
                    labelSmoothing: smoothing))
        }
    }

    private static func activationRegularization(_ settings: FixtureArguments) throws -> ParityLayer {
        let regularization = ActivationRegularization(
            activation: try settings.number("alpha"), temporal: try settings.number("beta"))
        return ParityLayer(parameters: []) {
            ["loss": regularization.penalty(raw: try $0["raw"], dropped: try $0["dropped"]) ?? Tensor(0)]
        }
    }

    /// Negative targets are ignored here; another class that is to be is made negative.
    private static func targets(_ arguments: FixtureArguments, _ ignored: Int) throws -> Tensor {
        let targets = try arguments["targets"]
        return Tensor(targets.int32s().map { Int($0) == ignored ? -1 : $0 }, shape: targets.shape)
    }

    private static func results(of loss: Loss) -> [String: Tensor] {
        ["sum": loss.sum, "count": Tensor([Int32(loss.count)], shape: []), "weight": Tensor(Float(loss.weight))]
    }
}
