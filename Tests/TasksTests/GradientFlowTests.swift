import SequiturLayers
import SequiturModels
import SequiturTensors
import Testing

/// Lengths of gradients by distance, against products of Jacobians and against finite differences.
@Suite struct GradientFlowTests {
    private static let tokens: [Int32] = [3, 0, 4, 4, 1, 6, 2, 0, 5, 3]

    private func recurrent(_ cell: RecurrentCell, layers: Int, width: Int = 5) throws -> RecurrentLanguageModel {
        let shape = RecurrentConfiguration(
            cell: cell, vocabularySize: 7, embeddingSize: 4, hiddenSize: width, layers: layers, dropout: 0.5, layerDropout: 0.5)
        return try Engine.run { try RecurrentLanguageModel(shape, random: RandomStream(seed: 5)) }
    }

    private func transformer(_ positions: PositionKind) throws -> TransformerLanguageModel {
        let shape = TransformerConfiguration(
            vocabularySize: 7, width: 8, layers: 2, heads: 2, block: 12, positions: positions, dropout: 0.5, attentionDropout: 0.5
        )
        return try Engine.run {
            let model = try TransformerLanguageModel(shape, random: RandomStream(seed: 5))
            for entry in model.parameters().entries where entry.parameter.shape.count == 2 {
                entry.parameter.assign(entry.parameter.value * 10)
            }
            return model
        }
    }

    /// ∂ℓ_t/∂h_s = (W_hhᵀ diag(φ'_{s+1})) … (W_hhᵀ diag(φ'_t)) W_outᵀ (softmax − one-hot), multiplied out in double; φ' is 1 − h² for tanh,
    /// and for a rectified net 1 where h is positive.
    @Test(arguments: [RecurrentCell.tanh, .rectified]) func aPlainNetHasTheProductOfItsJacobians(cell: RecurrentCell) throws {
        let model = try recurrent(cell, layers: 1), tokens = Self.tokens, count = tokens.count - 1, width = 5
        let flow = try model.gradientFlow(of: tokens)
        #expect(flow.positionCount == count && flow.curves.map(\.place) == [.init(layer: 1, kind: .hidden)])
        func doubles(_ parameter: Parameter) -> [Double] { parameter.value.floats().map(Double.init) }
        let weights = doubles(model.recurrent.layers[0].recurrentWeight), head = doubles(model.output.weight)
        let ids = Tensor(Array(tokens[..<count]), shape: [count, 1])
        let read = Engine.run { model(.ids(ids), state: model.initialState(rows: 1)).hidden }
        let hidden = read.floats().map(Double.init), logits = Engine.run { model.logits(read.reshaped([count, width])).floats() }
        var sums = [Double](repeating: 0, count: count), last = sums
        for position in 0..<count {
            let row = logits[(position * 7)..<(position * 7 + 7)].map { Double($0) }, most = row.max() ?? 0
            let weighed = row.map { exponential($0 - most) }, total = weighed.reduce(0, +)
            let error = weighed.indices.map { weighed[$0] / total - (Int32($0) == tokens[position + 1] ? 1 : 0) }
            var gradient = (0..<width).map { column in (0..<7).map { error[$0] * head[$0 * width + column] }.reduce(0, +) }
            for distance in 0...position {
                let length = gradient.map { $0 * $0 }.reduce(0, +).squareRoot()
                sums[distance] += length
                if position == count - 1 { last[distance] = length }
                let state = hidden[((position - distance) * width)..<((position - distance + 1) * width)]
                let before = zip(gradient, state).map { $0 * (cell == .tanh ? 1 - $1 * $1 : $1 > 0 ? 1 : 0) }
                gradient = (0..<width).map { column in (0..<width).map { before[$0] * weights[$0 * width + column] }.reduce(0, +)
                }
            }
        }
        let curve = try #require(flow.curves.first)
        for distance in 0..<count {
            #expect(abs(curve.mean[distance] - sums[distance] / Double(count - distance)) < 1e-5 * curve.mean[0])
            #expect(abs(curve.last[distance] - last[distance]) < 1e-5 * curve.last[0])
        }
    }

    private func length(of tensor: Tensor) -> Double {
        tensor.floats().reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    private func exponential(_ x: Double) -> Double {
        var sum = 1.0, term = 1.0
        for index in 1..<60 {
            term *= x / Double(index)
            sum += term
        }
        return sum
    }

    /// Moving each number that a place carries at each position moves the loss of each later position by what the curves say.
    @Test(arguments: [RecurrentCell.tanh, .gru, .gruResetBefore, .lstm]) func finiteDifferences(cell: RecurrentCell)
        throws
    {
        let model = try recurrent(cell, layers: 2), flow = try model.gradientFlow(of: Self.tokens)
        #expect(flow.curves.count == (cell == .lstm ? 4 : 2))
        for curve in flow.curves {
            try expect(curve) { losses, position, column, step in
                loss(of: model, Self.tokens, at: losses.lowerBound) { place, at, value in
                    place == curve.place && at == position ? value + Self.moved(value.shape, 0, column, step) : value
                }
            }
        }
    }

    /// The loss at one position, read step by step.
    private func loss(
        of model: RecurrentLanguageModel, _ tokens: [Int32], at last: Int,
        watch: (_ place: GradientFlow.Place, _ position: Int, _ value: Tensor) -> Tensor
    ) -> Loss {
        var state = model.initialState(rows: 1)
        for position in 0...last {
            state = model.recurrent.step(model.embedding(Tensor([tokens[position]])), state: state) { layer, made in
                RecurrentState.Layer(
                    hidden: watch(.init(layer: layer + 1, kind: .hidden), position, made.hidden),
                    cell: made.cell.map { watch(.init(layer: layer + 1, kind: .cell), position, $0) })
            }
        }
        return model.logits(state.layers[state.layers.count - 1].hidden).crossEntropy(Tensor([tokens[last + 1]]))
    }

    @Test(arguments: [PositionKind.learned, .rotary, .alibi]) func finiteDifferencesOfATransformer(positions: PositionKind) throws
    {
        let model = try transformer(positions), flow = try model.gradientFlow(of: Self.tokens)
        #expect(flow.curves.map(\.place.layer) == [0, 1, 2])
        for curve in flow.curves {
            try expect(curve) { losses, position, column, step in
                model.losses(of: Self.tokens, at: losses) { layer, stream in
                    layer == curve.place.layer ? stream + Self.moved(stream.shape, position, column, step) : stream
                }
            }
        }
        // The last layer reads no other position.
        let top = try #require(flow.curves.last)
        #expect(top.mean[0] > 0 && top.mean.dropFirst().allSatisfy { $0 == 0 })
    }

    /// Zeros but for `step` in one column of one position: [B, D] or [S, B, D] with one row.
    private static func moved(_ shape: [Int], _ position: Int, _ column: Int, _ step: Float) -> Tensor {
        var values = [Float](repeating: 0, count: shape.reduce(1, *))
        values[position * (shape.last ?? 1) + column] = step
        return Tensor(values, shape: shape)
    }

    private func expect(
        _ curve: GradientFlow.Curve, losses: (_ at: Range<Int>, _ position: Int, _ column: Int, _ step: Float) -> Loss
    ) throws {
        let count = Self.tokens.count - 1, width = curve.place.kind == .stream ? 8 : 5, step: Float = 1e-2
        var sums = [Double](repeating: 0, count: count), last = sums
        Engine.run {
            for loss in 0..<count {
                for position in 0...loss {
                    var square = 0.0
                    for column in 0..<width {
                        let up = losses(loss..<(loss + 1), position, column, step).sum.scalar
                        let down = losses(loss..<(loss + 1), position, column, -step).sum.scalar
                        let slope = (Double(up) - Double(down)) / (2 * Double(step))
                        square += slope * slope
                    }
                    sums[loss - position] += square.squareRoot()
                    if loss == count - 1 { last[loss - position] = square.squareRoot() }
                }
            }
        }
        let most = max(curve.mean.max() ?? 0, 1e-3)
        for distance in 0..<count {
            #expect(
                abs(curve.mean[distance] - sums[distance] / Double(count - distance)) < 1e-2 * most, "\(curve.name) \(distance)")
            #expect(abs(curve.last[distance] - last[distance]) < 2e-2 * most, "\(curve.name) \(distance)")
        }
    }

    /// Over 150 positions too, the last token's curve is that of the loss by itself.
    @Test func aLongText() throws {
        let model = try recurrent(.lstm, layers: 1), text = (0..<151).map { Int32($0 * $0 % 7) }
        let long = try model.gradientFlow(of: text), whole = try #require(long.curves.first)
        var lengths = [Double](repeating: 0, count: 150)
        for position in [149, 148, 130, 100] {
            let watched = Engine.run {
                valueWithGradients(of: [Tensor.zeros([1, 5])]) { zero in
                    loss(of: model, text, at: 149) { place, at, value in
                        place.kind == .hidden && at == position ? value + zero[0] : value
                    }.sum
                }.gradients[0]
            }
            lengths[149 - position] = length(of: watched)
            #expect(abs(whole.last[149 - position] - lengths[149 - position]) < 1e-5 * whole.last[0])
        }
        #expect(long.positionCount == 150 && whole.mean.count == 150 && whole.mean.allSatisfy { $0.isFinite })
    }

    /// The cut into batches of losses changes nothing: 100 positions are read in two, with a lone token's curve the same as before.
    @Test func aLongTextOfATransformer() throws {
        let model = try transformer(.alibi), text = (0..<101).map { Int32($0 * $0 % 7) }
        let long = try model.gradientFlow(of: text)
        for curve in long.curves {
            let watched = Engine.run {
                valueWithGradients(of: [Tensor.zeros([100, 1, 8])]) { zero in
                    model.losses(of: text, at: 99..<100) { layer, stream in layer == curve.place.layer ? stream + zero[0] : stream
                    }.sum
                }.gradients[0]
            }
            for distance in 0..<100 {
                let row = watched[(99 - distance)..<(100 - distance)]
                #expect(abs(curve.last[distance] - length(of: row)) < 1e-5 * (curve.last.max() ?? 0))
            }
        }
    }

    @Test func whatCannotBeReadIsRefused() throws {
        let model = try recurrent(.gru, layers: 1)
        for tokens in [[], [3], [3, 7], [-1, 2]] as [[Int32]] {
            #expect(throws: ConfigurationError.self) { try model.gradientFlow(of: tokens) }
        }
        let limited = try transformer(.learned)
        _ = try limited.gradientFlow(of: [Int32](repeating: 1, count: 13))
        #expect(throws: ConfigurationError.self) { try limited.gradientFlow(of: [Int32](repeating: 1, count: 14)) }
        _ = try transformer(.alibi).gradientFlow(of: [Int32](repeating: 1, count: 40))
    }
}
