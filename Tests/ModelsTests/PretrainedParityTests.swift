import Foundation
import SequiturFiles
import SequiturModels
import SequiturTensors
import Testing

/// Hidden states, pooled vectors and logits are those of `transformers`: maximum absolute difference over maximum absolute value.
@Suite struct PretrainedParityTests {
    static let tolerance: Float = 1e-4

    @Test(arguments: PretrainedFolder.all)
    func computesWhatTransformersComputes(_ folder: PretrainedFolder) throws {
        let model = try PretrainedModel(folder: folder.path)
        try compare(try run(model, folder), with: folder)
    }

    @Test(arguments: PretrainedFolder.all)
    func isTheSameAfterSaving(_ folder: PretrainedFolder) throws {
        let model = try PretrainedModel(folder: folder.path)
        // `SEQUITUR_SAVED_MODELS` keeps what is written, for `Tools/make_model_fixtures.py --check`.
        let kept = ProcessInfo.processInfo.environment["SEQUITUR_SAVED_MODELS"]
        let parent = kept ?? FileManager.default.temporaryDirectory.appendingPathComponent("sequitur-\(UUID().uuidString)").path
        let copy = parent + "/" + folder.testDescription
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        defer { if kept == nil { try? FileManager.default.removeItem(atPath: parent) } }
        try model.write(to: copy)
        let again = try PretrainedModel(folder: copy)
        #expect(again.report.unexpected == model.report.unexpected)
        // Every tensor that was read is written under the name it had, tied copies aside.
        let before = Set(try WeightFiles(folder: folder.path).entries.map(\.name))
        let after = Set(try WeightFiles(folder: copy).entries.map(\.name))
        #expect(after.isSubset(of: before))
        try compare(try run(again, folder), with: folder)
        if kept != nil {
            let expected = copy + "/expected.safetensors"
            try? FileManager.default.removeItem(atPath: expected)
            try FileManager.default.copyItem(atPath: folder.path + "/expected.safetensors", toPath: expected)
        }
    }

    private func run(_ model: PretrainedModel, _ folder: PretrainedFolder) throws -> [String: Tensor] {
        let given = try folder.expected()
        let ids = try #require(given["input_ids"]).swapped, mask = try #require(given["attention_mask"]).swapped
        let outputs = try withContext(.inference, precision: .float32) {
            let input = SequenceInput(
                .ids(ids), mask: mask.cast(to: .float32).cast(to: .bool), types: given["token_type_ids"]?.swapped)
            return try model.outputs(of: input, decoding: given["decoder_input_ids"]?.swapped)
        }
        var found = ["hidden_states": outputs.hidden.swapped]
        found["pooled"] = outputs.pooled
        found["logits"] = outputs.logits.map { isPerSequence(model) ? $0 : $0.swapped }
        return found
    }

    private func isPerSequence(_ model: PretrainedModel) -> Bool { model.head.map { $0.form.reading != .tokens } ?? false }

    private func compare(_ found: [String: Tensor], with folder: PretrainedFolder) throws {
        let given = try folder.expected(), mask = try #require(given["attention_mask"]).int32s()
        for name in ["hidden_states", "pooled", "logits"] {
            guard let wanted = given[name] else { continue }
            let tensor = try #require(found[name], "\(name) is missing")
            #expect(tensor.shape == wanted.shape, "\(name)")
            guard tensor.shape == wanted.shape else { continue }
            // Where the mask is 0 nothing is compared; decoder positions and rows of a batch have no mask.
            let isMasked =
                wanted.rank >= 2 && wanted.shape[0] * wanted.shape[1] == mask.count && given["decoder_input_ids"] == nil
            let inner = isMasked ? wanted.shape.dropFirst(2).reduce(1, *) : 1
            var difference: Float = 0, greatest: Float = 0
            for (index, (a, b)) in zip(tensor.floats(), wanted.floats()).enumerated() where !isMasked || mask[index / inner] == 1
            {
                #expect(a.isFinite)
                difference = max(difference, abs(a - b))
                greatest = max(greatest, abs(b))
            }
            #expect(difference <= Self.tolerance * greatest, "\(name): \(difference) of \(greatest)")
        }
    }
}
