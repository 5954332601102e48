import CSequiturKernels

// Pairs of tensors, broadcast as NumPy does: shapes are aligned at the last axis, an extent of 1 repeats.

extension Tensor {
    public static func + (a: Tensor, b: Tensor) -> Tensor {
        pairwise(SEQUITUR_ADD, a, b) { upstream, a, b, _, sink in
            sink.add(upstream.summed(to: a.shape), to: a)
            sink.add(upstream.summed(to: b.shape), to: b)
        }
    }

    public static func - (a: Tensor, b: Tensor) -> Tensor {
        pairwise(SEQUITUR_SUBTRACT, a, b) { upstream, a, b, _, sink in
            sink.add(upstream.summed(to: a.shape), to: a)
            if sink.wants(b) { sink.add(upstream.negated().summed(to: b.shape), to: b) }
        }
    }

    public static func * (a: Tensor, b: Tensor) -> Tensor {
        pairwise(SEQUITUR_MULTIPLY, a, b) { upstream, a, b, _, sink in
            if sink.wants(a) { sink.add((upstream * b).summed(to: a.shape), to: a) }
            if sink.wants(b) { sink.add((upstream * a).summed(to: b.shape), to: b) }
        }
    }

    public static func / (a: Tensor, b: Tensor) -> Tensor {
        pairwise(SEQUITUR_DIVIDE, a, b) { upstream, a, b, y, sink in
            let share = upstream / b
            sink.add(share.summed(to: a.shape), to: a)
            if sink.wants(b) { sink.add((share * y).negated().summed(to: b.shape), to: b) }
        }
    }

    /// aᵇ. A negative base needs a whole exponent; the gradient of the exponent is 0 where the base is not positive.
    public func power(_ exponent: Tensor) -> Tensor {
        Tensor.pairwise(SEQUITUR_POWER, self, exponent) { upstream, a, b, y, sink in
            let zero = Tensor(0)
            if sink.wants(a) {
                // x⁰ is 1 everywhere: no gradient, where b a^(b − 1) would be 0 · ∞ at 0.
                let slope = Tensor.choose(b.isEqual(to: zero), zero, b * a.power(b - 1))
                sink.add((upstream * slope).summed(to: a.shape), to: a)
            }
            if sink.wants(b) {
                let slope = Tensor.choose(a.isGreater(than: zero), y * a.logarithm(), zero)
                sink.add((upstream * slope).summed(to: b.shape), to: b)
            }
        }
    }

    /// The greater of each pair; the gradient goes to the first where they are equal. NaN wins.
    public func maximum(_ other: Tensor) -> Tensor {
        Tensor.pairwise(SEQUITUR_MAXIMUM, self, other) { upstream, a, b, _, sink in
            Tensor.divide(upstream, where: a.isGreater(orEqualTo: b), between: a, and: b, sink)
        }
    }

    /// The lesser of each pair; the gradient goes to the first where they are equal. NaN wins.
    public func minimum(_ other: Tensor) -> Tensor {
        Tensor.pairwise(SEQUITUR_MINIMUM, self, other) { upstream, a, b, _, sink in
            Tensor.divide(upstream, where: a.isLess(orEqualTo: b), between: a, and: b, sink)
        }
    }

    private static func divide(_ upstream: Tensor, where mask: Tensor, between a: Tensor, and b: Tensor, _ sink: Tape) {
        sink.add(choose(mask, upstream, Tensor(0)).summed(to: a.shape), to: a)
        sink.add(choose(mask, Tensor(0), upstream).summed(to: b.shape), to: b)
    }

    private static func pairwise<Operation: BinaryInteger>(
        _ operation: Operation, _ a: Tensor, _ b: Tensor,
        backward: @escaping (_ upstream: Tensor, _ a: Tensor, _ b: Tensor, _ y: Tensor, _ sink: Tape) -> Void
    ) -> Tensor {
        let target = Tensor.promoted(a, b)
        let a = a.asFloat32("arithmetic"), b = b.asFloat32("arithmetic")
        let shape = broadcastShape(a.shape, b.shape, "arithmetic")
        let y = Tensor.uninitialized(shape)
        let extents = shape.map(Int64.init)
        sequitur_binary(
            Int32(operation), a.floatElements, b.floatElements, y.mutableFloats, Int32(shape.count), extents,
            broadcastStrides(a.shape, to: shape), broadcastStrides(b.shape, to: shape))
        keepAlive(a, b)
        let result = y.recorded(from: a, b) { upstream, sink in
            withoutGradients { backward(upstream, a, b, y, sink) }
        }
        return target == .bfloat16 ? result.cast(to: .bfloat16) : result
    }

    /// bfloat16 only where both are (or one is a literal): a mixture is float32.
    static func promoted(_ a: Tensor, _ b: Tensor) -> DType {
        if a.isWeak != b.isWeak { return a.isWeak ? b.dtype : a.dtype }
        return a.dtype == b.dtype ? a.dtype : .float32
    }
}

// MARK: Broadcasting

/// The shape that two shapes broadcast to; traps where they do not.
package func broadcastShape(
    _ a: [Int], _ b: [Int], _ operation: String, file: StaticString = #fileID, line: UInt = #line
) -> [Int] {
    let rank = max(a.count, b.count)
    precondition(
        rank <= Int(SEQUITUR_MAX_RANK), "\(operation): at most \(SEQUITUR_MAX_RANK) axes, \(rank) given", file: file, line: line)
    return (0..<rank).map { axis in
        let left = axis - (rank - a.count), right = axis - (rank - b.count)
        let x = left >= 0 ? a[left] : 1, y = right >= 0 ? b[right] : 1
        precondition(x == y || x == 1 || y == 1, "\(operation): shapes \(a) and \(b) do not broadcast", file: file, line: line)
        return x == 1 ? y : x
    }
}

/// Element strides that read a dense `shape` as `target`, 0 along repeated axes.
package func broadcastStrides(_ shape: [Int], to target: [Int]) -> [Int64] {
    var strides = [Int64](repeating: 0, count: target.count)
    var step = 1
    for axis in shape.indices.reversed() {
        if shape[axis] != 1 { strides[axis + target.count - shape.count] = Int64(step) }
        step *= shape[axis]
    }
    return strides
}

extension Tensor {
    /// The sum over the axes along which `target` was repeated: the reverse of broadcasting.
    package func summed(to target: [Int]) -> Tensor {
        if shape == target { return self }
        let lead = rank - target.count
        let repeated = shape.indices.filter { $0 < lead || (target[$0 - lead] == 1 && shape[$0] != 1) }
        return sum(axes: repeated).reshaped(target)
    }

    /// These elements repeated to a greater shape.
    public func broadcast(to target: [Int]) -> Tensor {
        precondition(broadcastShape(shape, target, "broadcast") == target, "broadcast: \(shape) does not repeat to \(target)")
        if shape == target { return self }
        let result = Tensor.uninitialized(target, dtype)
        sequitur_copy_strided(
            elements, result.elements, Int32(dtype.size), Int32(target.count), target.map(Int64.init),
            broadcastStrides(shape, to: target))
        return result.recorded(from: self) { [self] upstream, sink in sink.add(upstream.summed(to: shape), to: self) }
    }
}
