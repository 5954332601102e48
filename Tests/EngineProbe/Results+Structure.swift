import SequiturLayers
import SequiturTensors

extension Results {
    private static let random = RandomStream(seed: 13)

    /// Linear chains, losses, attention over recurrent states.
    static func structured() -> [(String, Tensor)] { chains() + losses() + attention() }

    private static func attention() -> [(String, Tensor)] {
        let x = [[9, 17, 70], [17, 13, 70], [70]].enumerated().map {
            Tensor.uniform($0.element, -1, 1, from: random.split("attention").split($0.offset))
        }
        let (sum, gradients) = valueWithGradients(of: x) { $0[0].additiveScores(keys: $0[1], weights: $0[2]).squared().sum() }
        return [("additive scores", sum)] + gradients.enumerated().map { ("additive scores, gradient \($0.offset)", $0.element) }
    }

    private static func losses() -> [(String, Tensor)] {
        let x = Tensor.uniform([307, 211], -4, 5, from: random.split("x")), weights = x[0].absolute()
        let targets = Tensor((0..<307).map { Int32($0 % 250) - 39 })
        let (sum, gradients) = valueWithGradients(of: [x]) {
            $0[0].crossEntropy(targets, classWeights: weights, labelSmoothing: 0.1).sum
        }
        return [("weighted loss", sum), ("weighted loss gradient", gradients[0])]
    }

    private static func chains() -> [(String, Tensor)] {
        [Float(1), 512].flatMap { scale in
            // Rounded, so that every instruction set draws the same.
            let x = [[40, 37, 21], [21, 21], [21], [21]].enumerated().map {
                Tensor.uniform($0.element, -1, 1, from: random.split($0.offset)).roundedToBFloat16() * Tensor(scale)
            }
            let lengths = Tensor((0..<37).map { Int32($0 + 3) }),
                tags = Tensor((0..<1_480).map { Int32($0 % 21) }, shape: [40, 37])
            func chain(_ x: [Tensor]) -> LinearChain {
                LinearChain(emissions: x[0], transitions: x[1], start: x[2], end: x[3], lengths: lengths)
            }
            let (_, gradients) = valueWithGradients(of: x) { chain($0).negativeLogLikelihood(of: tags).sum() }
            let best = chain(x).bestPaths(3).flatMap { $0.flatMap { $0.tags.map(Float.init) } }
            return [
                ("chain values", chain(x).negativeLogLikelihood(of: tags)), ("chain marginals", chain(x).marginals()),
                ("chain emissions", gradients[0]), ("chain transitions", gradients[1]), ("chain paths", Tensor(best)),
            ].map { ("\($0.0) at \(scale)", $0.1) }
        }
    }
}
