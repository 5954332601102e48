import SequiturTensors

/// A dense array in double precision with nothing but loops over indices: what operations are held against.
struct Reference: Sendable {
    let shape: [Int]
    var values: [Double]

    /// The value at each index that `body` gives.
    init(_ shape: [Int], _ body: ([Int]) -> Double) {
        self.shape = shape
        values = Reference.indices(of: shape).map(body)
    }

    init(_ tensor: Tensor) {
        shape = tensor.shape
        values = tensor.floats().map(Double.init)
    }

    /// All indices of a shape in row-major order.
    static func indices(of shape: [Int]) -> [[Int]] {
        shape.reduce([[]]) { prefixes, extent in prefixes.flatMap { prefix in (0..<extent).map { prefix + [$0] } } }
    }

    /// The element at an index of a shape to which this one broadcasts.
    subscript(_ index: [Int]) -> Double {
        var position = 0
        for (axis, extent) in shape.enumerated() {
            let at = index[axis + index.count - shape.count]
            position = position * extent + (extent == 1 ? 0 : at)
        }
        return values[position]
    }

    func map(_ body: (Double) -> Double) -> Reference {
        var copy = self
        copy.values = values.map(body)
        return copy
    }

    /// Corresponding elements joined, shapes broadcast.
    func zip(_ other: Reference, _ body: (Double, Double) -> Double) -> Reference {
        Reference(Reference.broadcast(shape, other.shape)) { body(self[$0], other[$0]) }
    }

    static func broadcast(_ a: [Int], _ b: [Int]) -> [Int] {
        let rank = max(a.count, b.count)
        let first = Array(repeating: 1, count: rank - a.count) + a, second = Array(repeating: 1, count: rank - b.count) + b
        return Swift.zip(first, second).map { $0 == 1 ? $1 : $0 }
    }

    /// What `body` makes of all elements that share an index but for `axes`, in row-major order.
    func reduced(_ axes: [Int], keeps: Bool = false, _ body: ([Double]) -> Double) -> Reference {
        let kept = shape.enumerated().map { axes.contains($0.offset) ? 1 : $0.element }
        var groups = [[Double]](repeating: [], count: kept.reduce(1, *))
        for index in Reference.indices(of: shape) {
            var position = 0
            for (axis, extent) in kept.enumerated() { position = position * extent + (extent == 1 ? 0 : index[axis]) }
            groups[position].append(self[index])
        }
        let remaining = keeps ? kept : shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element)
        var result = Reference(remaining) { _ in 0 }
        result.values = groups.map(body)
        return result
    }

    /// Each row of the last axis replaced by what `body` makes of it.
    func rows(_ body: ([Double]) -> [Double]) -> Reference {
        var copy = self
        let width = shape[shape.count - 1]
        copy.values =
            width == 0 ? [] : stride(from: 0, to: values.count, by: width).flatMap { body(Array(values[$0..<($0 + width)])) }
        return copy
    }

    func reshaped(_ target: [Int]) -> Reference {
        var copy = Reference(target) { _ in 0 }
        copy.values = values
        return copy
    }

    func transposed(_ order: [Int]) -> Reference {
        Reference(order.map { shape[$0] }) { index in
            var source = index
            for (axis, from) in order.enumerated() { source[from] = index[axis] }
            return self[source]
        }
    }

    /// Matrix product over the last two axes, the axes before them broadcast.
    func product(_ other: Reference) -> Reference {
        let batch = Reference.broadcast(Array(shape.dropLast(2)), Array(other.shape.dropLast(2)))
        let rows = shape[shape.count - 2], inner = shape[shape.count - 1], columns = other.shape[other.shape.count - 1]
        return Reference(batch + [rows, columns]) { index in
            let lead = Array(index.dropLast(2)), i = index[index.count - 2], j = index[index.count - 1]
            return (0..<inner).reduce(0) { $0 + self[lead + [i, $1]] * other[lead + [$1, j]] }
        }
    }

    /// The last two axes exchanged where `isTransposed`.
    func turned(_ isTransposed: Bool) -> Reference {
        let rank = shape.count
        return isTransposed ? transposed(Array(0..<(rank - 2)) + [rank - 1, rank - 2]) : self
    }
}
