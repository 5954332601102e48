import SequiturFiles
import Testing

/// Tasks of understanding as users meet them: train, look at, measure, compare and ask.
@Suite struct UnderstandingCommandTests {
    private static func rows(_ count: Int) -> String {
        let good = ["a fine film", "a great book"], poor = ["a dull film", "a bad book"]
        return (0..<count).map { "\(($0 % 2 == 0 ? good : poor)[$0 / 2 % 2])\t\($0 % 2 == 0 ? "good" : "poor")\n" }.joined()
    }

    private static let training = [
        "train", "classification", "--data", "train.tsv", "--no-progress", "--threads", "1", "--word-width", "8", "--hidden", "6",
        "--batch", "8", "--learning-rate", "0.02", "--precision", "float32",
    ]

    @Test func aRunIsLookedAtMeasuredComparedAndAsked() throws {
        let work = try Workplace()
        try AtomicFile.write(Self.rows(40), to: work.path + "/train.tsv")
        try AtomicFile.write(Self.rows(12), to: work.path + "/test.tsv")
        let seeds = try work.sequitur(
            Self.training + [
                "--validation", "test.tsv", "--test", "test.tsv", "--epochs", "6", "--seeds", "2", "--output", "runs",
            ])
        try #require(seeds.status == 0, "\(seeds)")
        #expect(seeds.output.contains("mean ± deviation") && seeds.output.contains("best by validation: runs/seed-"))
        let again = try work.sequitur(
            Self.training + [
                "--validation", "test.tsv", "--test", "test.tsv", "--epochs", "6", "--seeds", "2", "--output", "runs",
            ]
                + ["--resume"])
        #expect(again.status == 0 && again.output == seeds.output, "\(again)")
        let baseline = try work.sequitur(
            ["train", "classification", "--model", "naive-bayes", "--data", "train.tsv", "--output", "baseline", "--no-progress"])
        try #require(baseline.status == 0, "\(baseline)")
        for run in ["runs/seed-1", "baseline"] {
            let info = try work.sequitur(["info", run, "--json"])
            #expect(try JSONValue(parsing: info.output)["task"] == "classification", "\(info)")
            let asked = try work.sequitur(["predict", run, "--text", "a dull book"])
            #expect(try JSONValue(parsing: asked.output)["label"] == "poor", "\(asked)")
            let page = try MappedFile(path: "\(work.path)/\(run)/report.html").text()
            try #require(try work.sequitur(["report", run]).status == 0)
            #expect(page.contains("id=\"confusions\"") == (run != "baseline"))
            #expect(try MappedFile(path: "\(work.path)/\(run)/report.html").text() == page)
        }
        let alone = try JSONValue(parsing: try work.sequitur(["evaluate", "runs/seed-1", "--data", "test.tsv", "--json"]).output)
        #expect(alone["accuracy"] == 1.0 && alone["accuracy_interval"]?.array?.count == 2, "\(alone)")
        let both = try work.sequitur(["evaluate", "runs/seed-1", "baseline", "--data", "test.tsv"])
        #expect(both.status == 0 && both.output.contains("difference") && both.output.contains("p = 1.0000"), "\(both)")
        let pretty = try work.sequitur(["predict", "baseline", "--text", "a fine book", "--pretty"])
        #expect(pretty.output.hasPrefix("a fine book  good 0."), "\(pretty)")
    }

    /// Answers stand in the lines of their texts, and runs that are there already are those of the same data.
    @Test func linesAndRunsAreTakenForWhatTheyAre() throws {
        let work = try Workplace()
        try AtomicFile.write(Self.rows(20), to: work.path + "/train.tsv")
        try AtomicFile.write(Self.rows(24), to: work.path + "/other.tsv")
        try AtomicFile.write("a film\n\na book\n\n", to: work.path + "/texts.txt")
        let seeds = ["--epochs", "1", "--seeds", "2", "--output", "runs"]
        try #require(try work.sequitur(Self.training + seeds).status == 0)
        let asked = try work.sequitur(["predict", "runs/seed-1", "texts.txt"])
        #expect(asked.status == 0 && asked.output.split(separator: "\n").count == 3, "\(asked)")
        let others = try work.sequitur(Self.training.map { $0 == "train.tsv" ? "other.tsv" : $0 } + seeds + ["--resume"])
        #expect(others.status == 1 && others.errors.contains("is not the one that the run in"), "\(others)")
        let faster = try work.sequitur(Self.training + seeds + ["--resume", "--dropout", "0.2"])
        #expect(faster.status == 1 && faster.errors.contains("was trained with dropout null, not 0.2: give"), "\(faster)")
    }

    @Test func whatCannotBeDoneIsOneLine() throws {
        let work = try Workplace()
        try AtomicFile.write(Self.rows(20), to: work.path + "/train.tsv")
        try AtomicFile.write("{\"text\": 3}\n", to: work.path + "/bad.jsonl")
        try AtomicFile.write("a film\n\n{name} is here\n", to: work.path + "/braces.txt")
        try AtomicFile.write("{\"text\": \"a film\"}\n", to: work.path + "/bare.jsonl")
        try AtomicFile.write("{\"text\": \"a\", \"label\": [\"good\", \"poor\"]}\n", to: work.path + "/two.jsonl")
        try AtomicFile.write("Anna B-PER\nsings O\n\n", to: work.path + "/tags.conll")
        let made = try work.sequitur(Self.training + ["--epochs", "1", "--output", "run"])
        try #require(made.status == 0, "\(made)")
        for (arguments, status, words) in [
            (["predict", "run", "bad.jsonl"], 1, "line 1: \"text\" must be a string"),
            (["predict", "run", "braces.txt"], 1, "line 3 begins as a JSON object does"),
            (["evaluate", "run", "--data", "bare.jsonl", "--no-progress"], 1, "has nothing to measure by"),
            (
                ["evaluate", "run", "--data", "two.jsonl"], 1,
                "'two.jsonl': the text of line 1 has 2 labels, but the model tells one"
            ),
            (Self.training + ["--test", "two.jsonl", "--output", "x"], 1, "has 2 labels"),
            (Self.training + ["--validation", "train.tsv", "--split", "80/10/10", "--output", "x"], 2, "a share for validation"),
            (Self.training + ["--multilabel", "--label-smoothing", "0.1", "--output", "x"], 1, "one label each"),
            (["train", "tagging", "--data", "tags.conll", "--balanced-classes", "--output", "x"], 1, "give --no-crf"),
            (["predict", "run", "--text", "a", "--relations", "run"], 1, "holds a run of classification, but one of tagging"),
            (["predict", "nowhere", "--text", "a"], 1, "no such file"),
            (["evaluate", "run", "--data", "train.tsv", "--batch", "4"], 2, "--batch"),
            (["train", "tagging", "--data", "train.tsv", "--output", "x"], 1, "table of texts and labels"),
            (["train", "tagging", "--model", "naive-bayes", "--data", "train.tsv", "--output", "x"], 1, "no model of tagging"),
            (Self.training + ["--class-weights", "poor", "--output", "x"], 2, "--class-weights must be classes with a weight"),
            (Self.training + ["--class-weights", "bad=2", "--output", "x"], 1, "the classes are 'good', 'poor'"),
            (Self.training + ["--class-weights", "poor=2", "--balanced-classes", "--output", "x"], 2, "cannot both be given"),
            (Self.training + ["--split", "80", "--output", "x"], 2, "--split"),
            (Self.training + ["--word-column", "1", "--output", "x"], 2, "--word-column does nothing with task classification"),
            (["evaluate", "run", "--data", "train.tsv", "--tag-field", "tags"], 2, "--tag-field does nothing with run"),
            (Self.training + ["--model", "bag", "--maximum-length", "9", "--output", "x"], 2, "--maximum-length"),
            (Self.training + ["--freeze", "nothing", "--output", "x"], 1, "nothing is called"),
            (Self.training + ["--vectors", "train.tsv", "--word-width", "9", "--output", "x"], 2, "--word-width"),
            (Self.training + ["--output", "run"], 1, "already holds a run"),
        ] as [([String], Int32, String)] {
            let refused = try work.sequitur(arguments)
            #expect(
                refused.status == status && refused.isOneLineError && refused.errors.contains(words), "\(arguments) \(refused)")
        }
        #expect(!work.names(in: ".").contains("x") || work.names(in: "x").filter { $0 != ".lock" }.isEmpty)
    }
}
