import Foundation
import SequiturFiles
import SequiturText
import Testing

/// The layouts before tokenizer.json, made from tokenizer.json fixtures, give what those give.
@Suite struct TokenizerFolderTests {
    @Test func vocabTextGivesWhatItsTokenizerJSONGives() throws {
        let reference = try fixture("bert"), lines = try lines(of: reference)
        for ending in ["\n", "\r\n"] {
            let tokenizer = try read(["vocab.txt": lines.joined(separator: ending) + ending])
            try expectEqual(tokenizer, reference)
        }
        try expectEqual(try read(["vocab.txt": lines.joined(separator: "\n"), "tokenizer_config.json": "{}"]), reference)
    }

    /// The settings of tokenizer_config.json count as the normalizer's do.
    @Test func configurationOfWordPieceCounts() throws {
        let lines = try lines(of: fixture("bert")).joined(separator: "\n")
        let configuration =
            #"{"do_lower_case":false,"strip_accents":true,"tokenize_chinese_chars":false,"mask_token":{"content":"[MASK]"}}"#
        let tokenizer = try read(["vocab.txt": lines, "tokenizer_config.json": configuration])
        let normalizer: JSONValue = [
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": false, "strip_accents": true,
            "lowercase": false,
        ]
        try expectEqual(tokenizer, try TokenizerPipeline(fixture("bert").json.with("normalizer", normalizer)))
    }

    @Test func specialTokensMayHaveOtherNames() throws {
        let text = "<pad>\n<unk>\n<s>\n</s>\n<mask>\nlamp\n##s\n"
        let configuration = """
            {"pad_token":"<pad>","unk_token":{"content":"<unk>"},"cls_token":"<s>","sep_token":"</s>","mask_token":"<mask>"}
            """
        let tokenizer = try read(["vocab.txt": text, "tokenizer_config.json": configuration])
        #expect(try tokenizer.encode("Lamps <mask> é").ids == [2, 5, 6, 4, 1, 3])
    }

    @Test func mergesGiveWhatTheirTokenizerJSONGives() throws {
        let reference = try fixture("gpt2")
        let (vocabulary, merges) = try parts(of: reference)
        for text in [merges, "#version: 0.2\n" + merges, "#version: 0.2\r\n" + merges.replacing("\n", with: "\r\n")] {
            try expectEqual(try read(["vocab.json": vocabulary, "merges.txt": text]), reference)
        }
    }

    @Test func robertaPutsItsTokensAround() throws {
        let reference = try fixture("roberta")
        let (vocabulary, merges) = try parts(of: reference)
        let tokenizer = try read([
            "vocab.json": vocabulary, "merges.txt": merges,
            "tokenizer_config.json": #"{"tokenizer_class":"RobertaTokenizer","add_prefix_space":true}"#,
        ])
        // <|endoftext|> is a special token of the fixture's alone.
        try expectEqual(tokenizer, reference) { !$0.contains("<|endoftext|>") }
    }

    /// Where there are several, tokenizer.json is read.
    @Test func tokenizerJSONComesFirst() throws {
        let tokenizer = try read([
            "tokenizer.json": fixture("bert").json.serialized(), "vocab.txt": "", "vocab.json": "x", "merges.txt": "",
        ])
        #expect(try tokenizer.json == fixture("bert").json)
    }

    /// A wrong file, which must be the one that the error names.
    static let mistakes: [(files: [String: String], named: String, message: String)] = [
        ([:], "", "there is no tokenizer in it"),
        (["vocab.json": "{}"], "", "there is no tokenizer in it"),
        (["vocab.txt": ""], "vocab.txt", "[PAD]"),
        (["vocab.txt": "[PAD]\n[UNK]\n[CLS]\nlamp\n"], "vocab.txt", "[SEP]"),
        (["vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nlamp\nlamp\n"], "vocab.txt", "lamp"),
        (["vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n", "tokenizer_config.json": "{"], "tokenizer_config.json", "JSON"),
        (["vocab.txt": "[PAD]\n", "tokenizer_config.json": #"{"pad_token":"[NO\nNE]"}"#], "vocab.txt", "[NO"),
        (["vocab.json": "[]", "merges.txt": ""], "vocab.json", "an object from token to id"),
        (["vocab.json": #"{"a":"#, "merges.txt": ""], "vocab.json", "JSON"),
        (["vocab.json": #"{"a":-1}"#, "merges.txt": ""], "vocab.json", "model.vocab['a']"),
        (
            ["vocab.json": #"{"a":0,"b":1,"ab":2}"#, "merges.txt": "a b\na c\n"], "merges.txt",
            "merges[1]: expected tokens of the vocabulary, found 'c'"
        ),
        (["vocab.json": #"{"a":0,"b":1,"ab":2}"#, "merges.txt": "a b\na  b\n"], "merges.txt", "merges[1]: expected two tokens"),
        (["vocab.json": #"{"a":0,"b":1}"#, "merges.txt": "ab\n"], "merges.txt", "merges[0]: expected two tokens"),
        (
            ["vocab.json": #"{"a":0}"#, "merges.txt": "", "tokenizer_config.json": #"{"tokenizer_class":"RobertaTokenizer"}"#],
            "vocab.json", "the special token '<s>'"
        ),
        (
            ["vocab.json": #"{"a":0}"#, "merges.txt": "", "tokenizer_config.json": #"{"add_prefix_space":7}"#],
            "tokenizer_config.json", "add_prefix_space"
        ),
        (
            ["vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n", "tokenizer_config.json": #"{"do_lower_case":"yes"}"#],
            "tokenizer_config.json", "do_lower_case"
        ),
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

    @Test func bytesThatAreNotUTF8AreRefused() throws {
        for files in [["vocab.txt": [0xFF]], ["vocab.json": Array("{}".utf8), "merges.txt": [0x61, 0xFF]]] as [[String: [UInt8]]]
        {
            try withTokenizerFolder(files) { folder throws in
                let error = #expect(throws: FileError.self) { try TokenizerFolder.read(folder) }
                #expect(error?.path.hasSuffix(".txt") == true)
            }
        }
    }

    // MARK: Fixtures in the older layouts

    private func fixture(_ name: String) throws -> TokenizerPipeline {
        try TokenizerPipeline(contentsOf: PipelineFixtureTests.folder + name + ".json")
    }

    private func read(_ files: [String: String]) throws -> TokenizerPipeline {
        try withTokenizerFolder(files.mapValues { Array($0.utf8) }) { try TokenizerFolder.read($0) }
    }

    /// The tokens in the order of their ids.
    private func lines(of tokenizer: TokenizerPipeline) throws -> [String] {
        try #require(tokenizer.json["model"]?["vocab"]?.members).sorted { ($0.value.int ?? 0) < ($1.value.int ?? 0) }.map(\.key)
    }

    /// vocab.json, which has the added tokens too, and merges.txt.
    private func parts(of tokenizer: TokenizerPipeline) throws -> (vocabulary: String, merges: String) {
        var members = try #require(tokenizer.json["model"]?["vocab"]?.members)
        for added in try #require(tokenizer.json["added_tokens"]?.array) {
            let (token, id) = (try #require(added["content"]?.string), try #require(added["id"]))
            if !members.contains(where: { $0.key == token }) { members.append(.init(key: token, value: id)) }
        }
        let merges = try #require(tokenizer.json["model"]?["merges"]?.array).map { merge in
            merge.string ?? (merge.array ?? []).compactMap(\.string).joined(separator: " ")
        }
        return (JSONValue.object(members).serialized(), merges.joined(separator: "\n") + "\n")
    }

    private func expectEqual(
        _ tokenizer: TokenizerPipeline, _ reference: TokenizerPipeline, where isCompared: (String) -> Bool = { _ in true }
    ) throws {
        let samples = try #require(try JSONValue.parse(contentsOf: PipelineFixtureTests.folder + "samples.json").array)
        for texts in samples.compactMap({ $0.array?.compactMap(\.string) }) where texts.allSatisfy(isCompared) {
            let pair = texts.count > 1 ? texts[1] : nil
            let (found, wanted) = (try tokenizer.encode(texts[0], pair: pair), try reference.encode(texts[0], pair: pair))
            #expect(found == wanted, "\(texts.map(\.debugDescription))")
            #expect(try tokenizer.decode(found.ids) == reference.decode(wanted.ids))
        }
    }
}

extension JSONValue {
    fileprivate func with(_ key: String, _ value: JSONValue) -> JSONValue {
        .object((members ?? []).map { $0.key == key ? Member(key: key, value: value) : $0 })
    }
}
