import Foundation
import SequiturFiles
import Testing

/// `sequitur compare`, as users run it.
@Suite struct ComparisonTests {
    private static let comparing = ["compare", "language-modeling", "--data", "text.txt", "--output", "both", "--no-progress"]
    private static let small = [
        "--parameters", "20k", "--batch", "4", "--steps", "16", "--transformer-layers", "2", "--heads", "2", "--warmup-steps",
        "2",
    ]
    private static let short = comparing + small + ["--models", "lstm", "transformer", "--maximum-steps", "6"]

    private func compare(_ work: Workplace, _ arguments: [String] = short, _ more: [String] = []) throws -> Outcome {
        try work.sequitur(arguments + more)
    }

    @Test func oneCommandTrainsAndMeasuresAll() throws {
        let work = try Workplace()
        let outcome = try compare(work, Self.short, ["--json", "--test", "short.txt", "--report", "report.md"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        let result = try JSONValue(parsing: outcome.output)
        let models = try #require(result["models"]?.array)
        #expect(models.map { $0["model"]?.string } == ["lstm", "transformer"])
        for model in models {
            #expect(abs(try #require(model["parameters"]?.double) - 20_000) < 1000 && model["steps"] == 6)
            for key in ["tokens_per_second", "validation_loss", "test_loss", "peak_bytes", "generated_tokens_per_second"] {
                #expect(try #require(model[key]?.double) > 0, "\(key)")
            }
            // What it says of a run is so, and the run is one like any other.
            let run = try #require(model["run"]?.string)
            let info = try JSONValue(parsing: try work.sequitur(["info", run, "--json"]).output)
            #expect(info["parameters"] == model["parameters"] && info["width"] == model["width"])
            let arguments = ["evaluate", run, "--data", "short.txt", "--json"]
            let evaluation = try JSONValue(parsing: try work.sequitur(arguments).output)
            #expect(abs(try #require(evaluation["loss"]?.double) - #require(model["test_loss"]?.double)) < 1e-5)
        }
        let report = try MappedFile(path: work.path + "/report.md").text()
        #expect(report.hasPrefix("# LSTM, Transformer compared\n") && report.contains("| lstm | 1 × "))
        #expect(
            report.contains("sequitur compare language-modeling --data text.txt --output both --no-progress --parameters 20k"))
        let table = try compare(work, Self.short, ["--resume", "--test", "short.txt"])
        #expect(table.output.split(separator: "\n").count == 3 && table.output.hasPrefix("model"), "\(table)")
    }

    /// What is done is not done again, and neither figures nor models change.
    @Test func aFinishedComparisonIsReadAndNotMadeAgain() throws {
        let work = try Workplace()
        let first = try compare(work, Self.short, ["--json"])
        let weights = try work.bytes(of: "both/lstm/model.safetensors")
        let again = try compare(work, Self.short, ["--json", "--resume"])
        #expect(again.status == 0 && again.output == first.output, "\(again)")
        #expect(try work.bytes(of: "both/lstm/model.safetensors") == weights)

        let neither = try compare(work)
        #expect(neither.status == 1 && neither.isOneLineError && neither.errors.contains("--resume"), "\(neither)")
        let other = try compare(work, Self.short, ["--resume", "--seed", "2"])
        #expect(other.status == 1 && other.isOneLineError && other.errors.contains("\"seed\" was 1, but is 2 now"), "\(other)")
        #expect(try compare(work, Self.short, ["--overwrite", "--seed", "2"]).status == 0)
        #expect(try work.bytes(of: "both/lstm/model.safetensors") != weights)
    }

    @Test func anInterruptedComparisonGoesOn() throws {
        let work = try Workplace(),
            endless = Self.comparing + Self.small + ["--models", "gru", "lstm", "--maximum-minutes", "0.05"]
        let program = try SequiturProgram(endless, in: work.path)
        let log = work.path + "/both/lstm/metrics.jsonl"
        for _ in 0..<60_000 where program.isRunning {
            if (FileManager.default.contents(atPath: log)?.count ?? 0) > 2000 { break }
            usleep(500)
        }
        program.send(SIGTERM)
        let outcome = try program.outcome()
        #expect(outcome.status == 130 && outcome.isOneLineError, "\(outcome)")
        #expect(outcome.errors.contains("saved 'both/lstm/checkpoints/step-"), "\(outcome)")
        let finished = try work.bytes(of: "both/gru/model.safetensors"), before = try work.steps(of: "both/lstm").count
        let resumed = try compare(work, endless, ["--resume", "--json"])
        #expect(resumed.status == 0 && resumed.errors.isEmpty, "\(resumed)")
        let models = try #require(try JSONValue(parsing: resumed.output)["models"]?.array)
        #expect(try models.count == 2 && work.bytes(of: "both/gru/model.safetensors") == finished)
        let steps = try work.steps(of: "both/lstm")
        #expect(steps == Array(1...steps.count) && steps.count > before)
    }

    static let misuses: [(arguments: [String], message: String)] = [
        (["--models", "lstm", "ngram"], "--models must be rnn, gru, lstm or transformer"),
        (["--models", "lstm", "lstm"], "--models must name models, each once"),
        (["--parameters", "many"], "--parameters must be a number such as 800000, 800k or 1.5M, not 'many'"),
        (["--parameters", "10"], "--parameters must be from 1000 to 10G"),
        (["--learning-rates", "0.1"], "--learning-rates must be one for each of 4 models, not 1"),
        (["--maximum-minutes", "0"], "--maximum-minutes must be above 0"),
        (["--resume", "--overwrite"], "--overwrite throws away"),
    ]

    @Test(arguments: misuses) func wrongUse(_ misuse: (arguments: [String], message: String)) throws {
        let outcome = try sequitur(Self.comparing + misuse.arguments)
        #expect(outcome.status == 2 && outcome.isOneLineError && outcome.errors.contains(misuse.message), "\(outcome)")
    }

    /// Found before anything is changed.
    @Test func whatCannotBeComparedIsRefusedAtOnce() throws {
        let work = try Workplace()
        for (arguments, message) in [
            (["--parameters", "1000", "--models", "transformer"], "has about 1000 parameters"),
            (["--test", "missing.txt"], "missing.txt"), (["--resume"], "both has no comparison.json"),
        ] {
            let outcome = try compare(work, Self.comparing, arguments)
            #expect(outcome.status == 1 && outcome.isOneLineError && outcome.errors.contains(message), "\(outcome)")
            #expect(!work.names(in: "both").contains("comparison.json"))
        }
    }
}
