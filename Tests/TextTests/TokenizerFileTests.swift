import Foundation
import SequiturFiles
import SequiturText
import Testing

/// Fixtures were made by `Fixtures/make_tokenizers.py` with Hugging Face's tokenizers.
@Suite struct TokenizerFileTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures/"
    private static let names = ["character", "character-unknown", "word", "word-plain"]

    private func fixture() throws -> (training: String, samples: [JSONValue]) {
        let json = try JSONValue.parse(contentsOf: Self.folder + "samples.json")
        return (try #require(json["training"]?.string), try #require(json["samples"]?.array))
    }

    private func read(_ name: String) throws -> any Tokenizer { try TokenizerFile.read(Self.folder + name + ".json") }

    @Test(arguments: names) func givesPythonsIdsAndText(name: String) throws {
        let tokenizer = try read(name)
        let samples = try fixture().samples.filter { $0["tokenizer"] == .string(name) }
        #expect(samples.count >= 1)
        for sample in samples {
            let text = try #require(sample["text"]?.string)
            let ids = try #require(sample["ids"]?.array).compactMap(\.int).map(Int32.init)
            let decoded = try #require(sample["decoded"]?.string)
            #expect(try tokenizer.encode(text) == ids, "\(text.debugDescription)")
            #expect(try Array(tokenizer.decode(ids).utf8) == Array(decoded.utf8), "\(text.debugDescription)")
        }
    }

    /// What we write is, value for value, what Python writes for the same tokenizer, so Python reads it as that.
    @Test(arguments: names) func writesWhatPythonWrites(name: String) throws {
        let json = try JSONValue.parse(contentsOf: Self.folder + name + ".json")
        #expect(try TokenizerFile.tokenizer(from: json).json == json)
    }

    @Test func trainersMakeTheSameVocabularies() throws {
        let training = try fixture().training
        let character = try CharacterTokenizer(trainedOn: training)
        let unknown = try CharacterTokenizer(trainedOn: training, options: TokenizerOptions(includesUnknown: true))
        let word = try WordTokenizer(trainedOn: training)
        #expect(try character.fingerprint == read("character").fingerprint)
        #expect(try unknown.fingerprint == read("character-unknown").fingerprint)
        #expect(try word.fingerprint == read("word").fingerprint)
        #expect(try read("word-plain").endOfSentence == nil)
    }

    @Test(arguments: TokenizerKind.allCases) func readsWhatItWrote(kind: TokenizerKind) throws {
        let path = FileManager.default.temporaryDirectory.path + "/tokenizer-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        for includesUnknown in [true, false] {
            var trainer = try kind.makeTrainer(TokenizerOptions(includesUnknown: includesUnknown))
            try trainer.append(document: "é e\u{301} \" \\ \u{7F} \u{1} 🛥\r\nlast <b>\u{85}")
            let tokenizer = try trainer.makeTokenizer()
            try TokenizerFile.write(tokenizer, to: path)
            let copy = try TokenizerFile.read(path)
            #expect(copy.kindName == kind.rawValue)
            #expect(copy.vocabulary == tokenizer.vocabulary)
            #expect(copy.fingerprint == tokenizer.fingerprint)
        }
    }

    @Test func fingerprintsTellTokenizersApart() throws {
        let tokenizers: [any Tokenizer] = [
            try CharacterTokenizer(Vocabulary(["a", "b"])),
            try CharacterTokenizer(Vocabulary(["b", "a"])),
            try CharacterTokenizer(Vocabulary(["a", "b"], unknown: "a")),
            try CharacterTokenizer(Vocabulary(["a", "b", "c"])),
            try WordTokenizer(Vocabulary(["a", "b"])),
            try WordTokenizer(Vocabulary(["a", "b"], endOfSentence: "b")),
            try WordTokenizer(Vocabulary(["ab"])),
            try WordTokenizer(Vocabulary(["a\u{301}", "b"])),
            try WordTokenizer(Vocabulary(["\u{E1}", "b"])),
        ]
        #expect(Set(tokenizers.map(\.fingerprint)).count == tokenizers.count)
        // Stable across releases: caches and runs record it.
        #expect(tokenizers[0].fingerprint.description == "115678c1a8f3e907")
    }

    /// Parts that tokenizers of ours do not carry out are named.
    @Test(arguments: [
        ("normalizer", #"{"type":"Lowercase"}"#), ("pre_tokenizer", #"{"type":"Whitespace"}"#), ("pre_tokenizer", "null"),
        ("post_processor", #"{"type":"ByteLevel"}"#), ("decoder", #"{"type":"Metaspace"}"#), ("decoder", "null"),
        ("truncation", #"{"max_length":3}"#), ("padding", #"{"strategy":"BatchLongest"}"#), ("version", #""2.0""#),
        ("added_tokens", #"[{"id":0,"content":"<unk>"}]"#), ("extra", "1"),
    ])
    func unknownPartsAreNamed(part: String, value: String) throws {
        for name in ["character", "word"] {
            var members = try #require(try JSONValue.parse(contentsOf: Self.folder + name + ".json").members)
            let value = try JSONValue.parse(value)
            members.removeAll { $0.key == part }
            members.append(JSONValue.Member(key: part, value: value))
            #expect(throws: TokenizerError.unsupportedComponent(name: part, found: value.serialized())) {
                try TokenizerFile.tokenizer(from: .object(members))
            }
        }
    }

    @Test(arguments: [
        "1", "[]", "{}", #"{"version":"1.0"}"#,
        #"{"version":"1.0","model":{"type":"BPE","vocab":{},"merges":[]}}"#,
        #"{"version":"1.0","pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","vocab":{"a":0,"b":0},"unk_token":"a"}}"#,
        #"{"version":"1.0","pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","vocab":{"a":0,"b":2},"unk_token":"a"}}"#,
        #"{"version":"1.0","pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","vocab":{"a":-1},"unk_token":"a"}}"#,
        #"{"version":"1.0","pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","vocab":{"a":0.0},"unk_token":"a"}}"#,
        #"{"version":"1.0","pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","vocab":{"a b":0},"unk_token":"a"}}"#,
        #"{"version":"1.0","pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","vocab":["a"],"unk_token":"a"}}"#,
        #"{"version":"1.0","pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","vocab":{},"unk_token":"a"}}"#,
        #"{"version":"1.0","pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","vocab":{"a":0}}}"#,
        #"{"version":"1.0","pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a","x":1}}"#,
        #"{"version":"1.0","normalizer":{"type":"Replace","pattern":{"String":"\n"},"content":" <eos> "},"pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}}"#,
    ])
    func malformedFilesAreRefused(text: String) throws {
        let value = try JSONValue.parse(text)
        let error = #expect(throws: TokenizerError.self) { try TokenizerFile.tokenizer(from: value) }
        #expect(error.map { !$0.description.contains("\n") } == true)
    }

    @Test func aVocabularyWithoutItsEndOfSentenceIsRefused() throws {
        let text = try String(contentsOfFile: Self.folder + "word.json", encoding: .utf8)
        let changed = text.replacingOccurrences(of: "\"<eos>\": 1", with: "\"<end>\": 1")
        #expect(changed != text)
        #expect(throws: TokenizerError.missingSpecialToken("<eos>")) {
            try TokenizerFile.tokenizer(from: JSONValue.parse(changed))
        }
    }

    @Test func messagesNameThePath() throws {
        let path = FileManager.default.temporaryDirectory.path + "/tokenizer-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try AtomicFile.write(#"{"model":{"type":"Unigram"}}"#, to: path)
        let error = #expect(throws: FileError.self) { try TokenizerFile.read(path) }
        #expect(error?.path == path)
        #expect(error?.description.contains("\n") == false)
        #expect(throws: FileError.self) { try TokenizerFile.read(path + ".absent") }
    }

    /// No bytes make the reader trap.
    @Test func damagedFilesNeverTrap() throws {
        let bytes = Array(try #require(FileManager.default.contents(atPath: Self.folder + "word.json")))
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            }
            if Bool.random() { damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random)) }
            let tokenizer = try? damaged.withUnsafeBytes { try TokenizerFile.tokenizer(from: JSONValue.parse($0)) }
            guard let ids = try? tokenizer?.encode("the pilot said\n") else { continue }
            #expect((try? tokenizer?.decode(ids)) != nil)
        }
    }
}
