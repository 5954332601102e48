import CSequiturKernels

extension Tensor {
    /// y = x Wᵀ + b.
    ///
    /// - Shape: x [..., I], weight [O, I], bias [O] → [..., O]
    public func linear(weight: Tensor, bias: Tensor? = nil) -> Tensor {
        precondition(
            rank >= 1 && weight.rank == 2 && shape[rank - 1] == weight.shape[1]
                && (bias == nil || bias?.shape == [weight.shape[0]]),
            "linear: x \(shape), weight \(weight.shape), bias \(bias.map { "\($0.shape)" } ?? "none")")
        let form = Context.current.precision.operand
        let x = matrix.operand(form), w = weight.factor(form)
        let y = Tensor.uninitialized(Array(shape.dropLast()) + [weight.shape[0]])
        Tensor.forwardProduct(x, w, bias: bias?.detached.cast(to: .float32), into: y.elements)
        return y.recorded(from: self, weight, bias ?? weight) { [self] upstream, sink in
            let rows = upstream.matrix, dy = rows.operand(form)
            if sink.wants(self) {
                sink.accumulate(into: self) { Tensor.inputGradient(dy, w, into: $0, accumulates: $1) }
            }
            if sink.wants(weight) {
                sink.accumulate(into: weight) { Tensor.weightGradient(dy, x, into: $0, accumulates: $1) }
            }
            if let bias, sink.wants(bias) {
                sink.accumulate(into: bias) { Tensor.biasGradient(rows, into: $0, accumulates: $1) }
            }
        }
    }
}
