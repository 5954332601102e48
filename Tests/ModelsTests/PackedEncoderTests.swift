import SequiturLayers
import SequiturModels
import SequiturTensors
import Testing

/// Sequences behind one another are read as sequences side by side are.
@Suite struct PackedEncoderTests {
    private static let lengths: [Int32] = [70, 3, 1, 12, 5, 66, 2, 9], steps = 70

    private func model(_ numbering: EncoderConfiguration.PositionNumbering, dropout: Float) throws -> EncoderModel {
        var configuration = EncoderConfiguration(
            vocabularySize: 20, width: 16, layers: 2, heads: 2, feedForwardWidth: 24, positions: 80)
        configuration.numbering = numbering
        (configuration.dropout, configuration.attentionDropout) = (dropout, dropout)
        return try EncoderModel(configuration, random: RandomStream(seed: 3))
    }

    private static func ids(_ modulus: Int32, padding: Int32) -> Tensor {
        let rows = lengths.count
        let all = (0..<(steps * rows)).map { place -> Int32 in
            place / rows < Int(lengths[place % rows]) ? Int32(place) * 7 % modulus + 2 : padding
        }
        return Tensor(all, shape: [steps, rows])
    }

    /// True where there is a token: [T, B].
    private static let mask: Tensor = {
        let rows = lengths.count
        return Tensor((0..<(steps * rows)).map { $0 / rows < Int(lengths[$0 % rows]) }, shape: [steps, rows])
    }()

    /// The states of tokens, and the gradients of a loss that weighs all of them.
    private func found(
        _ model: EncoderModel, _ input: SequenceInput, training: Bool, _ precision: Precision = .float32
    ) -> (states: [Float], gradients: [(name: String, values: [Float])]) {
        let list = model.parameters(), real = Self.mask.cast(to: .float32).reshaped([Self.steps, Self.lengths.count, 1])
        let weights = Tensor.normal([Self.steps, Self.lengths.count, 16], from: RandomStream(seed: 5)) * real
        return Engine.run {
            withContext(training ? .training : .inference, random: RandomStream(seed: 9), precision: precision) {
                var states: [Float] = []
                let (_, gradients) = valueWithGradients(of: list) {
                    let hidden = model.hidden(input)
                    states = (hidden * real).floats()
                    return (hidden * weights).sum()
                }
                return (states, list.entries.map { ($0.name, gradients[$0.parameter]?.floats() ?? []) })
            }
        }
    }

    @Test(
        arguments: [EncoderConfiguration.PositionNumbering.fromZero, .behindPadding(1)],
        [(false, Precision.float32, Float(1e-5)), (true, .float32, 1e-5), (true, .bfloat16, 0.03)])
    func statesAndGradientsAreThoseOfPaddedBatches(
        numbering: EncoderConfiguration.PositionNumbering, how: (drops: Bool, precision: Precision, tolerance: Float)
    ) throws {
        let (drops, precision, tolerance) = how
        let model = try model(numbering, dropout: drops ? 0.3 : 0)
        let ids = Self.ids(18, padding: 1), types = Tensor(ids.int32s().map { $0 % 2 }, shape: ids.shape)
        // A mask says the same as lengths, and such batches stay as they are.
        let packed = found(
            model, SequenceInput(.ids(ids), lengths: Tensor(Self.lengths), types: types), training: drops, precision)
        let padded = found(model, SequenceInput(.ids(ids), mask: Self.mask, types: types), training: drops, precision)
        #expect(packed.states.contains { $0 != 0 } && worst(packed.states, padded.states) < tolerance)
        for (one, other) in zip(packed.gradients, padded.gradients) {
            let scale = other.values.map(abs).max() ?? 0
            #expect(
                one.values.count == other.values.count && worst(one.values, other.values) <= tolerance * max(1, scale),
                "\(one.name)")
        }
    }

    @Test func vectorsAreReadToo() throws {
        let model = try model(.fromZero, dropout: 0)
        let vectors = Tensor.normal([Self.steps, Self.lengths.count, 16], from: RandomStream(seed: 7))
        let packed = found(model, .embeddings(vectors, lengths: Tensor(Self.lengths)), training: false)
        let padded = found(model, SequenceInput(.embeddings(vectors), mask: Self.mask), training: false)
        #expect(worst(packed.states, padded.states) < 1e-5)
    }

    /// Where there is no token there is 0, whatever stands beside it.
    @Test func paddingHasNoState() throws {
        let model = try model(.fromZero, dropout: 0)
        let input = SequenceInput.ids(Self.ids(18, padding: 0), lengths: Tensor(Self.lengths))
        let hidden = Engine.run { withContext(precision: .float32) { model.hidden(input).floats() } }
        for place in Self.mask.bools().indices where !Self.mask.bools()[place] {
            #expect(hidden[(place * 16)..<(place * 16 + 16)].allSatisfy { $0 == 0 })
        }
        // One that is empty, and ones that are all of one length.
        let odd = SequenceInput.ids(Self.ids(18, padding: 0), lengths: Tensor([70, 0, 1, 12, 5, 66, 0, 9] as [Int32]))
        let even = SequenceInput.ids(Self.ids(18, padding: 0), lengths: Tensor([Int32](repeating: 70, count: 8)))
        for input in [odd, even] {
            let found = Engine.run { withContext(precision: .float32) { model.hidden(input).floats() } }
            #expect(found.count == Self.steps * 8 * 16 && found.allSatisfy { $0.isFinite })
        }
    }

    private func worst(_ left: [Float], _ right: [Float]) -> Float {
        left.count == right.count ? zip(left, right).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }
}
