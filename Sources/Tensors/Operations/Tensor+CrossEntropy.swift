import CSequiturKernels

/// A loss as a sum and the number of targets it was summed over. It is divided once, when the optimiser steps, by the targets
/// of the whole effective batch, so that neither padding nor micro-batches change the result.
public struct Loss: Sendable {
    /// The sum over all targets: a scalar on the tape.
    public var sum: Tensor
    /// Targets (tokens, rows, elements) that are not ignored.
    public var count: Int
    /// What the sum is divided by for a mean: the count, or with class weights the sum of the targets' weights, as PyTorch has it.
    public var weight: Double

    public init(sum: Tensor, count: Int, weight: Double? = nil) {
        self.sum = sum
        self.count = count
        self.weight = weight ?? Double(count)
    }

    /// A loss that has a value for each target.
    package init(each losses: Tensor) { self.init(sum: losses.sum(), count: losses.count) }

    /// The loss per target, in nats for a cross-entropy; NaN where there is no target.
    public var mean: Double { Double(sum.scalar) / weight }
}

/// Negative targets are ignored.
package func countedTargets(_ targets: Tensor, classes: Int, _ operation: String) -> Int {
    let ids = UnsafeBufferPointer(start: targets.int32Elements, count: targets.count)
    var counted = 0, most: Int32 = -1
    for id in ids {
        if id >= 0 { counted += 1 }
        most = max(most, id)
    }
    precondition(Int(most) < classes, "\(operation): target \(most), but there are \(classes) classes")
    keepAlive(targets)
    return counted
}

extension Tensor {
    /// The cross-entropy of softmax(h Wᵀ + b), computed in blocks of rows: the logits of the whole vocabulary never exist at once.
    ///
    /// The gradient of a block is known as soon as its logits are, up to the factor that arrives from above; so it is multiplied
    /// back into dh, dW and db while the block is in cache, and the backward step only scales.
    ///
    /// Class weights and label smoothing are those of `crossEntropy(_:classWeights:labelSmoothing:)`.
    /// - Shape: self h [N, D], weight [V, D], bias [V], targets [N] (int32, negative = ignored), classWeights [V], which are constants.
    public func linearCrossEntropy(
        weight: Tensor, bias: Tensor?, targets: Tensor, classWeights: Tensor? = nil, labelSmoothing: Float = 0
    ) -> Loss {
        precondition(
            rank == 2 && weight.rank == 2 && shape[1] == weight.shape[1] && targets.dtype == .int32 && targets.shape == [shape[0]]
                && (bias == nil || bias?.shape == [weight.shape[0]]),
            "linearCrossEntropy: h \(shape), weight \(weight.shape), targets \(targets.dtype) \(targets.shape)")
        precondition(
            classWeights.map { $0.shape == [weight.shape[0]] } ?? true && (0...1).contains(labelSmoothing),
            "linearCrossEntropy: class weights \(classWeights?.shape ?? []) for \(weight.shape[0]) classes, smoothing \(labelSmoothing)"
        )
        let counted = countedTargets(targets, classes: weight.shape[0], "linearCrossEntropy")
        var work = LinearCrossEntropy(hidden: self, weight: weight, bias: bias, targets: targets)
        work.classWeights = classWeights?.detached.cast(to: .float32)
        work.labelSmoothing = labelSmoothing
        work.run()
        let (hiddenGradient, weightGradient, biasGradient) = (work.hiddenGradient, work.weightGradient, work.biasGradient)
        let sum = work.losses.sum().recorded(from: self, weight, bias ?? weight) { [self] upstream, sink in
            let scale = upstream.scalar
            if let hiddenGradient {
                if scale != 1 {
                    sequitur_scale_add(
                        hiddenGradient.floatElements, scale, hiddenGradient.mutableFloats, 0, Int64(hiddenGradient.count))
                }
                sink.add(hiddenGradient, to: self)
            }
            weightGradient?.settle(weight, scale, sink)
            if let bias { biasGradient?.settle(bias, scale, sink) }
        }
        return Loss(sum: sum, count: counted, weight: classWeights.map { targets.weight(under: $0) })
    }
}

/// Where the gradient of a weight is collected during the forward pass: in its final place, or aside.
private struct EarlyGradient {
    let destination: UnsafeMutablePointer<Float>
    let aside: Tensor?

    init?(_ input: Tensor?, _ tape: Tape?) {
        guard let input, let tape, tape.isRecorded(input) else { return nil }
        if let place = tape.claim(input) {
            destination = place.destination
            aside = nil
        } else {
            let made = Tensor.uninitialized(input.shape)
            destination = made.mutableFloats
            aside = made
        }
    }

    func settle(_ input: Tensor, _ scale: Float, _ sink: Tape) {
        guard let aside else { return sink.settle(input, scale: scale) }
        if scale != 1 { sequitur_scale_add(aside.floatElements, scale, aside.mutableFloats, 0, Int64(aside.count)) }
        sink.add(aside, to: input)
    }
}

private struct LinearCrossEntropy {
    // N rows, D hidden width, V vocabulary
    let hidden, weight, targets: Tensor
    let bias: Tensor?
    var classWeights: Tensor?
    var labelSmoothing: Float = 0
    let losses: Tensor
    let form: sequitur_operand
    private(set) var hiddenGradient: Tensor?
    let weightGradient, biasGradient: EarlyGradient?

    /// Rows whose logits, or what else has `bytes` for each, fill a size that suits the outer caches; but not so few that products
    /// lose their speed, for which a large vocabulary gets up to four times the size.
    private static func blockRows(_ bytes: Int, size: Int, worthwhile: Int) -> Int {
        max(size, min(4 * size, worthwhile * bytes)) / max(1, bytes)
    }

    /// Rows of logits in one block.
    private static func logitRows(vocabulary: Int) -> Int { max(16, blockRows(4 * vocabulary, size: 12 << 20, worthwhile: 256)) }

    /// Rows of gradients of logits that are kept, transposed, for one product dW.
    private static func keptRows(vocabulary: Int, type: DType) -> Int {
        blockRows(type.size * vocabulary, size: 16 << 20, worthwhile: 512)
    }

    init(hidden: Tensor, weight: Tensor, bias: Tensor?, targets: Tensor) {
        let tape = Context.current.tape
        form = Context.current.precision.operand
        self.hidden = hidden.operand(form)
        self.weight = weight.factor(form)
        self.bias = bias?.detached.cast(to: .float32)
        self.targets = targets
        losses = .uninitialized([hidden.shape[0]])
        let isRecorded = [hidden, weight, bias ?? weight].contains { tape?.isRecorded($0) ?? false }
        hiddenGradient = isRecorded && (tape?.isRecorded(hidden) ?? false) ? .uninitialized(hidden.shape) : nil
        weightGradient = EarlyGradient(weight, tape)
        biasGradient = EarlyGradient(bias, tape)
    }

    /// Rows of a block: blocks of one height where the rows divide into some near the fewest, since a primitive serves one height.
    private static func blockHeight(rows: Int, most: Int) -> Int {
        let fewest = max(1, (rows + most - 1) / most)
        let blocks = (fewest...(2 * fewest)).first { rows % $0 == 0 } ?? fewest
        return (rows + blocks - 1) / blocks
    }

    mutating func run() {
        let rows = hidden.shape[0], vocabulary = weight.shape[0], inner = hidden.shape[1]
        let wantsGradient = hiddenGradient != nil || weightGradient != nil || biasGradient != nil
        let height = LinearCrossEntropy.blockHeight(
            rows: rows, most: LinearCrossEntropy.logitRows(vocabulary: vocabulary))
        let logits = Tensor.uninitialized([height, vocabulary])
        let isHalf = form == SEQUITUR_OPERAND_BFLOAT16
        let half: Tensor? = wantsGradient && isHalf ? .uninitialized(logits.shape, .bfloat16) : nil
        // Both products of a block read the whole weight: it is packed once for all blocks. In float32 the first reads it as it lies,
        // row by row, just as fast.
        let forward = SharedFactor(
            weight, packs: isHalf, rows: rows,
            MatrixProduct(
                rows: height, columns: vocabulary, inner: inner, type: hidden.dtype, transposesB: true, hasBias: bias != nil))
        let back =
            hiddenGradient == nil
            ? nil
            : SharedFactor(
                weight, rows: rows,
                MatrixProduct(rows: height, columns: inner, inner: vocabulary, type: hidden.dtype))
        var kept = weightGradient.map { _ in
            let most = LinearCrossEntropy.keptRows(vocabulary: vocabulary, type: hidden.dtype) / max(1, height)
            return KeptGradients(type: hidden.dtype, rows: rows, capacity: max(1, most) * height, vocabulary: vocabulary)
        }
        for start in stride(from: 0, to: rows, by: max(1, height)) {
            let count = min(height, rows - start)
            let block = hidden[start..<(start + count)]
            forward.run(block.elements, rows: count, bias: bias, into: logits.elements)
            lose(logits, from: start, count, gradient: wantsGradient ? half ?? logits : nil)
            guard wantsGradient else { continue }
            let gradient = (half ?? logits)[0..<count]  // [count, V]
            if let hiddenGradient {
                back?.run(gradient.elements, rows: count, into: hiddenGradient.mutableFloats + start * inner)
            }
            if let biasGradient {
                Tensor.columnSums(of: gradient, into: biasGradient.destination, accumulates: start > 0)
            }
            if let weightGradient, kept?.add(gradient) == true {
                kept?.multiply(hidden, into: weightGradient.destination)
            }
        }
        if rows == 0 {
            weightGradient?.destination.initialize(repeating: 0, count: weight.count)
            biasGradient?.destination.initialize(repeating: 0, count: vocabulary)
        }
        keepAlive(targets, hidden, half, weight)
    }

    /// The losses of a block of logits, and their gradients.
    private func lose(_ logits: Tensor, from start: Int, _ count: Int, gradient: Tensor?) {
        let (own, form, rows, vocabulary) = (
            targets.int32Elements + start, Int32(form.rawValue), Int64(count), Int64(logits.shape[1])
        )
        if classWeights == nil, labelSmoothing == 0 {
            sequitur_cross_entropy(
                logits.floatElements, own, losses.mutableFloats + start, gradient?.elements, form, rows, vocabulary)
        } else {
            sequitur_weighted_cross_entropy(
                logits.floatElements, own, classWeights?.floatElements, labelSmoothing, nil, losses.mutableFloats + start,
                gradient?.elements, form, rows, vocabulary)
        }
        keepAlive(gradient, classWeights)
    }

    /// The gradients of the logits of several blocks, transposed, until there are enough of them for dW += dLᵀ h.
    private struct KeptGradients {
        let rows, vocabulary: Int
        private let buffer: Tensor
        private var start = 0, filled = 0, capacity: Int

        init(type: DType, rows: Int, capacity: Int, vocabulary: Int) {
            self.rows = rows
            self.vocabulary = vocabulary
            self.capacity = min(rows, capacity)
            buffer = .uninitialized([self.capacity * vocabulary], type)
        }

        /// Rows that the buffer's present filling will have, the stride of its lines.
        private var goal: Int { min(capacity, rows - start) }

        /// - Returns: whether the filling is complete.
        mutating func add(_ gradient: Tensor) -> Bool {
            let count = gradient.shape[0], size = gradient.dtype.size
            sequitur_transpose(
                gradient.elements, Int64(vocabulary), buffer.elements + filled * size, Int64(goal), Int32(size), Int64(count),
                Int64(vocabulary))
            keepAlive(gradient)
            filled += count
            return filled == goal
        }

        mutating func multiply(_ hidden: Tensor, into destination: UnsafeMutablePointer<Float>) {
            let count = goal
            MatrixProduct(
                rows: vocabulary, columns: hidden.shape[1], inner: count, type: hidden.dtype, accumulates: start > 0
            )
            .runPacking(buffer[0..<(vocabulary * count)], hidden[start..<(start + count)], into: destination)
            start += count
            filled = 0
        }
    }
}
