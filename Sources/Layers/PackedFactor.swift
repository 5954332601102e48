import CSequiturKernels
import SequiturTensors

/// A weight in the layout in which products read it fastest, kept with its parameter while inference lasts: laying it out anew for each
/// call would take as long as a product of few rows.
struct PackedFactor {
    let form: sequitur_operand
    let rows: Range<Int>
    let product: MatrixProduct
    let packed: Tensor

    /// Layouts that a parameter keeps at most; products of few rows and of many may want different ones.
    static let most = 3
}

extension Tensor {
    /// y = x Wᵀ + b for a parameter W, or some of its rows. In inference W is kept as the product reads it.
    ///
    /// - Shape: x [..., I], W [O, I], b [O] → [..., O]
    package func linear(_ weight: Parameter, rows: Range<Int>? = nil, bias: Tensor?, asOperand: Bool = false) -> Tensor {
        let context = Context.current
        guard context.tape == nil, context.mode == .inference, count > 0, weight.count > 0 else {
            return linear(weight: rows.map { weight()[$0] } ?? weight(), bias: bias, asOperand: asOperand)
        }
        let form = context.precision.operand, chosen = rows ?? 0..<weight.shape[0]
        return linear(outputs: chosen.count, bias: bias, asOperand: asOperand) { product in
            if let kept = weight.packings.first(where: {
                $0.form == form && $0.rows == chosen
                    && ($0.product.rows == product.rows || $0.product.sharesPacking(with: product))
            }) {
                return kept.packed
            }
            let value = chosen.count == weight.shape[0] ? weight.value : weight.value[chosen]
            let packed = product.packed(form == SEQUITUR_OPERAND_ROUNDED ? value.factor(form) : value)
            if weight.packings.count >= PackedFactor.most { weight.packings.removeFirst() }
            weight.packings.append(PackedFactor(form: form, rows: chosen, product: product, packed: packed))
            return packed
        }
    }
}
