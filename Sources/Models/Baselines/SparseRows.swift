import Dispatch
import SequiturTensors

// N rows, C columns, W width

/// A matrix [N, C] of which most elements are 0, row by row.
package struct SparseRows: Sendable {
    /// Row `i` is `columns[starts[i]..<starts[i + 1]]`.
    package private(set) var starts = [0]
    package private(set) var columns: [Int32] = []
    /// As many as columns; empty where all are 1.
    package private(set) var values: [Float] = []

    package init() {}

    package var count: Int { starts.count - 1 }

    package mutating func append(_ columns: some Sequence<Int32>, values: some Sequence<Float> = []) {
        self.columns.append(contentsOf: columns)
        self.values.append(contentsOf: values)
        starts.append(self.columns.count)
        precondition(
            self.values.isEmpty || self.values.count == self.columns.count,
            "SparseRows: \(self.values.count) values, \(self.columns.count) columns")
    }

    /// The same elements, column by column: [C, N].
    package func transposed(columnCount: Int) -> SparseRows {
        var made = SparseRows()
        made.starts = [Int](repeating: 0, count: columnCount + 1)
        for column in columns { made.starts[Int(column) + 1] += 1 }
        for column in 0..<columnCount { made.starts[column + 1] += made.starts[column] }
        var places = made.starts
        made.columns = [Int32](repeating: 0, count: columns.count)
        made.values = [Float](repeating: 0, count: values.count)
        for row in 0..<count {
            for index in starts[row]..<starts[row + 1] {
                let column = Int(columns[index]), place = places[column]
                made.columns[place] = Int32(row)
                if !values.isEmpty { made.values[place] = values[index] }
                places[column] += 1
            }
        }
        return made
    }

    /// The product with a dense matrix, over what `product` holds; each row is summed in its own order, whatever the number of threads.
    ///
    /// - Shape: dense [C, W], product [N, W]
    package func multiply(_ dense: UnsafePointer<Double>, width: Int, into product: UnsafeMutablePointer<Double>) {
        starts.withUnsafeBufferPointer { starts in
            columns.withUnsafeBufferPointer { columns in
                values.withUnsafeBufferPointer { values in
                    nonisolated(unsafe) let (starts, columns, values, dense, product) = (starts, columns, values, dense, product)
                    Parallel.ranges(of: count, grain: 256) { rows in
                        for row in rows {
                            let sum = product + row * width
                            for place in 0..<width { sum[place] = 0 }
                            for index in starts[row]..<starts[row + 1] {
                                let factors = dense + Int(columns[index]) * width
                                let value = values.isEmpty ? 1 : Double(values[index])
                                for place in 0..<width { sum[place] += value * factors[place] }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Loops over several cores, for models in plain arrays.
enum Parallel {
    /// Calls `body` on ranges that cover 0..<count, the same ones however many threads there are.
    static func ranges(of count: Int, grain: Int, _ body: @Sendable (Range<Int>) -> Void) {
        let parts = (count + grain - 1) / grain
        @Sendable func range(_ part: Int) -> Range<Int> { part * grain..<min(count, (part + 1) * grain) }
        guard Engine.requestedThreads != 1, parts > 1 else {
            for part in 0..<parts { body(range(part)) }
            return
        }
        DispatchQueue.concurrentPerform(iterations: parts) { body(range($0)) }
    }
}
