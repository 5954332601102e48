import Foundation
import SequiturFiles
import Testing

/// What a new user gets wrong, one mistake at a time, through the program itself: each is an error of one line that says what,
/// where, the limit and what to do, with status 1 or 2, and nothing that was saved before is lost.
@Suite struct BadInputTests {
    // MARK: Data

    /// A file, its bytes, and what is said of it.
    static let texts: [(name: String, bytes: [UInt8], message: String)] = [
        ("empty.txt", [], "'empty.txt' is empty; give a file with text in it"),
        (
            "latin.txt", Array("caf".utf8) + [0xE9, 0x0A],
            "'latin.txt' is not UTF-8 at byte 3; convert it from its own encoding (for example iconv -f WINDOWS-1252 -t UTF-8)"
        ),
        (
            "utf16.txt", [0xFF, 0xFE, 0x68, 0x00],
            "'utf16.txt' is not UTF-8 at byte 0; it begins as UTF-16 does: convert it (iconv -f UTF-16 -t UTF-8)"
        ),
        (
            "cut.txt", Array("The end is near ".utf8) + [0xE2, 0x82],
            "'cut.txt' is not UTF-8 at byte 16; convert it from its own encoding (for example iconv -f WINDOWS-1252 -t UTF-8)"
        ),
    ]

    @Test(arguments: texts) func textsThatCannotBeRead(_ sample: (name: String, bytes: [UInt8], message: String)) throws {
        let work = try Workplace(trained: true)
        try work.write(sample.bytes, to: sample.name)
        let outcomes = try [
            work.sequitur(Workplace.training + ["--output", "new", "--data", sample.name]),
            work.sequitur(Workplace.training + ["--output", "new", "--validation", sample.name]),
            work.sequitur(Workplace.training + ["--output", "new", "--test", sample.name]),
            // The run that was to be replaced is still there.
            work.train(["--overwrite", "--data", sample.name]),
            work.sequitur(["evaluate", "run", "--data", sample.name, "--no-progress"]),
            work.sequitur(["tokenizer", "train", "--data", sample.name, "--output", "new.json", "--no-progress"]),
        ]
        for outcome in outcomes {
            #expect(outcome.status == 1 && outcome.isOneLineError, "\(outcome)")
            #expect(outcome.errors == "sequitur: \(sample.message)\n")
        }
        #expect(work.names(in: "new").filter { $0 != ".lock" } == [])
        #expect(!FileManager.default.fileExists(atPath: work.path + "/new.json"))
        #expect(throws: Never.self) { try work.perplexity() }
    }

    @Test func textsThatAreNotThere() throws {
        let work = try Workplace(trained: true)
        try work.makeFolder("empty")
        try work.write("not a text", to: "empty/notes.md")
        let missing =
            "cannot read 'missing.txt': no such file or directory; check that the path is right and that its folder exists"
        for (name, message) in [
            ("missing.txt", missing),
            ("empty", "folder 'empty' has no .txt file with text in it; add one, or name the files one by one"),
            ("/dev/null", "cannot read '/dev/null': it is not a regular file; copy its contents to a file"),
        ] {
            for arguments in [
                Workplace.training + ["--output", "new", "--data", name],
                Workplace.training + ["--output", "new", "--test", name],
                ["evaluate", "run", "--data", name, "--no-progress"],
            ] {
                let outcome = try work.sequitur(arguments)
                #expect(outcome.status == 1 && outcome.errors == "sequitur: \(message)\n", "\(outcome)")
            }
        }
    }

    @Test(.enabled(if: geteuid() != 0, "the superuser may read everything")) func aTextThatMayNotBeRead() throws {
        let work = try Workplace()
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: work.path + "/text.txt")
        let outcome = try work.train()
        let message = "cannot read 'text.txt': permission denied; check the permissions of the file and of its folder"
        #expect(outcome.status == 1 && outcome.errors == "sequitur: \(message)\n", "\(outcome)")
    }

    @Test(arguments: ["lstm", "ngram"]) func aVocabularyOfOne(model: String) throws {
        let work = try Workplace()
        try work.write(String(repeating: "a", count: 1000), to: "one.txt")
        let outcome = try work.sequitur([
            "train", "language-modeling", "--model", model, "--data", "one.txt", "--output", "run", "--no-progress",
        ])
        #expect(outcome.status == 1 && outcome.isOneLineError, "\(outcome)")
        #expect(outcome.errors.contains("has 1 distinct character, but a vocabulary needs at least 2; give more text"))
    }

    @Test func aBatchLargerThanTheData() throws {
        let work = try Workplace(trained: true)
        let message =
            "the text has 5400 tokens, but a batch of 5000 streams needs at least 2 each; use a batch size of at most 2700, or more text"
        for folder in [["--output", "new"], ["--output", "run", "--overwrite"]] {
            let outcome = try work.sequitur(Workplace.training + ["--batch", "5000"] + folder)
            #expect(outcome.status == 1 && outcome.errors == "sequitur: \(message)\n", "\(outcome)")
        }
        #expect(throws: Never.self) { try work.perplexity() }
        // The number that the message names is right.
        let outcome = try work.sequitur(Workplace.training + ["--batch", "2700", "--maximum-steps", "1", "--output", "new"])
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test func textsWithNothingToPredict() throws {
        let work = try Workplace(trained: true)
        try work.write("\n", to: "line.txt")
        for arguments in [
            ["evaluate", "run", "--data", "line.txt"], Workplace.training + ["--output", "new", "--validation", "line.txt"],
            Workplace.training + ["--output", "new", "--test", "line.txt"],
        ] {
            let outcome = try work.sequitur(arguments)
            #expect(outcome.status == 1 && outcome.isOneLineError, "\(outcome)")
            #expect(outcome.errors == "sequitur: 'line.txt' has 1 token, but at least 2 are needed; give more text\n")
        }
    }

    @Test func charactersThatTheModelDoesNotKnow() throws {
        let work = try Workplace(trained: true)
        try work.write("The €\n", to: "euro.txt")
        let problem = "character U+20AC '€' at byte 4 is not in the vocabulary; "
        for arguments in [
            ["evaluate", "run", "--data", "euro.txt"], ["generate", "run", "--prompt", "The €"],
            ["tokenizer", "encode", "run", "euro.txt"],
        ] {
            let outcome = try work.sequitur(arguments)
            #expect(outcome.status == 1 && outcome.isOneLineError && outcome.errors.contains(problem), "\(outcome)")
        }
    }

    // MARK: Names

    /// Names that nobody knows, and a part of the message, with the nearest that somebody does.
    static let unknown: [(arguments: [String], message: String)] = [
        (
            ["train", "language-modellin"],
            "unknown task 'language-modellin'; did you mean 'language-modeling'?"
        ),
        (Workplace.training + ["--output", "new", "--widht", "9"], "unknown flag '--widht'; did you mean '--width'?"),
        (
            Workplace.training + ["--output", "new", "--model", "lsmt"],
            "not 'lsmt'; did you mean 'lstm'?"
        ),
        (
            Workplace.training + ["--output", "new", "--recipe", "recipe.yaml"],
            "recipe.yaml:2: unknown key 'learning-rat'; did you mean 'learning-rate'?"
        ),
        (
            Workplace.training + ["--output", "new", "--vocabulary-size", "2"], "--vocabulary-size must be at least 3, not 2"
        ),
        (
            ["train", "language-modeling", "--model", "ngram", "--data", "text.txt", "--output", "new", "--minimum-counts", "2"],
            "--minimum-counts must begin with 1, not 2"
        ),
    ]

    @Test(arguments: unknown) func namesAndValuesThatNobodyKnows(_ misuse: (arguments: [String], message: String)) throws {
        let work = try Workplace()
        try work.write("layers: 1\nlearning-rat: 0.1\n", to: "recipe.yaml")
        let outcome = try work.sequitur(misuse.arguments)
        #expect(outcome.status == 2 && outcome.isOneLineError && outcome.errors.contains(misuse.message), "\(outcome)")
        #expect(work.names(in: "new") == [])
    }

    @Test func theEndOfASentenceNeedsATokenForIt() throws {
        let work = try Workplace(trained: true)
        let characters = try work.sequitur(["generate", "run", "--stop-at-end-of-sentence"])
        #expect(characters.status == 1 && characters.isOneLineError && characters.errors.contains("this one has none"))
        let training = try work.sequitur([
            "train", "language-modeling", "--model", "ngram", "--tokenizer", "word", "--data", "text.txt", "--output", "words",
        ])
        #expect(training.status == 0, "\(training)")
        let words = try work.sequitur(["generate", "words", "--stop-at-end-of-sentence", "--seed", "1", "--json"])
        #expect(try JSONValue(parsing: words.output)["finish_reason"] == "end", "\(words)")
    }

    // MARK: Folders

    @Test func folderThatIsNotEmpty() throws {
        let work = try Workplace(trained: true)
        let run = try work.train(["--maximum-steps", "1"])
        let taken = "'run' already holds a run; go on with it (--resume), replace it (--overwrite), or name another folder"
        #expect(run.status == 1 && run.errors == "sequitur: \(taken)\n", "\(run)")
        try work.write("mine", to: "photos/cat.jpg")
        for flag in ["--overwrite", "--no-overwrite"] {
            let foreign = try work.sequitur(Workplace.training + ["--output", "photos", flag])
            let message =
                "'photos' is not empty and holds no run that --resume or --overwrite could take; name a new or empty folder"
            #expect(foreign.status == 1 && foreign.errors == "sequitur: \(message)\n", "\(foreign)")
        }
        #expect(work.names(in: "photos") == ["cat.jpg"])
        let file = try work.sequitur(Workplace.training + ["--output", "text.txt"])
        #expect(file.status == 1 && file.errors.contains("a file of this name exists; name another folder"), "\(file)")
        let nothing = try work.sequitur(Workplace.training + ["--output", "nowhere", "--resume"])
        #expect(nothing.status == 1 && nothing.isOneLineError && nothing.errors.contains("cannot read 'nowhere'"), "\(nothing)")
    }

    @Test func overwritingLeavesFilesOfOthers() throws {
        let work = try Workplace(trained: true)
        try work.write("mine", to: "run/notes.txt")
        try work.write("mine", to: "run/checkpoints/notes.txt")
        let outcome = try work.train(["--overwrite", "--maximum-steps", "4", "--width", "6"])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(
            work.names(in: "run") == [
                ".lock", "checkpoints", "config.json", "evaluation.json", "metrics.jsonl", "model.safetensors", "notes.txt",
                "report.html", "sequitur.json", "tokenizer.json",
            ])
        #expect(work.names(in: "run/checkpoints") == ["notes.txt", "step-4"])
        #expect(try work.bytes(of: "run/notes.txt") == Array("mine".utf8))
        #expect(throws: Never.self) { try work.perplexity() }
    }

    /// A run that cannot go on is as it was.
    @Test(arguments: [
        (["--width", "16"], "should have shape [47, 16], but has [47, 8]"),
        (["--layers", "2"], "lacks recurrent.layers.1.inputBias"),
        (["--batch", "5"], "resume with the data and the settings of the run"),
        (
            ["--optimizer", "sgd", "--momentum", "0.9"],
            "resume with the model, the optimizer and the settings that the run began with"
        ),
        (["--data", "other.txt"], "is not the one that the run in run was trained on: give the same data to --resume"),
    ]) func aRunThatGoesOnWithOtherSettings(arguments: [String], message: String) throws {
        let work = try Workplace(trained: true)
        try work.write(String(Workplace.text.dropLast(10)), to: "other.txt")
        let before = try work.bytes(of: "run/config.json")
        let outcome = try work.train(["--resume", "--maximum-steps", "20"] + arguments)
        #expect(outcome.status == 1 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("sequitur: ") })
        #expect(outcome.errors.split(separator: "\n").last?.contains(message) == true, "\(outcome.errors)")
        #expect(try work.bytes(of: "run/config.json") == before)
        #expect(throws: Never.self) { try work.perplexity() }
        #expect(try work.train(["--resume", "--maximum-steps", "16"]).status == 0)
    }

    @Test func aRunOfAnotherModelIsNotGoneOnWith() throws {
        let work = try Workplace()
        let counts = try work.sequitur([
            "train", "language-modeling", "--model", "ngram", "--order", "2", "--data", "text.txt", "--output", "run",
        ])
        #expect(counts.status == 0, "\(counts)")
        let outcome = try work.train(["--resume"])
        #expect(outcome.status == 1 && outcome.isOneLineError && outcome.errors.contains("with model ngram"), "\(outcome)")
        #expect(throws: Never.self) { try work.perplexity() }
    }
}
