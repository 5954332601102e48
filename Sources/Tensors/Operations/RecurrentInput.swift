import CSequiturKernels

// T time steps, B sequences, I input width, G gates' width, V rows of the table

/// What a recurrent layer reads: a sequence of vectors, or rows of a table chosen by ids.
///
/// With a table smaller than the sequence (characters), the input products of its V rows are computed once and gathered,
/// instead of one product for each of the T·B positions; the results are the same.
package enum RecurrentInput {
    case vectors(Tensor)  // [T, B, I]
    case rows(table: Tensor, ids: Tensor)  // [V, I], [T, B]

    package var steps: Int {
        switch self {
        case .vectors(let x): x.shape[0];
        case .rows(_, let ids): ids.shape[0]
        }
    }
    package var sequences: Int {
        switch self {
        case .vectors(let x): x.shape[1];
        case .rows(_, let ids): ids.shape[1]
        }
    }
    var hasValidRank: Bool {
        switch self {
        case .vectors(let x): x.rank == 3
        case .rows(let table, let ids): table.rank == 2 && ids.rank == 2 && ids.dtype == .int32
        }
    }
    /// The tensor whose gradient the layer computes.
    var source: Tensor {
        switch self {
        case .vectors(let x): x;
        case .rows(let table, _): table
        }
    }

    /// Whether equal ids share their products.
    var isShared: Bool {
        if case .rows = self { true } else { false }
    }

    /// pre[t] = W x_t + b for all t; for a table the products of its rows [V, G], which `gather` brings to each step while the step's
    /// place is still in the inner cache.
    ///
    /// - Shape: source: the operand of the input, [T·B, I] or the table [V, I]; weight [G, I]; pre [T, B, G].
    func products(_ source: Tensor, _ weight: Tensor, bias: Tensor?, into pre: Tensor) -> Tensor? {
        switch self {
        case .vectors:
            Tensor.forwardProduct(source, weight, bias: bias, into: pre.elements)
            return nil
        case .rows(_, let ids):
            ids.requireIndices(below: source.shape[0], "recurrent layer")
            let products = Tensor.uninitialized([source.shape[0], weight.shape[0]])
            Tensor.forwardProduct(source, weight, bias: bias, into: products.elements)
            return products
        }
    }

    /// Copies the products of a step for some of its sequences.
    func gather(_ products: Tensor?, _ sequences: Range<Int>, at time: Int, into destination: UnsafeMutablePointer<Float>) {
        guard let products, case .rows(_, let ids) = self else { return }
        sequitur_gather_rows(
            products.elements, ids.int32Elements + time * ids.shape[1] + sequences.lowerBound, destination,
            Int64(sequences.count),
            Int64(4 * products.shape[1]))
        keepAlive(ids)
    }

    /// The gradients of W and of what is read, from those of the pre-activations [T·B, G] in float32 and in operand form.
    ///
    /// For a table the gradients of equal ids are added before the products, as the products were shared.
    func backward(
        _ gradients: Tensor, operands: Tensor, source: Tensor, weight: Tensor, factor: Tensor, _ form: sequitur_operand,
        _ sink: Tape
    ) {
        var operands = operands
        if case .rows(_, let ids) = self {
            guard sink.wants(weight) || sink.wants(self.source) else { return }
            let width = gradients.shape[1], collected = Tensor.zeros([source.shape[0], width])
            sequitur_scatter_add_rows(
                gradients.floatElements, ids.int32Elements, collected.mutableFloats, Int64(ids.count), Int64(width), 1)
            operands = collected.operand(form)
            keepAlive(ids)
        }
        if sink.wants(weight) {
            sink.accumulate(into: weight) { Tensor.weightGradient(operands, source, into: $0, accumulates: $1) }
        }
        if sink.wants(self.source) {
            sink.accumulate(into: self.source) { Tensor.inputGradient(operands, factor, into: $0, accumulates: $1) }
        }
    }
}
