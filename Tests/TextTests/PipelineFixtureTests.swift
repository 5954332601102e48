import Foundation
import SequiturFiles
import SequiturText
import Testing

/// Fixtures were made by `Tools/make_tokenizer_fixtures.py` with Hugging Face's tokenizers.
@Suite struct PipelineFixtureTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures/Pipeline/"

    /// The tokenizers of the committed folder, and of the one that SEQUITUR_TOKENIZER_FIXTURES names.
    static let paths: [String] = {
        let given = ProcessInfo.processInfo.environment["SEQUITUR_TOKENIZER_FIXTURES"].map { [$0 + "/"] } ?? []
        return ([folder] + given).flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
                .filter { $0.hasSuffix(".expected.json") }.map { folder + $0.dropLast(".expected.json".count) }
        }
    }()

    @Test func fixturesAreThere() { #expect(Self.paths.count >= 18) }

    @Test(arguments: paths) func givesWhatPythonGives(path: String) throws {
        let tokenizer = try TokenizerPipeline(contentsOf: path + ".json")
        let folder = path.prefix { _ in true }.split(separator: "/").dropLast().joined(separator: "/")
        let samples = try #require(try JSONValue.parse(contentsOf: "/\(folder)/samples.json").array)
        let expected = try #require(try JSONValue.parse(contentsOf: path + ".expected.json").array)
        try #require(samples.count == expected.count)
        var failures = 0
        for (sample, expected) in zip(samples, expected) where !expected.isNull && failures < 5 {
            let texts = try #require(sample.array).compactMap(\.string)
            let encoding = try tokenizer.encode(texts[0], pair: texts.count > 1 ? texts[1] : nil)
            let isEqual = try check(tokenizer, encoding, expected, texts)
            if !isEqual { failures += 1 }
        }
    }

    private func check(
        _ tokenizer: TokenizerPipeline, _ encoding: Encoding, _ expected: JSONValue, _ texts: [String]
    ) throws -> Bool {
        let ids = try #require(numbers(expected["ids"]))
        let zeros = [Int](repeating: 0, count: ids.count)
        let ones = [Int](repeating: 1, count: ids.count)
        var isEqual = true
        func expect<Value: Equatable>(_ what: String, _ found: Value, _ wanted: Value) {
            if found != wanted { isEqual = false }
            #expect(found == wanted, "\(what) of \(texts.map(\.debugDescription))")
        }
        expect("ids", encoding.ids.map(Int.init), ids)
        expect("offsets", encoding.offsets.flatMap { [$0.lowerBound, $0.upperBound] }, numbers(expected["offsets"]) ?? [])
        expect("types", encoding.typeIDs.map(Int.init), numbers(expected["types"]) ?? zeros)
        expect("special tokens", encoding.specialTokensMask.map(Int.init), numbers(expected["special"]) ?? zeros)
        expect("attention", encoding.attentionMask.map(Int.init), numbers(expected["attention"]) ?? ones)
        expect(
            "windows", encoding.overflowing.map { $0.ids.map(Int.init) },
            (expected["windows"]?.array ?? []).compactMap { numbers($0) })
        if let tokens = expected["tokens"]?.array {
            expect("tokens", encoding.tokens.map { Array($0.utf8) }, tokens.compactMap { $0.string.map { Array($0.utf8) } })
        }
        if let text = expected["text"]?.string {
            expect("text", try Array(tokenizer.decode(encoding.ids).utf8), Array(text.utf8))
            let whole = expected["whole"]?.string ?? text
            expect("whole text", try Array(tokenizer.decode(encoding.ids, skipsSpecialTokens: false).utf8), Array(whole.utf8))
        }
        return isEqual
    }

    private func numbers(_ value: JSONValue?) -> [Int]? { value?.array?.compactMap(\.int) }

    /// A batch gives, whatever the threads, what its texts give one by one, but for padding to the longest.
    @Test(arguments: ["gpt2", "bert-unclean"]) func batchesGiveTheSame(name: String) throws {
        let tokenizer = try TokenizerPipeline(contentsOf: Self.folder + name + ".json")
        let samples = try #require(try JSONValue.parse(contentsOf: Self.folder + "samples.json").array)
        let inputs = samples.compactMap { $0.array?.first?.string }.map { TokenizerPipeline.Input($0) }
        let together = try tokenizer.encode(batch: inputs, threads: 4)
        #expect(try together == tokenizer.encode(batch: inputs, threads: 1))
        let longest = together.map(\.count).max() ?? 0
        for (input, encoding) in zip(inputs, together) {
            let alone = try tokenizer.encode(input.text)
            #expect(encoding.ids.starts(with: alone.ids))
            if tokenizer.padding == nil {
                #expect(alone == encoding)
            } else {
                #expect(encoding.count == longest)
            }
        }
    }

    @Test func wordsAreEncodedByThemselves() throws {
        let tokenizer = try TokenizerPipeline(contentsOf: Self.folder + "bert.json")
        let encoding = try tokenizer.encode(words: ["The", "lighthouse", "", "keeper"])
        #expect(Set(encoding.words) == [-1, 0, 1, 3])
        #expect(encoding.words.first == -1 && encoding.words.last == -1)
        #expect(try tokenizer.encode("The lighthouse  keeper").ids == encoding.ids)
    }

    @Test func tokensAndIDsAreFound() throws {
        let tokenizer = try TokenizerPipeline(contentsOf: Self.folder + "roberta.json")
        #expect(tokenizer.vocabularySize == 503)
        #expect(tokenizer.id(of: "<mask>") == 502 && tokenizer.token(for: 502) == "<mask>")
        #expect(tokenizer.token(for: 503) == nil && tokenizer.token(for: -1) == nil && tokenizer.id(of: "nowhere") == nil)
        #expect(try tokenizer.decode([503, -1, .max]) == "")
    }
}
