import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Testing

/// What fixtures cannot show of losses: what a mean divides by, values beyond the range of exponentials, degenerate rows.
@Suite struct LossTests {
    private let random = RandomStream(seed: 23)

    private func gradients(_ inputs: [Tensor], _ body: ([Tensor]) -> Loss) -> [[Float]] {
        valueWithGradients(of: inputs) { body($0).sum }.gradients.map { $0.floats() }
    }

    /// The mean of a weighted loss is by the weights of the targets, over the whole batch whatever its pieces.
    @Test func piecesAddUp() {
        let logits = Tensor.normal([9, 5], from: random), targets = Tensor([0, -1, 4, 2, 2, -1, -1, 1, 3] as [Int32])
        let weights = Tensor([0.5, 1, 2, 4, 8] as [Float])
        func loss(_ rows: Range<Int>) -> Loss {
            logits[rows].crossEntropy(targets[rows], classWeights: weights, labelSmoothing: 0.1)
        }
        let whole = loss(0..<9), pieces = [loss(0..<2), loss(2..<5), loss(5..<7), loss(7..<9)]
        #expect(whole.count == 6 && pieces.map(\.count) == [1, 3, 0, 2])
        #expect(whole.weight == 0.5 + 8 + 2 + 2 + 1 + 4 && pieces.map(\.weight).reduce(0, +) == whole.weight)
        let sum = pieces.reduce(0) { $0 + Double($1.sum.scalar) }
        #expect(abs(sum / whole.weight - whole.mean) < 1e-6)
        #expect(logits.crossEntropy(targets).weight == 6)
    }

    /// The loss fused with its linear map is that of the map's results, in one block of rows and in many, in every precision.
    @Test(arguments: [(3, 7), (200, 100_000)], Precision.allCases) func fusedWithTheLinearMap(
        size: (Int, Int), precision: Precision
    ) {
        let (rows, classes) = size, width = 16
        let hidden = Tensor.normal([rows, width], from: random), weight = Tensor.normal([classes, width], from: random.split(1))
        let classWeights = Tensor.uniform([classes], 0.2, 3, from: random.split(2))
        let targets = Tensor((0..<rows).map { Int32($0 % 5 == 4 ? -1 : $0 * 331 % classes) })
        withContext(precision: precision) {
            let fused = valueWithGradients(of: [hidden, weight]) {
                $0[0].linearCrossEntropy(
                    weight: $0[1], bias: nil, targets: targets, classWeights: classWeights, labelSmoothing: 0.1
                ).sum
            }
            let plain = valueWithGradients(of: [hidden, weight]) {
                $0[0].linear(weight: $0[1]).crossEntropy(targets, classWeights: classWeights, labelSmoothing: 0.1).sum
            }
            let tolerance = precision.resolved == .bfloat16 ? 2e-2 : 1e-5
            #expect(mismatch(fused.value, plain.value, tolerance: tolerance) == nil)
            for (a, b) in zip(fused.gradients, plain.gradients) { #expect(mismatch(a, b, tolerance: tolerance) == nil) }
        }
    }

    /// A confident wrong answer costs as much as it should, and no exponential overflows.
    @Test func extremeLogits() {
        let far = Tensor([1e4, 0, -1e4, -1e4, 0, 1e4] as [Float], shape: [2, 3]), targets = Tensor([2, 2] as [Int32])
        #expect(far.crossEntropy(targets).sum.scalar == 2e4)
        let smoothed = far.crossEntropy(targets, labelSmoothing: 0.3).sum.scalar
        #expect(abs(smoothed - (0.7 * 2e4 + 0.1 * (1e4 + 2e4) * 2)) < 1)
        let gradient = gradients([far]) { $0[0].crossEntropy(targets, labelSmoothing: 0.3) }[0]
        #expect(gradient.allSatisfy { $0.isFinite })
        let logits = Tensor([1e4, -1e4, 1e4, -1e4, 0] as [Float]), labels = Tensor([1, 0, 0, 1, 1] as [Float])
        #expect(abs(logits.binaryCrossEntropy(labels).sum.scalar - 2e4) < 1)
        #expect(gradients([logits]) { $0[0].binaryCrossEntropy(labels) }[0] == [0, 0, 1, -1, -0.5])
    }

    /// Rows that are ignored may hold anything.
    @Test func ignoredRowsMayHoldAnything() {
        let logits = Tensor([.nan, .infinity, 1, 2] as [Float], shape: [2, 2]), targets = Tensor([-1, 0] as [Int32])
        for smoothing: Float in [0, 0.1] {
            #expect(logits.crossEntropy(targets, labelSmoothing: smoothing).sum.scalar.isFinite)
            #expect(gradients([logits]) { $0[0].crossEntropy(targets, labelSmoothing: smoothing) }[0].prefix(2) == [0, 0])
        }
    }

    /// Equal rows and zero rows have losses and finite gradients.
    @Test func degenerateRows() {
        let a = Tensor([1, 2, 0, 0, 3, 3] as [Float], shape: [3, 2]), targets = Tensor([0, 0, 1] as [Float])
        let contrastive = gradients([a, a]) { $0[0].contrastiveLoss($0[1], targets, margin: 1) }
        let triplet = gradients([a, a, a]) { $0[0].tripletMarginLoss(positive: $0[1], negative: $0[2], swaps: true) }
        let cosine = gradients([a, a]) { $0[0].cosineEmbeddingLoss($0[1], targets * 2 - 1) }
        let ranking = gradients([a, a]) { $0[0].infoNCE($0[1]) }
        #expect((contrastive + triplet + cosine + ranking).allSatisfy { $0.allSatisfy { $0.isFinite } })
        let sum = a.contrastiveLoss(a, targets, margin: 1).sum.scalar
        #expect(abs(sum - 1) < 1e-4)
        #expect(a.cosineSimilarity(a)[1].scalar == 0)
    }

    /// Very long and very short vectors have cosines too.
    @Test(arguments: [Float(1e-3), 1, 1e12]) func cosinesDoNotDependOnLength(scale: Float) {
        let a = Tensor.normal([5, 7], from: random.split("a")), b = Tensor.normal([5, 7], from: random.split("b"))
        let difference = (a * Tensor(scale)).cosineSimilarity(b * Tensor(scale)) - a.cosineSimilarity(b)
        #expect(difference.absolute().maximum(axis: 0).scalar < 1e-5)
    }

    /// The rows of a batch are matched by training on nothing but their positions.
    @Test func infoNCEFindsPairs() {
        let queries = Parameter(.normal([6, 8], from: random.split("q"))),
            answers = Parameter(.normal([6, 8], from: random.split("c")))
        let list = ParameterList([("queries", queries), ("answers", answers)])
        func mean() -> Double { queries.value.infoNCE(answers.value, isSymmetric: true).mean }
        let before = mean()
        for _ in 0..<60 {
            let (_, gradients) = valueWithGradients(of: list) { queries().infoNCE(answers(), isSymmetric: true).sum }
            for parameter in [queries, answers] {
                if let gradient = gradients[parameter] { parameter.assign(parameter.value - gradient * 0.05) }
            }
        }
        #expect(before > 1 && mean() < 0.05)
    }
}
