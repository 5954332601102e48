import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Testing

/// What pooling makes of hidden states, in double precision element by element, and its gradients.
@Suite struct PoolingTests {
    private func hidden(_ steps: Int, _ rows: Int, _ width: Int) -> Tensor {
        .normal([steps, rows, width], from: RandomStream(seed: 12))
    }

    private func expected(_ pooling: Pooling, _ x: Tensor, _ counts: [Int]) -> [Double] {
        let rows = x.shape[1], width = x.shape[2], values = x.floats()
        return (0..<rows).flatMap { row in
            (0..<width).map { column in
                let own = (0..<counts[row]).map { Double(values[($0 * rows + row) * width + column]) }
                switch pooling {
                case .cls: return own[0]
                case .last: return own[own.count - 1]
                case .max: return own.reduce(-.infinity, max)
                case .mean: return own.reduce(0, +) / Double(own.count)
                case .meanSquareRoot: return own.reduce(0, +) / Double(own.count).squareRoot()
                }
            }
        }
    }

    @Test(arguments: Pooling.allCases) func everyModeReadsTheTokensThatThereAre(_ pooling: Pooling) {
        Engine.run {
            for (steps, counts) in [(5, [3, 5, 1, 4]), (5, [5, 5]), (1, [1]), (7, [2]), (3, [])] {
                let x = hidden(steps, counts.count, 6)
                let y = pooling(x, lengths: Tensor(counts.map(Int32.init)))
                #expect(y.shape == [counts.count, 6])
                #expect(mismatch(y.floats(), expected(pooling, x, counts), tolerance: 1e-6) == nil, "\(counts)")
                let whole = pooling(x), all = counts.map { _ in steps }
                #expect(mismatch(whole.floats(), expected(pooling, x, all), tolerance: 1e-6) == nil)
            }
        }
    }

    /// What stands behind a sequence's end is not read, however great, and has no gradient.
    @Test(arguments: Pooling.allCases) func paddingIsNotRead(_ pooling: Pooling) {
        Engine.run {
            let counts = [3, 6, 1], lengths = Tensor(counts.map(Int32.init)), x = hidden(6, 3, 4)
            let isThere = (0..<6).flatMap { step in counts.map { step < $0 } }
            let present = Tensor(isThere, shape: [6, 3, 1])
            let padded = Tensor.choose(present, x, .full(1e4, shape: [6, 3, 4]))
            #expect(mismatch(pooling(padded, lengths: lengths), pooling(x, lengths: lengths), tolerance: 0) == nil)
            let (_, gradients) = valueWithGradients(of: [padded]) { pooling($0[0], lengths: lengths).squared().sum() }
            for (place, isThere) in isThere.enumerated() where !isThere {
                #expect(gradients[0].floats()[place * 4..<(place + 1) * 4].allSatisfy { $0 == 0 })
            }
        }
    }

    @Test(arguments: Pooling.allCases) func gradientsAgreeWithFiniteDifferences(_ pooling: Pooling) {
        Engine.run {
            // Apart by more than the step, so that no maximum changes its place.
            let order = (0..<60).map { Float(($0 * 37) % 60) / 5 }
            for lengths in [nil, Tensor([2, 5, 1] as [Int32])] {
                let error = gradientError(of: [Tensor(order, shape: [5, 3, 4])]) { pooling($0[0], lengths: lengths) }
                #expect(error <= 1e-2)
            }
        }
    }

    @Test func rowsBecomeOfLengthOne() {
        Engine.run {
            let x = Tensor([3, 4, 0, 0, -1e-3, 0, 5e9, 12e9], shape: [4, 2])
            #expect(mismatch(x.unitRows().floats(), [0.6, 0.8, 0, 0, -1, 0, 5.0 / 13, 12.0 / 13], tolerance: 1e-6) == nil)
            #expect(Tensor.zeros([0, 3]).unitRows().shape == [0, 3])
            let rows = hidden(3, 2, 5)
            #expect(rows.unitRows().shape == [3, 2, 5])
            #expect(gradientError(of: [rows]) { $0[0].unitRows() } <= 1e-2)
            let (_, gradients) = valueWithGradients(of: [x]) { $0[0].unitRows().sum() }
            #expect(gradients[0].floats().allSatisfy { $0.isFinite })
        }
    }
}
