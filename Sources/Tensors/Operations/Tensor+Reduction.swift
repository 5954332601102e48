import CSequiturKernels

extension Tensor {
    /// The sum over the given axes (all where none are given), which disappear unless `keepsAxes`.
    public func sum(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
        reduced(axes, keepsAxes) { tensor, axis in tensor.summed(axis) }
    }

    /// The mean over the given axes (all where none are given).
    public func mean(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
        let reduced = (axes ?? Array(shape.indices)).map { shape[normalized($0)] }.reduce(1, *)
        let result = cast(to: .float32).sum(axes: axes, keepsAxes: keepsAxes) * Tensor(1 / Float(reduced))
        return dtype == .bfloat16 ? result.cast(to: .bfloat16) : result
    }

    /// The mean squared deviation from the mean over the given axes.
    public func variance(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
        let x = cast(to: .float32)
        let result = (x - x.mean(axes: axes, keepsAxes: true)).squared().mean(axes: axes, keepsAxes: keepsAxes)
        return dtype == .bfloat16 ? result.cast(to: .bfloat16) : result
    }

    /// The greatest element along an axis; equal greatest elements share the gradient. NaN wins.
    public func maximum(axis: Int, keepsAxis: Bool = false) -> Tensor {
        reduced([axis], keepsAxis) { tensor, axis in tensor.extremum(SEQUITUR_REDUCE_MAXIMUM, axis) }
    }

    /// The least element along an axis; equal least elements share the gradient. NaN wins.
    public func minimum(axis: Int, keepsAxis: Bool = false) -> Tensor {
        reduced([axis], keepsAxis) { tensor, axis in tensor.extremum(SEQUITUR_REDUCE_MINIMUM, axis) }
    }

    /// The index (int32) of the greatest element along an axis, the first of equals.
    public func argumentOfMaximum(axis: Int = -1) -> Tensor {
        let axis = normalized(axis), x = asFloat32("argumentOfMaximum")
        precondition(shape[axis] > 0, "argumentOfMaximum: axis \(axis) of \(shape) is empty")
        let result = Tensor.uninitialized(shape.enumerated().filter { $0.offset != axis }.map(\.element), .int32)
        let (outer, inner) = x.extents(around: axis)
        sequitur_argument_maximum(x.floatElements, result.int32Elements, outer, Int64(shape[axis]), inner)
        keepAlive(x)
        return result
    }

    // MARK: Parts

    /// An axis counted from the end where it is negative.
    package func normalized(_ axis: Int, file: StaticString = #fileID, line: UInt = #line) -> Int {
        let index = axis < 0 ? axis + rank : axis
        precondition(shape.indices.contains(index), "axis \(axis) of a tensor of shape \(shape)", file: file, line: line)
        return index
    }

    /// Products of the extents before and after an axis.
    package func extents(around axis: Int) -> (outer: Int64, inner: Int64) {
        (Int64(shape[..<axis].reduce(1, *)), Int64(shape[(axis + 1)...].reduce(1, *)))
    }

    /// Applies a reduction axis by axis, from the last, keeping an extent of 1 until the end.
    private func reduced(_ axes: [Int]?, _ keepsAxes: Bool, _ step: (Tensor, Int) -> Tensor) -> Tensor {
        let axes = Set((axes ?? Array(shape.indices)).map { normalized($0) })
        // Neighbouring axes are reduced as one.
        var x = asFloat32("reduction"), groups: [(first: Int, count: Int)] = []
        for axis in axes.sorted() {
            if let last = groups.last, last.first + last.count == axis {
                groups[groups.count - 1].count += 1
            } else {
                groups.append((axis, 1))
            }
        }
        for group in groups.reversed() {
            let merged = shape[group.first..<(group.first + group.count)].reduce(1, *)
            let before = Array(x.shape[..<group.first]), after = Array(x.shape[(group.first + group.count)...])
            let result = step(x.reshaped(before + [merged] + after), group.first)
            x = result.reshaped(before + Array(repeating: 1, count: group.count) + after)
        }
        let kept = keepsAxes ? x.shape : shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
        let result = x.reshaped(kept)
        return dtype == .bfloat16 ? result.cast(to: .bfloat16) : result
    }

    /// Sum along one axis, which becomes 1.
    private func summed(_ axis: Int) -> Tensor {
        let (outer, inner) = extents(around: axis)
        var kept = shape
        kept[axis] = 1
        let y = Tensor.uninitialized(kept)
        sequitur_reduce(Int32(SEQUITUR_SUM), floatElements, y.mutableFloats, outer, Int64(shape[axis]), inner, 0)
        return y.recorded(from: self) { [self] upstream, sink in
            sink.add(upstream.detached.broadcast(to: shape), to: self)
        }
    }

    private func extremum<Operation: BinaryInteger>(_ operation: Operation, _ axis: Int) -> Tensor {
        precondition(shape[axis] > 0, "maximum or minimum: axis \(axis) of \(shape) is empty")
        let (outer, inner) = extents(around: axis)
        var kept = shape
        kept[axis] = 1
        let y = Tensor.uninitialized(kept)
        sequitur_reduce(Int32(operation), floatElements, y.mutableFloats, outer, Int64(shape[axis]), inner, 0)
        return y.recorded(from: self) { [self] upstream, sink in
            withoutGradients {
                let isChosen = isEqual(to: y).cast(to: .float32)
                sink.add(isChosen * (upstream / isChosen.sum(axes: [axis], keepsAxes: true)), to: self)
            }
        }
    }
}
