import Foundation
import SequiturFiles
import Testing

/// `sequitur inspect`, `info` and `bench encoding` on folders of the ecosystem.
@Suite struct ModelCommandTests {
    /// Rows of ids, the padding left out, as `--ids` takes them.
    private func rows(_ expected: [String: ModelFolders.Values], flag: String, ids name: String) throws -> [String] {
        let ids = try #require(expected[name]), width = ids.shape[1]
        let mask = name == "input_ids" ? try #require(expected["attention_mask"]).values : ids.values.map { _ in 1 }
        return (0..<ids.shape[0]).flatMap { row in
            let places = (row * width..<(row + 1) * width).filter { mask[$0] == 1 }
            return [flag, places.map { String(Int(ids.values[$0])) }.joined(separator: " ")]
        }
    }

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
