import Foundation
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import Testing

/// Folders of encoder–decoders: what is refused and why, which ids the decoder reads, and which matrices are one.
@Suite struct EncoderDecoderFolderTests {
    /// A folder like `name` whose configuration and tensors are changed.
    private func withFolder(
        like name: String, _ change: (inout [String: Any]) -> Void, tensors: ([String: Tensor]) -> [String: Tensor] = { $0 },
        _ body: (String) throws -> Void
    ) throws {
        let source = PretrainedFolder.named(name).path
        let folder = NSTemporaryDirectory() + "models-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let data = try Data(contentsOf: URL(fileURLWithPath: source + "/config.json"))
        var members = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        change(&members)
        try JSONSerialization.data(withJSONObject: members).write(to: URL(fileURLWithPath: folder + "/config.json"))
        let weights = try WeightFiles(folder: source)
        let all = try Dictionary(uniqueKeysWithValues: weights.entries.map { ($0.name, try weights.tensor(named: $0.name)) })
        let kept = tensors(all).sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
        try Checkpoint.write(kept, to: folder + "/model.safetensors")
        try body(folder)
    }

    // MARK: What is refused

    @Test(
        arguments: [
            ("t5", "d_model", "16"), ("t5", "d_kv", "-1"), ("t5", "d_kv", 5), ("t5", "num_heads", 0),
            ("t5", "relative_attention_num_buckets", 2), ("t5", "relative_attention_max_distance", 4),
            ("t5", "relative_attention_num_buckets", 16), ("t5", "dense_act_fn", "mish"), ("t5", "is_gated_act", "no"),
            ("t5-gated", "dense_act_fn", "gelu"), ("t5", "dropout_rate", 1.5), ("t5", "num_decoder_layers", 3),
            ("t5-conditional-generation", "scale_decoder_outputs", 1), ("t5", "layer_norm_epsilon", "small"),
            ("bart", "encoder_attention_heads", 3), ("bart", "decoder_layers", -2), ("bart", "normalize_before", true),
            ("bart", "normalize_embedding", false), ("bart", "add_final_layer_norm", true), ("bart", "is_decoder", true),
            ("bart", "static_position_embeddings", true), ("bart", "activation_function", "tanhshrink"),
            ("bart", "max_position_embeddings", 30), ("bart", "scale_embedding", "yes"), ("bart", "decoder_start_token_id", 61),
            ("t5-sequence-classification", "decoder_start_token_id", 1 << 31),
            ("mbart-conditional-generation", "normalize_before", false),
            ("mbart-conditional-generation", "add_final_layer_norm", false),
            ("marian", "normalize_embedding", true), ("marian", "static_position_embeddings", false),
            ("marian", "vocab_size", 1 << 23),
            ("marian-two-vocabularies", "decoder_vocab_size", 54),
            ("marian-two-vocabularies", "share_encoder_decoder_embeddings", true),
            ("marian", "model_type", "marianne"),
        ] as [(String, String, any Sendable)])
    func badConfigurationsAreRefused(_ name: String, _ key: String, _ value: any Sendable) throws {
        try withFolder(like: name) {
            $0[key] = value
        } _: { folder in
            let error = #expect(throws: ConfigurationError.self) { try PretrainedModel(folder: folder) }
            let message = error?.reason ?? ""
            #expect(message.hasPrefix(folder) && !message.contains("\n"), "\(message)")
            // What has the wrong shape is named by its tensor, what is out of range in words, everything else by its key.
            let words = ["should have shape", "lacks", "must lie in", "shared out", "buckets", "describes", "unknown \(key)"]
            #expect(message.contains("\"\(key)\"") || words.contains { message.contains($0) }, "\(message)")
        }
    }

    @Test func missingTensorsAreNamed() throws {
        let missing = ["model.decoder.layers.1.encoder_attn.k_proj.weight", "model.encoder.layernorm_embedding.bias"]
        try withFolder(
            like: "bart-conditional-generation", { $0["decoder_layers"] = 2 },
            { folder in
                let error = #expect(throws: ConfigurationError.self) { try PretrainedModel(folder: folder) }
                #expect(error?.reason.contains(missing[0]) ?? false, "\(error?.reason ?? "")")
            })
        try withFolder(
            like: "bart-conditional-generation", { _ in }, tensors: { all in all.filter { $0.key != missing[1] } },
            { folder in
                let error = #expect(throws: ConfigurationError.self) { try PretrainedModel(folder: folder) }
                #expect(error?.reason.hasSuffix("lacks \(missing[1])") ?? false, "\(error?.reason ?? "")")
            })
    }

    // MARK: What the decoder reads

    private func ids(_ rows: [[Int32]]) -> Tensor {
        let steps = rows[0].count
        return Tensor((0..<steps).flatMap { step in rows.map { $0[step] } }, shape: [steps, rows.count])
    }

    @Test(
        arguments: [
            ("bart-conditional-generation", [[2, 9, 8, 7], [2, 5, 2, 1]]),
            ("mbart-conditional-generation", [[6, 9, 8, 7], [2, 5, 2, 1]]),
        ] as [(String, [[Int32]])])
    func idsAreMadeOfTheSource(_ name: String, _ wanted: [[Int32]]) throws {
        let model = try PretrainedModel(folder: PretrainedFolder.named(name).path)
        try Engine.run {
            let input = SequenceInput.ids(ids([[9, 8, 7, 6], [5, 2, 1, 1]]), lengths: Tensor([4, 2] as [Int32]))
            let own = try model.outputs(of: input), given = try model.outputs(of: input, decoding: ids(wanted))
            #expect(own.hidden.floats() == given.hidden.floats() && own.logits?.shape == [4, 2, 61])
        }
    }

    @Test(arguments: ["t5", "t5-conditional-generation", "mt5-conditional-generation", "marian", "marian-translation"])
    func idsMustBeGiven(_ name: String) throws {
        let model = try PretrainedModel(folder: PretrainedFolder.named(name).path)
        try Engine.run {
            let input = SequenceInput.ids(ids([[9, 8, 7, 6]]))
            #expect { try model.outputs(of: input) } throws: { "\($0)".contains("give decoder ids") }
            #expect { try model.outputs(of: input, decoding: ids([[3], [4]])) } throws: { "\($0)".contains("2] for 1") }
            let hidden = try model.outputs(of: input, decoding: ids([[3, 4]])).hidden
            #expect(hidden.shape == [2, 1, 16])
        }
    }

    @Test func othersTakeNone() throws {
        try Engine.run {
            for name in ["t5-encoder", "bert"] {
                let model = try PretrainedModel(folder: PretrainedFolder.named(name).path),
                    input = SequenceInput.ids(ids([[9, 8]]))
                #expect { try model.outputs(of: input, decoding: ids([[3]])) } throws: {
                    "\($0)".contains("takes no decoder ids")
                }
            }
            let classifier = try PretrainedModel(folder: PretrainedFolder.named("bart-sequence-classification").path)
            #expect { try classifier.outputs(of: .ids(ids([[9, 8]])), decoding: ids([[3]])) } throws: {
                "\($0)".contains("1 decoder ids for 2 ids")
            }
        }
    }

    @Test func idsAreChecked() throws {
        let model = try PretrainedModel(folder: PretrainedFolder.named("marian-two-vocabularies").path)
        try model.check(ids: [[60, 0]])
        try model.check(decoderIds: [[52, 0]])
        #expect { try model.check(ids: [[3], [61]]) } throws: { "\($0)".contains("sequence 2: the id 61") }
        #expect { try model.check(decoderIds: [[53]]) } throws: { "\($0)".contains("decoder sequence 1: the id 53") }
        let long = [Int32](repeating: 3, count: 25)
        #expect { try model.check(ids: [long]) } throws: { "\($0)".contains("positions for 24") }
    }

    // MARK: Which matrices are one

    private func logits(_ folder: String) throws -> [Float] {
        let model = try PretrainedModel(folder: folder)
        return try Engine.run {
            try #require(try model.outputs(of: .ids(ids([[9, 8, 7, 2]])), decoding: ids([[3, 4, 5]])).logits).floats()
        }
    }

    /// Copies that some programs store beside the shared table, and the table under a copy's name, change nothing.
    @Test(arguments: [
        ("bart-conditional-generation", "model."), ("marian-translation", "model."), ("t5-conditional-generation", ""),
    ])
    func copiesAreRecognised(_ name: String, _ prefix: String) throws {
        let expected = try logits(PretrainedFolder.named(name).path), shared = "\(prefix)shared.weight"
        let copies = ["\(prefix)encoder.embed_tokens.weight", "\(prefix)decoder.embed_tokens.weight"]
        try withFolder(
            like: name, { _ in },
            tensors: { all in
                var all = all
                for copy in copies + ["lm_head.weight"] { all[copy] = all[shared] }
                return all
            },
            { folder in
                let found = try logits(folder), report = try PretrainedModel(folder: folder).report
                #expect(found == expected && report.unexpected == [])
            })
        try withFolder(
            like: name, { _ in },
            tensors: { all in
                var all = all
                all[copies[1]] = all.removeValue(forKey: shared)
                return all
            },
            { folder in
                let found = try logits(folder)
                #expect(found == expected)
            })
    }

    /// T5 1.1 as its own folders say it: an output matrix that is not the embeddings, and hidden states that are not scaled.
    @Test func anOutputMatrixOfItsOwnIsNotScaled() throws {
        let expected = try logits(PretrainedFolder.named("t5-gated").path)
        let made = ["dense_act_fn", "is_gated_act", "scale_decoder_outputs"]
        try withFolder(like: "t5-gated") { members in
            for key in made { members[key] = nil }
            members["tie_word_embeddings"] = false
        } _: { folder in
            let found = try logits(folder)
            #expect(found == expected)
        }
    }

    /// BART that shares embeddings but not the output matrix, as earlier programs wrote it.
    @Test func anOutputMatrixMayStandAlone() throws {
        try withFolder(
            like: "bart-untied", { _ in },
            tensors: { all in all.filter { !$0.key.contains("embed_tokens") } },
            { folder in
                let model = try PretrainedModel(folder: folder), body = try #require(model.body as? EncoderDecoderModel)
                #expect(body.configuration.sharesEmbeddings && !body.configuration.tiesOutput && body.output != nil)
                #expect(model.report.unexpected == [])
            })
    }

    /// A fresh model of each class has what its class needs, and is written and read as it is.
    @Test(arguments: ["t5-gated", "t5-encoder", "bart-sequence-classification", "bart-untied", "marian-two-vocabularies"])
    func freshModelsAreWrittenWhole(_ name: String) throws {
        let folder = NSTemporaryDirectory() + "fresh-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let json = try JSONValue.parse(contentsOf: PretrainedFolder.named(name).path + "/config.json")
        let fresh = try PretrainedModel(configuration: json, random: RandomStream(seed: 1))
        try fresh.write(to: folder)
        let again = try PretrainedModel(folder: folder), names = again.parameters().entries.map(\.name)
        #expect(again.report.unexpected.isEmpty && names == fresh.parameters().entries.map(\.name))
        let stored = Set(try WeightFiles(folder: PretrainedFolder.named(name).path).entries.map(\.name))
        let written = Set(try WeightFiles(folder: folder).entries.map(\.name))
        // Nothing reads the shared table where there are two others; what is tied is stored once.
        #expect(stored.subtracting(written).isSubset(of: ["model.shared.weight", "lm_head.weight"]))
    }
}
