import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Testing

/// Attention through a window is attention with the mask that the window stands for, forward and backward.
@Suite struct AttentionWindowTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let queries, keys, window: Int
        var isCausal = true
        var offsets: [Int32]?
        var lengths: [Int32]?

        var testDescription: String {
            "\(queries) × \(keys), window \(window)\(isCausal ? "" : ", both sides"), \(offsets ?? []), \(lengths ?? [])"
        }

        var pattern: AttentionPattern {
            AttentionPattern(
                isCausal: isCausal, offsets: offsets.map { Tensor($0) }, lengths: lengths.map { Tensor($0) }, window: window)
        }

        /// The same said by a mask alone: [B, 1, T, S].
        var masked: AttentionPattern {
            let allowed = (0..<2).flatMap { b in
                (0..<queries).flatMap { i in
                    (0..<keys).map { j in
                        let place = i + Int(offsets?[b] ?? 0)
                        return j > place - window && (!isCausal || j <= place) && j < Int(lengths?[b] ?? Int32(keys))
                    }
                }
            }
            return AttentionPattern(mask: Tensor(allowed, shape: [2, 1, queries, keys]))
        }
    }

    /// Around the blocks of 64 queries and keys and the chunk of 512 keys.
    static let cases = [
        Case(queries: 7, keys: 7, window: 1), Case(queries: 7, keys: 7, window: 3),
        Case(queries: 9, keys: 9, window: 4, isCausal: false),
        Case(queries: 65, keys: 65, window: 64), Case(queries: 130, keys: 130, window: 63),
        Case(queries: 129, keys: 129, window: 65),
        Case(queries: 515, keys: 515, window: 1), Case(queries: 600, keys: 600, window: 20),
        Case(queries: 577, keys: 577, window: 512), Case(queries: 577, keys: 577, window: 513, isCausal: false),
        Case(queries: 1030, keys: 1030, window: 100),
        Case(queries: 3, keys: 600, window: 30, offsets: [597, 100]),
        Case(queries: 70, keys: 600, window: 70, offsets: [530, 12], lengths: [600, 82]),
        Case(queries: 70, keys: 1100, window: 200, isCausal: false, offsets: [1030, 512], lengths: [1100, 540]),
        Case(queries: 40, keys: 90, window: 8, lengths: [90, 20]),  // the last queries of the second see nothing
        Case(queries: 5, keys: 600, window: 10, offsets: [590, 590], lengths: [595, 0]),
    ]

    private func inputs(_ given: Case) -> [Tensor] {
        // 4 heads of queries share 2 of keys and values.
        [(given.queries, 16), (given.keys, 8), (given.keys, 10)].enumerated().map { index, shape in
            .normal([shape.0, 2, shape.1], from: RandomStream(seed: UInt64(30 + index)))
        }
    }

    private func attention(_ inputs: [Tensor], _ pattern: AttentionPattern) -> Tensor {
        inputs[0].attention(keys: inputs[1], values: inputs[2], heads: 4, keyHeads: 2, pattern: pattern)
    }

    @Test(arguments: cases) func isTheMaskThatItStandsFor(_ given: Case) {
        Engine.run {
            let inputs = inputs(given), upstream = Tensor.normal([given.queries, 2, 20], from: RandomStream(seed: 40))
            for (precision, tolerance) in [(Precision.float32, 1e-5), (.bfloat16, 1e-5)] {
                withContext(.inference, precision: precision) {
                    func results(_ pattern: AttentionPattern) -> [Tensor] {
                        var output = Tensor(0)
                        let (_, gradients) = valueWithGradients(of: inputs) {
                            output = attention($0, pattern).cast(to: .float32)
                            return (output * upstream).sum()
                        }
                        return [output.detached] + gradients
                    }
                    let found = results(given.pattern), expected = results(given.masked)
                    for (index, name) in ["outputs", "queries", "keys", "values"].enumerated() {
                        let difference = mismatch(found[index], expected[index], tolerance: tolerance)
                        #expect(difference == nil, "\(name), \(precision): \(difference ?? "")")
                        #expect(found[index].floats().allSatisfy { $0.isFinite })
                    }
                }
            }
        }
    }

    /// The weights for inspection are those of the same queries and keys.
    @Test(arguments: [0, 2, 3, 12, 14]) func weightsSumTheValues(_ index: Int) {
        let given = Self.cases[index]
        Engine.run {
            let inputs = inputs(given)
            let weights = inputs[0].attentionWeights(keys: inputs[1], heads: 4, keyHeads: 2, pattern: given.pattern)
            let values = inputs[2].reshaped([given.keys, 2, 2, 1, 5]).transposed([1, 2, 3, 0, 4])
                .broadcast(to: [2, 2, 2, given.keys, 5]).reshaped([2, 4, given.keys, 5])
            let sums = weights.matrixProduct(values).transposed([2, 0, 1, 3]).reshaped([given.queries, 2, 20])
            #expect(mismatch(attention(inputs, given.pattern), sums, tolerance: 1e-5) == nil)
        }
    }

    @Test(arguments: [1, 2, 5, 12, 14]) func gradientsAgreeWithFiniteDifferences(_ index: Int) {
        let given = Self.cases[index]
        Engine.run {
            #expect(gradientError(of: inputs(given)) { attention($0, given.pattern) } <= 1e-2)
        }
    }

    /// A window as long as the text, or longer, is none.
    @Test(arguments: [66, 515]) func aWideWindowIsNone(_ count: Int) {
        Engine.run {
            let given = inputs(Case(queries: count, keys: count, window: count))
            let whole = attention(given, AttentionPattern(isCausal: true))
            for window in [count, count + 1, 1 << 40] {
                let found = attention(given, AttentionPattern(isCausal: true, window: window))
                #expect(mismatch(found, whole, tolerance: 1e-6) == nil)
            }
            #expect(
                mismatch(attention(given, AttentionPattern(isCausal: true, window: count - 1)), whole, tolerance: 1e-6) != nil)
        }
    }
}
