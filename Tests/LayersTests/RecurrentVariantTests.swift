import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Testing

/// Recurrent nets with a projection, layer norm and zoneout: what must not change their results, and what zoneout does in training.
@Suite struct RecurrentVariantTests {
    struct Form: Sendable, CustomStringConvertible {
        let cell: RecurrentCell
        let description: String
        let change: @Sendable (inout RecurrentOptions) -> Void
    }

    static let forms: [Form] =
        RecurrentCell.allCases.map { cell in
            Form(cell: cell, description: "\(cell.rawValue), layer norm and zoneout") {
                ($0.normalizesLayers, $0.zoneoutHidden, $0.zoneoutCell) = (true, 0.2, cell.hasCellState ? 0.3 : 0)
            }
        } + [
            Form(cell: .lstm, description: "projection") { $0.projectionSize = 3 },
            Form(cell: .lstm, description: "everything") {
                ($0.projectionSize, $0.normalizesLayers, $0.zoneoutHidden, $0.zoneoutCell) = (4, true, 0.1, 0.4)
                $0.learnsInitialState = true
            },
            Form(cell: .gru, description: "zoneout alone") { $0.zoneoutHidden = 0.5 },
        ]

    private func network(_ form: Form, isBidirectional: Bool) -> RecurrentNetwork {
        var options = RecurrentOptions(layers: 2, isBidirectional: isBidirectional)
        form.change(&options)
        let network = RecurrentNetwork(form.cell, from: 4, to: 6, options: options, random: RandomStream(seed: 5))
        for (index, entry) in network.parameters().entries.enumerated() where entry.parameter.shape.count == 1 {
            let noise = Tensor.normal(entry.parameter.shape, deviation: 0.3, from: RandomStream(seed: UInt64(100 + index)))
            entry.parameter.assign(entry.parameter.value + noise)
        }
        return network
    }

    private func input(_ steps: Int, _ rows: Int) -> Tensor { .normal([steps, rows, 4], from: RandomStream(seed: 9)) }

    private final class Subject: Module {
        let x: Parameter
        let network: RecurrentNetwork
        init(_ network: RecurrentNetwork, _ x: Tensor) { (self.network, self.x) = (network, Parameter(x)) }
    }

    private struct Result {
        var outputs, input: Tensor
        var finals, parameters: [Tensor]
    }

    /// Outputs and final states, and the gradients of Σ v² + v over all of them.
    private func run(_ network: RecurrentNetwork, _ x: Tensor, lengths: [Int]? = nil) -> Result {
        let subject = Subject(network, x), parameters = subject.parameters()
        var outputs = Tensor(0), finals: [Tensor] = []
        let (_, gradients) = valueWithGradients(of: parameters) {
            let result = network(subject.x(), lengths: lengths.map { Tensor($0.map(Int32.init)) })
            let states = result.state.layers.flatMap { [$0.hidden] + ($0.cell.map { [$0] } ?? []) }
            (outputs, finals) = (result.outputs.detached, states.map(\.detached))
            return ([result.outputs] + states).map { ($0.squared() + $0).sum() }.reduce(Tensor(0)) { $0 + $1 }
        }
        return Result(
            outputs: outputs, input: gradients[subject.x] ?? Tensor(0), finals: finals,
            parameters: network.parameters().entries.compactMap { gradients[$0.parameter] })
    }

    private func expectEqual(_ a: Tensor, _ b: Tensor, _ tolerance: Double, _ what: String) {
        #expect(mismatch(a, b, tolerance: tolerance) == nil, "\(what)")
    }

    private func rows(_ x: Tensor, _ ids: [Int]) -> Tensor {
        .concatenated(ids.map { x.sliced(axis: x.rank - 2, $0..<($0 + 1)) }, axis: x.rank - 2)
    }

    /// Sequences do not know of each other, of their order, nor of what stands beyond their ends.
    @Test(arguments: forms, [false, true]) func batchOrderAndPaddingChangeNothing(_ form: Form, _ isBidirectional: Bool) {
        Engine.run {
            let order = [3, 0, 4, 1, 2], lengths = [5, 2, 0, 4, 1], network = network(form, isBidirectional: isBidirectional)
            let x = input(5, 5), first = run(network, x, lengths: lengths)
            let second = run(network, rows(x, order), lengths: order.map { lengths[$0] })
            expectEqual(second.outputs, rows(first.outputs, order), 1e-5, "outputs")
            expectEqual(second.input, rows(first.input, order), 1e-5, "input gradient")
            for (a, b) in zip(first.finals, second.finals) { expectEqual(b, rows(a, order), 1e-5, "states") }
            for (a, b) in zip(first.parameters, second.parameters) { expectEqual(a, b, 5e-5, "parameters") }

            let mask = Tensor((0..<5).flatMap { step in lengths.map { step < $0 ? Float(1) : 0 } }, shape: [5, 5, 1])
            let padded = Tensor.concatenated([x * mask + (Tensor(1) - mask) * Tensor(77), Tensor.full(1e3, shape: [3, 5, 4])])
            let long = run(network, padded, lengths: lengths)
            expectEqual(long.outputs[0..<5], first.outputs, 1e-5, "outputs")
            expectEqual(long.input[0..<5], first.input, 1e-5, "input gradient")
            #expect(long.outputs[5..<8].floats().allSatisfy { $0 == 0 } && long.input[5..<8].floats().allSatisfy { $0 == 0 })
            for (a, b) in zip(long.finals, first.finals) { expectEqual(a, b, 1e-5, "states") }
            for (a, b) in zip(long.parameters, first.parameters) { expectEqual(a, b, 5e-5, "parameters") }

            var sums: [Tensor] = []
            for row in 0..<5 {
                let alone = run(network, rows(x, [row]), lengths: [lengths[row]])
                expectEqual(rows(first.outputs, [row]), alone.outputs, 1e-5, "outputs of \(row)")
                sums = sums.isEmpty ? alone.parameters : zip(sums, alone.parameters).map { $0 + $1 }
            }
            for (a, b) in zip(first.parameters, sums) { expectEqual(a, b, 1e-4, "parameters") }
        }
    }

    @Test(arguments: forms) func piecesWithTheStateCarriedAreTheWhole(_ form: Form) {
        Engine.run {
            let network = network(form, isBidirectional: false), x = input(7, 20), (whole, last) = network(x)
            var state: RecurrentState?, pieces: [Tensor] = []
            for range in [0..<3, 3..<4, 4..<4, 4..<7] {
                let (outputs, after) = network(x[range], state: state)
                pieces.append(outputs)
                state = after
            }
            expectEqual(.concatenated(pieces), whole, 1e-5, "outputs")
            for (a, b) in zip(state?.layers ?? [], last.layers) {
                expectEqual(a.hidden, b.hidden, 1e-5, "hidden")
                if let cells = a.cell, let others = b.cell { expectEqual(cells, others, 1e-5, "cells") }
            }
        }
    }

    /// Words of a table, whose products and norms equal ids share, give what their vectors give.
    @Test(arguments: forms) func sharedInputProductsChangeNothing(_ form: Form) {
        Engine.run {
            let network = network(form, isBidirectional: false), table = Tensor.normal([3, 4], from: RandomStream(seed: 2))
            let ids = Tensor((0..<120).map { Int32($0 * 5 % 3) }, shape: [6, 20])
            let shared = network(.rows(table: table, ids: ids)).outputs
            expectEqual(shared, network(table.rows(ids)).outputs, 1e-5, "outputs")
        }
    }

    /// In training the gradient of every parameter is that of the masks drawn.
    @Test(arguments: forms, [Mode.training, .inference]) func gradientsAreThoseOfFiniteDifferences(_ form: Form, _ mode: Mode) {
        guard form.cell != .rectified else { return }  // not smooth
        Engine.run {
            let network = network(form, isBidirectional: true), x = input(4, 3), lengths = Tensor([4, 0, 3] as [Int32])
            // Far from even, so that every slope stands out from rounding.
            for entry in network.parameters().entries where entry.parameter.shape.count == 2 {
                entry.parameter.assign(entry.parameter.value * Tensor(2))
            }
            let isLearned = network.layers[0].initialHidden != nil
            let state = RecurrentState(
                layers: network.initialState(rows: 3).layers.enumerated().map { index, layer in
                    func drawn(_ x: Tensor, _ seed: Int) -> Tensor { .normal(x.shape, from: RandomStream(seed: UInt64(seed))) }
                    return .init(hidden: drawn(layer.hidden, 20 + index), cell: layer.cell.map { drawn($0, 40 + index) })
                })
            for entry in network.parameters().entries {
                let kept = entry.parameter.value
                let error = withContext(mode, random: RandomStream(seed: 11)) {
                    slopeError(of: entry.parameter) {
                        let (outputs, after) = network(x, state: isLearned ? nil : state, lengths: lengths)
                        let states = after.layers.map { ($0.cell ?? $0.hidden).reshaped([-1]) }
                        return .concatenated([(outputs.squared() + outputs).reshaped([-1])] + states)
                    }
                }
                entry.parameter.assign(kept)
                #expect(error < 1e-2, "\(entry.name)")
            }
        }
    }

    /// The slope of the sum of all values along the gradient against the gradient's own norm. Norms bend sharply where a state is small:
    /// two central differences take the curvature's part out (Richardson). Rounding leaves about 5e-5 of noise in a slope.
    private func slopeError(of parameter: Parameter, _ values: () -> Tensor) -> Double {
        let (_, gradients) = valueWithGradients(of: ParameterList([("p", parameter)])) { values().sum() }
        guard let gradient = gradients[parameter] else { return .infinity }
        let norm = dot(gradient, gradient).squareRoot(), at = parameter.value
        func slope(_ step: Double) -> Double {
            func moved(_ by: Double) -> Double {
                parameter.assign(at + gradient * Tensor(Float(by / norm)))
                return values().floats().reduce(0) { $0 + Double($1) }
            }
            return (moved(step) - moved(-step)) / (2 * step)
        }
        return norm > 1e-6 ? abs((4 * slope(4e-3) - slope(8e-3)) / 3 - norm) / max(norm, 1e-2) : 0
    }

    // MARK: Zoneout in training

    @Test(arguments: [RecurrentCell.lstm, .gru, .tanh]) func unitsKeepTheirValuesInTraining(_ cell: RecurrentCell) {
        Engine.run {
            var options = RecurrentOptions()
            options.zoneoutHidden = 0.3
            let network = RecurrentNetwork(cell, from: 4, to: 50, options: options, random: RandomStream(seed: 1)),
                x = input(9, 40)
            func trained(_ seed: UInt64, _ x: Tensor) -> Tensor {
                withContext(.training, random: RandomStream(seed: seed)) { network(x).outputs }
            }
            let outputs = trained(1, x)
            #expect(mismatch(trained(1, x), outputs, tolerance: 0) == nil)
            #expect(mismatch(trained(2, x), outputs, tolerance: 1e-3) != nil)
            // A sequence has its own mask, whatever stands beside it.
            #expect(mismatch(trained(1, rows(x, [0, 1, 2])), rows(outputs, [0, 1, 2]), tolerance: 1e-5) == nil)
            let before = Tensor.concatenated([.zeros([1, 40, 50]), outputs[0..<8]])
            let share = outputs.isEqual(to: before).cast(to: .float32).mean().scalar
            #expect(abs(share - 0.3) < 0.02)
        }
    }

    /// One step by hand: where the mask keeps a unit it has its old value, elsewhere that of the cell without zoneout.
    @Test func cellAndHiddenStateHaveMasksOfTheirOwn() {
        Engine.run {
            var options = RecurrentOptions()
            let x = input(1, 30)
            let plain = RecurrentNetwork(.lstm, from: 4, to: 20, options: options, random: RandomStream(seed: 1))
            (options.zoneoutHidden, options.zoneoutCell) = (0.4, 0.4)
            let network = RecurrentNetwork(.lstm, from: 4, to: 20, options: options, random: RandomStream(seed: 1))
            let old = RecurrentState(layers: [
                .init(
                    hidden: .normal([30, 20], from: RandomStream(seed: 3)), cell: .normal([30, 20], from: RandomStream(seed: 4)))
            ])
            let made = plain(x, state: old).state.layers[0]
            let after = withContext(.training, random: RandomStream(seed: 1)) { network(x, state: old).state.layers[0] }
            func kept(_ new: Tensor, _ old: Tensor, _ made: Tensor) -> [Bool] {
                zip(zip(new.floats(), old.floats()), made.floats()).map { pair, made in
                    #expect(pair.0 == pair.1 || abs(pair.0 - made) < 1e-5)
                    return pair.0 == pair.1
                }
            }
            let hidden = kept(after.hidden, old.layers[0].hidden, made.hidden)
            let cells = kept(after.cell ?? made.hidden, old.layers[0].cell ?? made.hidden, made.cell ?? made.hidden)
            #expect(hidden != cells && hidden.contains(true) && hidden.contains(false) && cells.contains(true))
        }
    }

    /// A GRU of the other convention is this one with what z is computed from negated.
    @Test(arguments: [RecurrentCell.gru, .gruResetBefore]) func updateGatesAreInterchangeable(_ cell: RecurrentCell) {
        Engine.run {
            var options = RecurrentOptions(layers: 2)
            let keeping = RecurrentNetwork(cell, from: 4, to: 6, options: options, random: RandomStream(seed: 1))
            options.updateGate = .replace
            let replacing = RecurrentNetwork(cell, from: 4, to: 6, options: options, random: RandomStream(seed: 1))
            for (one, other) in zip(keeping.parameters().entries, replacing.parameters().entries) {
                other.parameter.assign(one.parameter.value.withUpdateGateNegated())
            }
            expectEqual(replacing(input(5, 3)).outputs, keeping(input(5, 3)).outputs, 0, "outputs")
        }
    }
}
