import Foundation
import SequiturFiles
import SequiturText
import Testing

/// Tokenizers that are well-formed and ask for more than a text is worth: memory and time stay in proportion, or an error says why.
@Suite struct HostileTokenizerTests {
    private func tokenizer(_ parts: [(String, JSONValue)]) throws -> TokenizerPipeline {
        let model: JSONValue = ["type": "WordLevel", "vocab": ["a": 0, "b": 1, "?": 2], "unk_token": "?"]
        return try TokenizerPipeline(
            .object((parts + (parts.contains { $0.0 == "model" } ? [] : [("model", model)])).map { .init(key: $0, value: $1) }))
    }

    private static func repeated(_ step: JSONValue, _ count: Int) -> JSONValue { .array(Array(repeating: step, count: count)) }

    /// Each step doubles the text.
    @Test(
        arguments: [
            ("normalizer", "normalizers", ["type": "Replace", "pattern": ["String": "a"], "content": "aa"]),
            (
                "normalizer", "normalizers",
                ["type": "Replace", "pattern": ["String": "a"], "content": .string(.init(repeating: "a", count: 9999))]
            ),
            ("normalizer", "normalizers", ["type": "Prepend", "prepend": .string(.init(repeating: "b", count: 60_000))]),
            ("normalizer", "normalizers", ["type": "ByteLevel"]),
            ("pre_tokenizer", "pretokenizers", ["type": "ByteLevel", "add_prefix_space": true, "use_regex": false]),
        ] as [(String, String, JSONValue)])
    func textsThatGrowAreRefused(part: String, list: String, step: JSONValue) throws {
        let steps: JSONValue = .object([
            .init(key: "type", value: "Sequence"), .init(key: list, value: Self.repeated(step, 64)),
        ])
        let tokenizer = try tokenizer([(part, steps)])
        #expect(throws: EncodingError.textGrows(limit: 1 << 20)) { try tokenizer.encode("a \u{E9}") }
        #expect(try tokenizer.encode("").ids == [])
    }

    @Test(
        arguments: [
            ["type": "Replace", "pattern": ["String": "a"], "content": "aa"], ["type": "BPEDecoder", "suffix": ""],
            ["type": "CTC", "pad_token": "-", "word_delimiter_token": "", "cleanup": true],
        ] as [JSONValue])
    func decodersThatGrowAreRefused(step: JSONValue) throws {
        let tokenizer = try tokenizer([("decoder", ["type": "Sequence", "decoders": Self.repeated(step, 64)])])
        #expect(throws: EncodingError.textGrows(limit: 1 << 20)) { try tokenizer.decode([0, 1, 0, 2, 0]) }
    }

    @Test func windowsAreBounded() throws {
        let words: [(String, JSONValue)] = [("pre_tokenizer", ["type": "WhitespaceSplit"])]
        let text = String(repeating: "a ", count: 10_000)
        func truncation(_ length: Int, _ stride: Int) -> (String, JSONValue) {
            (
                "truncation",
                ["max_length": .integer(Int64(length)), "stride": .integer(Int64(stride)), "strategy": "LongestFirst"]
            )
        }
        // Ten thousand windows of five thousand tokens, and of one token that is padded to a million.
        let sliding = try tokenizer(words + [truncation(5000, 4999)])
        #expect(throws: EncodingError.tooManyWindows(limit: 1 << 22)) { try sliding.encode(text) }
        let padding: JSONValue = [
            "strategy": ["Fixed": 1_000_000], "direction": "Right", "pad_id": 0, "pad_type_id": 0, "pad_token": "a",
        ]
        let padded = try tokenizer(words + [truncation(1, 0), ("padding", padding)])
        #expect(throws: EncodingError.tooManyWindows(limit: 1 << 22)) { try padded.encode(text) }
        // Every window of a part is joined with every one of the next.
        let part: JSONValue = ["Sequence": ["id": "A", "type_id": 0]]
        let template: JSONValue = [
            "type": "TemplateProcessing", "single": Self.repeated(part, 8), "pair": [], "special_tokens": [:],
        ]
        let joined = try tokenizer(words + [truncation(100, 0), ("post_processor", template)])
        #expect(throws: EncodingError.tooManyWindows(limit: 1 << 22)) { try joined.encode(text) }
        #expect(try joined.encode("a b").count == 16)
        // What a document needs is far from it.
        let usual = try tokenizer(words + [truncation(384, 128)])
        #expect(try usual.encode(text).overflowing.count == 38)
        // Windows that share nothing weigh no more than the text, however long it is.
        let long = try tokenizer(words + [truncation(2, 0)])
        #expect(try long.encode(text).overflowing.count == 4999)
    }

    @Test(arguments: [1 << 40, -1, 7]) func anUnknownTokenOfAnotherModelIsNone(id: Int64) throws {
        let json: JSONValue = ["type": "BPE", "unk_id": .integer(id), "vocab": ["a": 0, "b": 1], "merges": []]
        let tokenizer = try SubwordTokenizer(tokenizer([("model", json)]))
        #expect(tokenizer.vocabulary.unknown == nil)
        #expect(try tokenizer.encode("ab") == [0, 1])
    }

    /// A stream counts what it strips, and does not remember it.
    @Test func strippingAnyNumberOfCharactersTakesNoMemory() throws {
        let decoder: JSONValue = [
            "type": "Sequence",
            "decoders": [["type": "Fuse"], ["type": "Strip", "content": "a", "start": .integer(Int64(Int32.max)), "stop": 0]],
        ]
        let tokenizer = try SubwordTokenizer(tokenizer([("decoder", decoder)]))
        var stream = tokenizer.makeDecoder()
        let text = try [0, 0, 1, 0].map { try stream.append($0) }.joined() + stream.finish()
        #expect(text == "ba")
    }

    /// A rule for the first byte of a character alone: SentencePiece's rules are compiled, and may hold anything.
    @Test func rulesThatEndInsideACharacterAreNone() throws {
        var units = [UInt32](repeating: 0, count: 0x100)
        units[0xC3] = 0xC3 | 0x100 | 1 << 10  // "\xC3", ended at 0xC3 ^ 1
        units[0xC2] = 0x8000_0000
        let trie = [UInt32(units.count * 4)] + units
        let rules = trie.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } } + Array("a\0".utf8)
        func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
            [number << 3 | 2, UInt8(bytes.count & 0x7F) | 0x80, UInt8(bytes.count >> 7)] + bytes
        }
        let unknown = field(1, Array("<unk>".utf8)) + [24, 2], letter = field(1, [0x61])
        let model = field(1, unknown) + field(1, letter) + field(3, field(2, rules))
        let tokenizer = try withTokenizerFolder(["tokenizer.model": model]) { try TokenizerFolder.read($0) }
        let encoding = try tokenizer.encode("a\u{E9}")
        #expect(encoding.tokens.last == "\u{E9}" && encoding.ids.last == 0)
    }

    @Test func longPiecesOfByteModelsAreRefused() throws {
        func message(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
            [number << 3 | 2, UInt8(bytes.count & 0x7F) | 0x80, UInt8(bytes.count >> 7)] + bytes
        }
        let piece = message(1, [UInt8](repeating: 0x61, count: 257))
        let model = message(1, message(1, [0x61])) + message(1, piece) + message(2, [24, 2])
        let error = #expect(throws: FileError.self) {
            try withTokenizerFolder(["tokenizer.model": model]) { try TokenizerFolder.read($0) }
        }
        #expect(error?.description.contains("at most 256 characters") == true && error?.description.contains("pieces[1]") == true)
    }

    #if Oniguruma
        /// `\K` within a look-ahead puts the start of a match behind its end.
        @Test(arguments: ["(?=ab\\K)", "a(?=b\\K)", "(?=\\X\\X\\K)|b"]) func matchesThatEndBeforeTheyStart(pattern: String) throws
        {
            for (part, step) in [
                (
                    "pre_tokenizer",
                    ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated", "invert": false]
                ),
                ("normalizer", ["type": "Replace", "pattern": ["Regex": .string(pattern)], "content": "b"]),
            ] as [(String, JSONValue)] {
                let tokenizer = try tokenizer([(part, step)])
                let encoding = try tokenizer.encode("abab a\u{E9}b")
                #expect(encoding.offsets.allSatisfy { $0.upperBound <= 8 } && encoding.count < 20)
            }
        }
    #endif
}
