import SequiturTensors

/// Recurrent weights in the layout that the step's product reads fastest, kept between calls while generating:
/// one for each layer, made anew when the parameter changes, the batch or the precision does.
final class PackedWeights: @unchecked Sendable {
    private struct Key: Equatable {
        let version: Int
        let rows: Int
        let precision: Precision
    }

    private var kept: [(key: Key, weight: Tensor)?]

    init(count: Int) { kept = Array(repeating: nil, count: count) }

    func packed(_ parameter: Parameter, for product: MatrixProduct, _ operand: Tensor, at index: Int) -> Tensor {
        let key = Key(version: parameter.version, rows: product.rows, precision: Context.current.precision.resolved)
        if let present = kept[index], present.key == key { return present.weight }
        let weight = product.packed(operand)
        kept[index] = (key, weight)
        return weight
    }
}
