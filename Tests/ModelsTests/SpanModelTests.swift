import Foundation
import SequiturLayers
import SequiturModels
import SequiturTensors
import Testing

/// Scores of starts and ends, and what they cost.
@Suite struct SpanModelTests {
    static let contexts: [WordContext] = [.lstm, .gru, .transformer, .bag]

    private func model(_ context: WordContext, types: Int = 3) throws -> SpanModel {
        var configuration = WordEncoderConfiguration(
            context: context, wordCount: 12, wordWidth: 6, hiddenSize: 4, heads: 2, dropout: 0)
        configuration.typeCount = types
        return SpanModel(
            TextEncoder(try WordEncoder(configuration, random: RandomStream(seed: 1))), random: RandomStream(seed: 2))
    }

    private let texts = [
        EncodedText(ids: [3, 4, 1, 5, 6, 7, 3], types: [0, 0, 0, 1, 1, 1, 2]),
        EncodedText(ids: [8, 1, 9, 8], types: [0, 0, 1, 2]),
    ]
    private let spans = [3..<7, 2..<4]

    /// Of steps that are neither the first nor the context's nothing is left, padding among them; what is left is the same in any batch.
    @Test(arguments: contexts) func onlyTheContextAndTheFirstStepCount(_ context: WordContext) throws {
        let model = try model(context)
        Engine.run {
            let logits = model(TextBatch(texts), contexts: spans)
            #expect(logits.shape == [7, 2, 2])
            let values = logits.floats()
            for step in 0..<7 {
                for (row, span) in spans.enumerated() {
                    let isOpen = step == 0 || span.contains(step)
                    for side in 0..<2 {
                        #expect(values[(step * 2 + row) * 2 + side].isFinite == isOpen, "step \(step) of \(row)")
                    }
                }
            }
            let alone = model(TextBatch([texts[1]]), contexts: [spans[1]]).floats()
            for (place, value) in alone.enumerated() where value.isFinite {
                #expect(abs(value - values[(place / 2 * 2 + 1) * 2 + place % 2]) < 1e-5)
            }
        }
    }

    @Test(arguments: contexts) func productsOfBFloat16ChangeScoresByRounding(_ context: WordContext) throws {
        let model = try model(context)
        Engine.run {
            let batch = TextBatch(texts)
            let exact = withContext(precision: .float32) { model(batch, contexts: spans).floats() }
            let rounded = withContext(precision: .bfloat16) { model(batch, contexts: spans).floats() }
            for (one, other) in zip(exact, rounded) where one.isFinite { #expect(abs(one - other) < 0.05) }
            let loss = withContext(precision: .bfloat16) { model.loss(batch, contexts: spans, starts: [4, 0], ends: [5, 0]) }
            #expect(loss.count == 4 && loss.mean.isFinite)
        }
    }

    @Test func theLossIsTheMeanOfBothCrossEntropies() throws {
        let model = try model(.lstm)
        Engine.run {
            let batch = TextBatch(texts), values = model(batch, contexts: spans).floats()
            let loss = model.loss(batch, contexts: spans, starts: [4, 0], ends: [5, 0])
            var expected = 0.0
            for (row, wanted) in [(4, 5), (0, 0)].enumerated() {
                for (side, step) in [wanted.0, wanted.1].enumerated() {
                    let all = (0..<7).map { Double(values[($0 * 2 + row) * 2 + side]) }
                    let total = all.reduce(0.0) { $0 + ($1.isFinite ? exp($1) : 0) }
                    expected -= all[step] - log(total)
                }
            }
            #expect(loss.count == 4 && abs(loss.mean - expected / 4) < 1e-5)
        }
    }

    /// Gradients of all weights, types and attention among them, against finite differences of the loss.
    @Test(arguments: contexts) func gradientsAgreeWithFiniteDifferences(_ context: WordContext) throws {
        let model = try model(context), list = model.parameters()
        try Engine.run {
            // Away from where the rectifier has no derivative.
            let hidden = try #require(model.own.hidden?.bias)
            hidden.assign(Tensor((0..<hidden.shape[0]).map { $0 % 2 == 0 ? Float(3) : -3 }))
            let batch = TextBatch(texts)
            func loss() -> Tensor { model.loss(batch, contexts: spans, starts: [4, 0], ends: [5, 0]).sum }
            let (_, gradients) = valueWithGradients(of: list) { loss() }
            for entry in list.entries {
                let gradient = try #require(gradients[entry.parameter], "\(entry.name)")
                let length = gradient.floats().reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
                // What keys add alike to all scores of a query has no effect.
                if length < 1e-4 { continue }
                let value = entry.parameter.value, direction = gradient * Tensor(Float(1 / length)), step: Float = 1e-2
                func moved(_ step: Float) -> Double {
                    entry.parameter.assign(value + direction * Tensor(step))
                    return Double(withoutGradients { loss() }.scalar)
                }
                let numeric = (moved(step) - moved(-step)) / Double(2 * step)
                entry.parameter.assign(value)
                #expect(abs(numeric - length) < 2e-2 * max(length, 0.05), "\(entry.name): \(numeric) and \(length)")
            }
            #expect(
                list.entries.contains {
                    $0.name.contains("types") && (gradients[$0.parameter]?.floats().contains { $0 != 0 } ?? false)
                })
        }
    }

    /// Types are part of what a word is; without any the model has no vectors for them.
    @Test func typesTellWordsApart() throws {
        let model = try model(.bag), without = try self.model(.bag, types: 0)
        Engine.run {
            var other = texts[1]
            other.types = [0, 0, 1, 1]
            func ends(_ text: EncodedText, _ model: SpanModel) -> [Float] { model(TextBatch([text]), contexts: [2..<4]).floats() }
            #expect(ends(texts[1], model)[6] != ends(other, model)[6] && ends(texts[1], model)[4] == ends(other, model)[4])
            #expect(
                ends(texts[1], without) == ends(other, without)
                    && !without.parameters().entries.contains { $0.name.contains("types") })
        }
    }

    /// The ecosystem's own head is taken where the folder's model has one.
    @Test(arguments: ["bert-question-answering", "distilbert-question-answering"]) func theFoldersHeadIsTaken(_ name: String)
        throws
    {
        let folder = PretrainedFolder.named(name)
        let pretrained = try Engine.run { try PretrainedModel(folder: folder.path, head: .questionAnswering) }
        let model = SpanModel(try TextEncoder(pretrained), random: RandomStream(seed: 1))
        #expect(model.own.output == nil && model.own.parameters().entries.isEmpty && pretrained.headKind == .questionAnswering)
        try Engine.run {
            let ids = (0..<6).map { Int32($0 + 1) }, text = EncodedText(ids: ids)
            let found = model(TextBatch([text]), contexts: [1..<6]).floats()
            let expected = try #require(try pretrained.outputs(of: .init(.ids(Tensor(ids, shape: [6, 1])))).logits).floats()
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }
}
