import Foundation
import SequiturTensors

/// A linear chain by enumeration of all its sequences, in double precision.
struct ChainReference {
    // T steps, B rows, K tags
    let emissions, transitions, start, end: Reference
    let lengths: [Int]

    /// - Parameter inputs: emissions [T, B, K], transitions [K, K], start and end [K].
    init(_ inputs: [Reference], lengths: [Int]? = nil) {
        (emissions, transitions, start, end) = (inputs[0], inputs[1], inputs[2], inputs[3])
        self.lengths = lengths ?? Array(repeating: inputs[0].shape[0], count: inputs[0].shape[1])
    }

    private var tags: Int { start.shape[0] }

    func score(_ path: [Int], _ row: Int) -> Double {
        guard let first = path.first, let last = path.last else { return 0 }
        var sum = start[[first]] + emissions[[0, row, first]]
        for step in path.indices.dropFirst() {
            sum += transitions[[path[step - 1], path[step]]]
            sum += emissions[[step, row, path[step]]]
        }
        return sum + end[[last]]
    }

    /// All sequences of a row, the least significant tag first: in the order in which equal scores are ranked.
    func paths(_ row: Int) -> [[Int]] {
        (0..<lengths[row]).reduce([[]]) { ends, _ in (0..<tags).flatMap { tag in ends.map { $0 + [tag] } } }
    }

    func logPartition(_ row: Int) -> Double {
        let scores = paths(row).map { score($0, row) }, greatest = scores.max() ?? 0
        return greatest == -.infinity ? greatest : greatest + log(scores.reduce(0) { $0 + exp($1 - greatest) })
    }

    var logPartitions: Reference { Reference([lengths.count]) { logPartition($0[0]) } }

    func losses(_ gold: Tensor) -> Reference {
        let ids = gold.int32s().map { Int($0) }
        return Reference([lengths.count]) { index in
            let row = index[0]
            return logPartition(row) - score((0..<lengths[row]).map { ids[$0 * lengths.count + row] }, row)
        }
    }

    var marginals: Reference {
        var result = Reference(emissions.shape) { _ in 0 }
        for row in lengths.indices {
            let total = logPartition(row)
            for path in paths(row) where total > -.infinity {
                let chance = exp(score(path, row) - total)
                for (step, tag) in path.enumerated() { result.values[(step * lengths.count + row) * tags + tag] += chance }
            }
        }
        return result
    }

    /// The best sequences with their scores, forbidden ones left out.
    func best(_ count: Int, _ row: Int) -> [LinearChain.Path] {
        let scored = paths(row).map { LinearChain.Path(tags: $0.map { Int32($0) }, score: score($0, row)) }
        let ranked = scored.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
        return ranked.map(\.element).filter { $0.score > -.infinity }.prefix(count).map { $0 }
    }
}

extension OperationTable {
    mutating func addChains() {
        let sizes: [(steps: Int, rows: Int, tags: Int, lengths: [Int]?)] = [
            (1, 1, 1, nil), (3, 2, 4, nil), (4, 3, 3, [4, 0, 2]), (5, 1, 2, [1]), (2, 0, 3, nil), (0, 2, 3, nil), (3, 37, 2, nil),
            (2, 3, 17, [2, 1, 2]), (3, 2, 1, nil),
        ]
        for (steps, rows, tags, lengths) in sizes {
            let shapes = [[steps, rows, tags], [tags, tags], [tags], [tags]]
            let ends = lengths.map { Tensor($0.map { Int32($0) }) }
            let gold = Tensor((0..<(steps * rows)).map { Int32($0 * 5 % tags) }, shape: [steps, rows])
            add("logPartition", shapes, halfType: .float32, run: { chain($0, ends).logPartition() }) {
                ChainReference($0, lengths: lengths).logPartitions
            }
            add("negativeLogLikelihood", shapes, halfType: .float32, run: { chain($0, ends).negativeLogLikelihood(of: gold) }) {
                ChainReference($0, lengths: lengths).losses(gold)
            }
        }
    }
}

private func chain(_ x: [Tensor], _ lengths: Tensor?) -> LinearChain {
    LinearChain(emissions: x[0], transitions: x[1], start: x[2], end: x[3], lengths: lengths)
}
