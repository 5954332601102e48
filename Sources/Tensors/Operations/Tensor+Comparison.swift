import CSequiturKernels

// Masks: comparisons give bool tensors, broadcast like arithmetic. They have no gradient.

extension Tensor {
    public func isEqual(to other: Tensor) -> Tensor { compared(SEQUITUR_EQUAL, other) }
    public func isNotEqual(to other: Tensor) -> Tensor { compared(SEQUITUR_NOT_EQUAL, other) }
    public func isLess(than other: Tensor) -> Tensor { compared(SEQUITUR_LESS, other) }
    public func isLess(orEqualTo other: Tensor) -> Tensor { compared(SEQUITUR_LESS_OR_EQUAL, other) }
    public func isGreater(than other: Tensor) -> Tensor { compared(SEQUITUR_GREATER, other) }
    public func isGreater(orEqualTo other: Tensor) -> Tensor { compared(SEQUITUR_GREATER_OR_EQUAL, other) }

    /// True where a bool tensor is false.
    public func inverted() -> Tensor { isEqual(to: Tensor(0)) }

    private func compared<Operation: BinaryInteger>(_ operation: Operation, _ other: Tensor) -> Tensor {
        let shape = broadcastShape(self.shape, other.shape, "comparison")
        let strides = broadcastStrides(self.shape, to: shape), otherStrides = broadcastStrides(other.shape, to: shape)
        let mask = Tensor.uninitialized(shape, .bool), extents = shape.map(Int64.init)
        if dtype == .int32 && other.dtype == .int32 {  // float32 would not tell those beyond 2²⁴ apart
            sequitur_compare_integers(
                Int32(operation), int32Elements, other.int32Elements, mask.byteElements, Int32(shape.count), extents, strides,
                otherStrides)
            return mask
        }
        let a = cast(to: .float32), b = other.cast(to: .float32)
        sequitur_compare(
            Int32(operation), a.floatElements, b.floatElements, mask.byteElements, Int32(shape.count), extents, strides,
            otherStrides)
        keepAlive(a, b)
        return mask
    }

    /// `a` where the mask is true, `b` elsewhere; all three broadcast.
    public static func choose(_ mask: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
        precondition(mask.dtype == .bool, "choose: a mask is bool, \(mask.dtype) given")
        let target = promoted(a, b)
        let a = a.asFloat32("choose"), b = b.asFloat32("choose")
        let shape = broadcastShape(broadcastShape(a.shape, b.shape, "choose"), mask.shape, "choose")
        let y = Tensor.uninitialized(shape)
        sequitur_choose(
            mask.byteElements, a.floatElements, b.floatElements, y.mutableFloats, Int32(shape.count), shape.map(Int64.init),
            broadcastStrides(mask.shape, to: shape), broadcastStrides(a.shape, to: shape), broadcastStrides(b.shape, to: shape))
        keepAlive(mask, a, b)
        let result = y.recorded(from: a, b) { upstream, sink in
            let zero = Tensor(0)
            if sink.wants(a) { sink.add(withoutGradients { choose(mask, upstream, zero) }.summed(to: a.shape), to: a) }
            if sink.wants(b) { sink.add(withoutGradients { choose(mask, zero, upstream) }.summed(to: b.shape), to: b) }
        }
        return target == .bfloat16 ? result.cast(to: .bfloat16) : result
    }

    /// These elements, and `value` where the mask is true.
    public func masked(_ mask: Tensor, value: Float) -> Tensor { Tensor.choose(mask, Tensor(literal: value), self) }

    /// Elements held between two bounds; the gradient is 0 outside of them.
    public func clamped(_ low: Float, _ high: Float) -> Tensor { maximum(Tensor(literal: low)).minimum(Tensor(literal: high)) }
}
