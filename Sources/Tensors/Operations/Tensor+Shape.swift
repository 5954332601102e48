import CSequiturKernels

extension Tensor {
    /// The same elements under another shape of the same count: a view. One extent may be −1 and follows from the rest.
    public func reshaped(_ target: [Int], file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        var target = target
        if let free = target.firstIndex(of: -1) {
            let rest = target.enumerated().filter { $0.offset != free }.map(\.element).reduce(1, *)
            precondition(rest > 0 && count % rest == 0, "reshaped: \(shape) does not fit \(target)", file: file, line: line)
            target[free] = count / rest
        }
        if target == shape { return self }
        precondition(
            target.allSatisfy { $0 >= 0 } && target.reduce(1, *) == count, "reshaped: \(shape) does not fit \(target)",
            file: file, line: line)
        let view = Tensor(storage: storage, offset: offset, shape: target, dtype: dtype, isWeak: isWeak)
        return view.recordedWithHalves(from: self) { [self] upstream, sink in
            sink.add(upstream.detached.reshaped(shape), to: self)
        }
    }

    /// Rows `range` of the first axis: a view.
    public subscript(_ range: Range<Int>) -> Tensor {
        precondition(
            rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0], "rows \(range) of a tensor of shape \(shape)")
        let width = shape.dropFirst().reduce(1, *)
        let view = Tensor(
            storage: storage, offset: offset + range.lowerBound * width, shape: [range.count] + shape.dropFirst(), dtype: dtype)
        return view.recorded(from: self) { [self] upstream, sink in
            sink.accumulate(into: self) { destination, accumulates in
                if !accumulates { destination.initialize(repeating: 0, count: count) }
                sequitur_scale_add(upstream.floatElements, 1, destination + range.lowerBound * width, 1, Int64(upstream.count))
            }
            keepAlive(upstream)
        }
    }

    /// Row `index` of the first axis, which disappears: a view.
    public subscript(_ index: Int) -> Tensor { self[index..<(index + 1)].reshaped(Array(shape.dropFirst())) }

    /// The elements `range` of one axis.
    public func sliced(axis: Int, _ range: Range<Int>) -> Tensor {
        let axis = normalized(axis)
        if axis == 0 { return self[range] }
        requireStridedRank("sliced")
        precondition(range.lowerBound >= 0 && range.upperBound <= shape[axis], "elements \(range) of axis \(axis) of \(shape)")
        var target = shape
        target[axis] = range.count
        let strides = denseStrides(shape), start = range.lowerBound * Int(strides[axis])
        let result = Tensor.uninitialized(target, dtype)
        let extents = target.map(Int64.init)
        sequitur_copy_strided(elements + start * dtype.size, result.elements, Int32(dtype.size), Int32(rank), extents, strides)
        return result.recorded(from: self) { [self] upstream, sink in
            sink.accumulate(into: self) { destination, accumulates in
                if !accumulates { destination.initialize(repeating: 0, count: count) }
                sequitur_add_strided(upstream.floatElements, destination + start, Int32(rank), extents, strides)
            }
            keepAlive(upstream)
        }
    }

    /// The axes in another order: axis i of the result is axis `order[i]` of this.
    public func transposed(_ order: [Int]) -> Tensor {
        let order = order.map { normalized($0) }
        precondition(order.sorted() == Array(shape.indices), "transposed: \(order) does not order the axes of \(shape)")
        if order == Array(shape.indices) { return self }
        requireStridedRank("transposed")
        let strides = denseStrides(shape)
        let result = Tensor.uninitialized(order.map { shape[$0] }, dtype)
        sequitur_copy_strided(
            elements, result.elements, Int32(dtype.size), Int32(rank), order.map { Int64(shape[$0]) }, order.map { strides[$0] })
        return result.recorded(from: self) { [self] upstream, sink in
            var inverse = [Int](repeating: 0, count: rank)
            for (index, axis) in order.enumerated() { inverse[axis] = index }
            sink.add(upstream.detached.transposed(inverse), to: self)
        }
    }

    /// The last two axes exchanged.
    public func transposed() -> Tensor {
        precondition(rank >= 2, "transposed: two axes expected, \(shape) found")
        return transposed(Array(0..<(rank - 2)) + [rank - 1, rank - 2])
    }

    /// Tensors joined along an axis; their other extents agree.
    public static func concatenated(_ parts: [Tensor], axis: Int = 0) -> Tensor {
        precondition(!parts.isEmpty, "concatenated: nothing to join")
        let axis = parts[0].normalized(axis), dtype = parts[0].dtype
        var shape = parts[0].shape
        for part in parts {
            var same = part.shape
            precondition(
                part.rank == shape.count && part.dtype == dtype,
                "concatenated: \(part.shape) \(part.dtype) beside \(shape) \(dtype)")
            same[axis] = shape[axis]
            precondition(same == shape, "concatenated along axis \(axis): \(part.shape) beside \(parts[0].shape)")
        }
        shape[axis] = parts.map { $0.shape[axis] }.reduce(0, +)
        let result = Tensor.uninitialized(shape, dtype)
        let (outer, inner) = result.extents(around: axis)
        let row = shape[axis] * Int(inner) * dtype.size
        var start = 0
        for part in parts {
            let width = part.shape[axis] * Int(inner) * dtype.size
            if width > 0 {
                for index in 0..<Int(outer) {
                    (result.elements + index * row + start).copyMemory(from: part.elements + index * width, byteCount: width)
                }
            }
            start += width
        }
        guard let tape = Context.current.tape, parts.contains(where: tape.isRecorded) else { return result }
        var outputs = [result]
        tape.record(&outputs) { upstream, sink in
            guard let upstream = upstream[0]?.detached else { return }
            var start = 0
            for part in parts {
                let end = start + part.shape[axis]
                if sink.wants(part) { sink.add(upstream.sliced(axis: axis, start..<end), to: part) }
                start = end
            }
        }
        return outputs[0]
    }

    /// Tensors of one shape joined along a new axis.
    public static func stacked(_ parts: [Tensor], axis: Int = 0) -> Tensor {
        precondition(!parts.isEmpty, "stacked: nothing to join")
        let place = axis < 0 ? axis + parts[0].rank + 1 : axis
        precondition((0...parts[0].rank).contains(place), "stacked: axis \(axis) for tensors of shape \(parts[0].shape)")
        return concatenated(parts.map { $0.reshaped(Array($0.shape[..<place]) + [1] + Array($0.shape[place...])) }, axis: place)
    }

    /// Strided kernels keep as many axes as this.
    private func requireStridedRank(_ operation: String) {
        precondition(rank <= Int(SEQUITUR_MAX_RANK), "\(operation): at most \(SEQUITUR_MAX_RANK) axes, \(shape) has \(rank)")
    }

    /// Pieces of the given extents along an axis, which they must fill.
    public func split(_ extents: [Int], axis: Int = 0) -> [Tensor] {
        let axis = normalized(axis)
        precondition(extents.reduce(0, +) == shape[axis], "split: \(extents) do not fill axis \(axis) of \(shape)")
        var start = 0
        return extents.map { extent in
            defer { start += extent }
            return sliced(axis: axis, start..<(start + extent))
        }
    }
}

/// Element strides of a dense shape.
package func denseStrides(_ shape: [Int]) -> [Int64] {
    var strides = [Int64](repeating: 1, count: shape.count), step: Int64 = 1
    for axis in shape.indices.reversed() {
        strides[axis] = step
        step *= Int64(shape[axis])
    }
    return strides
}
