import Foundation
import SequiturFiles
import SequiturModels
import SequiturTensors
import Testing

/// Model folders that are malformed, each in one way: errors of one line that name the file and what is wrong with it.
@Suite struct PretrainedMalformedTests {
    /// A copy of a fixture whose `config.json` is `change`d.
    private func withFolder<Result>(
        _ fixture: String, _ change: (JSONValue) throws -> [UInt8], _ body: (String) throws -> Result
    ) throws -> Result {
        let folder = NSTemporaryDirectory() + "malformed-" + UUID().uuidString
        try FileManager.default.copyItem(atPath: PretrainedFolder.named(fixture).path, toPath: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/config.json"
        try Data(try change(JSONValue.parse(contentsOf: path))).write(to: URL(fileURLWithPath: path))
        return try body(folder)
    }

    /// - Parameter file: what is named; the folder where empty.
    private func expectRefusal(
        _ fixture: String, _ change: (JSONValue) throws -> [UInt8], _ message: String, file: String = "/config.json",
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        try withFolder(fixture, change) { folder in
            let error = #expect(throws: (any Error).self, sourceLocation: location) {
                try Engine.run { _ = try PretrainedModel(folder: folder) }
            }
            let line = error.map { "\($0)" } ?? ""
            #expect(line.contains(folder + file) && line.contains(message), "\(line)", sourceLocation: location)
            #expect(!line.contains(where: \.isNewline) && line.utf8.count < 4000, sourceLocation: location)
        }
    }

    private static func replacing(_ changes: [(String, String?)], in json: JSONValue) throws -> [UInt8] {
        var members = (json.members ?? []).filter { member in !changes.contains { $0.0 == member.key } }
        for (key, value) in changes {
            if let value { members.append(.init(key: key, value: try JSONValue.parse(value))) }
        }
        return Array(JSONValue.object(members).serialized().utf8)
    }

    // MARK: The whole file

    @Test(arguments: [
        ("", "not valid JSON: the JSON text ends"), ("{", "not valid JSON"), ("[]", "an object was expected, but an array found"),
        ("3", "an object was expected, but a whole number found"),
        ("{}", "the key \"model_type\" is missing; known types are bert"),
        ("\u{FEFF}{\"model_type\":\"bert\"}", "a byte order mark"),
        ("{\"model_type\":\"bert\",\"vocab_size\":1,\"vocab_size\":2}", "'vocab_size' a second time"),
        ("{\"model_type\":\"bert\",\"vocab_size\":01}", "not valid JSON"), ("{\"model_type\":\"bert\"} x", "not valid JSON"),
        ("{\"model_type\":\"bert\",\"x\":\(String(repeating: "[", count: 100_000))", "nested deeper than"),
        ("{\"model_type\":\"bloom\"}", "unknown model_type \"bloom\"; known types are bert"),
        ("{\"model_type\":7}", "\"model_type\" must be a string, but is a whole number"),
        ("{\"model_type\":\"bert\"}", "the key \"hidden_size\" is missing; a whole number was expected"),
    ])
    func filesThatAreNoConfiguration(text: String, message: String) throws {
        try expectRefusal("bert", { _ in Array(text.utf8) }, message)
    }

    @Test func textThatIsNotUTF8() throws {
        let bytes = Array("{\"model_type\":\"b".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
        try expectRefusal("bert", { _ in bytes }, "not valid JSON")
        try expectRefusal("bert", { _ in [0xFF, 0xFE, 0x7B, 0, 0x7D, 0] }, "not valid JSON")
    }

    // MARK: Keys

    /// A fixture, a key, what stands there instead, and what is said of it.
    static let keys: [(String, String, String?, String)] = [
        ("bert", "hidden_size", "-16", "\"hidden_size\" must lie in 0...2147483648, but is -16"),
        ("bert", "hidden_size", "16.0", "\"hidden_size\" must be a whole number, but is 16.0"),
        ("bert", "hidden_size", "\"16\"", "\"hidden_size\" must be a whole number, but is \"16\""),
        ("bert", "hidden_size", "9223372036854775808", "\"hidden_size\" must be a whole number"),
        ("bert", "hidden_size", "9223372036854775807", "\"hidden_size\" must lie in 0...2147483648"),
        ("bert", "hidden_size", "1048576", "the width must lie in 1...65536, but is 1048576"),
        ("bert", "hidden_size", "18", "a width of 18 cannot be shared out among 4 heads"),
        ("bert", "vocab_size", nil, "the key \"vocab_size\" is missing"),
        ("bert", "vocab_size", "0", "the vocabulary size must lie in 1...16777216, but is 0"),
        ("bert", "vocab_size", "16777216", "parameters, but"), ("bert", "intermediate_size", "262144", "parameters, but"),
        ("bert", "num_hidden_layers", "0", "the number of layers must lie in 1...256, but is 0"),
        ("bert", "num_hidden_layers", "1000000", "the number of layers must lie in 1...256"),
        ("bert", "max_position_embeddings", "0", "the number of positions must lie in 1...1048576, but is 0"),
        ("bert", "type_vocab_size", "65537", "the number of segment types must lie in 0...65536"),
        ("bert", "hidden_act", "\"tanh\"", "\"hidden_act\" is \"tanh\", which is not known here; known are gelu"),
        ("bert", "hidden_act", "[\"gelu\"]", "\"hidden_act\" must be the name of an activation"),
        ("bert", "layer_norm_eps", "\"1e-12\"", "\"layer_norm_eps\" must be a number"),
        ("bert", "layer_norm_eps", "-1", "the norms' ε must be at least 0 and below 1"),
        ("bert", "hidden_dropout_prob", "1", "\"hidden_dropout_prob\" must be at least 0 and below 1, but is 1.0"),
        ("bert", "is_decoder", "true", "\"is_decoder\" is true, which cannot be computed here; only false can"),
        ("bert", "position_embedding_type", "\"relative_key\"", "cannot be computed here; only \"absolute\" can"),
        ("bert", "architectures", "\"BertModel\"", "\"architectures\" must be a list of names, but is \"BertModel\""),
        ("bert", "architectures", "[7]", "\"architectures\" must be a list of names, but is [7]"),
        ("bert", "pad_token_id", "[0]", "\"pad_token_id\" must be a whole number, but is [0]"),
        ("bert", "eos_token_id", "\"</s>\"", "\"eos_token_id\" must be a whole number, but is \"</s>\""),
        ("bert", "eos_token_id", "[1,null]", "\"eos_token_id\" must be a whole number, but is [1,null]"),
        ("bert-sequence-classification", "id2label", "[\"a\"]", "\"id2label\" must be an object from numbers to names"),
        ("bert-sequence-classification", "id2label", "\"a\"", "\"id2label\" must be an object from numbers to names"),
        ("bert-sequence-classification", "id2label", "{\"0\":0}", "\"id2label\" must be an object from numbers to names"),
        ("bert-masked-lm", "tie_word_embeddings", "1", "\"tie_word_embeddings\" must be true or false, but is 1"),
        ("roberta", "pad_token_id", "1048576", "the number of positions must lie in 1...1048576"),
        ("llama", "num_attention_heads", "0", "\"num_attention_heads\" must lie in 1...4096, but is 0"),
        ("llama", "num_key_value_heads", "3", "4 heads cannot share 3 key heads"),
        ("llama", "head_dim", "-4", "the width of a head must lie in 1...65536, but is -4"),
        ("llama", "head_dim", "3", "rotary positions turn pairs, but the heads are 3 wide"),
        ("llama", "rms_norm_eps", "1e300", "the norms' ε must be"),
        ("llama", "rope_parameters", "[]", "\"rope_parameters\" must be an object"),
        ("llama", "rope_parameters", "\"linear\"", "\"rope_parameters\" must be an object"),
        ("llama", "rope_parameters", "{\"rope_type\":3}", "\"rope_type\" must be a string, but is 3"),
        ("llama", "rope_parameters", "{\"rope_type\":\"ntk\"}", "unknown rope_type \"ntk\"; known are default"),
        ("llama", "rope_parameters", "{\"rope_type\":\"linear\"}", "the key \"factor\" is missing"),
        ("llama", "rope_parameters", "{\"rope_type\":\"linear\",\"factor\":\"2\"}", "\"factor\" must be a number"),
        ("llama", "rope_parameters", "{\"rope_type\":\"dynamic\",\"factor\":-1}", "must be above 0, but is -1.0"),
        ("llama", "rope_parameters", "{\"rope_theta\":0.5}", "\"rope_theta\" must be above 1, but is 0.5"),
        ("llama", "rope_parameters", "{\"rope_theta\":1e300}", "the base of rotary positions must be above 1, but is inf"),
        ("llama", "rope_parameters", "{\"rope_type\":\"llama3\",\"factor\":2}", "the key \"low_freq_factor\" is missing"),
        ("llama", "rope_parameters", "{\"rope_type\":\"yarn\",\"factor\":0}", "must be above 0, but is 0.0"),
        (
            "llama", "rope_parameters", "{\"rope_type\":\"longrope\",\"short_factor\":[1],\"long_factor\":[1]}",
            "\"short_factor\" of rope_parameters must be 2 numbers above 0"
        ),
        ("mistral", "sliding_window", "0", "the window of attention must be above 0, but is 0"),
        ("mistral", "sliding_window", "\"8\"", "\"sliding_window\" must be a whole number"),
        ("gpt2", "n_inner", "-1", "the feed-forward width must lie in 1...262144, but is -1"),
        ("t5", "relative_attention_num_buckets", "1", "1 buckets cannot share out distances up to 12"),
        ("t5", "relative_attention_num_buckets", "65536", "65536 buckets cannot share out distances up to 12"),
        ("t5", "d_kv", "0", "the width of a head must lie in 1...4096, but is 0"),
        ("t5", "feed_forward_proj", "3", "\"feed_forward_proj\" must be a string"),
        ("t5", "decoder_start_token_id", "-1", "\"decoder_start_token_id\" is -1, which is outside the vocabulary"),
        ("bart", "decoder_start_token_id", "61", "\"decoder_start_token_id\" is 61, which is outside the vocabulary"),
        ("bart", "encoder_layers", "257", "the number of encoder layers must lie in 1...256"),
        ("marian", "static_position_embeddings", "false", "\"static_position_embeddings\" is false"),
    ]

    @Test(arguments: keys.indices) func keysAreNamed(_ index: Int) throws {
        let (fixture, key, value, message) = Self.keys[index]
        try expectRefusal(fixture, { try Self.replacing([(key, value)], in: $0) }, message)
    }

    /// A head of sixteen million weights is refused before any memory is asked for.
    @Test func headsNeedRoomAsWell() throws {
        try expectRefusal(
            "bert-sequence-classification",
            { try Self.replacing([("id2label", nil), ("label2id", nil), ("num_labels", "1048576")], in: $0) }, "parameters, but")
    }

    // MARK: What real folders have

    @Test func theEndMayBeSeveralTokens() throws {
        let ids = Tensor([3, 2, 5, 4, 2, 1] as [Int32], shape: [3, 2])
        func logits(_ end: String) throws -> [Float] {
            try withFolder("bart-sequence-classification", { try Self.replacing([("eos_token_id", end)], in: $0) }) { folder in
                try Engine.run {
                    let model = try PretrainedModel(folder: folder)
                    return try #require(model.outputs(of: .ids(ids)).logits).floats()
                }
            }
        }
        #expect(try logits("[2]") == logits("2"))
        #expect(try logits("[60, 2]") == logits("2"))
        #expect(try logits("[1]") != logits("[5, 4]"))
        // A decoder reads on, whatever ends its texts.
        try withFolder("llama-language-model", { try Self.replacing([("eos_token_id", "[2, 5]")], in: $0) }) { folder throws in
            #expect(try Engine.run { try PretrainedModel(folder: folder).isLanguageModel })
        }
    }

    @Test(arguments: [("-1", nil), ("null", nil), ("1099511627776", nil), ("61", nil), ("60", 60)] as [(String, Int32?)])
    func paddingThatTheModelDoesNotHaveIsNone(id: String, expected: Int32?) throws {
        try withFolder("llama-language-model", { try Self.replacing([("pad_token_id", id)], in: $0) }) { folder throws in
            #expect(try Engine.run { try PretrainedModel(folder: folder).paddingID } == expected)
        }
    }

    @Test func nullIsAsGoodAsAbsent() throws {
        let nothing = [("id2label", "null"), ("architectures", "null"), ("eos_token_id", "null"), ("hidden_act", "null")]
        try withFolder("bert", { try Self.replacing(nothing.map { ($0, $1) }, in: $0) }) { folder throws in
            #expect(try Engine.run { try PretrainedModel(folder: folder).head == nil })
        }
    }

    // MARK: Weights

    @Test func tensorsThatAreMissingOrMisshapenAreAllNamed() throws {
        try expectRefusal(
            "bert", { try Self.replacing([("num_hidden_layers", "3")], in: $0) },
            "lacks encoder.layer.2.attention.self.query.weight, encoder.layer.2.attention.self.key.weight, ", file: "")
        try expectRefusal(
            "bert", { try Self.replacing([("vocab_size", "62")], in: $0) },
            "embeddings.word_embeddings.weight should have shape [62, 16], but has [61, 16]", file: "")
        try expectRefusal(
            "bert", { try Self.replacing([("hidden_size", "32")], in: $0) },
            "; encoder.layer.1.output.LayerNorm.bias should have shape [32], but has [16]", file: "")
    }

    @Test(arguments: ["pytorch_model.bin", "pytorch_model.bin.index.json"])
    func weightsOfTorchAloneAreRefused(name: String) throws {
        try withFolder("bert", { Array($0.serialized().utf8) }) { folder in
            try FileManager.default.moveItem(atPath: folder + "/model.safetensors", toPath: folder + "/" + name)
            let error = #expect(throws: FileError.self) { try Engine.run { _ = try PretrainedModel(folder: folder) } }
            let message = "only \(name); convert the weights to safetensors"
            #expect(error?.path == folder && error?.description.contains(message) == true)
        }
    }

    @Test func foldersWithoutAFileAreRefused() throws {
        try withFolder("bert", { Array($0.serialized().utf8) }) { folder in
            try FileManager.default.removeItem(atPath: folder + "/config.json")
            let error = #expect(throws: FileError.self) { try Engine.run { _ = try PretrainedModel(folder: folder) } }
            #expect(error?.path == folder + "/config.json")
            let absent = #expect(throws: FileError.self) { try Engine.run { _ = try PretrainedModel(folder: folder + "/none") } }
            #expect(absent?.path == folder + "/none")
        }
    }

    /// The type of a tensor that is needed cannot be read, or not as a weight.
    @Test func weightsOfOtherTypes() throws {
        try withFolder("bert", { Array($0.serialized().utf8) }) { folder in
            let path = folder + "/model.safetensors"
            var bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
            let place = try #require(bytes.firstRange(of: Array("\"dtype\":\"BF16\"".utf8)))
            bytes.replaceSubrange(place, with: Array("\"dtype\":\"U16\" ".utf8))
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: CheckpointError.self) { try Engine.run { _ = try PretrainedModel(folder: folder) } }
            #expect(error?.description.contains("has type U16; float32, bfloat16") == true)
        }
    }

    // MARK: Sentence encoders

    private static let modules = #"[{"path":"","type":"Transformer"},{"path":"1_Pooling","type":"Pooling"}]"#

    @Test(arguments: [
        ("{}", "{}", "modules.json: a list of modules expected"), ("[]", "{}", "modules.json: it lists no Transformer"),
        ("[3]", "{}", "modules.json: module 0 must have a type and a path within the folder"),
        (#"[{"path":"../x","type":"Transformer"}]"#, "{}", "module 0 must have a type and a path within the folder"),
        (#"[{"path":"/x","type":"Transformer"}]"#, "{}", "module 0 must have a type and a path within the folder"),
        (#"[{"path":"","type":"WordEmbeddings"}]"#, "{}", "unknown module \"WordEmbeddings\"; known are Transformer"),
        (modules, "[", "1_Pooling/config.json': not valid JSON"),
        (modules, "{}", "1_Pooling/config.json: no pooling mode is true"),
        (modules, #"{"pooling_mode_cls_token":1}"#, "\"pooling_mode_cls_token\" must be true or false"),
        (modules, #"{"pooling_mode":"median"}"#, "unknown pooling_mode \"median\""),
        (modules, #"{"pooling_mode_weightedmean_tokens":true}"#, "\"pooling_mode_weightedmean_tokens\" is true"),
    ])
    func modulesAreNamed(modules: String, pooling: String, message: String) throws {
        try withFolder("bert", { Array($0.serialized().utf8) }) { folder in
            try FileManager.default.createDirectory(atPath: folder + "/1_Pooling", withIntermediateDirectories: true)
            try Data(modules.utf8).write(to: URL(fileURLWithPath: folder + "/modules.json"))
            try Data(pooling.utf8).write(to: URL(fileURLWithPath: folder + "/1_Pooling/config.json"))
            let error = #expect(throws: (any Error).self) { try Engine.run { _ = try SentenceEncoder(folder: folder) } }
            let line = error.map { "\($0)" } ?? ""
            #expect(line.contains(folder) && line.contains(message) && !line.contains("\n"), "\(line)")
        }
    }

    /// A post-processor may add ids and types that the model does not have; a length may be none.
    @Test func encodersCheckWhatTheirTokenizersGive() throws {
        func embed(id: Int, type: Int, length: Int = 8) throws {
            try withFolder("bert", { Array($0.serialized().utf8) }) { folder in
                let tokenizer = #"""
                    {"version":"1.0","pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":{"type":"TemplateProcessing",
                    "single":[{"SpecialToken":{"id":"x","type_id":\#(type)}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],
                    "special_tokens":{"x":{"id":"x","ids":[\#(id)],"tokens":["x"]}}},
                    "model":{"type":"WordLevel","vocab":{"a":0,"b":1},"unk_token":"b"}}
                    """#
                try Data(tokenizer.utf8).write(to: URL(fileURLWithPath: folder + "/tokenizer.json"))
                try Data(Self.modules.utf8).write(to: URL(fileURLWithPath: folder + "/modules.json"))
                try FileManager.default.createDirectory(atPath: folder + "/1_Pooling", withIntermediateDirectories: true)
                try Data(#"{"pooling_mode_mean_tokens":true}"#.utf8)
                    .write(to: URL(fileURLWithPath: folder + "/1_Pooling/config.json"))
                try Data(#"{"max_seq_length":\#(length)}"#.utf8)
                    .write(to: URL(fileURLWithPath: folder + "/sentence_bert_config.json"))
                let encoder = try Engine.run { try SentenceEncoder(folder: folder) }
                #expect(try encoder.embed(["a b", "a"]).shape == [2, 16])
            }
        }
        try embed(id: 2, type: 1)
        for (id, type, length) in [(61, 0, 8), (Int(Int32.max), 0, 8), (2, 2, 8), (2, Int(Int32.max), 8), (2, 0, -1)] {
            let error = #expect(throws: ConfigurationError.self) { try embed(id: id, type: type, length: length) }
            #expect(error?.description.contains("\n") == false)
        }
    }
}
