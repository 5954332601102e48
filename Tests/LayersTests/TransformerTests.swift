import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Testing

/// What must not change the results of a Transformer: padding, the order of the batch, where a sequence is cut, and what it costs.
@Suite struct TransformerTests {
    struct Form: Sendable, CustomStringConvertible {
        let settings: TransformerLayerSettings
        let description: String
    }

    private static func settings(
        _ change: (inout TransformerLayerSettings) -> Void = { _ in }
    ) -> TransformerLayerSettings {
        var made = TransformerLayerSettings(width: 12, heads: 4, feedForwardWidth: 17, activation: .gelu)
        change(&made)
        return made
    }

    static let forms = [
        Form(settings: settings(), description: "post-norm"),
        Form(settings: settings { $0.normalizesFirst = true }, description: "pre-norm"),
        Form(
            settings: settings {
                ($0.normalizesFirst, $0.normalization, $0.activation) = (true, .rootMeanSquare, .swiglu)
                ($0.rotary, $0.keyHeads, $0.hasBias) = (RotaryPositions(width: 2), 2, false)
            }, description: "rotary, shared keys"),
        Form(settings: settings { ($0.normalizesFirst, $0.hasSlopes) = (true, true) }, description: "linear biases"),
    ]
    private static let random = RandomStream(seed: 5)

    private func input(_ steps: Int, _ rows: Int, width: Int = 12) -> Tensor {
        .normal([steps, rows, width], from: RandomStream(seed: 9))
    }

    private func rows(_ x: Tensor, _ ids: [Int]) -> Tensor {
        .concatenated(ids.map { x.sliced(axis: 1, $0..<($0 + 1)) }, axis: 1)
    }

    private func expectEqual(_ a: Tensor, _ b: Tensor, _ tolerance: Double, _ what: String) {
        #expect(mismatch(a, b, tolerance: tolerance) == nil, "\(what)")
    }

    // MARK: Batches

    /// What stands beyond a sequence's length changes nothing of it, nor of its gradients, and receives none.
    @Test(arguments: forms) func paddingChangesNothing(_ form: Form) {
        Engine.run {
            let stack = TransformerEncoder(form.settings, layers: 2, random: Self.random), x = input(5, 3)
            let lengths = [3, 5, 1], pattern = AttentionPattern(lengths: Tensor(lengths.map(Int32.init)))
            let present = Tensor((0..<8).flatMap { t in lengths.map { t < $0 ? Float(1) : 0 } }, shape: [8, 3, 1])
            // Unequal, for of a normalised row the plain sum of squares is constant, and its gradient nothing but rounding.
            let columns = Tensor((1...12).map { Float($0) / 12 })
            func run(_ x: Tensor, _ pattern: AttentionPattern, _ weight: Tensor) -> (outputs: Tensor, gradient: Tensor) {
                var outputs = Tensor(0)
                let (_, gradients) = valueWithGradients(of: [x]) {
                    let y = stack($0[0], pattern: pattern)
                    outputs = y.detached
                    return (y.squared() * weight * columns).sum()
                }
                return (outputs, gradients[0])
            }
            let padded = Tensor.choose(
                present.isGreater(than: 0), .concatenated([x, .zeros([3, 3, 12])]), .full(1e3, shape: [8, 3, 12]))
            let long = run(padded, pattern, present)
            for (row, length) in lengths.enumerated() {
                let alone = run(rows(x, [row])[0..<length], AttentionPattern(), .ones([1]))
                expectEqual(rows(long.outputs, [row])[0..<length], alone.outputs, 1e-5, "outputs of \(row)")
                expectEqual(rows(long.gradient, [row])[0..<length], alone.gradient, 1e-5, "gradient of \(row)")
                #expect(rows(long.gradient, [row])[length..<8].floats().allSatisfy { $0 == 0 })
            }
        }
    }

    @Test(arguments: forms) func theOrderOfTheBatchChangesNothing(_ form: Form) {
        Engine.run {
            let stack = TransformerEncoder(form.settings, layers: 2, random: Self.random), x = input(6, 4), order = [2, 0, 3, 1]
            let pattern = AttentionPattern(isCausal: true)
            expectEqual(stack(rows(x, order), pattern: pattern), rows(stack(x, pattern: pattern), order), 1e-6, "outputs")
        }
    }

    /// Dropout of weights, of activations and of branches follows from the example's place in the whole batch.
    @Test func dropoutDoesNotDependOnTheCut() {
        let settings = Self.settings { ($0.dropout, $0.attentionDropout, $0.activationDropout) = (0.3, 0.4, 0.2) }
        Engine.run {
            let stack = TransformerEncoder(settings, layers: 2, random: Self.random), x = input(6, 4)
            func run(_ x: Tensor, from example: Int) -> Tensor {
                var context = Context.current
                (context.mode, context.random, context.firstExample) = (.training, RandomStream(seed: 3), example)
                return Context.$current.withValue(context) { stack(x) }
            }
            let whole = run(x, from: 0)
            expectEqual(run(rows(x, [2, 3]), from: 2), rows(whole, [2, 3]), 1e-6, "the second half")
            #expect(mismatch(run(rows(x, [2, 3]), from: 0), rows(whole, [2, 3]), tolerance: 1e-2) != nil)
        }
    }

    /// The mean over many draws of dropped weights is what comes out without dropout.
    @Test func droppedWeightsKeepTheirMean() {
        Engine.run {
            let x = input(4, 600), one = rows(x, Array(repeating: 0, count: 600))
            let attention = MultiHeadAttention(width: 12, heads: 4, dropout: 0.5, random: Self.random)
            let dropped = withContext(.training, random: RandomStream(seed: 4)) { attention(one) }
            expectEqual(dropped.mean(axes: [1]), attention(rows(x, [0])).mean(axes: [1]), 0.12, "mean")
        }
    }

    // MARK: Gradients

    @Test(arguments: forms) func gradientsOfADecoderAgreeWithFiniteDifferences(_ form: Form) {
        Engine.run {
            let stack = TransformerDecoder(form.settings, layers: 1, random: Self.random)
            let error = gradientError(of: [input(5, 2), input(3, 2)]) {
                stack($0[0], encoded: $0[1], encodedPattern: AttentionPattern(lengths: Tensor([3, 2] as [Int32])))
            }
            #expect(error <= 1e-2)
        }
    }

    /// A query that may attend to nothing adds the output's bias alone, and no gradient flows through it.
    @Test func aFullyMaskedRowIsZero() {
        Engine.run {
            let attention = MultiHeadAttention(width: 8, heads: 2, hasBias: false, random: Self.random), x = input(3, 2, width: 8)
            let pattern = AttentionPattern(
                mask: Tensor([true, true, true, false, false, false, true, false, true], shape: [3, 3]))
            let empty = AttentionPattern(lengths: Tensor([3, 0] as [Int32]))
            #expect(attention(x, pattern: pattern)[1].floats().allSatisfy { $0 == 0 })
            #expect(rows(attention(x, pattern: empty), [1]).floats().allSatisfy { $0 == 0 })
            let (_, gradients) = valueWithGradients(of: [x]) { attention($0[0], pattern: empty).squared().sum() }
            #expect(gradients[0].floats().allSatisfy { $0.isFinite })
            #expect(rows(gradients[0], [1]).floats().allSatisfy { $0 == 0 })
        }
    }

    // MARK: Reading on

    /// What is written token by token, or in pieces, is what is written at once; sequences may have read different lengths.
    @Test(arguments: forms) func aDecoderThatReadsOnGivesTheSame(_ form: Form) {
        Engine.run {
            let stack = TransformerDecoder(form.settings, layers: 2, random: Self.random), x = input(9, 3), encoded = input(4, 3)
            let whole = stack(x, encoded: encoded), memory = stack.memory(of: encoded)
            for cut in [[1, 1, 1, 1, 1, 1, 1, 1, 1], [4, 5], [2, 6, 1]] {
                var state = TransformerState(rows: 3), parts: [Tensor] = [], start = 0
                for count in cut {
                    let (outputs, after) = stack(x[start..<(start + count)], memory: memory, state: state)
                    (state, start) = (after, start + count)
                    parts.append(outputs)
                }
                expectEqual(.concatenated(parts), whole, 1e-5, "cut \(cut)")
            }
        }
    }

    @Test func statesAreValues() throws {
        let settings = Self.settings { ($0.normalizesFirst, $0.rotary) = (true, RotaryPositions(width: 2)) }
        Engine.run {
            let stack = TransformerDecoder(settings, layers: 2, random: Self.random), encoded = input(4, 1), x = input(12, 1)
            let memory = stack.memory(of: encoded), other = input(12, 1) * Tensor(-1)
            func read(_ x: Tensor, _ state: TransformerState) -> (outputs: Tensor, state: TransformerState) {
                let many = memory.map { Tensor.concatenated(Array(repeating: $0, count: state.rows), axis: 1) }
                return stack(x, memory: many, state: state)
            }
            let first = read(x[0..<5], TransformerState(rows: 1)).state
            // Two texts go on from one state, in turn.
            let a = read(x[5..<7], first), b = read(other[5..<7], first), again = read(x[5..<7], first)
            expectEqual(again.outputs, a.outputs, 0, "the same continuation")
            #expect(mismatch(b.outputs, a.outputs, tolerance: 0.1) != nil)
            expectEqual(
                read(x[7..<8], a.state).outputs, read(x[0..<8], TransformerState(rows: 1)).outputs[7..<8], 1e-5, "after both")
            // Sequences of different lengths in one batch, chosen and repeated.
            let joined = first.concatenated(with: b.state).select(rows: [1, 0, 1])
            #expect(joined.lengths == [7, 5, 7] && joined.byteCount > 0)
            let next = read(.concatenated([x[9..<11], x[9..<11], x[9..<11]], axis: 1), joined)
            expectEqual(rows(next.outputs, [0]), read(x[9..<11], b.state).outputs, 1e-5, "the longer")
            expectEqual(rows(next.outputs, [1]), read(x[9..<11], first).outputs, 1e-5, "the shorter")
            expectEqual(rows(next.outputs, [2]), rows(next.outputs, [0]), 1e-6, "the repeated")
            // What was read last is taken back.
            let back = a.state.truncated(to: 5)
            #expect(back?.lengths == [5])
            if let back { expectEqual(read(other[5..<7], back).outputs, b.outputs, 1e-6, "after taking back") }
            expectEqual(read(x[7..<8], a.state.detached).outputs, read(x[7..<8], a.state).outputs, 1e-6, "detached")
        }
    }

    // MARK: Inspection and cost

    @Test(arguments: forms) func weightsSumTheValues(_ form: Form) {
        Engine.run {
            let s = form.settings
            let layer = MultiHeadAttention(
                width: 12, heads: 4, keyHeads: s.keyHeads, rotary: s.rotary, hasSlopes: s.hasSlopes, random: Self.random)
            let pattern = AttentionPattern(isCausal: true, lengths: Tensor([6, 4] as [Int32])), x = input(6, 2)
            let weights = layer.weights(x, pattern: pattern)  // [B, H, T, S]
            let keyHeads = s.keyHeads ?? 4, start = 12 + 3 * keyHeads
            guard let joint = layer.inputWeight?.value[start..<(start + 3 * keyHeads)] else { return }
            let values = x.linear(weight: joint).reshaped([6, 2, keyHeads, 1, 3]).transposed([1, 2, 3, 0, 4])
            let repeated = values.broadcast(to: [2, keyHeads, 4 / keyHeads, 6, 3]).reshaped([2, 4, 6, 3])
            let heads = weights.matrixProduct(repeated).transposed([2, 0, 1, 3]).reshaped([6, 2, 12])
            expectEqual(layer.output(heads), layer(x, pattern: pattern), 1e-5, "outputs")
            #expect(weights.floats().allSatisfy { $0 >= 0 && $0 <= 1 })
        }
    }

    /// Four times the length takes four times the memory, both directions: between three and six and a half times, since threads may or
    /// may not hold their scratch memory at the same moment. A matrix of weights would take sixteen times.
    @Test func memoryOfAttentionGrowsLinearly() throws {
        let found = try EngineProbe.measurements(["attention"])
        let peaks = try [1024, 2048, 4096].map { try #require(found["peak_\($0)"]) }
        #expect(peaks[2] < 8 * peaks[0])
        #expect(peaks[2] < 4096 * 4096)  // a matrix of weights would have four times as many bytes
    }
}
