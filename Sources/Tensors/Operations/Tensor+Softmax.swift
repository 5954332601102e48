import CSequiturKernels

extension Tensor {
    /// softmax over the last axis: eˣⁱ / Σ eˣʲ. A row of nothing but −∞ (fully masked) gives zeros.
    public func softmax() -> Tensor { normalizedRows(logarithm: false) }

    /// log softmax over the last axis: xᵢ − log Σ eˣʲ.
    public func logSoftmax() -> Tensor { normalizedRows(logarithm: true) }

    /// log Σ eˣʲ over the last axis, which disappears. A row of nothing but −∞ gives −∞.
    public func logSumExp() -> Tensor {
        precondition(rank > 0, "logSumExp: at least one axis expected")
        let x = asFloat32("logSumExp")
        let y = Tensor.uninitialized(Array(shape.dropLast()))
        sequitur_log_sum_exp(x.floatElements, y.mutableFloats, Int64(y.count), Int64(shape[rank - 1]))
        keepAlive(x)
        let result = y.recorded(from: x) { upstream, sink in
            withoutGradients { sink.add(x.softmax() * upstream.reshaped(upstream.shape + [1]), to: x) }
        }
        return dtype == .bfloat16 ? result.cast(to: .bfloat16) : result
    }

    private func normalizedRows(logarithm: Bool) -> Tensor {
        precondition(rank > 0, "softmax: at least one axis expected")
        let x = asFloat32("softmax"), width = Int64(shape[rank - 1]), rows = width == 0 ? 0 : Int64(count) / width
        let y = Tensor.uninitialized(shape)
        sequitur_softmax(x.floatElements, y.mutableFloats, rows, width, logarithm ? 1 : 0)
        let result = y.recorded(from: x) { upstream, sink in
            let gradient = Tensor.uninitialized(x.shape)
            sequitur_softmax_backward(
                y.floatElements, upstream.floatElements, gradient.mutableFloats, rows, width, logarithm ? 1 : 0)
            keepAlive(y, upstream)
            sink.add(gradient, to: x)
        }
        keepAlive(x)
        return dtype == .bfloat16 ? result.cast(to: .bfloat16) : result
    }
}
