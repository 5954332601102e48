import SequiturFiles
import Testing

/// `sequitur train masked-language-modeling` from a text to a folder that other commands take.
@Suite struct MaskedTrainingTests {
    private static let training = [
        "train", "masked-language-modeling", "--data", "text.txt", "--no-progress", "--threads", "1", "--layers", "1", "--width",
        "8",
        "--heads", "2", "--block", "16", "--batch", "4", "--vocabulary-size", "120", "--schedule", "constant", "--precision",
        "float32",
    ]

    @Test func aRunIsAModelFolder() throws {
        let work = try Workplace()
        let outcome = try work.sequitur(
            Self.training + ["--output", "run", "--maximum-steps", "4", "--validate-every", "2", "--json"])
        try #require(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        let summary = try JSONValue(parsing: outcome.output)
        #expect(summary["model"] == "bert" && summary["steps"] == 4 && summary["vocabulary"] == 120)
        #expect((summary["validation_loss"]?.double ?? 0) > 0 && (summary["validation_accuracy"]?.double ?? -1) >= 0)
        #expect(try work.steps() == [1, 2, 3, 4])
        for name in ["config.json", "model.safetensors", "tokenizer.json", "sequitur.json"] {
            #expect(work.names(in: "run").contains(name), "\(name)")
        }
        let info = try JSONValue(parsing: try work.sequitur(["info", "run", "--json"]).output)
        #expect(info["head"] == "masked-language-model" && info["task"] == "masked-language-modeling")
        let vectors = try work.sequitur(["embed", "run", "--text", "The river", "--json"])
        #expect(try JSONValue(parsing: vectors.output)["width"] == 8, "\(vectors)")
        let inspected = try work.sequitur(["inspect", "run", "--text", "The river", "--output", "out.safetensors"])
        #expect(inspected.status == 0, "\(inspected)")
        #expect(try ModelFolders.tensors(work.path + "/out.safetensors")["logits"]?.shape.last == 120)

        let plain = [
            "train", "masked-language-modeling", "--data", "text.txt", "--no-progress", "--batch", "4", "--maximum-steps", "2",
        ]
        let more = try work.sequitur(plain + ["--from", "run", "--block", "12", "--output", "more"])
        #expect(more.status == 0 && more.output.contains("bert"), "\(more)")
        let resumed = try work.sequitur(Self.training + ["--output", "run", "--maximum-steps", "6", "--resume"])
        #expect(resumed.status == 0, "\(resumed)")
        #expect(try work.steps() == [1, 2, 3, 4, 5, 6])
        for (arguments, status, message) in [
            (["--from", "run", "--output", "x"], 1, "positions for 16 tokens, but sequences of 128"),
            (["--from", "run", "--block", "16", "--model", "roberta", "--output", "x"], 1, "holds a bert, but a roberta"),
            (["--from", "run", "--block", "16", "--width", "8", "--output", "x"], 2, "--width"),
            (["--output", "run"], 1, "already holds a run"),
        ] as [([String], Int32, String)] {
            let refused = try work.sequitur(plain + arguments)
            #expect(refused.status == status && refused.isOneLineError && refused.errors.contains(message), "\(refused)")
        }
    }

    /// Eleven words in a circle, in windows that begin anywhere: what is hidden follows from its neighbours alone.
    @Test func hiddenWordsAreFoundFromTheirNeighbours() throws {
        let work = try Workplace(), words = "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo\n"
        try work.write(String(repeating: words, count: 300), to: "circle.txt")
        let outcome = try work.sequitur([
            "train", "masked-language-modeling", "--data", "circle.txt", "--output", "run", "--no-progress", "--json",
            "--threads", "1",
            "--precision", "float32", "--layers", "1", "--width", "64", "--heads", "4", "--block", "16", "--batch", "16",
            "--vocabulary-size", "200", "--schedule", "constant", "--learning-rate", "0.002", "--dropout", "0", "--epochs", "100",
            "--maximum-steps", "400", "--validate-every", "400",
        ])
        let summary = try JSONValue(parsing: outcome.output)
        // Which word it is tells 2.4 nats.
        #expect((summary["validation_loss"]?.double ?? .infinity) < 0.8, "\(outcome)")
        #expect((summary["validation_accuracy"]?.double ?? 0) > 0.7, "\(outcome)")
    }

    /// Wrong use, its status, and a part of the line.
    static let mistakes: [(arguments: [String], status: Int32, message: String)] = [
        (["--model", "gpt2"], 2, "gpt2"), (["--model", "brt"], 2, "did you mean 'bert'?"),
        (["--tokenizer", "character"], 2, "--tokenizer character has no mask token"),
        (["--tokenizer", "word"], 2, "no mask token"),
        (["--mask-probability", "0"], 2, "--mask-probability must lie between 0 and 1"),
        (["--mask-probability", "1"], 2, "--mask-probability"),
        (["--heads", "3"], 1, "heads"), (["--block", "3"], 2, "--block must be from 4"), (["--dropout", "1"], 2, "--dropout"),
        (["--data", "missing.txt"], 1, "missing.txt"), (["--from", "nowhere"], 1, "nowhere"), (["--batch", "5000"], 1, "5000"),
        (["--tokenizer", "./missing.json"], 2, "--vocabulary-size"),
        (["--positions", "rotary"], 2, "unknown flag '--positions'"),
    ]

    @Test(arguments: mistakes) func mistakesAreOneLine(_ misuse: (arguments: [String], status: Int32, message: String)) throws {
        let work = try Workplace()
        var training = Self.training
        if misuse.arguments[0] == "--from" { training = Array(training.prefix(5)) }
        let outcome = try work.sequitur(training + ["--output", "new", "--maximum-steps", "1"] + misuse.arguments)
        #expect(
            outcome.status == misuse.status && outcome.isOneLineError && outcome.errors.contains(misuse.message), "\(outcome)")
        #expect(!work.names(in: "new").contains("config.json"))
    }
}
