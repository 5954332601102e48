import Foundation
import SequiturFiles
import SequiturText
import Testing

/// Malformed tokenizers are errors that name the key and what was expected there.
@Suite struct PipelineErrorTests {
    private static let wordLevel = #"{"type":"WordLevel","vocab":{"a":0,"b":1,"<unk>":2},"unk_token":"<unk>"}"#

    /// A tokenizer of one part besides a small model.
    private static func tokenizer(_ part: String, _ value: String) -> String {
        switch part {
        case "version": #"{"version":\#(value),"model":\#(wordLevel)}"#
        case "model": #"{"version":"1.0","model":\#(value)}"#
        default: #"{"version":"1.0","\#(part)":\#(value),"model":\#(wordLevel)}"#
        }
    }

    @Test(arguments: [
        ("version", #""2.0""#, "version"),
        ("normalizer", #"{"type":"Uppercase"}"#, "normalizer.type"),
        ("normalizer", #""NFC""#, "normalizer"),
        ("normalizer", #"{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"NFE"}]}"#, "normalizer.normalizers[1].type"),
        ("normalizer", #"{"type":"Sequence","normalizers":{}}"#, "normalizer.normalizers"),
        ("normalizer", #"{"type":"BertNormalizer","clean_text":1}"#, "normalizer.clean_text"),
        ("normalizer", #"{"type":"Replace","pattern":{"String":""},"content":""}"#, "normalizer.pattern.String"),
        ("normalizer", #"{"type":"Replace","pattern":{"Regex":"(a|b)*c"},"content":""}"#, "normalizer.pattern.Regex"),
        ("normalizer", #"{"type":"Replace","pattern":"a","content":""}"#, "normalizer.pattern"),
        ("normalizer", #"{"type":"Precompiled","precompiled_charsmap":"?"}"#, "normalizer.precompiled_charsmap"),
        ("normalizer", #"{"type":"Precompiled","precompiled_charsmap":"AAA="}"#, "normalizer.precompiled_charsmap"),
        ("normalizer", #"{"type":"Precompiled","precompiled_charsmap":"////fwAA"}"#, "normalizer.precompiled_charsmap"),
        ("pre_tokenizer", #"{"type":"Words"}"#, "pre_tokenizer.type"),
        ("pre_tokenizer", #"{}"#, "pre_tokenizer.type"),
        ("pre_tokenizer", #"{"type":"CharDelimiterSplit","delimiter":"ab"}"#, "pre_tokenizer.delimiter"),
        ("pre_tokenizer", #"{"type":"FixedLength","length":0}"#, "pre_tokenizer.length"),
        ("pre_tokenizer", #"{"type":"Punctuation","behavior":"Kept"}"#, "pre_tokenizer.behavior"),
        (
            "pre_tokenizer", #"{"type":"Metaspace","replacement":"_","prepend_scheme":"sometimes"}"#,
            "pre_tokenizer.prepend_scheme"
        ),
        (
            "pre_tokenizer", #"{"type":"Metaspace","replacement":"_","prepend_scheme":"always","add_prefix_space":false}"#,
            "pre_tokenizer.add_prefix_space"
        ),
        ("post_processor", #"{"type":"AlbertProcessing"}"#, "post_processor.type"),
        ("post_processor", #"{"type":"BertProcessing","sep":["[SEP]"],"cls":["[CLS]",1]}"#, "post_processor.sep"),
        ("post_processor", #"{"type":"BertProcessing","sep":["[SEP]",-1],"cls":["[CLS]",1]}"#, "post_processor.sep[1]"),
        (
            "post_processor", #"{"type":"TemplateProcessing","single":[],"pair":[],"special_tokens":[]}"#,
            "post_processor.special_tokens"
        ),
        (
            "post_processor",
            #"{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x","type_id":0}}],"pair":[],"special_tokens":{}}"#,
            "post_processor.single[0].SpecialToken.id"
        ),
        (
            "post_processor",
            #"{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}],"pair":[],"special_tokens":{}}"#,
            "post_processor.single[0].Sequence.id"
        ),
        ("decoder", #"{"type":"Join"}"#, "decoder.type"),
        ("decoder", #"{"type":"Strip","content":"a","start":-1,"stop":0}"#, "decoder.start"),
        ("truncation", #"{"max_length":-1,"strategy":"LongestFirst","stride":0}"#, "truncation.max_length"),
        ("truncation", #"{"max_length":1,"strategy":"Random","stride":0}"#, "truncation.strategy"),
        ("padding", #"{"strategy":{"Fixed":99999999999}}"#, "padding.strategy.Fixed"),
        ("padding", #"{"strategy":"Longest"}"#, "padding.strategy"),
        ("added_tokens", #"{}"#, "added_tokens"),
        ("added_tokens", #"[{"id":0,"content":"a"}]"#, "added_tokens[0].single_word"),
        ("added_tokens", #"[{"id":4294967296,"content":"a"}]"#, "added_tokens[0].id"),
        ("model", #"{"type":"Neural"}"#, "model.type"),
        ("model", #"null"#, "model"),
        ("model", #"{"type":"WordLevel","vocab":[],"unk_token":"a"}"#, "model.vocab"),
        ("model", #"{"type":"WordLevel","vocab":{"a":0}}"#, "model.unk_token"),
        ("model", #"{"type":"WordLevel","vocab":{"a":0,"b":0},"unk_token":"a"}"#, "model.vocab['b']"),
        ("model", #"{"type":"WordLevel","vocab":{"a":4000000000},"unk_token":"a"}"#, "model.vocab['a']"),
        ("model", #"{"type":"WordLevel","vocab":{"a":1.5},"unk_token":"a"}"#, "model.vocab['a']"),
        ("model", #"{"type":"BPE","vocab":{"a":0}}"#, "model.merges"),
        ("model", #"{"type":"BPE","vocab":{"a":0},"merges":[["a","b"]]}"#, "model.merges[0]"),
        ("model", #"{"type":"BPE","vocab":{"a":0},"merges":["a b c"]}"#, "model.merges[0]"),
        ("model", #"{"type":"BPE","vocab":{"a":0},"merges":[["a","a"]]}"#, "model.merges[0]"),
        ("model", #"{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}"#, "model.dropout"),
        ("model", #"{"type":"Unigram","vocab":[["a"]],"unk_id":0}"#, "model.vocab[0]"),
        ("model", #"{"type":"Unigram","vocab":[["a",-1]],"unk_id":1}"#, "model.unk_id"),
        ("model", #"{"type":"Unigram","vocab":[],"unk_id":0}"#, "model.vocab"),
        ("model", #"{"type":"WordPiece","vocab":{"a":0},"max_input_chars_per_word":-1}"#, "model.max_input_chars_per_word"),
    ])
    func malformedPartsAreNamed(part: String, value: String, key: String) throws {
        let json = try JSONValue.parse(Self.tokenizer(part, value))
        let error = #expect(throws: TokenizerFormatError.self) { try TokenizerPipeline(json) }
        #expect(error?.key == key)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func messagesNameThePath() throws {
        let path = FileManager.default.temporaryDirectory.path + "/pipeline-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try AtomicFile.write(Self.tokenizer("decoder", #"{"type":"Join"}"#), to: path)
        let error = #expect(throws: FileError.self) { try TokenizerPipeline(contentsOf: path) }
        #expect(error?.path == path)
        #expect(error?.reason.hasPrefix("decoder.type: expected a decoder: BPEDecoder, ") == true)
        #expect(error?.reason.hasSuffix(#"found "Join""#) == true)
        #expect(throws: FileError.self) { try TokenizerPipeline(contentsOf: path + ".absent") }
    }

    @Test func textWithoutTokensIsAnError() throws {
        let model = #"{"type":"WordLevel","vocab":{"a":0},"unk_token":"<unk>"}"#
        let tokenizer = try TokenizerPipeline(JSONValue.parse(Self.tokenizer("model", model)))
        #expect(throws: TokenizerError.missingSpecialToken("<unk>")) { try tokenizer.encode("b") }
        #expect(try tokenizer.encode("a").ids == [0])
        #expect(try tokenizer.encode("").ids == [])
    }

    @Test func impossibleTruncationIsAnError() throws {
        func tokenizer(_ truncation: String) throws -> TokenizerPipeline {
            try TokenizerPipeline(
                JSONValue.parse(
                    #"{"version":"1.0","truncation":\#(truncation),"pre_tokenizer":{"type":"WhitespaceSplit"},"#
                        + #""post_processor":{"type":"BertProcessing","sep":["a",0],"cls":["b",1]},"model":\#(Self.wordLevel)}"#))
        }
        let short = try tokenizer(#"{"max_length":1,"strategy":"LongestFirst","stride":0}"#)
        #expect(throws: EncodingError.truncationTooShort(maximum: 1, needed: 2)) { try short.encode("a b a") }
        let stride = try tokenizer(#"{"max_length":4,"strategy":"LongestFirst","stride":2}"#)
        #expect(throws: EncodingError.strideTooLong(stride: 2, length: 2)) { try stride.encode("a b a") }
        #expect(try stride.encode("a b").count == 4)
        let second = try tokenizer(#"{"max_length":4,"strategy":"OnlySecond","stride":0}"#)
        #expect(throws: EncodingError.noSecondText) { try second.encode("a b a") }
        #expect(try second.encode("a", pair: "a a a", addsSpecialTokens: false).ids == [0, 0, 0, 0])
        #expect(throws: EncodingError.self) { try second.encode("a a a a a", pair: "a", addsSpecialTokens: false) }
    }

    /// No bytes make the reader or what it read trap.
    @Test(arguments: ["bert", "gpt2", "unigram", "precompiled-bytes", "llama2", "suffix", "punctuation"])
    func damagedFilesNeverTrap(name: String) throws {
        let path = PipelineFixtureTests.folder + name + ".json"
        let bytes = Array(try #require(FileManager.default.contents(atPath: path)))
        var random = SystemRandomNumberGenerator()
        for _ in 0..<150 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            }
            let tokenizer = try? damaged.withUnsafeBytes { try TokenizerPipeline(JSONValue.parse($0)) }
            guard let encoding = try? tokenizer?.encode("The keeper, <s> e\u{301} ① 日本語!", pair: "café \u{FB01}") else {
                continue
            }
            #expect(encoding.offsets.count == encoding.ids.count)
            _ = try? tokenizer?.decode(encoding.ids)
        }
    }
}
