import SequiturLayers
import SequiturTensors
import SequiturTestSupport

/// Losses, by PyTorch's arguments and reductions.
extension ParityLayers {
    static let losses: [String: Maker] = [
        "cross_entropy": crossEntropy, "binary_cross_entropy_with_logits": binaryCrossEntropy, "mse_loss": squaredError,
        "mean_squared_error": squaredError, "cosine_embedding_loss": cosineEmbedding, "contrastive_loss": contrastive,
        "triplet_margin_loss": tripletMargin, "info_nce": infoNCE,
    ]

    private static func crossEntropy(_ settings: FixtureArguments) throws -> ParityLayer {
        let ignored = try settings.optionalInteger("ignore_index") ?? -100
        let smoothing = try settings.optionalNumber("label_smoothing") ?? 0
        let reduction = try Reduction(settings)
        return ParityLayer(parameters: []) { arguments in
            let given = try arguments.optional("logits") ?? arguments["input"], logits = classesLast(given)
            let targets = try arguments.optional("targets") ?? arguments["target"], weights = arguments.optional("weight")
            let each: Tensor, total: Loss
            if targets.dtype.isFloatingPoint {
                let shares = classesLast(targets)
                each = logits.crossEntropies(probabilities: shares, classWeights: weights, labelSmoothing: smoothing)
                total = logits.crossEntropy(probabilities: shares, classWeights: weights, labelSmoothing: smoothing)
            } else {
                let ids = Tensor(targets.int32s().map { Int($0) == ignored ? -1 : $0 })
                each = logits.crossEntropies(ids, classWeights: weights, labelSmoothing: smoothing)
                total = logits.crossEntropy(ids, classWeights: weights, labelSmoothing: smoothing)
            }
            let shape = given.shape.enumerated().filter { $0.offset != min(1, given.rank - 1) }.map(\.element)
            return reduction.results(each.reshaped(shape), total)
        }
    }

    /// PyTorch's classes [V], [N, V] or [N, V, …] as rows of classes.
    private static func classesLast(_ x: Tensor) -> Tensor {
        let axis = min(1, x.rank - 1), rows = x.shape.indices.filter { $0 != axis }
        return x.transposed(rows + [axis]).reshaped([rows.map { x.shape[$0] }.reduce(1, *), x.shape[axis]])
    }

    private static func binaryCrossEntropy(_ settings: FixtureArguments) throws -> ParityLayer {
        let reduction = try Reduction(settings)
        return ParityLayer(parameters: []) { x in
            let (logits, targets) = (try x["input"], try x["target"])
            let (weights, positive) = (x.optional("weight"), x.optional("pos_weight"))
            return reduction.results(
                logits.binaryCrossEntropies(targets, weights: weights, positiveWeights: positive),
                logits.binaryCrossEntropy(targets, weights: weights, positiveWeights: positive))
        }
    }

    private static func squaredError(_ settings: FixtureArguments) throws -> ParityLayer {
        let reduction = try Reduction(settings)
        return ParityLayer(parameters: []) { x in
            reduction.results(try x["input"].squaredErrors(x["target"]), try x["input"].squaredError(x["target"]))
        }
    }

    private static func cosineEmbedding(_ settings: FixtureArguments) throws -> ParityLayer {
        let margin = try settings.optionalNumber("margin") ?? 0, reduction = try Reduction(settings)
        return ParityLayer(parameters: []) { x in
            let (a, b, targets) = (try x["input1"], try x["input2"], try x["target"])
            return reduction.results(
                a.cosineEmbeddingLosses(b, targets, margin: margin), a.cosineEmbeddingLoss(b, targets, margin: margin))
        }
    }

    private static func contrastive(_ settings: FixtureArguments) throws -> ParityLayer {
        let margin = try settings.optionalNumber("margin") ?? 1, reduction = try Reduction(settings)
        return ParityLayer(parameters: []) { x in
            let (a, b, targets) = (try x["input1"], try x["input2"], try x["target"])
            return reduction.results(
                a.contrastiveLosses(b, targets, margin: margin), a.contrastiveLoss(b, targets, margin: margin))
        }
    }

    private static func tripletMargin(_ settings: FixtureArguments) throws -> ParityLayer {
        let margin = try settings.optionalNumber("margin") ?? 1, norm = try settings.optionalNumber("p") ?? 2
        let epsilon = try settings.optionalNumber("eps") ?? 1e-6, swaps = try settings.optionalTruth("swap") ?? false
        let reduction = try Reduction(settings)
        return ParityLayer(parameters: []) { x in
            let (anchor, positive, negative) = (try x["anchor"], try x["positive"], try x["negative"])
            return reduction.results(
                anchor.tripletMarginLosses(
                    positive: positive, negative: negative, margin: margin, norm: norm, epsilon: epsilon, swaps: swaps),
                anchor.tripletMarginLoss(
                    positive: positive, negative: negative, margin: margin, norm: norm, epsilon: epsilon, swaps: swaps))
        }
    }

    private static func infoNCE(_ settings: FixtureArguments) throws -> ParityLayer {
        let temperature = try settings.number("temperature"), isSymmetric = try settings.optionalTruth("symmetric") ?? false
        let name = settings.optionalText("similarity") ?? "cosine", reduction = try Reduction(settings)
        guard let similarity = Tensor.Similarity(rawValue: name) else {
            throw FixtureError("setting similarity is \(name); \(Tensor.Similarity.allCases.map(\.rawValue)) are known")
        }
        return ParityLayer(parameters: []) { x in
            let (query, candidates) = (try x["query"], try x["candidates"])
            return reduction.results(
                query.infoNCELosses(candidates, temperature: temperature, similarity: similarity, isSymmetric: isSymmetric),
                query.infoNCE(candidates, temperature: temperature, similarity: similarity, isSymmetric: isSymmetric))
        }
    }
}

/// PyTorch's `reduction`, `mean` unless given.
private enum Reduction: String, CaseIterable {
    case none, sum, mean

    init(_ settings: FixtureArguments) throws {
        let name = settings.optionalText("reduction") ?? "mean"
        guard let known = Reduction(rawValue: name) else {
            throw FixtureError("setting reduction is \(name); \(Reduction.allCases.map(\.rawValue)) are known")
        }
        self = known
    }

    /// The loss as the reduction has it; beside it the sum, the number of targets and what a mean divides by.
    func results(_ each: Tensor, _ total: Loss) -> [String: Tensor] {
        let loss =
            switch self {
            case .none: each
            case .sum: total.sum
            case .mean: total.sum / Tensor(Float(total.weight))
            }
        return [
            "loss": loss, "sum": total.sum, "count": Tensor([Int32(total.count)], shape: []),
            "weight": Tensor(Float(total.weight)),
        ]
    }
}
