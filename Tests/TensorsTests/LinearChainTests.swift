import Foundation
import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Testing

/// What the table of operations cannot show of linear chains: marginals, best sequences, scores that float32 cannot add up.
@Suite struct LinearChainTests {
    private static let random = RandomStream(seed: 17)

    /// Emissions [T, B, K], transitions, start and end, even in ±scale.
    private func inputs(_ steps: Int, _ rows: Int, _ tags: Int, scale: Float = 2, seed: Int = 0) -> [Tensor] {
        [[steps, rows, tags], [tags, tags], [tags], [tags]].enumerated().map {
            .uniform($0.element, -scale, scale, from: Self.random.split(seed).split($0.offset))
        }
    }

    private func chain(_ x: [Tensor], lengths: [Int32]? = nil) -> LinearChain {
        LinearChain(emissions: x[0], transitions: x[1], start: x[2], end: x[3], lengths: lengths.map { Tensor($0) })
    }

    private func reference(_ x: [Tensor], lengths: [Int32]? = nil) -> ChainReference {
        ChainReference(x.map(Reference.init), lengths: lengths?.map { Int($0) })
    }

    private func problem(_ actual: Tensor, _ expected: Reference, tolerance: Double = 1e-5) -> String? {
        actual.shape == expected.shape
            ? mismatch(actual.floats(), expected.values, tolerance: tolerance)
            : "shape \(actual.shape), \(expected.shape) expected"
    }

    @Test(arguments: [(1, 1, 1), (4, 3, 3), (6, 2, 2), (2, 5, 17), (0, 2, 3), (3, 0, 2)])
    func marginalsAreThoseOfEnumeration(_ size: (steps: Int, rows: Int, tags: Int)) {
        let x = inputs(size.steps, size.rows, size.tags)
        let lengths = (0..<size.rows).map { Int32(max(0, size.steps - $0)) }
        #expect(problem(chain(x, lengths: lengths).marginals(), reference(x, lengths: lengths).marginals) == nil)
    }

    /// Scores between ±10⁴: almost every factor underflows in float32, and the sums are taken term by term.
    @Test(arguments: [Float(30), 200, 10_000]) func extremeScores(scale: Float) {
        for seed in 0..<5 {
            let x = inputs(4, 3, 4, scale: scale, seed: seed), exact = reference(x)
            let gold = Tensor((0..<12).map { Int32($0 * 7 % 4) }, shape: [4, 3])
            #expect(problem(chain(x).logPartition(), exact.logPartitions) == nil)
            #expect(problem(chain(x).negativeLogLikelihood(of: gold), exact.losses(gold)) == nil)
            #expect(problem(chain(x).marginals(), exact.marginals) == nil)
        }
    }

    /// Two sequences share all probability, each faint at one end: what a product of scaled factors would lose.
    @Test func faintBeginningsMayWin() {
        let far = Float(500)
        // Tag 0 is far ahead at first, tag 1 at last; changing from one to the other costs as much.
        let emissions = Tensor([far, 0, 0, far + 1], shape: [2, 1, 2])
        let x = [emissions, Tensor([0, -2 * far, 0, 0], shape: [2, 2]), Tensor.zeros([2]), Tensor.zeros([2])]
        let exact = reference(x)
        #expect(problem(chain(x).marginals(), exact.marginals) == nil)
        #expect(problem(chain(x).logPartition(), exact.logPartitions, tolerance: 1e-7) == nil)
        let gradients = valueWithGradients(of: x) { chain($0).logPartition().sum() }.gradients
        let chances = exact.paths(0).map { exp(exact.score($0, 0) - exact.logPartition(0)) }
        let pairs = Reference([2, 2]) { pair in
            zip(exact.paths(0), chances).filter { $0.0 == pair }.reduce(0) { $0 + $1.1 }
        }
        #expect(problem(gradients[1], pairs) == nil)
    }

    /// Gradients of transitions are expected counts of pairs, whichever way they are summed.
    @Test(arguments: [Float(1), 60, 3_000]) func expectedPairs(scale: Float) {
        let x = inputs(4, 2, 3, scale: scale, seed: 9), exact = reference(x)
        let gradients = valueWithGradients(of: x) { chain($0).logPartition().sum() }.gradients
        var pairs = Reference([3, 3]) { _ in 0 }, first = Reference([3]) { _ in 0 }, last = first
        for row in 0..<2 {
            for path in exact.paths(row) {
                let chance = exp(exact.score(path, row) - exact.logPartition(row))
                for (a, b) in zip(path, path.dropFirst()) { pairs.values[a * 3 + b] += chance }
                first.values[path[0]] += chance
                last.values[path[3]] += chance
            }
        }
        #expect(problem(gradients[1], pairs) == nil)
        #expect(problem(gradients[2], first) == nil)
        #expect(problem(gradients[3], last) == nil)
    }

    @Test(arguments: [1, 2, 3, 7, 100]) func bestPathsAreThoseOfEnumeration(count: Int) {
        for (steps, rows, tags) in [(1, 1, 1), (1, 2, 5), (4, 3, 3), (5, 4, 2), (2, 18, 4)] {
            let x = inputs(steps, rows, tags), lengths = (0..<rows).map { Int32(max(0, steps - $0)) }
            let found = chain(x, lengths: lengths).bestPaths(count), exact = reference(x, lengths: lengths)
            for row in 0..<rows { #expect(found[row] == exact.best(count, row)) }
        }
    }

    /// Whole scores tie often; the ranking is that of the documentation.
    @Test(arguments: [1, 5, 40]) func tiesAreRanked(count: Int) {
        for seed in 0..<20 {
            let x = inputs(4, 2, 3, scale: 1.4, seed: seed).map { tensor in
                Tensor(tensor.floats().map { $0.rounded() }, shape: tensor.shape)
            }
            let found = chain(x).bestPaths(count)
            for row in 0..<2 { #expect(found[row] == reference(x).best(count, row)) }
        }
    }

    /// −∞ forbids: nothing becomes NaN, in values, gradients or paths.
    @Test func forbiddenTagsAndNeighbours() {
        var x = inputs(5, 3, 3)
        x[1] = x[1].masked(Tensor([false, true, true, true, false, false, true, true, true], shape: [3, 3]), value: -.infinity)
        x[2] = x[2].masked(Tensor([false, false, true]), value: -.infinity)
        let gold = Tensor([0, 1, 2, 0, 1, 0, 0, 2, 1, 0, 0, 1, 0, 1, 0] as [Int32], shape: [5, 3])
        let exact = reference(x), chain = chain(x)
        #expect(problem(chain.logPartition(), exact.logPartitions) == nil)
        #expect(problem(chain.marginals(), exact.marginals) == nil)
        for row in 0..<3 { #expect(chain.bestPaths(300)[row] == exact.best(300, row)) }
        let losses = chain.negativeLogLikelihood(of: gold).floats()
        #expect(losses[0].isFinite && losses[1] == .infinity && losses[2] == .infinity)
        let gradients = valueWithGradients(of: x) { self.chain($0).negativeLogLikelihood(of: gold).sum() }.gradients
        #expect(gradients.allSatisfy { $0.floats().allSatisfy(\.isFinite) })
    }

    @Test func nothingIsAllowed() {
        var x = inputs(3, 2, 2)
        x[1] = .full(-.infinity, shape: [2, 2])
        #expect(chain(x, lengths: [3, 1]).logPartition().floats()[0] == -.infinity)
        #expect(chain(x, lengths: [3, 1]).logPartition().floats()[1].isFinite)
        #expect(chain(x, lengths: [3, 1]).bestPaths(2).map(\.count) == [0, 2])
        let gradients = valueWithGradients(of: x) { chain($0).logPartition().sum() }.gradients
        #expect(gradients.allSatisfy { $0.floats().allSatisfy(\.isFinite) })
    }

    /// Whatever lies beyond a row's length, NaN and wrong tags included, changes nothing and has no gradient.
    @Test func paddingChangesNothing() {
        let x = inputs(4, 2, 3), gold = Tensor([0, 1, 2, 2, 1, 0, 0, 1] as [Int32], shape: [4, 2])
        let longer = [Tensor.concatenated([x[0], .full(.nan, shape: [3, 2, 3])])] + x.dropFirst()
        let padded = Tensor.concatenated([gold.cast(to: .float32), .full(-7, shape: [3, 2])]).cast(to: .int32)
        let (value, gradients) = valueWithGradients(of: x) {
            chain($0, lengths: [4, 3]).negativeLogLikelihood(of: gold).sum()
        }
        let (same, others) = valueWithGradients(of: longer) {
            chain($0, lengths: [4, 3]).negativeLogLikelihood(of: padded).sum()
        }
        #expect(value.scalar == same.scalar)
        #expect(mismatch(others[0][0..<4], gradients[0], tolerance: 0) == nil)
        #expect(others[0][4..<7].floats().allSatisfy { $0 == 0 })
        for (other, own) in zip(others, gradients).dropFirst() { #expect(mismatch(other, own, tolerance: 0) == nil) }
        #expect(chain(longer, lengths: [4, 3]).bestPaths(3) == chain(x, lengths: [4, 3]).bestPaths(3))
    }

    /// Rows do not know of one another: any order, and any part of a batch, gives the same values to the bit.
    @Test func rowsAreIndependent() {
        let x = inputs(6, 20, 5), whole = chain(x).logPartition().floats(), marginals = chain(x).marginals()
        for row in [0, 7, 19] {
            let one = [x[0].sliced(axis: 1, row..<(row + 1))] + x.dropFirst()
            #expect(chain(one).logPartition().floats() == [whole[row]])
            #expect(chain(one).marginals().floats() == marginals.sliced(axis: 1, row..<(row + 1)).floats())
            #expect(chain(one).bestPaths(2)[0] == chain(x).bestPaths(2)[row])
        }
    }

    @Test func notANumberStaysThat() {
        var x = inputs(4, 1, 3)
        x[0] = Tensor(x[0].floats().enumerated().map { $0.offset == 4 ? .nan : $0.element }, shape: x[0].shape)
        #expect(chain(x).logPartition().scalar.isNaN)
    }

    /// Finite differences at a size where every vector lane and both ways of summing are used.
    @Test func largeGradients() {
        let x = inputs(40, 19, 33), gold = Tensor((0..<760).map { Int32($0 * 11 % 33) }, shape: [40, 19])
        let lengths = (0..<19).map { Int32(40 - $0 * 2) }
        #expect(gradientError(of: x) { chain($0, lengths: lengths).negativeLogLikelihood(of: gold) } <= 1e-2)
        let wide = [x[0] * Tensor(50), x[1] * Tensor(50), x[2], x[3]]
        #expect(gradientError(of: wide) { chain($0, lengths: lengths).negativeLogLikelihood(of: gold) } <= 1e-2)
    }
}
