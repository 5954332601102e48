import Foundation
import SequiturFiles
import Testing

/// `sequitur inspect`, `info` and `bench encoding` on folders of the ecosystem.
@Suite struct ModelCommandTests {
    /// Rows of ids, the padding left out, as `--ids` takes them.
    private func rows(_ expected: [String: ModelFolders.Values], flag: String, ids name: String) throws -> [String] {
        let ids = try #require(expected[name]), mask = name == "input_ids" ? expected["attention_mask"] : nil,
            width = ids.shape[1]
        return (0..<ids.shape[0]).flatMap { row in
            let places = (row * width..<(row + 1) * width).filter { mask.map { mask in mask.values[$0] == 1 } ?? true }
            return [flag, places.map { "\(Int(ids.values[$0]))" }.joined(separator: " ")]
        }
    }

    @Test(arguments: [
        "roberta-masked-lm", "gpt2-language-model", "distilbert-sequence-classification", "t5-conditional-generation",
    ])
    func inspectWritesWhatTransformersComputes(_ name: String) throws {
        let work = try Workplace(), expected = try ModelFolders.tensors(ModelFolders.model(name) + "/expected.safetensors")
        var arguments = try rows(expected, flag: "--ids", ids: "input_ids")
        let isDecoded = expected["decoder_input_ids"] != nil
        if isDecoded { arguments += try rows(expected, flag: "--decoder-ids", ids: "decoder_input_ids") }
        let outcome = try work.sequitur(
            ["inspect", ModelFolders.model(name), "--output", "out.safetensors", "--precision", "float32", "--json"] + arguments)
        try #require(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        let summary = try JSONValue(parsing: outcome.output), found = try ModelFolders.tensors(work.path + "/out.safetensors")
        #expect(summary["output"] == "out.safetensors" && summary["unexpected"] == [])
        #expect(found["input_ids"]?.shape == expected["input_ids"]?.shape)
        #expect(found["attention_mask"]?.values == expected["attention_mask"]?.values)
        let mask = try #require(expected["attention_mask"]).values
        for key in ["hidden_states", "logits"] {
            let wanted = try #require(expected[key]), made = try #require(found[key], "\(key)")
            #expect(made.shape == wanted.shape && summary[key]?.array?.compactMap(\.int) == wanted.shape, "\(key)")
            guard made.shape == wanted.shape else { continue }
            let isMasked = !isDecoded && wanted.shape.prefix(2).reduce(1, *) == mask.count,
                inner = wanted.values.count / mask.count
            var difference = 0.0, greatest = 0.0
            for (place, (a, b)) in zip(made.values, wanted.values).enumerated() where !isMasked || mask[place / inner] == 1 {
                difference = max(difference, abs(a - b))
                greatest = max(greatest, abs(b))
            }
            #expect(difference <= 1e-4 * greatest, "\(key): \(difference) of \(greatest)")
        }
    }

    @Test func inspectReadsTexts() throws {
        let work = try Workplace(files: ModelFolders.sentences("cls", in: "encoder"))
        let texts = ["--text", "A lamp.", "--text", "The keeper climbed the stairs."]
        let outcome = try work.sequitur(["inspect", "encoder", "--output", "out.safetensors"] + texts)
        #expect(outcome.status == 0 && outcome.output.contains("hidden_states"), "\(outcome)")
        let found = try ModelFolders.tensors(work.path + "/out.safetensors")
        let ids = try #require(found["input_ids"]), mask = try #require(found["attention_mask"])
        // [CLS] … [SEP], and padding behind the shorter one.
        #expect(ids.shape[0] == 2 && ids.values[0] == 2 && ids.values[ids.shape[1]] == 2 && ids.values.last == 3)
        #expect(mask.values.first == 1 && mask.values[ids.shape[1] - 1] == 0)
        #expect(found["hidden_states"]?.shape == ids.shape + [16] && found["pooled"]?.shape == [2, 16])
    }

    /// Wrong use, its status, and a part of the line.
    static let mistakes: [(arguments: [String], status: Int32, message: String)] = [
        (["FOLDER", "--ids", "5", "--text", "A"], 2, "--ids or --text must be given, and not both"),
        (["FOLDER"], 2, "--ids or --text must be given"),
        (["FOLDER", "--text", "A lamp."], 1, "there is no tokenizer in it"),
        (["FOLDER", "--ids", "5 61"], 1, "sequence 1: the id 61 is outside the vocabulary, 0...60"),
        (["FOLDER", "--ids", "5", "--ids", "5 -1"], 1, "sequence 2: the id -1 is outside the vocabulary"),
        (["FOLDER", "--ids", "5 six"], 1, "--ids: 'six' is not an id"),
        (["FOLDER", "--ids", "5 99999999999"], 1, "'99999999999' is not an id"),
        (["FOLDER", "--ids", ""], 1, "sequence 1 has no ids"),
        (
            ["FOLDER", "--ids", Array(repeating: "7", count: 25).joined(separator: " ")], 1,
            "sequence 1 has 25 tokens, but the model has positions for 24"
        ),
        (["FOLDER", "--ids", "5", "--decoder-ids", "5"], 1, "no decoder behind an encoder"),
        (
            ["FOLDER", "--ids", "5", "--decoder-ids", "5", "--decoder-ids", "6"], 1,
            "--decoder-ids is given 2 times for 1 sequences"
        ),
        (["nowhere", "--ids", "5"], 1, "nowhere"),
        (["text.txt", "--ids", "5"], 1, "text.txt"),
        (["empty", "--ids", "5"], 1, "empty/config.json"),
    ]

    @Test(arguments: mistakes) func inspectRefusesInOneLine(_ misuse: (arguments: [String], status: Int32, message: String))
        throws
    {
        let work = try Workplace()
        try work.makeFolder("empty")
        let arguments = misuse.arguments.map { $0 == "FOLDER" ? ModelFolders.model("distilbert") : $0 }
        let outcome = try work.sequitur(["inspect"] + arguments + ["--output", "out.safetensors"])
        #expect(outcome.status == misuse.status && outcome.isOneLineError, "\(outcome)")
        #expect(outcome.errors.contains(misuse.message), "\(outcome)")
        #expect(!work.names(in: "").contains { $0.contains("out.safetensors") })
    }

    @Test func inspectWritesWhereItCan() throws {
        let work = try Workplace()
        let outcome = try work.sequitur([
            "inspect", ModelFolders.model("distilbert"), "--ids", "5", "--output", "no/out.safetensors",
        ])
        #expect(outcome.status == 1 && outcome.isOneLineError && outcome.errors.contains("no/out.safetensors"), "\(outcome)")
        let t5 = try work.sequitur(["inspect", ModelFolders.model("t5"), "--ids", "5 1", "--output", "out.safetensors"])
        #expect(t5.status == 1 && t5.isOneLineError && t5.errors.contains("decoder ids"), "\(t5)")
        let ragged = try work.sequitur([
            "inspect", ModelFolders.model("t5"), "--ids", "5 1", "--ids", "5", "--decoder-ids", "0", "--decoder-ids", "0 4",
            "--output",
            "out.safetensors",
        ])
        #expect(ragged.status == 1 && ragged.isOneLineError && ragged.errors.contains("same length"), "\(ragged)")
        #expect(!work.names(in: "").contains("out.safetensors"))
    }

    // MARK: info

    /// Every folder is told of, with a tokenizer or without, whatever its head.
    @Test(
        arguments: [
            ("bert-masked-lm", "bert", "masked-language-model"), ("gpt2-language-model", "gpt2", "language-model"),
            ("llama", "llama", nil),
            ("gpt2-sequence-classification", "gpt2", "sequence-classification"), ("t5", "t5", nil),
            ("mistral", "mistral", "language-model"),
        ] as [(String, String, String?)])
    func infoTellsOfAModelFolder(_ name: String, _ family: String, _ head: String?) throws {
        let work = try Workplace(), outcome = try work.sequitur(["info", ModelFolders.model(name), "--json"])
        try #require(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        let summary = try JSONValue(parsing: outcome.output)
        #expect(summary["model"]?.string == family && summary["head"]?.string == head, "\(outcome)")
        #expect(summary["vocabulary"] == 61 && summary["width"] == 16 && (summary["parameters"]?.int ?? 0) > 1000)
        let table = try work.sequitur(["info", ModelFolders.model(name)])
        #expect(table.status == 0 && table.output.contains(family) && table.output.contains("parameters"), "\(table)")
    }

    @Test func infoNamesTheTokenizer() throws {
        let work = try Workplace(files: ModelFolders.sentences("cls", in: "encoder"))
        let summary = try JSONValue(parsing: try work.sequitur(["info", "encoder", "--json"]).output)
        #expect(summary["tokenizer"]?.string?.lowercased() == "wordpiece" && summary["model"] == "bert", "\(summary)")
        for folder in ["nowhere", "."] {
            let outcome = try work.sequitur(["info", folder])
            #expect(outcome.status == 1 && outcome.isOneLineError, "\(outcome)")
        }
    }

    // MARK: bench encoding

    @Test func benchEncodingMeasures() throws {
        let work = try Workplace(), folder = ModelFolders.model("bert-masked-lm")
        let arguments = [
            "bench", "encoding", folder, "--batch", "2", "--length", "8", "--iterations", "3", "--warmup", "0", "--json",
        ]
        let outcome = try work.sequitur(arguments)
        try #require(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        let summary = try JSONValue(parsing: outcome.output)
        let median = try #require(summary["milliseconds_median"]?.double),
            best = try #require(summary["milliseconds_best"]?.double)
        #expect(best > 0 && median >= best && (summary["mean_magnitude"]?.double ?? 0) > 0)
        for (more, status, message) in [
            (["--length", "25"], 1, "positions for 24 tokens"),
            (["--length", "1048576", "--batch", "65536"], 1, "positions for 24"),
            (["--batch", "0"], 2, "--batch must be from 1 to 65536"),
        ] as [([String], Int32, String)] {
            let refused = try work.sequitur(arguments + more)
            #expect(refused.status == status && refused.isOneLineError && refused.errors.contains(message), "\(refused)")
        }
        let t5 = try work.sequitur(["bench", "encoding", ModelFolders.model("t5"), "--length", "4"])
        #expect(t5.status == 1 && t5.isOneLineError, "\(t5)")
    }
}
