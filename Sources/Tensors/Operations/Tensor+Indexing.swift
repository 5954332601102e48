import CSequiturKernels

extension Tensor {
    /// Rows of this table chosen by ids: [count, width] and ids [...] give [..., width].
    ///
    /// The gradient adds every chosen row to its place, in the order of the ids. Ids out of range trap.
    public func rows(_ ids: Tensor) -> Tensor {
        precondition(
            rank == 2 && ids.dtype == .int32,
            "rows: a table [count, width] and int32 ids expected, \(shape) and \(ids.dtype) found")
        ids.requireIndices(below: shape[0], "rows")
        let result = Tensor.uninitialized(ids.shape + [shape[1]], dtype)
        let width = Int64(shape[1])
        sequitur_gather_rows(elements, ids.int32Elements, result.elements, Int64(ids.count), width * Int64(dtype.size))
        return result.recorded(from: self) { [self] upstream, sink in
            sink.accumulate(into: self) { destination, accumulates in
                if !accumulates { sequitur_fill(destination, 0, Int64(count)) }
                sequitur_scatter_add_rows(upstream.floatElements, ids.int32Elements, destination, Int64(ids.count), width, 1)
            }
            keepAlive(upstream)
        }
    }

    /// Elements chosen along an axis: result[…, i, …] = self[…, ids[…, i, …], …]; ids has this shape but for that axis.
    public func gathered(axis: Int, _ ids: Tensor) -> Tensor {
        let axis = normalized(axis), x = asFloat32("gathered")
        x.requireSameShape(as: ids, but: axis, "gathered")
        let result = Tensor.uninitialized(ids.shape)
        let (outer, inner) = x.extents(around: axis)
        sequitur_gather_axis(
            x.floatElements, ids.int32Elements, result.mutableFloats, outer, Int64(shape[axis]), Int64(ids.shape[axis]), inner)
        keepAlive(x)
        let gathered = result.recorded(from: x) { upstream, sink in
            sink.add(Tensor.zeros(x.shape).scatterAdding(axis: axis, ids, upstream.detached), to: x)
        }
        return dtype == .bfloat16 ? gathered.cast(to: .bfloat16) : gathered
    }

    /// These elements with `values` added at the places that `ids` choose along an axis; several values may meet at one place.
    public func scatterAdding(axis: Int, _ ids: Tensor, _ values: Tensor) -> Tensor {
        let target = Tensor.promoted(self, values)
        let axis = normalized(axis), x = asFloat32("scatterAdding"), values = values.asFloat32("scatterAdding")
        x.requireSameShape(as: ids, but: axis, "scatterAdding")
        precondition(values.shape == ids.shape, "scatterAdding: values \(values.shape) for ids \(ids.shape)")
        let result = Tensor.uninitialized(shape)
        sequitur_scale_add(x.floatElements, 1, result.mutableFloats, 0, Int64(count))
        let (outer, inner) = x.extents(around: axis)
        sequitur_scatter_add_axis(
            values.floatElements, ids.int32Elements, result.mutableFloats, outer, Int64(shape[axis]), Int64(ids.shape[axis]),
            inner)
        keepAlive(x, values)
        let sum = result.recorded(from: x, values) { upstream, sink in
            sink.add(upstream, to: x)
            if sink.wants(values) { sink.add(upstream.detached.gathered(axis: axis, ids), to: values) }
        }
        return target == .bfloat16 ? sum.cast(to: .bfloat16) : sum
    }

    private func requireSameShape(as ids: Tensor, but axis: Int, _ operation: String) {
        precondition(
            ids.dtype == .int32 && ids.rank == rank,
            "\(operation): int32 ids of \(rank) axes expected, \(ids.dtype) \(ids.shape) found")
        for other in shape.indices where other != axis {
            precondition(shape[other] == ids.shape[other], "\(operation) along axis \(axis): ids \(ids.shape) for \(shape)")
        }
        ids.requireIndices(below: shape[axis], operation)
    }

    /// Traps where an id is not in 0..<limit.
    package func requireIndices(below limit: Int, _ operation: String) {
        let ids = UnsafeBufferPointer(start: int32Elements, count: count)
        var least: Int32 = 0, most: Int32 = -1
        for id in ids {
            least = min(least, id)
            most = max(most, id)
        }
        precondition(least >= 0 && Int(most) < limit, "\(operation): ids from \(least) to \(most), but 0..<\(limit) are allowed")
        keepAlive(self)
    }
}
