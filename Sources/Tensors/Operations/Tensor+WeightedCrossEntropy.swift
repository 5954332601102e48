import CSequiturKernels

// N rows, V classes

extension Tensor {
    /// −log softmax(x)[target], summed over rows whose target is not negative.
    ///
    /// With class weights w and label smoothing ε (Szegedy et al. 2016), as PyTorch has both:
    ///
    ///     loss = −Σ_c q_c log softmax(x)_c       q_c = (1 − ε) w_target [c = target] + ε w_c / V
    ///
    /// The mean divides by Σ w_target, which is the loss's `weight`; without class weights that is the count.
    /// - Shape: self [N, V] logits, targets [N] (int32), classWeights [V], which are constants.
    public func crossEntropy(_ targets: Tensor, classWeights: Tensor? = nil, labelSmoothing: Float = 0) -> Loss {
        let losses = crossEntropies(targets, classWeights: classWeights, labelSmoothing: labelSmoothing)
        return Loss(
            sum: losses.sum(), count: targets.int32s().count { $0 >= 0 }, weight: classWeights.map { targets.weight(under: $0) })
    }

    /// Σ w_target over targets that are not negative.
    func weight(under classWeights: Tensor) -> Double {
        let weights = classWeights.floats()
        return int32s().reduce(0) { $1 < 0 ? $0 : $0 + Double(weights[Int($1)]) }
    }

    /// The same for each row, 0 where the target is negative: [N].
    package func crossEntropies(_ targets: Tensor, classWeights: Tensor? = nil, labelSmoothing: Float = 0) -> Tensor {
        precondition(
            rank == 2 && targets.dtype == .int32 && targets.shape == [shape[0]],
            "crossEntropy: logits [N, V] and int32 targets [N] expected, \(shape) and \(targets.dtype) \(targets.shape) found")
        precondition(
            classWeights == nil || classWeights?.shape == [shape[1]],
            "crossEntropy: class weights [\(shape[1])] expected, \(classWeights?.shape ?? []) found")
        precondition(labelSmoothing >= 0 && labelSmoothing <= 1, "crossEntropy: a smoothing of \(labelSmoothing), 0...1 expected")
        _ = countedTargets(targets, classes: shape[1], "crossEntropy")
        let logits = asFloat32("crossEntropy"), weights = classWeights?.detached.asFloat32("crossEntropy")
        let losses = Tensor.uninitialized([shape[0]]), rows = Int64(shape[0]), width = Int64(shape[1])
        sequitur_weighted_cross_entropy(
            logits.floatElements, targets.int32Elements, weights?.floatElements, labelSmoothing, nil, losses.mutableFloats, nil,
            Int32(SEQUITUR_OPERAND_FLOAT32.rawValue), rows, width)
        keepAlive(weights)
        return losses.recorded(from: logits) { upstream, sink in
            let gradient = Tensor.uninitialized(logits.shape)
            sequitur_weighted_cross_entropy(
                logits.floatElements, targets.int32Elements, weights?.floatElements, labelSmoothing, upstream.floatElements, nil,
                gradient.mutableFloats, Int32(SEQUITUR_OPERAND_FLOAT32.rawValue), rows, width)
            keepAlive(targets, weights, upstream)
            sink.add(gradient, to: logits)
        }
    }

    /// The cross-entropy of given distributions over the classes, such as a teacher's (Hinton et al. 2015): −Σ_c w_c q_c log softmax(x)_c,
    /// with q = (1 − ε) p + ε / V, for each row; the mean is by rows.
    ///
    /// - Shape: self [N, V] logits, probabilities [N, V], classWeights [V], which are constants.
    public func crossEntropy(probabilities: Tensor, classWeights: Tensor? = nil, labelSmoothing: Float = 0) -> Loss {
        Loss(each: crossEntropies(probabilities: probabilities, classWeights: classWeights, labelSmoothing: labelSmoothing))
    }

    /// The same for each row: [N].
    package func crossEntropies(probabilities: Tensor, classWeights: Tensor? = nil, labelSmoothing: Float = 0) -> Tensor {
        precondition(
            rank == 2 && probabilities.shape == shape && (classWeights == nil || classWeights?.shape == [shape[1]]),
            "crossEntropy: logits \(shape), probabilities \(probabilities.shape), class weights \(classWeights?.shape ?? [])")
        let p = probabilities.asFloat32("crossEntropy")
        let q = labelSmoothing == 0 ? p : p * Tensor(1 - labelSmoothing) + Tensor(labelSmoothing / Float(shape[1]))
        let logarithms = asFloat32("crossEntropy").logSoftmax()
        return -(classWeights.map { logarithms * $0.detached } ?? logarithms).multipliedSum(q)
    }

    /// Sums of products of corresponding elements over the last axis, which disappears.
    package func multipliedSum(_ other: Tensor) -> Tensor { (self * other).sum(axes: [-1]) }
}
