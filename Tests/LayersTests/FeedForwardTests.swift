import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Testing

/// The feed-forward layer that goes by blocks of rows in bfloat16 is the layer that does not, in float32.
@Suite struct FeedForwardTests {
    struct Case: Sendable, CustomStringConvertible {
        let rows, width, hidden: Int
        let activation: Activation
        var hasBias = true
        var description: String {
            "\(rows) rows of \(width), \(hidden) hidden, \(activation.rawValue)\(hasBias ? "" : ", no bias")"
        }
    }

    /// Smooth activations, since rounding may carry a unit over a kink. Whole groups of 32 rows and not, panels of 64 columns and not, and a block over the border between the parts of a gated one.
    static let cases = [
        Case(rows: 128, width: 64, hidden: 256, activation: .gelu),
        Case(rows: 333, width: 60, hidden: 200, activation: .gelu),
        Case(rows: 130, width: 130, hidden: 130, activation: .silu, hasBias: false),
        Case(rows: 257, width: 128, hidden: 160, activation: .swiglu),
        Case(rows: 700, width: 48, hidden: 90, activation: .swiglu, hasBias: false),
        Case(rows: 300, width: 64, hidden: 96, activation: .geglu, hasBias: false),
        Case(rows: 1000, width: 33, hidden: 77, activation: .silu),
        Case(rows: 5, width: 64, hidden: 128, activation: .geluTanh),  // too few rows for blocks
    ]

    private func results(
        of layer: FeedForward, _ x: Tensor, _ precision: Precision, recorded: Bool = true
    ) -> [(name: String, value: Tensor)] {
        withContext(.training, precision: precision) {
            let input = Parameter(x), parameters = layer.parameters()
            let all = ParameterList(parameters.entries.map { ($0.name, $0.parameter) } + [("x", input)])
            var output = Tensor(0)
            let upstream = Tensor.normal(x.shape, from: RandomStream(seed: 8))
            func loss() -> Tensor {
                let y = layer(input())
                output = y.detached.cast(to: .float32)
                return (y.cast(to: .float32) * upstream).sum()
            }
            guard recorded else {
                return [
                    (
                        "y",
                        withoutGradients {
                            _ = loss(); return output
                        }
                    )
                ]
            }
            let once = valueWithGradients(of: all, loss).gradients
            // Twice, so that gradients are also added to what is there.
            let gradients = valueWithGradients(of: all, addingTo: once, loss).gradients
            return [("y", output)] + all.entries.map { ($0.name, gradients[$0.parameter]?.detached ?? Tensor(0)) }
        }
    }

    @Test(arguments: cases) func blocksChangeNothingBeyondRounding(_ given: Case) {
        Engine.run {
            let layer = FeedForward(
                width: given.width, hiddenWidth: given.hidden, activation: given.activation, hasBias: given.hasBias,
                random: RandomStream(seed: 3))
            let x = Tensor.normal([given.rows, given.width], from: RandomStream(seed: 4))
            let expected = results(of: layer, x, .float32)
            for ((name, reference), (_, value)) in zip(expected, results(of: layer, x, .bfloat16)) {
                let difference = mismatch(value, reference, tolerance: 2e-2)
                #expect(difference == nil, "\(name) of \(given): \(difference ?? "")")
            }
            // Without a tape nothing is kept, and nothing else is different.
            let (kept, unkept) = (results(of: layer, x, .bfloat16)[0], results(of: layer, x, .bfloat16, recorded: false)[0])
            #expect(mismatch(unkept.value, kept.value, tolerance: 0) == nil)
        }
    }
}
