import Foundation
import SequiturTensors

extension OperationTable {
    // N rows, V classes
    mutating func addWeightedLosses() {
        for (rows, classes) in [(1, 2), (5, 4), (7, 33), (0, 3), (61, 301)] {
            let targets = Tensor((0..<rows).map { $0 % 4 == 3 ? -1 : Int32(($0 * 7 + 1) % classes) })
            let weights = (0..<classes).map { 0.25 + Float($0 * 5 % 7) }
            for (smoothing, weights) in [(Float(0.1), nil), (0, weights), (0.3, weights), (1, weights)] {
                add(
                    "crossEntropy smoothed by \(smoothing)\(weights == nil ? "" : ", weighted")", [[rows, classes]],
                    halfType: .float32,
                    run: { $0[0].crossEntropy(targets, classWeights: weights.map { Tensor($0) }, labelSmoothing: smoothing).sum },
                    reference: { x in Reference([]) { _ in smoothedLoss(x[0], targets, weights, Double(smoothing)) } })
            }
            add("crossEntropies", [[rows, classes]], halfType: .float32, run: { $0[0].crossEntropies(targets) }) { x in
                Reference([rows]) { smoothedLoss(x[0], targets, nil, 0, rows: $0[0]...$0[0]) }
            }
            add(
                "crossEntropy of probabilities", [[rows, classes], [rows, classes]], .each([-2...2, 0...1]), halfType: .float32,
                run: { $0[0].crossEntropy(probabilities: $0[1], classWeights: Tensor(weights), labelSmoothing: 0.2).sum }
            ) { x in
                let q = x[1].map { 0.8 * $0 + 0.2 / Double(classes) }
                let terms = logarithms(x[0]).zip(q, *).zip(Reference([classes]) { Double(weights[$0[0]]) }, *)
                return Reference([]) { _ in -terms.values.reduce(0, +) }
            }
        }
    }

    mutating func addElementLosses() {
        for shape in [[], [0], [7], [3, 5], [2, 3, 4]] {
            let positives = shape.isEmpty ? Tensor(2.5) : Tensor((0..<shape[shape.count - 1]).map { 0.5 + Float($0) })
            let weights = Tensor((0..<shape.reduce(1, *)).map { Float($0 % 3) }, shape: shape)
            let p = Reference(positives), w = Reference(weights)
            add(
                "binaryCrossEntropy", [shape, shape], .each([-4...4, 0...1]), halfType: .float32,
                run: { x in
                    x[0].binaryCrossEntropy(x[1]).sum
                },
                reference: { x in
                    let losses = x[0].zip(x[1]) { x, y in y * log1p(exp(-x)) + (1 - y) * log1p(exp(x)) }
                    return Reference([]) { _ in losses.values.reduce(0, +) }
                })
            add(
                "binaryCrossEntropies, weighted", [shape, shape], .each([-4...4, 0...1]), halfType: .float32,
                run: { x in
                    x[0].binaryCrossEntropies(x[1], weights: weights, positiveWeights: positives)
                },
                reference: { x in
                    let positive = x[0].zip(x[1]) { x, y in y * log1p(exp(-x)) }.zip(p, *)
                    return positive.zip(x[0].zip(x[1]) { x, y in (1 - y) * log1p(exp(x)) }, +).zip(w, *)
                })
            add("squaredErrors", [shape, shape], halfType: .float32, run: { $0[0].squaredErrors($0[1]) }) { x in
                x[0].zip(x[1]) { ($0 - $1) * ($0 - $1) }
            }
        }
    }

    mutating func addMatchingLosses() {
        for (rows, width) in [(1, 2), (5, 3), (0, 4), (9, 19)] {
            let pair = [[rows, width], [rows, width]], last = 1
            let matches = Tensor((0..<rows).map { $0 % 3 == 0 ? 1 : Float(-1) }), flags = Tensor((0..<rows).map { Float($0 % 2) })
            add(
                "cosineSimilarity", pair, .nonzero, halfType: .float32, run: { $0[0].cosineSimilarity($0[1]) }, reference: cosines
            )
            for norm in [Float(1), 2, 3] {
                add("distance by \(norm)", pair, .apart, halfType: .float32, run: { $0[0].distance($0[1], norm: norm) }) {
                    distances($0[0], $0[1], Double(norm))
                }
            }
            add(
                "cosineEmbeddingLosses", pair, .nonzero, halfType: .float32,
                run: {
                    $0[0].cosineEmbeddingLosses($0[1], matches, margin: -0.3)
                },
                reference: { x in
                    cosines(x).zip(Reference(matches)) { $1 == 1 ? 1 - $0 : max(0, $0 + 0.3) }
                })
            add(
                "contrastiveLosses", pair, halfType: .float32,
                run: {
                    $0[0].contrastiveLosses($0[1], flags, margin: 3)
                },
                reference: { x in
                    distances(x[0], x[1], 2).zip(Reference(flags)) { d, y in (y * d * d + (1 - y) * pow(max(0, 3 - d), 2)) / 2 }
                })
            for swaps in [false, true] {
                add(
                    "tripletMarginLosses\(swaps ? ", swapped" : "")", pair + [pair[0]], halfType: .float32,
                    run: {
                        $0[0].tripletMarginLosses(positive: $0[1], negative: $0[2], margin: 0.7, swaps: swaps)
                    },
                    reference: { x in
                        let far = distances(x[0], x[2], 2), other = distances(x[1], x[2], 2)
                        return distances(x[0], x[1], 2).zip(swaps ? far.zip(other) { min($0, $1) } : far) {
                            max(0, $0 - $1 + 0.7)
                        }
                    })
            }
            for (similarity, temperature, extra, isSymmetric) in [
                (Tensor.Similarity.cosine, Float(0.2), 0, false), (.cosine, 0.5, 3, false), (.dot, 2, 2, false),
                (.cosine, 0.3, 0, true),
            ] {
                add(
                    "infoNCELosses, \(similarity), \(extra) more\(isSymmetric ? ", symmetric" : "")",
                    [[rows, width], [rows + extra, width]], .nonzero, halfType: .float32,
                    run: {
                        $0[0].infoNCELosses($0[1], temperature: temperature, similarity: similarity, isSymmetric: isSymmetric)
                    },
                    reference: { x in
                        func unit(_ x: Reference) -> Reference {
                            similarity == .dot
                                ? x : x.zip(x.reduced([last], keeps: true) { sqrt($0.reduce(0) { $0 + $1 * $1 }) }, /)
                        }
                        let scores = unit(x[0]).product(unit(x[1]).transposed([1, 0])).map { $0 / Double(temperature) }
                        let there = logarithms(scores), back = logarithms(scores.transposed([1, 0]))
                        return Reference([rows]) { i in
                            isSymmetric ? -(there[[i[0], i[0]]] + back[[i[0], i[0]]]) / 2 : -there[[i[0], i[0]]]
                        }
                    })
            }
        }
    }
}

private func logarithms(_ x: Reference) -> Reference {
    x.rows { row in
        let greatest = row.max() ?? 0, total = log(row.reduce(0) { $0 + exp($1 - greatest) })
        return row.map { $0 - greatest - total }
    }
}

private func smoothedLoss(
    _ logits: Reference, _ targets: Tensor, _ weights: [Float]?, _ smoothing: Double, rows: ClosedRange<Int>? = nil
) -> Double {
    let logs = logarithms(logits), classes = logits.shape[1]
    var sum = 0.0
    for (row, target) in targets.int32s().enumerated() where target >= 0 && rows?.contains(row) ?? true {
        for index in 0..<classes {
            let own = index == Int(target) ? 1 - smoothing : 0, shared = smoothing / Double(classes)
            sum -= Double(weights?[index] ?? 1) * (own + shared) * logs[[row, index]]
        }
    }
    return sum
}

@Sendable private func cosines(_ x: [Reference]) -> Reference {
    func sum(_ a: Reference, _ b: Reference) -> Reference { a.zip(b, *).reduced([a.shape.count - 1]) { $0.reduce(0, +) } }
    return sum(x[0], x[1]).zip(sum(x[0], x[0]).zip(sum(x[1], x[1]), *)) { $0 / sqrt($1) }
}

private func distances(_ a: Reference, _ b: Reference, _ norm: Double) -> Reference {
    a.zip(b) { pow(abs($0 - $1 + 1e-6), norm) }.reduced([a.shape.count - 1]) { pow($0.reduce(0, +), 1 / norm) }
}
