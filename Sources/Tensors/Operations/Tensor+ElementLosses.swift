/// Losses of each element: binary cross-entropy and squared error.
extension Tensor {
    /// Binary cross-entropy of σ(x) for each element, from logits, so that neither logarithm ever sees a 0:
    ///
    ///     loss = w (p y softplus(−x) + (1 − y) softplus(x))        since −log σ(x) = softplus(−x)
    ///
    /// - Parameters:
    ///   - targets: y, between 0 and 1, of this shape.
    ///   - weights: w of each element, broadcast; a constant.
    ///   - positiveWeights: p, broadcast; above 1 it finds more of the positives, below 1 fewer wrong ones; a constant.
    public func binaryCrossEntropy(_ targets: Tensor, weights: Tensor? = nil, positiveWeights: Tensor? = nil) -> Loss {
        Loss(each: binaryCrossEntropies(targets, weights: weights, positiveWeights: positiveWeights))
    }

    /// The same for each element.
    package func binaryCrossEntropies(_ targets: Tensor, weights: Tensor? = nil, positiveWeights: Tensor? = nil) -> Tensor {
        precondition(targets.shape == shape, "binaryCrossEntropy: logits \(shape), targets \(targets.shape)")
        let x = asFloat32("binaryCrossEntropy"), y = targets.cast(to: .float32)
        let positive = y * (-x).softplus()
        let losses = (positiveWeights.map { positive * $0.detached } ?? positive) + (1 - y) * x.softplus()
        let weighted = weights.map { losses * $0.detached } ?? losses
        precondition(weighted.shape == shape, "binaryCrossEntropy: weights for logits \(shape) that give \(weighted.shape)")
        return weighted
    }

    /// (x − target)² of each element.
    public func squaredError(_ targets: Tensor) -> Loss { Loss(each: squaredErrors(targets)) }

    /// The same for each element.
    package func squaredErrors(_ targets: Tensor) -> Tensor {
        precondition(targets.shape == shape, "squaredError: values \(shape), targets \(targets.shape)")
        return (asFloat32("squaredError") - targets.cast(to: .float32)).squared()
    }
}
