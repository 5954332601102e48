import Foundation
import SequiturConsole
import SequiturFiles
import Testing

/// Runs the built `sequitur` itself, as users do.
@Suite struct ProgramTests {
    static let training = ["train", "language-modeling", "--data", "x.txt", "--output", "run"]

    /// Arguments that are wrong, and a part of the message.
    static let misuses: [(arguments: [String], message: String)] = [
        (["trian"], "unknown command 'trian'; did you mean 'train'?"),
        (["train", "language-modelling"], "unknown task 'language-modelling'; did you mean 'language-modeling'?"),
        (["bench", "lstm"], "unknown benchmark 'lstm'; did you mean 'lstm-training'?"),
        (
            ["train", "language-modeling", "--data", "x"],
            "missing expected argument '--output <run>'; see 'sequitur train language-modeling --help'"
        ),
        (
            training + ["--model", "lsmt"],
            "--model must be one of lstm, gru, rnn, transformer, ngram, gpt2, llama, mistral, qwen2, not 'lsmt'; did you mean 'lstm'?"
        ),
        (training + ["--learning-rat", "1"], "unknown flag '--learning-rat'; did you mean '--learning-rate'?"),
        (training + ["--learning-rate", "-1"], "--learning-rate"),
        (training + ["--dropout", "1"], "--dropout must be at least 0 and below 1, not 1.0"),
        (training + ["--layers", "0"], "--layers must be from 1 to 256, not 0"),
        (training + ["--batch", "9223372036854775808"], "--batch must be a whole number"),
        (
            training + ["--tokenizer", "byte"],
            "--tokenizer must be character, word, byte-level, wordpiece, unigram, or the path of a tokenizer, not 'byte'"
        ),
        (training + ["--embedding-width", "7"], "--embedding-width must be the width, 256, where embeddings are tied"),
        (training + ["--momentum", "0.9"], "--momentum does nothing with optimizer adamw; remove it"),
        (training + ["--model", "ngram", "--layers", "2"], "--layers does nothing with model ngram; remove it"),
        (training + ["--order", "3"], "--order does nothing with model lstm; remove it"),
        (training + ["--resume", "--overwrite"], "--overwrite throws away what --resume would go on with"),
        (training + ["--model", "ngram", "--minimum-counts", "1", "3", "2"], "--minimum-counts must not fall"),
        (training + ["surplus"], "surplus"),
        (["generate", "run", "--top-p", "0"], "--top-p must be above 0 and at most 1, not 0.0"),
        (["generate", "run", "--greedy", "--top-k", "5"], "--top-k does nothing with greedy true"),
        (["evaluate", "--data", "x"], "missing expected argument '<run>'"),
        (["info"], "missing expected argument '<folder>'"),
    ]

    @Test(arguments: misuses) func wrongUseIsOneLineAndStatusTwo(_ misuse: (arguments: [String], message: String)) throws {
        let outcome = try sequitur(misuse.arguments)
        #expect(outcome.status == 2 && outcome.isOneLineError, "\(outcome)")
        #expect(outcome.errors.contains(misuse.message), "\(outcome.errors)")
    }

    @Test func failuresAreOneLineAndStatusOne() throws {
        let outcomes = try [
            sequitur(["tokenizer", "encode", "run", "/nowhere/text.txt"]),
            sequitur(["tokenizer", "decode", "run"], input: "1 2\n3 four\n"),
            sequitur(Self.training + ["--recipe", "/nowhere/recipe.yaml"]),
        ]
        for outcome in outcomes { #expect(outcome.status == 1 && outcome.isOneLineError, "\(outcome)") }
        #expect(outcomes[0].errors.contains("/nowhere/text.txt"))
        #expect(outcomes[1].errors == "sequitur: -:2: 'four' is not a token id\n")
    }

    @Test func textThatIsNotUTF8IsRefusedWithItsOffset() throws {
        try withTemporaryFolder { folder throws in
            let path = folder + "/latin1.txt"
            try AtomicFile.write([0x63, 0x61, 0x66, 0xE9, 0x0A], to: path)
            let outcome = try sequitur(["tokenizer", "encode", "run", path])
            #expect(outcome.status == 1 && outcome.isOneLineError && outcome.errors.contains("byte 3"), "\(outcome)")
        }
    }

    @Test func hostileNamesCannotBreakTheLine() throws {
        let outcome = try sequitur(["tri\nan\u{1B}[31m"])
        #expect(outcome.status == 2 && outcome.isOneLineError && !outcome.errors.contains("\u{1B}"), "\(outcome)")
    }

    @Test func everyCommandHasHelpWithExamples() throws {
        let commands = [
            [], ["tokenizer"], ["bench"], ["train"], ["train", "language-modeling"], ["compare"],
            ["compare", "language-modeling"],
            ["evaluate"], ["generate"], ["tokenizer", "train"],
            ["tokenizer", "encode"],
            ["tokenizer", "decode"], ["info"], ["convert"], ["pull"], ["bench", "lstm-training"],
        ]
        for command in commands {
            let outcome = try sequitur(command + ["--help"], environment: ["SEQUITUR_NONSENSE": "1"])
            #expect(outcome.status == 0 && outcome.errors.isEmpty)
            #expect(outcome.output.contains("USAGE: sequitur") && outcome.output.contains("Examples:"), "\(command)")
        }
        #expect(try sequitur([]).output.contains("SUBCOMMANDS"))
    }

    @Test func shellsCompleteCommandsAndFlags() throws {
        for shell in ["bash", "zsh", "fish"] {
            let outcome = try sequitur(["--generate-completion-script", shell])
            #expect(
                outcome.status == 0 && outcome.output.contains("learning-rate") && outcome.output.contains("language-modeling"))
        }
    }

    @Test func settingsArePrintedWithTheirOrigins() throws {
        try withRecipe("task: language-modeling\nlayers: 3\nwidth: 100\ndata: [a.txt, b.txt]\n") { path throws in
            let arguments = ["train", "--recipe", path, "--output", "run", "--width", "200", "--show-config"]
            let environment = ["SEQUITUR_SEED": "5", "NO_COLOR": "1"]
            let text = try sequitur(arguments, environment: environment)
            #expect(text.status == 0 && text.errors.isEmpty)
            let lines = text.output.split(separator: "\n").map {
                $0.split(separator: "#").map { $0.trimmingCharacters(in: .whitespaces) }
            }
            #expect(lines.contains(["layers: 3", "\(path):2"]) && lines.contains(["width: 200", "flag"]))
            #expect(lines.contains(["seed: 5", "SEQUITUR_SEED"]) && lines.contains(["batch: 32", "default"]))
            #expect(lines.contains(["data: [a.txt, b.txt]", "\(path):4"]))

            let json = try sequitur(arguments + ["--json"], environment: environment)
            #expect(json.output.hasSuffix("}\n") && json.output.count { $0 == "\n" } == 1)
            let value = try Array(json.output.utf8).withUnsafeBytes { try JSONValue.parse($0) }
            #expect(value["width"] == ["value": 200, "origin": "flag"])
            #expect(value["data"]?["value"] == ["a.txt", "b.txt"])
        }
    }

    @Test func wrongValuesInRecipesAndVariablesNameTheirPlace() throws {
        try withRecipe("layers: 0\n") { path throws in
            let recipe = try sequitur(Self.training + ["--recipe", path])
            #expect(recipe.status == 2 && recipe.errors == "sequitur: \(path):1: layers must be from 1 to 256, not 0\n")
        }
        let variable = try sequitur(Self.training, environment: ["SEQUITUR_LAYERS": "0"])
        #expect(variable.status == 2 && variable.errors == "sequitur: SEQUITUR_LAYERS must be from 1 to 256, not 0\n")
    }

    /// Calls with settings under which, taken together, every setting of the command does something.
    static let calls: [(path: [String], variants: [[String]])] = [
        (
            ["train", "language-modeling"],
            [
                ["--data", "x", "--output", "y", "--optimizer", "sgd", "--schedule", "plateau", "--average", "exponential"],
                ["--data", "x", "--output", "y", "--optimizer", "adamw", "--schedule", "cosine", "--average", "triggered"],
                ["--data", "x", "--output", "y", "--model", "rnn"], ["--data", "x", "--output", "y", "--model", "gru"],
                ["--data", "x", "--output", "y", "--model", "ngram"], ["--data", "x", "--output", "y", "--model", "transformer"],
            ]
        ),
        (["compare", "language-modeling"], [["--data", "x", "--output", "y"]]),
        (["evaluate"], [["run", "other", "--data", "x"]]),
        (["generate"], [["run"]]),
        (["tokenizer", "train"], [["--data", "x", "--output", "y"]]),
        (
            ["convert"],
            [["x", "--cell", "gru", "--layout", "concatenated", "--tokenizer", "x", "--output", "y"]]
        ),
        (["bench", "lstm-training"], [[]]),
    ]

    /// The settings are read off the commands by reflection: nothing that the parser knows may be missing or named otherwise.
    @Test(arguments: calls) func everyFlagIsASettingOfTheSameName(_ call: (path: [String], variants: [[String]])) throws {
        let dump = try sequitur(["--experimental-dump-help"]).output
        var command = try Array(dump.utf8).withUnsafeBytes { try JSONValue.parse($0) }["command"]
        for name in call.path { command = command?["subcommands"]?.array?.first { $0["commandName"]?.string == name } }
        let arguments = try #require(command?["arguments"]?.array)
        let names = arguments.compactMap { $0["preferredName"]?["name"]?.string ?? $0["valueName"]?.string }
        var keys: Set<String> = []
        for variant in call.variants {
            let outcome = try sequitur(call.path + variant + ["--show-config", "--json"])
            let settings = try Array(outcome.output.utf8).withUnsafeBytes { try JSONValue.parse($0) }
            keys.formUnion((settings.members ?? []).map(\.key))
        }
        let flags = Set(names.map { $0.hasPrefix("no-") ? String($0.dropFirst(3)) : $0 })
        #expect(flags.subtracting(["help", "version", "show-config"]) == keys)
    }

    @Test func theRecipesThatWeShipAreValid() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Recipes")
            .standardized
        let recipes = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        #expect(recipes.count >= 2)
        for recipe in recipes {
            let outcome = try sequitur(
                ["train", "--recipe", folder.path + "/" + recipe, "--data", "x", "--output", "y", "--show-config"])
            #expect(outcome.status == 0 && outcome.output.contains(recipe), "\(outcome.errors)")
        }
    }

    @Test func aFullDiskIsAnErrorAndAClosedPipeIsNot() throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let outcome = try sequitur(Self.training + ["--show-config"], output: full)
        #expect(outcome.status == 1 && outcome.errors == "sequitur: cannot write standard output: no space left on device\n")

        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let closed = try sequitur(Self.training + ["--show-config"], output: pipe.fileHandleForWriting)
        #expect(closed.status == 0 && closed.errors.isEmpty)
    }
}
