import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTestSupport
import Testing

// S tokens of the source, T of the target, B sequences

/// Encoder–decoders as sequence models: reading on, states as values, losses and their gradients.
@Suite struct EncoderDecoderTests {
    /// Shapes that between them have every part: relative positions and gates, trained positions with norms, waves with two vocabularies.
    static let forms = ["relative", "learned", "first", "sinusoidal"]

    static func configuration(_ form: String, dropout: Float = 0) -> EncoderDecoderConfiguration {
        let stack = EncoderDecoderConfiguration.Stack(layers: 2, heads: 2, feedForwardWidth: 12)
        var made = EncoderDecoderConfiguration(
            vocabularySize: 19, width: 8, encoder: stack, decoder: stack, positions: .learned(count: 20, offset: 2))
        made.decoder.heads = 4
        made.dropout = dropout
        switch form {
        case "relative":
            made.positions = .relative(buckets: 8, reach: 7)
            (made.activation, made.normalization, made.normalizesFirst, made.hasBias) = (.geglu, .rootMeanSquare, true, false)
            (made.headWidth, made.attentionScale, made.scalesOutput) = (3, 1, true)
        case "first":
            (made.normalizesFirst, made.normalizesEmbeddings, made.hasLogitsBias, made.tiesOutput) = (true, true, true, false)
        case "sinusoidal":
            made.positions = .sinusoidal(count: 20, isStored: false)
            (made.sourceVocabularySize, made.sharesEmbeddings, made.scalesEmbeddings) = (23, false, true)
        default: (made.normalizesEmbeddings, made.hasLogitsBias) = (true, true)
        }
        return made
    }

    /// A model whose weights are large enough for everything to show.
    static func model(_ form: String, dropout: Float = 0) throws -> EncoderDecoderModel {
        let model = try EncoderDecoderModel(configuration(form, dropout: dropout), random: RandomStream(seed: 3))
        for entry in model.parameters().entries where !entry.name.contains("norm") {
            let shape = entry.parameter.shape
            entry.parameter.assign(.normal(shape, deviation: 0.4, from: RandomStream(seed: 5).split(entry.name)))
        }
        return model
    }

    private func ids(_ steps: Int, _ rows: Int, seed: Int32 = 1) -> Tensor {
        Tensor((0..<Int32(steps * rows)).map { ($0 * 7 + seed * 5 + $0 * $0 % 3) % 19 }, shape: [steps, rows])
    }

    private func expectEqual(_ a: Tensor, _ b: Tensor, _ what: String, tolerance: Double = 1e-5) {
        #expect(mismatch(a, b, tolerance: tolerance) == nil, "\(what)")
    }

    private func column(_ x: Tensor, _ row: Int) -> Tensor { x.sliced(axis: 1, row..<(row + 1)) }

    /// A source of which each row is padded differently: behind its tokens, or before and between them.
    private func source(_ kind: String) -> SequenceInput {
        switch kind {
        case "lengths": return .ids(ids(5, 3), lengths: Tensor([5, 2, 3] as [Int32]))
        case "mask":
            let present = [true, false, true, true, false, false, true, true, true, false, true, true, true, true, true]
            return SequenceInput(.ids(ids(5, 3)), mask: Tensor(present, shape: [5, 3]))
        default: return .ids(ids(5, 3))
        }
    }

    // MARK: Reading on

    /// What is written token by token, or in pieces, is what is written at once.
    @Test(arguments: forms, ["whole", "lengths", "mask"]) func readingOnGivesTheSame(_ form: String, _ kind: String) throws {
        let model = try Self.model(form)
        Engine.run {
            let target = ids(9, 3, seed: 2), start = model.encode(source(kind))
            let whole = model(.ids(target), state: start).hidden
            #expect(whole.floats().allSatisfy { $0.isFinite })
            for cut in [[1, 1, 1, 1, 1, 1, 1, 1, 1], [4, 5], [2, 6, 1]] {
                var state = start, parts: [Tensor] = [], first = 0
                for count in cut {
                    let (hidden, after) = model(.ids(target[first..<(first + count)]), state: state)
                    (state, first) = (after, first + count)
                    parts.append(hidden)
                }
                #expect(state.lengths == [9, 9, 9])
                expectEqual(.concatenated(parts), whole, "cut \(cut)")
            }
        }
    }

    /// With bfloat16 products the same is read, near what float32 gives.
    @Test(arguments: forms) func readingOnInBfloat16(_ form: String) throws {
        let model = try Self.model(form)
        Engine.run {
            let target = ids(9, 3, seed: 2), reference = model(.ids(target), state: model.encode(source("mask"))).hidden
            withContext(.inference, precision: .bfloat16) {
                let start = model.encode(source("mask")).concatenated(with: model.initialState(rows: 1)).select(rows: [0, 1, 2])
                let whole = model(.ids(target), state: start).hidden
                expectEqual(whole, reference, "whole", tolerance: 5e-2)
                let (first, state) = model(.ids(target[0..<4]), state: start)
                let rest = model(.ids(target[4..<9]), state: state).hidden
                expectEqual(.concatenated([first, rest]), whole, "in two pieces", tolerance: 2e-2)
            }
        }
    }

    /// Padding of the source, wherever it stands, is as if it were not there, unless positions count it.
    @Test(arguments: forms) func paddingOfTheSourceIsNotSeen(_ form: String) throws {
        let model = try Self.model(form)
        Engine.run {
            let x = source("lengths"), target = ids(4, 3, seed: 2)
            let whole = model(.ids(target), state: model.encode(x)).hidden
            for (row, count) in [5, 2, 3].enumerated() {
                let alone = model.encode(.ids(column(ids(5, 3), row)[0..<count]))
                expectEqual(column(whole, row), model(.ids(column(target, row)), state: alone).hidden, "row \(row)")
            }
        }
    }

    // MARK: States

    /// Rows may be chosen and repeated, and sequences with sources and targets of different lengths joined, as search and serving do.
    @Test(arguments: forms) func statesAreValues(_ form: String) throws {
        let model = try Self.model(form)
        Engine.run {
            func read(_ tokens: Tensor, _ state: EncoderDecoderState) -> (hidden: Tensor, state: EncoderDecoderState) {
                model(.ids(tokens), state: state)
            }
            let target = ids(9, 1, seed: 2), next = target[7..<9], three = Tensor.concatenated([next, next, next], axis: 1)
            let short = model.encode(.ids(ids(3, 1))), long = model.encode(source("mask"))
            let a = read(target[0..<5], short).state, b = read(ids(2, 3), long).state
            // Two texts go on from one state, in turn.
            let first = read(next, a), other = read(ids(2, 1, seed: 7), a), again = read(next, a)
            expectEqual(again.hidden, first.hidden, "the same continuation", tolerance: 0)
            #expect(mismatch(other.hidden, first.hidden, tolerance: 0.01) != nil)
            for (label, joined, places) in [
                ("joined", a.concatenated(with: b), [1, 2]), ("the other way", b.concatenated(with: a), [0, 1]),
            ] {
                #expect(joined.rows == 4 && joined.byteCount >= a.byteCount + b.byteCount)
                let own = places == [1, 2] ? 0 : 3, chosen = joined.select(rows: [places[1], own, places[0]])
                let hidden = read(three, chosen).hidden
                expectEqual(column(hidden, 1), first.hidden, "\(label): the shorter")
                let apart = read(Tensor.concatenated([next, next], axis: 1), b.select(rows: [0, 1])).hidden
                expectEqual(column(hidden, 2), column(apart, 0), "\(label): the first of the masked")
                expectEqual(column(hidden, 0), column(apart, 1), "\(label): the second of the masked")
            }
            // Rows of one source exchanged, as beams are, and taken back.
            let beams = read(ids(3, 3, seed: 4), short.select(rows: [0, 0, 0])).state
            let turned = beams.select(rows: [2, 0, 0]), read3 = read(three, turned).hidden
            expectEqual(column(read3, 1), column(read(three, beams).hidden, 0), "a beam in another place")
            expectEqual(column(read3, 1), column(read3, 2), "a beam twice")
            if let back = first.state.truncated(to: 5) { expectEqual(read(next, back).hidden, first.hidden, "taken back") }
            expectEqual(read(next, a.detached).hidden, first.hidden, "detached")
        }
    }

    /// Without a source only biases come of attention to it; such a state can be joined with others.
    @Test(arguments: forms) func nothingEncodedIsAState(_ form: String) throws {
        let model = try Self.model(form)
        Engine.run {
            let nothing = model.initialState(rows: 2), target = ids(3, 2, seed: 2), full = model.encode(.ids(ids(4, 1)))
            let hidden = model(.ids(target), state: nothing).hidden
            #expect(hidden.shape == [3, 2, 8] && hidden.floats().allSatisfy { $0.isFinite })
            let joined = nothing.concatenated(with: full), three = Tensor.concatenated([target, column(target, 0)], axis: 1)
            let both = model(.ids(three), state: joined).hidden
            expectEqual(both.sliced(axis: 1, 0..<2), hidden, "nothing")
            expectEqual(column(both, 2), model(.ids(column(target, 0)), state: full).hidden, "something")
            #expect(model(.ids(ids(0, 2)), state: nothing).hidden.shape == [0, 2, 8])
        }
    }

    // MARK: Training

    private func loss(_ model: EncoderDecoderModel, smoothing: Float = 0) -> LanguageModelLoss<EncoderDecoderState> {
        let targets = Tensor([3, 7, -1, 11, 2, -1, 5, 0, 18, 1, -1, -1] as [Int32], shape: [4, 3])
        return model.loss(
            inputs: ids(4, 3, seed: 2), targets: targets, state: model.encode(source("mask")), regularization: .init(),
            labelSmoothing: smoothing)
    }

    /// The loss is the cross-entropy of the logits, and the probability of a token that the model writes.
    @Test(arguments: forms) func theLossIsThatOfTheLogits(_ form: String) throws {
        let model = try Self.model(form)
        Engine.run {
            let hidden = model(.ids(ids(4, 3, seed: 2)), state: model.encode(source("mask"))).hidden
            let targets = Tensor([3, 7, -1, 11, 2, -1, 5, 0, 18, 1, -1, -1] as [Int32])
            let expected = model.logits(hidden.reshaped([12, 8])).crossEntropy(targets), found = loss(model)
            #expect(found.loss.weight == 8 && abs(found.loss.sum.scalar - expected.sum.scalar) <= 1e-4 * expected.sum.scalar)
        }
    }

    /// Gradients of all weights, through decoder and encoder, against finite differences of the loss.
    @Test(arguments: forms) func gradientsAgreeWithFiniteDifferences(_ form: String) throws {
        let model = try Self.model(form), list = model.parameters()
        try Engine.run {
            let (_, gradients) = valueWithGradients(of: list) { loss(model).objective }
            for entry in list.entries {
                guard let gradient = gradients[entry.parameter] else {
                    #expect(entry.name == "logitsBias")
                    continue
                }
                let length = dot(gradient, gradient).squareRoot()
                // What keys add alike to all scores of a query has no effect.
                if length < 1e-4, entry.name.hasSuffix("inputBias") { continue }
                try #require(length > 1e-4, "\(entry.name)")
                let value = entry.parameter.value, step: Float = 4e-3
                func moved(_ sign: Float) -> Double {
                    entry.parameter.assign(value + gradient * Tensor(sign * step / Float(length)))
                    return Double(loss(model).loss.sum.scalar)
                }
                let numeric = (moved(1) - moved(-1)) / (2 * Double(step))
                entry.parameter.assign(value)
                #expect(abs(numeric - length) <= 2e-2 * length, "\(entry.name): \(numeric), \(length) expected")
            }
        }
    }

    /// Dropout changes the loss in training alone, and replays.
    @Test(arguments: forms) func dropoutReplays(_ form: String) throws {
        let model = try Self.model(form, dropout: 0.3)
        Engine.run {
            func drawn(_ seed: UInt64) -> Float {
                withContext(.training, random: RandomStream(seed: seed)) { loss(model).loss.sum.scalar }
            }
            #expect(drawn(1) == drawn(1) && drawn(1) != drawn(2) && drawn(1) != loss(model).loss.sum.scalar)
        }
    }

    /// First weights give losses near those of guessing, whatever the architecture.
    @Test(arguments: forms) func aFreshModelGuesses(_ form: String) throws {
        let model = try EncoderDecoderModel(Self.configuration(form), random: RandomStream(seed: 9))
        Engine.run {
            let mean = loss(model).loss.sum.scalar / 8
            #expect(mean > 2 && mean < 4.5, "\(mean)")  // log 19 = 2.94
        }
    }

    @Test func impossibleShapesAreRefused() {
        let changes: [(reason: String, change: (inout EncoderDecoderConfiguration) -> Void)] = [
            ("the width must", { $0.width = 0 }), ("number of decoder heads", { $0.decoder.heads = 0 }),
            ("shared out", { $0.encoder.heads = 3 }), ("buckets", { $0.positions = .relative(buckets: 3, reach: 9) }),
            ("buckets", { $0.positions = .relative(buckets: 32, reach: 16) }),
            ("one table", { $0.sourceVocabularySize = 5 }), ("activation dropout", { $0.activationDropout = 1 }),
            ("number of positions", { $0.positions = .learned(count: 0, offset: 2) }), ("ε", { $0.epsilon = -1 }),
        ]
        for (reason, change) in changes {
            var configuration = Self.configuration("learned")
            change(&configuration)
            #expect {
                try configuration.validate()
            } throws: {
                "\($0)".contains(reason)
            }
        }
    }
}
