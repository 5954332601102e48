import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import SequiturText

/// Layers of structured output.
extension ParityLayers {
    static let structured: [String: Maker] = ["crf": conditionalRandomField]

    private static func conditionalRandomField(_ settings: FixtureArguments) throws -> ParityLayer {
        let isBatchFirst = try settings.optionalTruth("batch_first") ?? false
        let reduction = settings.optionalText("reduction") ?? "sum"
        let field = ConditionalRandomField(
            tags: try settings.integer("num_tags"), constraints: try constraints(settings), random: RandomStream(seed: 7))
        let parameters = [
            ("start_transitions", field.startTransitions), ("end_transitions", field.endTransitions),
            ("transitions", field.transitions),
        ]
        return ParityLayer(parameters: parameters) { arguments in
            func timeFirst(_ x: Tensor) -> Tensor { isBatchFirst ? x.transposed([1, 0] + Array(2..<x.rank)) : x }
            let emissions = timeFirst(try arguments["emissions"])
            let lengths = try lengths(arguments, timeFirst, steps: emissions.shape[0])
            let chain = field.chain(emissions, lengths: lengths)
            let tags = timeFirst(try arguments["tags"].cast(to: .float32)).cast(to: .int32)
            let loss = field.loss(emissions, tags: tags, lengths: lengths)
            let losses = chain.negativeLogLikelihood(of: tags)
            return [
                "loss": try reduced(loss, losses, by: reduction, positions: chain.lengths.int32s().reduce(0) { $0 + Int($1) }),
                "log_partition": chain.logPartition(), "marginals": timeFirst(chain.marginals()),
                "best_tags": timeFirst(bestTags(chain).cast(to: .float32)).cast(to: .int32),
            ]
        }
    }

    private static func constraints(_ settings: FixtureArguments) throws -> TagConstraints? {
        guard let name = settings.optionalText("scheme") else { return nil }
        guard let scheme = TagScheme(rawValue: name) else {
            throw FixtureError("setting scheme is \(name); \(TagScheme.allCases.map(\.rawValue)) are known")
        }
        return try TagConstraints(labels: settings.text("labels").split(separator: ",").map(String.init), scheme: scheme)
    }

    /// From `lengths` [B], or from a `mask` [T, B] that is true at the beginning of each row and false from some step on.
    private static func lengths(_ arguments: FixtureArguments, _ timeFirst: (Tensor) -> Tensor, steps: Int) throws -> Tensor? {
        if let lengths = arguments.optional("lengths") { return lengths }
        guard let mask = arguments.optional("mask").map({ timeFirst($0.cast(to: .float32)) }) else { return nil }
        let places = Tensor((0..<steps).map(Float.init), shape: [steps, 1])
        let lengths = mask.sum(axes: [0])
        guard places.isLess(than: lengths).bools() == mask.cast(to: .bool).bools() else {
            throw FixtureError("input.mask has gaps; rows of true values, then false ones, expected")
        }
        return lengths.cast(to: .int32)
    }

    private static func reduced(_ loss: Loss, _ losses: Tensor, by reduction: String, positions: Int) throws -> Tensor {
        switch reduction {
        case "none": losses
        case "sum": loss.sum
        case "mean": loss.sum / Tensor(Float(loss.count))
        case "token_mean": loss.sum / Tensor(Float(positions))
        default: throw FixtureError("setting reduction is \(reduction); none, sum, mean, token_mean are known")
        }
    }

    /// [T, B], −1 beyond a row's length.
    private static func bestTags(_ chain: LinearChain) -> Tensor {
        let steps = chain.emissions.shape[0], rows = chain.emissions.shape[1]
        var tags = [Int32](repeating: -1, count: steps * rows)
        for (row, paths) in chain.bestPaths().enumerated() {
            for (step, tag) in (paths.first?.tags ?? []).enumerated() { tags[step * rows + row] = tag }
        }
        return Tensor(tags, shape: [steps, rows])
    }
}
