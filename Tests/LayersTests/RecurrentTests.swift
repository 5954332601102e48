import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Testing

/// What must not change the results of a recurrent net: padding, the order and the size of the batch, where a sequence is cut.
@Suite struct RecurrentTests {
    struct Form: Sendable, CustomStringConvertible {
        let cell: RecurrentCell
        let isBidirectional: Bool
        var description: String { "\(cell.rawValue)\(isBidirectional ? ", both directions" : "")" }
    }

    static let forms = RecurrentCell.allCases.flatMap {
        [Form(cell: $0, isBidirectional: false), Form(cell: $0, isBidirectional: true)]
    }
    static let precisions: [(Precision, Double)] = [(.float32, 2e-6), (.bfloat16, 2e-2)]

    /// A net and its input, whose gradients are wanted alike.
    private final class Subject: Module {
        let x: Parameter
        let network: RecurrentNetwork

        init(_ network: RecurrentNetwork, _ x: Tensor) {
            self.network = network
            self.x = Parameter(x)
        }
    }

    private struct Result {
        var outputs: Tensor  // [T, B, H]
        var finals: [Tensor]  // [B, H] each
        var input: Tensor  // [T, B, I]
        var parameters: [Tensor]
    }

    private func network(_ form: Form, seed: UInt64 = 5) -> RecurrentNetwork {
        RecurrentNetwork(
            form.cell, from: 4, to: 6, options: RecurrentOptions(layers: 2, isBidirectional: form.isBidirectional),
            random: RandomStream(seed: seed))
    }

    private func input(_ steps: Int, _ rows: Int) -> Tensor { .normal([steps, rows, 4], from: RandomStream(seed: 9)) }

    /// Outputs and final states, and the gradients of Σ v² + v over all of them.
    private func run(_ network: RecurrentNetwork, _ x: Tensor, lengths: [Int]? = nil, state: RecurrentState? = nil) -> Result {
        let subject = Subject(network, x), parameters = subject.parameters()
        var outputs = Tensor(0), finals: [Tensor] = []
        let (_, gradients) = valueWithGradients(of: parameters) {
            let result = network(subject.x(), state: state, lengths: lengths.map { Tensor($0.map(Int32.init)) })
            let states = result.state.layers.flatMap { [$0.hidden] + ($0.cell.map { [$0] } ?? []) }
            (outputs, finals) = (result.outputs.detached, states.map(\.detached))
            return ([result.outputs.cast(to: .float32)] + states).map { ($0.squared() + $0).sum() }.reduce(Tensor(0)) { $0 + $1 }
        }
        return Result(
            outputs: outputs.cast(to: .float32), finals: finals, input: gradients[subject.x] ?? Tensor(0),
            parameters: network.parameters().entries.compactMap { gradients[$0.parameter] })
    }

    private func expectEqual(_ a: Tensor, _ b: Tensor, _ tolerance: Double, _ what: String) {
        #expect(mismatch(a, b, tolerance: tolerance) == nil, "\(what)")
    }

    private func rows(_ x: Tensor, _ ids: [Int]) -> Tensor {
        let (steps, count, width) = (x.shape[0], x.shape[1], x.shape[2])
        let sequences = x.transposed([1, 0, 2]).reshaped([count, steps * width]).rows(Tensor(ids.map(Int32.init)))
        return sequences.reshaped([ids.count, steps, width]).transposed([1, 0, 2])
    }

    /// A batch large enough to be shared out among threads gives what its sequences give by themselves, with lengths and without.
    @Test(arguments: forms, precisions) func theBatchChangesNothing(_ form: Form, _ precision: (Precision, Double)) {
        Engine.run {
            withContext(.inference, precision: precision.0) {
                let count = 37, network = network(form), x = input(5, count)
                for lengths in [nil, (0..<count).map { $0 * 7 % 6 }] {
                    let whole = run(network, x, lengths: lengths)
                    var sums: [Tensor] = []
                    for row in 0..<count {
                        let alone = run(network, rows(x, [row]), lengths: lengths.map { [$0[row]] })
                        expectEqual(rows(whole.outputs, [row]), alone.outputs, precision.1, "outputs of \(row)")
                        expectEqual(rows(whole.input, [row]), alone.input, precision.1, "input gradient of \(row)")
                        for (a, b) in zip(whole.finals, alone.finals) {
                            expectEqual(a[row..<(row + 1)], b, precision.1, "state of \(row)")
                        }
                        sums = sums.isEmpty ? alone.parameters : zip(sums, alone.parameters).map { $0 + $1 }
                    }
                    for (a, b) in zip(whole.parameters, sums) { expectEqual(a, b, 5 * precision.1, "parameters") }
                }
            }
        }
    }

    @Test(arguments: forms) func theOrderOfTheBatchChangesNothing(_ form: Form) {
        Engine.run {
            let order = [3, 0, 4, 1, 2], lengths = [5, 2, 0, 4, 1], network = network(form), x = input(5, 5)
            let first = run(network, x, lengths: lengths),
                second = run(network, rows(x, order), lengths: order.map { lengths[$0] })
            expectEqual(second.outputs, rows(first.outputs, order), 1e-6, "outputs")
            expectEqual(second.input, rows(first.input, order), 1e-6, "input gradient")
            for (a, b) in zip(first.parameters, second.parameters) { expectEqual(a, b, 1e-6, "parameters") }
        }
    }

    /// What stands beyond a sequence's length, and how much of it, has no effect and receives no gradient.
    @Test(arguments: forms) func paddingChangesNothing(_ form: Form) {
        Engine.run {
            let lengths = [3, 5, 1, 4], network = network(form), x = input(5, 4)
            let mask = Tensor((0..<5).flatMap { step in lengths.map { step < $0 ? Float(1) : 0 } }, shape: [5, 4, 1])
            let short = run(network, x, lengths: lengths)
            let padding = Tensor.full(1e3, shape: [3, 4, 4])
            let long = run(network, .concatenated([x * mask + (Tensor(1) - mask) * Tensor(77), padding]), lengths: lengths)
            expectEqual(long.outputs[0..<5], short.outputs, 1e-6, "outputs")
            #expect(long.outputs[5..<8].floats().allSatisfy { $0 == 0 } && long.input[5..<8].floats().allSatisfy { $0 == 0 })
            #expect((long.input[0..<5] * (Tensor(1) - mask)).floats().allSatisfy { $0 == 0 })
            expectEqual(long.input[0..<5], short.input, 1e-6, "input gradient")
            for (a, b) in zip(long.finals, short.finals) { expectEqual(a, b, 1e-6, "states") }
            for (a, b) in zip(long.parameters, short.parameters) { expectEqual(a, b, 1e-5, "parameters") }
        }
    }

    @Test(arguments: RecurrentCell.allCases) func piecesWithTheStateCarriedAreTheWhole(_ cell: RecurrentCell) {
        Engine.run {
            let network = network(Form(cell: cell, isBidirectional: false)), x = input(7, 20)
            let (whole, last) = network(x)
            var state: RecurrentState?, pieces: [Tensor] = []
            for range in [0..<3, 3..<4, 4..<4, 4..<7] {
                let (outputs, after) = network(x[range], state: state)
                pieces.append(outputs)
                state = after
            }
            expectEqual(.concatenated(pieces), whole, 1e-6, "outputs")
            for (a, b) in zip(state?.layers ?? [], last.layers) {
                expectEqual(a.hidden, b.hidden, 1e-6, "hidden")
                if let cells = a.cell, let others = b.cell { expectEqual(cells, others, 1e-6, "cells") }
            }
        }
    }

    /// Characters: the table's products, shared by equal ids, give what the sequence's own give.
    @Test(arguments: RecurrentCell.allCases, precisions) func sharedInputProductsChangeNothing(
        _ cell: RecurrentCell, _ precision: (Precision, Double)
    ) {
        Engine.run {
            withContext(.inference, precision: precision.0) {
                let network = network(Form(cell: cell, isBidirectional: false))
                let table = Parameter(.normal([3, 4], from: RandomStream(seed: 2)))
                let ids = Tensor((0..<120).map { Int32($0 * 5 % 3) }, shape: [6, 20])
                final class Both: Module {
                    let table: Parameter, network: RecurrentNetwork
                    init(_ table: Parameter, _ network: RecurrentNetwork) { (self.table, self.network) = (table, network) }
                }
                let parameters = Both(table, network).parameters()
                func gradients(_ input: () -> RecurrentInput) -> [Tensor] {
                    let (value, gradients) = valueWithGradients(of: parameters) {
                        let outputs = network(input()).outputs.cast(to: .float32)
                        return (outputs.squared() + outputs).sum()
                    }
                    return [value] + parameters.entries.compactMap { gradients[$0.parameter] }
                }
                let shared = gradients { .rows(table: table(), ids: ids) }, own = gradients { .vectors(table().rows(ids)) }
                for (a, b) in zip(shared, own) { expectEqual(a, b, 5 * precision.1, "value or gradient") }
            }
        }
    }

    /// A learned initial state receives the gradient of every sequence.
    @Test func theInitialStateIsLearned() {
        Engine.run {
            var options = RecurrentOptions()
            options.learnsInitialState = true
            let network = RecurrentNetwork(.lstm, from: 4, to: 6, options: options, random: RandomStream(seed: 1))
            let parameters = network.parameters(), x = input(3, 5)
            func loss() -> Tensor { network(x).outputs.sum() }
            let (_, gradients) = valueWithGradients(of: parameters) { loss() }
            for parameter in [network.layers[0].initialHidden, network.layers[0].initialCell].compactMap({ $0 }) {
                let gradient = gradients[parameter]?.floats() ?? [], step: Float = 1e-2
                for index in 0..<6 {
                    func moved(_ by: Float) -> Double {
                        parameter.assign(Tensor((0..<6).map { $0 == index ? by : 0 }))
                        return Double(loss().scalar)
                    }
                    let slope = (moved(step) - moved(-step)) / Double(2 * step)
                    parameter.assign(.zeros([6]))
                    #expect(abs(slope - Double(gradient[index])) < 1e-2 * max(1, abs(slope)))
                }
            }
        }
    }

    /// Weight drop and locked dropout act while training alone; a locked mask is one for all steps.
    @Test func dropoutOfWeightsAndLockedMasks() {
        Engine.run {
            var options = RecurrentOptions(layers: 2, dropout: 0.5)
            options.weightDropout = 0.5
            options.locksDropout = true
            let network = RecurrentNetwork(.gru, from: 4, to: 6, options: options, random: RandomStream(seed: 1))
            let x = input(4, 3), plain = network(x).outputs
            func trained(_ seed: UInt64) -> Tensor {
                withContext(.training, random: RandomStream(seed: seed)) { network(x).outputs }
            }
            expectEqual(network(x).outputs, plain, 0, "inference")
            #expect(mismatch(trained(1), trained(1), tolerance: 0) == nil)
            #expect(mismatch(trained(1), trained(2), tolerance: 1e-3) != nil)
            let mask = withContext(.training, random: RandomStream(seed: 3)) {
                Dropout(0.5, name: "m", isLocked: true)(Tensor.ones([4, 3, 6]))
            }
            for step in 1..<4 { expectEqual(mask[step..<(step + 1)], mask[0..<1], 0, "step \(step)") }
            #expect(Set(mask.floats()) == [0, 2])
        }
    }
}
