import Foundation
import SequiturFiles
import SequiturText
import Testing

/// Folders were made by `Tools/make_folder_fixtures.py`, with the ids and texts that transformers gives.
@Suite struct FolderFixtureTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures/Folders/"

    private func expected(_ name: String) throws -> [JSONValue] {
        let samples = try #require(try JSONValue.parse(contentsOf: Self.folder + name + "/expected.json").array)
        try #require(samples.count >= 25)
        return samples
    }

    private func ids(_ value: JSONValue?) -> [Int32]? { value?.array?.compactMap(\.int).map(Int32.init) }

    @Test(arguments: ["t5", "xlm-roberta", "llama", "llama-bare", "gpt2", "qwen2", "roberta"])
    func givesWhatTransformersGives(name: String) throws {
        let tokenizer = try TokenizerFolder.read(Self.folder + name)
        for sample in try expected(name) {
            let text = try #require(sample["text"]?.string), wanted = try #require(ids(sample["ids"]))
            #expect(try tokenizer.encode(text).ids == wanted, "\(text.debugDescription)")
            let decoded = try #require(sample["decoded"]?.string)
            #expect(try Array(tokenizer.decode(wanted).utf8) == Array(decoded.utf8), "\(text.debugDescription)")
        }
    }

    @Test(arguments: ["marian", "marian-two"]) func marianGivesWhatTransformersGives(name: String) throws {
        let tokenizer = try MarianTokenizer(folder: Self.folder + name)
        for sample in try expected(name) {
            let text = try #require(sample["text"]?.string), target = try #require(ids(sample["target"]))
            #expect(try tokenizer.encode(text) == ids(sample["ids"]), "\(text.debugDescription)")
            #expect(try tokenizer.encode(target: text) == target, "\(text.debugDescription)")
            let (decoded, whole) = (try #require(sample["decoded"]?.string), try #require(sample["whole"]?.string))
            #expect(Array(tokenizer.decode(target).utf8) == Array(decoded.utf8), "\(text.debugDescription)")
            #expect(
                Array(tokenizer.decode(target, skipsSpecialTokens: false).utf8) == Array(whole.utf8), "\(text.debugDescription)")
        }
        #expect(tokenizer.languageCodes == (name == "marian" ? [">>fra<<", ">>deu<<"] : []))
        #expect(tokenizer.endID == 0 && tokenizer.unknownID == 1)
    }

    @Test func whatConfigurationsSayIsRead() throws {
        let configuration = try TokenizerConfiguration(folder: Self.folder + "t5")
        #expect(configuration.className == "T5Tokenizer" && configuration.maximumLength == 512)
        #expect(try TokenizerConfiguration(folder: Self.folder + "xlm-roberta").maximumLength == nil)
        let roberta = try TokenizerConfiguration(folder: Self.folder + "roberta")
        #expect(roberta.specialTokens[.mask] == .init("<mask>", stripsLeft: true) && roberta["add_prefix_space"] == true)
        let empty = try TokenizerConfiguration(folder: Self.folder)
        #expect(empty.className == nil && empty.specialTokens.isEmpty)
    }

    @Test func whatGenerationConfigurationsSayIsRead() throws {
        let text = #"{"eos_token_id":[2,5],"pad_token_id":0,"do_sample":true,"temperature":0.7,"top_k":40,"num_beams":4,"x":[]}"#
        try withTokenizerFolder(["generation_config.json": Array(text.utf8)]) { folder throws in
            let configuration = try GenerationConfiguration(folder: folder)
            #expect(configuration.endIDs == [2, 5] && configuration.paddingID == 0 && configuration.samples == true)
            #expect(configuration.temperature == 0.7 && configuration.topK == 40 && configuration.beamCount == 4)
            #expect(configuration.topP == nil && configuration.maximumNewTokens == nil)
        }
        #expect(try GenerationConfiguration(folder: Self.folder) == GenerationConfiguration())
    }

    /// What belongs to a tokenizer is copied to the byte.
    @Test func companionsAreCopied() throws {
        let template = Array("{% for message in messages %}\r\n{{ message }}\n{% endfor %}".utf8)
        let files: [String: [UInt8]] = [
            "tokenizer.json": Array(#"{ "version" : "1.0" }"#.utf8),
            "tokenizer_config.json": Array(#"{"chat_template": "{{ x }}"}"#.utf8),
            "special_tokens_map.json": Array("{}\n".utf8), "chat_template.jinja": template,
            "generation_config.json": [0x7B, 0x7D],
            "additional_chat_templates/tools.jinja": template, "model.safetensors": [1, 2, 3], "config.json": [0x7B, 0x7D],
        ]
        let names = [
            "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "generation_config.json",
            "additional_chat_templates/tools.jinja",
        ]
        try withTokenizerFolder(files) { folder throws in
            #expect(try TokenizerFolder.companions(of: folder) == names)
            try withTokenizerFolder([:]) { copy throws in
                try TokenizerFolder.copyCompanions(of: folder, to: copy)
                #expect(try TokenizerFolder.companions(of: copy) == names)
                for name in names { #expect(try Array(MappedFile(path: "\(copy)/\(name)").text().utf8) == files[name]) }
            }
        }
    }

    /// A wrong file, which must be the one that the error names, and the key.
    static let mistakes: [(files: [String: String], named: String, message: String)] = [
        (
            ["vocab.txt": "", "tokenizer_config.json": #"{"mask_token":7}"#], "tokenizer_config.json",
            "mask_token: expected a token"
        ),
        (
            ["vocab.txt": "", "special_tokens_map.json": #"{"cls_token":{"content":1}}"#], "special_tokens_map.json",
            "cls_token.content"
        ),
        (["vocab.txt": "", "tokenizer_config.json": #"{"model_max_length":"x"}"#], "tokenizer_config.json", "model_max_length"),
        (["vocab.txt": "", "tokenizer_config.json": "[]"], "tokenizer_config.json", "expected an object"),
        (["vocab.txt": "", "tokenizer_config.json": #"{"tokenizer_class":"MPNetTokenizer"}"#], "vocab.txt", "MPNetTokenizer"),
        (
            ["vocab.json": "{}", "merges.txt": "", "tokenizer_config.json": #"{"tokenizer_class":"CLIPTokenizerFast"}"#],
            "vocab.json", "CLIPTokenizer"
        ),
        (["spiece.model": "", "tokenizer_config.json": #"{"tokenizer_class":"AlbertTokenizer"}"#], "spiece.model", "pieces"),
        (["source.spm": "", "target.spm": ""], "", "two tokenizers"),
    ]

    @Test(arguments: mistakes)
    func mistakesNameTheirFileInOneLine(_ mistake: (files: [String: String], named: String, message: String)) throws {
        try withTokenizerFolder(mistake.files.mapValues { Array($0.utf8) }) { folder throws in
            let error = #expect(throws: FileError.self) { try TokenizerFolder.read(folder) }
            #expect(error?.path == (mistake.named.isEmpty ? folder : "\(folder)/\(mistake.named)"), "\(mistake)")
            #expect(error?.description.contains(mistake.message) == true, "\(String(describing: error))")
            #expect(error?.description.contains { $0.isNewline } == false)
        }
    }

    @Test func marianNamesWhatIsWrong() throws {
        let names = ["source.spm", "target.spm", "vocab.json", "tokenizer_config.json"]
        var files: [String: [UInt8]] = [:]
        for name in names { files[name] = Array(try Data(contentsOf: URL(fileURLWithPath: Self.folder + "marian/" + name))) }
        for (name, contents, message) in [
            ("source.spm", "\n\u{7F}", "ModelProto"), ("vocab.json", "[]", "vocab.json: expected an object"),
            ("vocab.json", #"{"</s>":0}"#, "the special token '<unk>'"), ("vocab.json", #"{"a":-1}"#, "vocab.json['a']"),
            ("tokenizer_config.json", #"{"separate_vocabs":1}"#, "separate_vocabs"),
        ] {
            try withTokenizerFolder(files.merging([name: Array(contents.utf8)]) { $1 }) { folder throws in
                let error = #expect(throws: FileError.self) { try MarianTokenizer(folder: folder) }
                #expect(
                    error?.path == "\(folder)/\(name)" && error?.description.contains(message) == true,
                    "\(String(describing: error))")
            }
        }
        files["target.spm"] = nil
        try withTokenizerFolder(files) { folder throws in
            #expect(throws: FileError.self) { try MarianTokenizer(folder: folder) }
        }
    }
}
