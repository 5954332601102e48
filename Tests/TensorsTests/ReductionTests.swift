import Foundation
import SequiturLayers
import SequiturTensors
import Testing

@Suite struct ReductionTests {
    private let infinity = Float.infinity

    /// A million numbers that float32 does not hold exactly, along rows, down columns and all at once.
    @Test func longSumsAreAccurate() {
        let count = 1_000_003
        let values = Tensor((0..<count).map { 0.1 + Float($0 % 7) * 1e-3 })
        let exact = values.floats().reduce(0) { $0 + Double($1) }
        func error(_ sum: Float) -> Double { abs(Double(sum) - exact) / exact }
        #expect(error(values.sum().scalar) < 1e-6)
        #expect(error(values.reshaped([1, count]).sum(axes: [1])[0].scalar) < 1e-6)
        let twice = Tensor.concatenated([values, values]).reshaped([2, count])
        #expect(error(twice.sum(axes: [1])[1].scalar) < 1e-6)
        #expect(error(twice.transposed().sum(axes: [0])[1].scalar) < 1e-6)
        #expect(error(values.mean().scalar * Float(count)) < 1e-6)
    }

    @Test func sumsOfOppositesVanish() {
        let values = (0..<200_000).map { Float($0 % 2 == 0 ? 1 : -1) * 12_345.678 }
        #expect(Tensor(values).sum().scalar == 0)
    }

    @Test func varianceDoesNotCancel() {
        let values = Tensor((0..<10_000).map { 1_000 + Float($0 % 2) })
        #expect(abs(values.variance().scalar - 0.25) < 1e-4)
    }

    @Test func aMaskedRowIsZero() {
        for width in [1, 5, 40, 1_000] {
            let row = [Float](repeating: -infinity, count: width)
            let x = Tensor(row + (0..<width).map { Float($0 % 3) }, shape: [2, width])
            let softmax = x.softmax().floats()
            #expect(softmax.prefix(width).allSatisfy { $0 == 0 })
            #expect(abs(softmax.suffix(width).reduce(0, +) - 1) < 1e-5)
            #expect(x.logSoftmax().floats().prefix(width).allSatisfy { $0 == -infinity })
            #expect(x.logSumExp()[0].scalar == -infinity)
            let (_, gradients) = valueWithGradients(of: [x]) {
                ($0[0].softmax() * Tensor.normal([2, width], from: RandomStream(seed: 1))).sum()
            }
            #expect(gradients[0].floats().prefix(width).allSatisfy { $0 == 0 })
            #expect(gradients[0].floats().allSatisfy { $0.isFinite })
            let (_, ofSum) = valueWithGradients(of: [x]) { $0[0].logSumExp()[1] }
            #expect(ofSum[0].floats().prefix(width).allSatisfy { $0 == 0 })
        }
    }

    @Test func maskedPlacesHaveNoShare() {
        let x = Tensor([0, -infinity, 1, -infinity] as [Float], shape: [1, 4])
        let y = x.softmax().floats()
        #expect(y[1] == 0 && y[3] == 0 && abs(y[0] + y[2] - 1) < 1e-6)
    }

    @Test func nanIsNeverHidden() {
        for width in [3, 40, 300] {
            for place in [0, 1, width - 1] {
                for filler in [Float(1), -infinity] {
                    var row = [Float](repeating: filler, count: width)
                    row[place] = .nan
                    let x = Tensor(row, shape: [1, width])
                    #expect(x.softmax().floats().contains { $0.isNaN }, "softmax, \(place) of \(width) among \(filler)")
                    #expect(x.logSoftmax().floats().contains { $0.isNaN })
                    #expect(x.logSumExp().floats()[0].isNaN)
                    #expect(x.maximum(axis: 1).floats()[0].isNaN)
                    #expect(x.minimum(axis: 1).floats()[0].isNaN)
                    #expect(x.sum().scalar.isNaN)
                    #expect(x.crossEntropy(Tensor([1] as [Int32])).sum.scalar.isNaN)
                    #expect(x.transposed().maximum(axis: 0).floats()[0].isNaN)
                }
            }
        }
    }

    @Test func lossesKeepTheirDigitsAtAnyLevel() {
        for level: Float in [0, 1e3, 1e5, -1e5] {
            let logits = Tensor([level, level - 8, level - 9] as [Float], shape: [1, 3])
            let exact = log1p(exp(-8.0) + exp(-9.0))
            #expect(abs(Double(logits.crossEntropy(Tensor([0] as [Int32])).sum.scalar) - exact) < 1e-7)
            #expect(abs(-Double(logits.logSoftmax().floats()[0]) - exact) < 1e-7)
        }
    }

    @Test func equalGreatestElementsShareTheGradient() {
        let x = Tensor([3, 1, 3, 3, 2, 2] as [Float], shape: [2, 3])
        let (_, gradients) = valueWithGradients(of: [x]) { $0[0].maximum(axis: 1).sum() }
        #expect(gradients[0].floats() == [0.5, 0, 0.5, 1, 0, 0])
    }

    @Test func theFirstOfEqualPairsHasTheGradient() {
        let (_, gradients) = valueWithGradients(of: [Tensor([1, 2] as [Float]), Tensor([1, 3] as [Float])]) {
            $0[0].maximum($0[1]).sum()
        }
        #expect(gradients[0].floats() == [1, 0])
        #expect(gradients[1].floats() == [0, 1])
    }

    @Test func normsReachAsFarAsNumbersDo() {
        let parameter = Parameter(.ones([3]))
        let list = ParameterList([("only", parameter)])
        for magnitude: Float in [1e-30, 1, 1e30] {
            let gradients = Gradients(zeros: list).map { _, _ in Tensor.full(magnitude, shape: [3]) }
            let exact = Double(magnitude) * 3.0.squareRoot()
            #expect(abs(gradients.norm / exact - 1) < 1e-6)
            let clipped = gradients.clipped(toNorm: exact / 2)
            #expect(abs(clipped.norm / (exact / 2) - 1) < 1e-5 || magnitude < 1)
        }
        let hurt = Gradients(zeros: list).map { _, _ in Tensor([0, .nan, 0] as [Float]) }
        #expect(hurt.norm.isNaN)
    }
}
