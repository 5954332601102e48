import Foundation
import SequiturTensors

// T queries, S keys, B sequences, H heads, G heads of keys, D width, E width of values

private struct AttentionShape {
    let queries, keys, sequences, heads, keyHeads, width, valueWidth: Int

    var inputs: [[Int]] {
        [
            [queries, sequences, heads * width], [keys, sequences, keyHeads * width], [keys, sequences, keyHeads * valueWidth],
        ]
    }
    var scores: [Int] { [sequences, heads, queries, keys] }
}

extension OperationTable {
    mutating func addAttention() {
        let shapes = [
            (1, 1, 1, 1, 1, 1, 1), (5, 7, 2, 4, 2, 3, 5), (4, 4, 3, 3, 1, 8, 8), (2, 9, 1, 2, 2, 16, 33), (0, 3, 2, 2, 2, 4, 4),
            (3, 0, 2, 2, 1, 4, 4), (2, 3, 0, 1, 1, 2, 2), (70, 70, 1, 2, 2, 5, 5), (65, 130, 2, 2, 1, 4, 70),
            (3, 530, 1, 1, 1, 2, 3),
        ].map { AttentionShape(queries: $0, keys: $1, sequences: $2, heads: $3, keyHeads: $4, width: $5, valueWidth: $6) }
        for shape in shapes {
            var patterns = [
                "": AttentionPattern(), " causal": AttentionPattern(isCausal: true), " scaled": AttentionPattern(scale: 0.7),
            ]
            patterns[" after others"] = AttentionPattern(
                isCausal: true, offsets: Tensor((0..<shape.sequences).map { Int32(max(0, shape.keys - shape.queries - $0)) }))
            patterns[" of lengths"] = AttentionPattern(
                lengths: Tensor((0..<shape.sequences).map { Int32(shape.keys * (shape.sequences - 1 - $0) / shape.sequences) }))
            patterns[" with slopes"] = AttentionPattern(isCausal: true, slopes: (0..<shape.heads).map { 0.1 + 0.2 * Float($0) })
            patterns[" masked"] = AttentionPattern(mask: mask([shape.sequences, 1, shape.queries, shape.keys]))
            patterns[" masked by heads"] = AttentionPattern(mask: mask([shape.heads, 1, shape.keys]))
            for (name, pattern) in patterns.sorted(by: { $0.key < $1.key }) {
                add("attention" + name, shape.inputs, halfType: nil, run: { attention($0, shape, pattern) }) {
                    exactAttention($0, shape, pattern)
                }
            }
            for bias in [shape.scores, [shape.queries, shape.keys], [shape.sequences, 1, 1, shape.keys], [shape.queries, 1]] {
                add("attention with a bias \(bias)", shape.inputs + [bias], halfType: nil) { x in
                    attention(x, shape, AttentionPattern(isCausal: true, bias: x[3]))
                } reference: {
                    exactAttention($0, shape, AttentionPattern(isCausal: true))
                }
            }
        }
    }

    private func mask(_ shape: [Int]) -> Tensor {
        let random = RandomStream(seed: 11)
        return Tensor((0..<shape.reduce(1, *)).map { random.uniform($0) < 0.6 }, shape: shape)
    }
}

private func attention(_ x: [Tensor], _ shape: AttentionShape, _ pattern: AttentionPattern) -> Tensor {
    x[0].attention(keys: x[1], values: x[2], heads: shape.heads, keyHeads: shape.keyHeads, pattern: pattern)
}

/// The definition, one weight at a time.
@Sendable private func exactAttention(_ x: [Reference], _ shape: AttentionShape, _ pattern: AttentionPattern) -> Reference {
    let group = shape.heads / shape.keyHeads, scale = pattern.scale.map(Double.init) ?? 1 / Double(shape.width).squareRoot()
    let offsets = pattern.offsets?.int32s().map(Int.init), lengths = pattern.lengths?.int32s().map(Int.init)
    let mask = pattern.mask.map { Reference($0.cast(to: .float32)) }
    var outputs: [Int: [Double]] = [:]  // by query, sequence and head
    for b in 0..<shape.sequences {
        for h in 0..<shape.heads {
            for i in 0..<shape.queries {
                let place = i + (offsets?[b] ?? 0)
                let weights = (0..<shape.keys).map { j -> Double in
                    let isAllowed =
                        (!pattern.isCausal || j <= place) && j < (lengths?[b] ?? shape.keys) && (mask?[[b, h, i, j]] ?? 1) != 0
                    guard isAllowed else { return 0 }
                    var score = 0.0
                    for d in 0..<shape.width {
                        score += x[0][[i, b, h * shape.width + d]] * x[1][[j, b, h / group * shape.width + d]]
                    }
                    score = score * scale - Double(pattern.slopes?[h] ?? 0) * Double(abs(place - j))
                    return exp(score + (x.count > 3 ? x[3][[b, h, i, j]] : 0))
                }
                let total = weights.reduce(0, +)
                outputs[(i * shape.sequences + b) * shape.heads + h] = (0..<shape.valueWidth).map { e in
                    total == 0
                        ? 0
                        : weights.indices.reduce(0) { $0 + weights[$1] * x[2][[$1, b, h / group * shape.valueWidth + e]] } / total
                }
            }
        }
    }
    return Reference([shape.queries, shape.sequences, shape.heads * shape.valueWidth]) { at in
        let head = at[2] / shape.valueWidth
        return outputs[(at[0] * shape.sequences + at[1]) * shape.heads + head]?[at[2] % shape.valueWidth] ?? .nan
    }
}
