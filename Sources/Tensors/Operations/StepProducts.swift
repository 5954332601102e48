import CSequiturKernels

/// The product that a recurrent layer makes at every time step, for all sequences at once or for groups of them side by side.
///
/// Sequences do not depend on each other. Where every thread can have enough of them, and the weight stays in the outer cache, each
/// thread walks its own sequences through all time steps: 2 T meetings of all threads become one.
package struct StepProducts {
    /// The rows of a group and the product for them.
    private var groups: [(rows: Range<Int>, product: MatrixProduct)]
    private let whole: (rows: Range<Int>, product: MatrixProduct)

    /// Fewer rows than these read the weight more often than the arithmetic takes time for.
    private static let fewestRows = 8

    package init(
        sequences: Int, columns: Int, inner: Int, type: DType, transposesB: Bool = false, accumulates: Bool = false,
        hasBias: Bool = false, leftStride: Int? = nil, resultStride: Int? = nil
    ) {
        func product(_ rows: Int, isSerial: Bool) -> MatrixProduct {
            MatrixProduct(
                rows: rows, columns: columns, inner: inner, type: type, transposesB: transposesB, accumulates: accumulates,
                hasBias: hasBias, isPacked: true, isSerial: isSerial, leftStride: leftStride, resultStride: resultStride)
        }
        whole = (0..<sequences, product(sequences, isSerial: false))
        groups = [whole]
        let threads = Processor.threadCount
        guard threads > 1, sequences / threads >= StepProducts.fewestRows, columns > 0, inner > 0,
            columns * inner * type.size <= Int(sequitur_outer_cache_bytes()) / 2
        else { return }
        let shared = (0..<threads).map { thread in
            let rows = (sequences * thread / threads)..<(sequences * (thread + 1) / threads)
            return (rows: rows, product: product(rows.count, isSerial: true))
        }
        if shared.allSatisfy({ $0.product.sharesPacking(with: whole.product) }) { groups = shared }
    }

    package var groupCount: Int { groups.count }

    /// The product whose packing serves all groups.
    package var representative: MatrixProduct { groups[0].product }

    /// Calls `body` for every group, with its number: on a thread each where there are several.
    package func forEachGroup(_ body: (_ group: Int, _ rows: Range<Int>, _ product: MatrixProduct) -> Void) {
        StepProducts.run(groups.count) { body($0, groups[$0].rows, groups[$0].product) }
    }

    /// The same for a step that makes two products.
    package static func forEachGroup(
        of first: StepProducts, _ second: StepProducts,
        _ body: (_ group: Int, _ rows: Range<Int>, _ first: MatrixProduct, _ second: MatrixProduct) -> Void
    ) {
        let isShared = first.groups.count == second.groups.count
        run(isShared ? first.groups.count : 1) { group in
            let (one, other) = isShared ? (first.groups[group], second.groups[group]) : (first.whole, second.whole)
            body(group, one.rows, one.product, other.product)
        }
    }

    private static func run(_ count: Int, _ body: (Int) -> Void) {
        if count == 1 { return body(0) }
        forEachTask(count, body)
    }
}

/// Calls `body` for each of 0..<count, whichever thread is free taking the next.
func forEachTask(_ count: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
        var work = TaskBody(call: body)
        withUnsafeMutablePointer(to: &work) { pointer in
            sequitur_parallel_tasks(
                Int64(count), { task, context in context?.assumingMemoryBound(to: TaskBody.self).pointee.call(Int(task)) },
                pointer)
        }
    }
}

private struct TaskBody {
    let call: (Int) -> Void
}
