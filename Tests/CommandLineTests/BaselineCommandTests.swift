import Foundation
import SequiturFiles
import Testing

/// `sequitur train tagging --model crf` and its like.
@Suite struct BaselineCommandTests {
    private func workplace() throws -> Workplace {
        let work = try Workplace(files: [:])
        let names = ["Marta", "Ines", "Otto", "Lena"]
        try work.write((0..<24).map { "\(names[$0 % 4]) B-PER\nflies O\nto O\nBonn B-LOC\n\n" }.joined(), to: "train.conll")
        try work.write((0..<24).map { $0 % 2 == 0 ? "a fine film\tgood\n" : "a dull film\tbad\n" }.joined(), to: "train.tsv")
        return work
    }

    private static let tagging = [
        "train", "tagging", "--data", "train.conll", "--test", "train.conll", "--no-progress", "--output", "run",
    ]

    @Test(arguments: ["most-frequent", "hmm", "crf"]) func tagsWords(_ model: String) throws {
        let work = try workplace(), outcome = try work.sequitur(Self.tagging + ["--model", model, "--json"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        let json = try JSONValue(parsing: outcome.output)
        #expect(json["model"]?.string == model && json["test_f1"]?.double == 1 && json["steps"] == nil)
        #expect(json["seconds"]?.double != nil && (json["parameters"]?.int ?? 0) > 0)
        #expect(work.names(in: "run").contains("evaluation.json") && work.names(in: "run").contains("report.html"))
        let text = try work.sequitur(Self.tagging + ["--model", model, "--overwrite"])
        #expect(text.status == 0 && text.output.contains("entities, as conlleval counts them"))
    }

    @Test(arguments: ["naive-bayes", "logistic-regression"]) func classifiesTexts(_ model: String) throws {
        let work = try workplace()
        let outcome = try work.sequitur([
            "train", "classification", "--data", "train.tsv", "--test", "train.tsv", "--no-progress", "--output", "run", "--json",
            "--model",
            model,
        ])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        #expect(try JSONValue(parsing: outcome.output)["test_accuracy"]?.double == 1)
    }

    @Test func mistakesAreOneLine() throws {
        let work = try workplace()
        for (arguments, expected) in [
            (["--model", "naive-bayes"], "naive-bayes is no model of tagging: give most-frequent, hmm, crf"),
            (["--model", "crf", "--epochs", "3"], "--epochs does nothing with model crf"),
            (["--model", "hmm", "--balanced-classes"], "--balanced-classes does nothing with model hmm"),
            (["--model", "crf", "--resume"], "nothing to go on with"), (["--model", "crf", "--intents"], "tags words alone"),
        ] {
            let outcome = try work.sequitur(Self.tagging + arguments)
            #expect(outcome.status != 0 && outcome.isOneLineError && outcome.errors.contains(expected), "\(outcome)")
        }
    }
}
