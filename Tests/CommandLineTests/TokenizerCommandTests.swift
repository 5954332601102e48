import SequiturFiles
import Testing

/// `sequitur tokenizer` with tokenizers of the ecosystem.
@Suite struct TokenizerCommandTests {
    private func trained(_ kind: String, size: Int) throws -> Workplace {
        let work = try Workplace()
        let outcome = try work.sequitur([
            "tokenizer", "train", "--kind", kind, "--vocabulary-size", String(size), "--data", "text.txt", "--output",
            "subwords.json",
            "--no-progress", "--json",
        ])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let summary = try JSONValue(parsing: outcome.output)
        #expect(summary["vocabulary"] == .integer(Int64(size)) && summary["tokenizer"] == "subwords.json")
        return work
    }

    private func object(_ work: Workplace, _ arguments: [String], input: String = "") throws -> JSONValue {
        let outcome = try work.sequitur(["tokenizer"] + arguments + ["--json"], input: input)
        try #require(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        return try JSONValue(parsing: outcome.output)
    }

    @Test func byteLevelTokensHaveOffsetsAndSpellTheText() throws {
        let work = try trained("byte-level", size: 300)
        let text = "The naïve 日本 😀\n"
        let encoded = try object(work, ["encode", "subwords.json"], input: text)
        let ids = try #require(encoded["ids"]?.array), offsets = try #require(encoded["offsets"]?.array)
        #expect(ids.count == offsets.count && ids.count == encoded["tokens"]?.array?.count)
        // Code points, not bytes: the text has 15 and 25.
        #expect(offsets.first?.array?.first == 0 && offsets.last == [14, 15])
        let words = try work.sequitur(["tokenizer", "encode", "subwords.json", "--text", text])
        #expect(words.output == ids.map { $0.serialized() }.joined(separator: " ") + "\n")
        #expect(try object(work, ["decode", "subwords.json"], input: words.output) == ["text": .string(text)])
        #expect(try work.sequitur(["tokenizer", "decode", "subwords.json"], input: words.output).output == text + "\n")
    }

    @Test func wordPieceTokensStandBetweenTheirSpecialOnes() throws {
        let work = try trained("wordpiece", size: 200)
        let encoded = try object(work, ["encode", "subwords.json", "--text", "THE the ы"])
        #expect(encoded["tokens"] == ["[CLS]", "the", "the", "[UNK]", "[SEP]"])
        #expect(encoded["offsets"] == [[0, 0], [0, 3], [4, 7], [8, 9], [0, 0]])
        let ids = try #require(encoded["ids"]?.array).map { $0.serialized() }.joined(separator: "\n")
        #expect(try object(work, ["decode", "subwords.json"], input: ids) == ["text": "the the"])
    }

    @Test func infoNamesTheParts() throws {
        let work = try trained("wordpiece", size: 200)
        let info = try object(work, ["info", "subwords.json"])
        #expect(info["normalizer"] == "BertNormalizer" && info["model"] == "WordPiece" && info["decoder"] == "WordPiece")
        #expect(info["vocabulary"] == 200 && info["added_tokens"] == 5 && info["fingerprint"]?.string?.isEmpty == false)
        let table = try work.sequitur(["tokenizer", "info", "subwords.json"])
        #expect(table.status == 0 && table.output.contains("pre-tokenizer") && table.output.contains("BertPreTokenizer"))
        // The same tokenizer in a folder, and one of our own.
        try work.write(work.bytes(of: "subwords.json"), to: "folder/tokenizer.json")
        #expect(try object(work, ["info", "folder"])["fingerprint"] == info["fingerprint"])
        let own = try work.sequitur(["tokenizer", "train", "--data", "short.txt", "--output", "own.json", "--no-progress"])
        #expect(own.status == 0 && own.errors.isEmpty)
        #expect(try object(work, ["info", "own.json"])["kind"] == "character")
    }

    @Test func olderLayoutsAreRead() throws {
        let work = try Workplace()
        try work.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nlamp\n##s\n", to: "bert/vocab.txt")
        #expect(try work.sequitur(["tokenizer", "encode", "bert", "--text", "Lamps"]).output == "2 5 6 3\n")
        try work.write(#"{"a":0,"b":1,"ab":2}"#, to: "gpt/vocab.json")
        try work.write("#version: 0.2\na b\n", to: "gpt/merges.txt")
        #expect(try work.sequitur(["tokenizer", "encode", "gpt", "--text", "abba"]).output == "2 1 0\n")
    }

    /// A language model on subwords: trained, gone on with, evaluated and asked to write.
    @Test(arguments: ["byte-level", "wordpiece", "unigram"]) func modelsAreTrainedOnSubwords(kind: String) throws {
        let work = try Workplace()
        let flags = ["--tokenizer", kind, "--vocabulary-size", "350"]
        let first = try work.train(flags + ["--maximum-steps", "4"])
        try #require(first.status == 0, "\(first.errors)")
        let more = try work.train(flags + ["--maximum-steps", "8", "--resume"])
        try #require(more.status == 0, "\(more.errors)")
        #expect(try work.perplexity() < 350)
        let info = try object(work, ["info", "run"])
        #expect(info["kind"] == .string(kind) && info["vocabulary"] == 350)
        let written = try work.sequitur(["generate", "run", "--prompt", "The sea", "--maximum-tokens", "20", "--seed", "1"])
        #expect(written.status == 0 && written.output.utf8.count > 20)
        // The same tokenizer for another run.
        try work.write(work.bytes(of: "run/tokenizer.json"), to: "it.json")
        let other = try work.sequitur(
            Workplace.training + ["--tokenizer", "it.json", "--output", "other", "--maximum-steps", "4"])
        #expect(other.status == 0, "\(other.errors)")
        #expect(try work.bytes(of: "other/tokenizer.json") == work.bytes(of: "it.json"))
    }

    /// Files that are wrong, and the one line that says so.
    static let mistakes: [(files: [String: String], arguments: [String], message: String)] = [
        ([:], ["encode", "nowhere", "--text", "x"], "cannot read 'nowhere': there is no tokenizer in it"),
        (["it/vocab.txt": "[PAD]\n"], ["encode", "it", "--text", "x"], "cannot use 'it/vocab.txt': "),
        (["it/vocab.json": "{}", "it/merges.txt": "a b\n"], ["info", "it"], "cannot use 'it/merges.txt': "),
        (["it.model": "\n\u{7F}"], ["info", "it.model"], "cannot use 'it.model': "),
        (["it.json": #"{"model":{"type":"BPE"}}"#], ["decode", "it.json"], "cannot use 'it.json': "),
        (
            ["it.json": #"{"version":"1.0","model":{"type":"WordPiece","vocab":{"a":0},"unk_token":"?"}}"#],
            ["encode", "it.json", "--text", "b"], "?"
        ),
        ([:], ["train", "--kind", "byte-pair", "--data", "text.txt", "--output", "x.json"], "--kind"),
        ([:], ["train", "--kind", "byte-level", "--data", "absent.txt", "--output", "x.json"], "absent.txt"),
    ]

    @Test(arguments: mistakes)
    func mistakesAreOneLine(_ mistake: (files: [String: String], arguments: [String], message: String)) throws {
        let work = try Workplace()
        for (name, text) in mistake.files { try work.write(text, to: name) }
        let outcome = try work.sequitur(["tokenizer"] + mistake.arguments)
        #expect(outcome.status != 0 && outcome.isOneLineError && outcome.errors.contains(mistake.message), "\(outcome)")
    }
}
