// N rows, D width: losses that bring rows together that belong together, and keep others apart.

extension Tensor {
    /// The cosine of the angle between corresponding rows; 0 where one of them is zero.
    ///
    ///     cos = Σ a b / √((Σ a² + 10⁻¹²) (Σ b² + 10⁻¹²))
    ///
    /// - Shape: [..., D] and the same → [...]
    public func cosineSimilarity(_ other: Tensor) -> Tensor {
        requireRows(other, "cosineSimilarity")
        let a = asFloat32("cosineSimilarity"), b = other.asFloat32("cosineSimilarity")
        return a.multipliedSum(b) * a.inverseLengths * b.inverseLengths
    }

    /// How far corresponding rows are apart: (Σ |a − b + ε|ᵖ)^(1/p). With ε = 10⁻⁶ equal rows, too, have a gradient, as in PyTorch.
    ///
    /// - Shape: [..., D] and the same → [...]
    public func distance(_ other: Tensor, norm p: Float = 2, epsilon: Float = 1e-6) -> Tensor {
        requireRows(other, "distance")
        precondition(p > 0 && p.isFinite, "distance: a norm above 0 expected, \(p) given")
        let difference = asFloat32("distance") - other.asFloat32("distance") + Tensor(epsilon)
        if p == 2 { return difference.squared().sum(axes: [-1]).squareRoot() }
        if p == 1 { return difference.absolute().sum(axes: [-1]) }
        return difference.absolute().power(Tensor(p)).sum(axes: [-1]).power(Tensor(1 / p))
    }

    /// 1 − cos for rows that match, max(0, cos − margin) for rows that do not.
    ///
    /// - Shape: [N, D] and the same; targets [N]: 1 where rows match, −1 where they do not, another number where neither counts.
    public func cosineEmbeddingLoss(_ other: Tensor, _ targets: Tensor, margin: Float = 0) -> Loss {
        Loss(each: cosineEmbeddingLosses(other, targets, margin: margin))
    }

    /// The same for each row.
    package func cosineEmbeddingLosses(_ other: Tensor, _ targets: Tensor, margin: Float = 0) -> Tensor {
        let cosines = cosineSimilarity(other), signs = targets.cast(to: .float32)
        precondition(signs.shape == cosines.shape, "cosineEmbeddingLoss: targets \(signs.shape) for \(cosines.shape) pairs")
        let apart = Tensor.choose(signs.isEqual(to: -1), (cosines - Tensor(margin)).relu(), Tensor(0))
        return Tensor.choose(signs.isEqual(to: 1), 1 - cosines, apart)
    }

    /// Rows that match are drawn together, others pushed apart to a distance of `margin` (Hadsell, Chopra & LeCun 2006).
    ///
    ///     loss = ½ y d² + ½ (1 − y) max(0, margin − d)²
    ///
    /// - Shape: [N, D] and the same; targets y [N]: 1 where rows match, 0 where they do not.
    public func contrastiveLoss(_ other: Tensor, _ targets: Tensor, margin: Float = 1) -> Loss {
        Loss(each: contrastiveLosses(other, targets, margin: margin))
    }

    /// The same for each row.
    package func contrastiveLosses(_ other: Tensor, _ targets: Tensor, margin: Float = 1) -> Tensor {
        let distances = distance(other), y = targets.cast(to: .float32)
        precondition(y.shape == distances.shape, "contrastiveLoss: targets \(y.shape) for \(distances.shape) pairs")
        return 0.5 * (y * distances.squared() + (1 - y) * (Tensor(margin) - distances).relu().squared())
    }

    /// max(0, d(anchor, positive) − d(anchor, negative) + margin) for anchors in this tensor (Schroff et al. 2015).
    ///
    /// - Parameter swaps: takes the nearer of anchor and positive to the negative (Balntas et al. 2016).
    /// - Shape: all [N, D]
    public func tripletMarginLoss(
        positive: Tensor, negative: Tensor, margin: Float = 1, norm p: Float = 2, epsilon: Float = 1e-6, swaps: Bool = false
    ) -> Loss {
        Loss(
            each: tripletMarginLosses(
                positive: positive, negative: negative, margin: margin, norm: p, epsilon: epsilon, swaps: swaps))
    }

    /// The same for each row.
    package func tripletMarginLosses(
        positive: Tensor, negative: Tensor, margin: Float = 1, norm p: Float = 2, epsilon: Float = 1e-6, swaps: Bool = false
    ) -> Tensor {
        var far = distance(negative, norm: p, epsilon: epsilon)
        if swaps { far = far.minimum(positive.distance(negative, norm: p, epsilon: epsilon)) }
        return (distance(positive, norm: p, epsilon: epsilon) - far + Tensor(margin)).relu()
    }

    /// How rows are compared.
    public enum Similarity: String, Sendable, CaseIterable { case cosine, dot }

    /// Finds each row's own candidate among all: the cross-entropy of softmax(similarities / temperature), where row i belongs to
    /// candidate i and every other candidate of the batch is a negative (Henderson et al. 2017; van den Oord et al. 2018, InfoNCE).
    ///
    /// - Parameter isSymmetric: candidates also look for their rows, and both losses are averaged (Radford et al. 2021).
    /// - Shape: self [N, D], candidates [M, D] with M ≥ N, hard negatives after the first N; M = N where the loss is symmetric.
    public func infoNCE(
        _ candidates: Tensor, temperature: Float = 0.05, similarity: Similarity = .cosine, isSymmetric: Bool = false
    ) -> Loss {
        Loss(
            each: infoNCELosses(candidates, temperature: temperature, similarity: similarity, isSymmetric: isSymmetric))
    }

    /// The same for each row.
    package func infoNCELosses(
        _ candidates: Tensor, temperature: Float = 0.05, similarity: Similarity = .cosine, isSymmetric: Bool = false
    ) -> Tensor {
        precondition(
            rank == 2 && candidates.rank == 2 && shape[1] == candidates.shape[1] && candidates.shape[0] >= shape[0]
                && (!isSymmetric || candidates.shape[0] == shape[0]) && temperature > 0,
            "infoNCE: rows \(shape), candidates \(candidates.shape), temperature \(temperature), symmetric \(isSymmetric)")
        func prepared(_ x: Tensor) -> Tensor {
            let x = x.asFloat32("infoNCE")
            return similarity == .dot ? x : x * x.inverseLengths.reshaped([x.shape[0], 1])
        }
        let scores = prepared(self).matrixProduct(prepared(candidates), transposesOther: true) * Tensor(1 / temperature)
        let own = Tensor((0..<Int32(shape[0])).map { $0 }), losses = scores.crossEntropies(own)
        return isSymmetric ? (losses + scores.transposed().crossEntropies(own)) * 0.5 : losses
    }

    /// 1 / √(Σ x² + 10⁻¹²) of each row.
    private var inverseLengths: Tensor { (squared().sum(axes: [-1]) + 1e-12).reciprocalSquareRoot() }

    private func requireRows(_ other: Tensor, _ operation: String) {
        precondition(rank >= 1 && shape == other.shape, "\(operation): rows \(shape) and \(other.shape)")
    }
}
