import CSequiturKernels

/// How rows are normalised.
public enum Normalization: String, Sendable, CaseIterable {
    /// x̂ = (x − mean) / √(variance + ε) (Ba, Kiros & Hinton 2016).
    case layer
    /// x̂ = x / √(mean(x²) + ε) (Zhang & Sennrich 2019).
    case rootMeanSquare = "rms"
}

// N rows, D width

extension Tensor {
    /// Rows of the last axis normalised, times a gain, plus a bias.
    ///
    /// - Shape: [..., D] → the same; gain and bias [D].
    public func normalized(_ kind: Normalization = .layer, gain: Tensor? = nil, bias: Tensor? = nil, epsilon: Float) -> Tensor {
        let result = NormCall(self, nil, kind, gain, bias, epsilon, asOperand: false).run().normalized
        return dtype == .bfloat16 ? result.cast(to: .bfloat16) : result
    }

    /// The sum with a residual branch and its normalised rows, in one pass over memory.
    ///
    /// - Returns: sum = self + branch, float32; normalized = its rows, `asOperand` with bfloat16 products in bfloat16.
    package func normalizedSum(
        with branch: Tensor?, _ kind: Normalization, gain: Tensor?, bias: Tensor?, epsilon: Float, asOperand: Bool = true
    ) -> (sum: Tensor, normalized: Tensor) {
        NormCall(self, branch, kind, gain, bias, epsilon, asOperand: asOperand).run()
    }
}

private struct NormCall {
    let x: Tensor
    let branch, gain, bias: Tensor?
    let kind: Normalization
    let epsilon: Float
    let rows, width: Int
    let resultType: DType

    init(
        _ x: Tensor, _ branch: Tensor?, _ kind: Normalization, _ gain: Tensor?, _ bias: Tensor?, _ epsilon: Float, asOperand: Bool
    ) {
        precondition(x.rank >= 1, "normalized: at least one axis expected")
        width = x.shape[x.rank - 1]
        precondition(
            (gain == nil || gain?.shape == [width]) && (bias == nil || (bias?.shape == [width] && gain != nil))
                && (branch == nil || branch?.shape == x.shape),
            "normalized: x \(x.shape), branch \(branch.map { "\($0.shape)" } ?? "none"), gain \(gain.map { "\($0.shape)" } ?? "none"), bias \(bias.map { "\($0.shape)" } ?? "none")"
        )
        self.x = x.asFloat32("normalized")
        self.branch = branch
        self.kind = kind
        self.gain = gain?.asFloat32("normalized")
        self.bias = bias?.asFloat32("normalized")
        self.epsilon = epsilon
        rows = width == 0 ? 0 : x.count / width
        resultType = asOperand ? Tensor.operandType(Context.current.precision.operand, count: x.count) : .float32
    }

    func run() -> (sum: Tensor, normalized: Tensor) {
        let sum = branch == nil ? x : .uninitialized(x.shape), result = Tensor.uninitialized(x.shape, resultType)
        let statistics = Tensor.uninitialized([rows, 2])
        sequitur_norm_forward(
            x.floatElements, branch?.elements, branch?.dtype.rawValue ?? 0, branch == nil ? nil : sum.mutableFloats,
            gain?.floatElements, bias?.floatElements, result.elements, resultType.rawValue, statistics.mutableFloats, Int64(rows),
            Int64(width), epsilon, kind == .layer ? 1 : 0)
        keepAlive(x, branch, gain, bias)
        let inputs = [x, branch, gain, bias].compactMap { $0 }
        guard let tape = Context.current.tape, inputs.contains(where: tape.isRecorded) else { return (sum, result) }
        // Without a branch there is nothing to sum, and what reaches x elsewhere is added by the tape.
        var outputs = branch == nil ? [result] : [result, sum]
        tape.record(&outputs, acceptsHalf: true) { [sum = sum.detached] upstream, sink in
            backward(sum, statistics, upstream[0], upstream.count > 1 ? upstream[1]?.cast(to: .float32) : nil, sink)
        }
        return (branch == nil ? x : outputs[1], outputs[0])
    }

    private func backward(_ sum: Tensor, _ statistics: Tensor, _ upstream: Tensor?, _ through: Tensor?, _ sink: Tape) {
        guard let upstream else {
            if let through { hand(through, to: sink) }
            return
        }
        let gradient = Tensor.uninitialized(sum.shape)
        let wantsParameters = sink.wants(gain) || sink.wants(bias)
        let chunks = min(64, (rows + 15) / 16)
        let partial = Tensor.uninitialized([chunks, 2, width])
        sequitur_norm_backward(
            sum.floatElements, statistics.floatElements, gain?.floatElements, upstream.elements, upstream.dtype.rawValue,
            through?.floatElements, gradient.mutableFloats, partial.mutableFloats, Int64(chunks), Int64(rows), Int64(width),
            kind == .layer ? 1 : 0)
        keepAlive(upstream, through)
        hand(gradient, to: sink)
        guard wantsParameters else { return }
        for (index, parameter) in [gain, bias].enumerated() {
            guard let parameter, sink.wants(parameter) else { continue }
            sink.accumulate(into: parameter) { destination, accumulates in
                let total = Tensor.uninitialized([2, width])
                sequitur_reduce(
                    Int32(SEQUITUR_SUM), partial.floatElements, total.mutableFloats, 1, Int64(chunks), Int64(2 * width), 0)
                sequitur_scale_add(
                    total.floatElements + index * width, 1, destination, accumulates ? 1 : 0, Int64(width))
                keepAlive(total)
            }
        }
        keepAlive(partial)
    }

    /// Both terms of a sum have its gradient.
    private func hand(_ gradient: Tensor, to sink: Tape) {
        sink.add(gradient, to: x)
        if let branch { sink.add(gradient, to: branch) }
    }
}
