import Foundation
import SequiturFiles
import Testing

/// `sequitur convert`, and the flags of recurrent cells, as users call them.
@Suite struct ConversionTests {
    /// The bytes of a safetensors file of float32 tensors that are small and not all alike.
    private func safetensors(_ shapes: [(name: String, shape: [Int])]) -> [UInt8] {
        var entries: [String] = [], data: [UInt8] = []
        for (name, shape) in shapes {
            let count = shape.reduce(1, *), begin = data.count
            for index in 0..<count {
                withUnsafeBytes(of: (Float((index * 37 + begin) % 19 - 9) / 20).bitPattern.littleEndian) { data += $0 }
            }
            entries.append("\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(data.count)]}")
        }
        let header = Array("{\(entries.joined(separator: ","))}".utf8)
        return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
    }

    /// A GRU over [h, x] for the vocabulary of the trained run, 47 characters.
    private var concatenated: [(name: String, shape: [Int])] {
        [("encoder.weight", [47, 5]), ("decoder.weight", [47, 6]), ("decoder.bias", [47])]
            + ["r", "z", "n"].flatMap { [("rnn.weight_\($0)_l0", [6, 11]), ("rnn.bias_\($0)_l0", [6])] }
    }

    private static let arguments = [
        "convert", "gru.safetensors", "--cell", "gru-reset-before", "--layout", "concatenated", "--tokenizer",
        "run/tokenizer.json",
        "--output", "model",
    ]

    @Test func aConvertedModelIsOneOfOurs() throws {
        let work = try Workplace(trained: true)
        try work.write(safetensors(concatenated), to: "gru.safetensors")
        let outcome = try work.sequitur(Self.arguments + ["--update-gate", "replace", "--json"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        let summary = try JSONValue(parsing: outcome.output)
        #expect(summary["cell"] == "gru-reset-before" && summary["width"] == 6 && summary["embedding_width"] == 5)
        let replacing = try work.perplexity(of: "model")
        #expect(replacing.isFinite && replacing > 1)
        #expect(try work.sequitur(["generate", "model", "--maximum-tokens", "5"]).status == 0)
        #expect(try work.sequitur(["info", "model"]).output.contains("gru-reset-before"))
        let from = try work.sequitur(
            Workplace.training + ["--model", "gru", "--from", "model", "--output", "more", "--maximum-steps", "2"])
        #expect(from.status == 0, "\(from)")
        // The other convention, and the other order of columns, are other models.
        for (index, others) in [["--update-gate", "keep"], ["--columns", "input-first"]].enumerated() {
            let arguments = Self.arguments.map { $0 == "model" ? "other\(index)" : $0 }
            #expect(try work.sequitur(arguments + others).status == 0)
            #expect(try work.perplexity(of: "other\(index)") != replacing)
        }
        // What is there is not overwritten.
        let again = try work.sequitur(Self.arguments)
        #expect(again.status == 1 && again.isOneLineError && again.errors.contains("'model'"), "\(again)")
    }

    @Test func whatDoesNotFitIsNamed() throws {
        let work = try Workplace(trained: true)
        func expect(_ shapes: [(name: String, shape: [Int])], _ words: String, _ more: [String] = []) throws {
            try work.write(safetensors(shapes), to: "gru.safetensors")
            let outcome = try work.sequitur(Self.arguments + more)
            #expect(outcome.status == 1 && outcome.isOneLineError && outcome.errors.contains(words), "\(outcome)")
            #expect(work.names(in: "model").filter { $0 != ".lock" } == [])
        }
        try expect(concatenated.filter { $0.name != "rnn.bias_z_l0" }, "gru.safetensors lacks rnn.bias_z_l0")
        try expect(concatenated + [("hidden", [2])], "gru.safetensors has the unexpected hidden")
        try expect(
            concatenated.map { $0.name == "rnn.bias_z_l0" ? ($0.name, [5]) : $0 },
            "rnn.bias_z_l0 should have shape [6], but has [5]")
        try expect(
            concatenated.map { $0.shape[0] == 47 ? ($0.name, [46] + $0.shape.dropFirst()) : $0 },
            "has 46 tokens, but run/tokenizer.json has 47")
        try expect(concatenated, "rnn.bias_hh_l0", ["--layout", "stacked"])
        try expect(concatenated, "has the unexpected decoder.weight", ["--tie-embeddings"])
    }

    static let misuses: [(arguments: [String], message: String)] = [
        (arguments + ["--cell", "lstm", "--update-gate", "keep"], "--update-gate does nothing with cell lstm; remove it"),
        (
            arguments + ["--layout", "stacked", "--columns", "input-first"],
            "--columns does nothing with layout stacked; remove it"
        ),
        (arguments + ["--cell", "grru"], "--cell must be one of rnn-tanh, rnn-relu, lstm, gru, gru-reset-before, not 'grru'"),
        (Workplace.training + ["--output", "x", "--reset", "before"], "--reset does nothing with model lstm; remove it"),
        (
            Workplace.training + ["--output", "x", "--nonlinearity", "relu"],
            "--nonlinearity does nothing with model lstm; remove it"
        ),
        (
            Workplace.training + ["--output", "x", "--model", "gru", "--projection", "3"],
            "--projection does nothing with model gru"
        ),
        (
            Workplace.training + ["--output", "x", "--model", "rnn", "--zoneout-cell", "0.1"],
            "--zoneout-cell does nothing with model rnn"
        ),
        (
            ["train", "language-modeling", "--data", "x", "--output", "x", "--model", "transformer", "--layer-norm"],
            "--layer-norm does nothing with model transformer"
        ),
        (
            Workplace.training + ["--output", "x", "--zoneout-hidden", "1"],
            "--zoneout-hidden must be at least 0 and below 1, not 1.0"
        ),
        (Workplace.training + ["--output", "x", "--weight-dropout", "1.5"], "--weight-dropout must be at least 0 and below 1"),
        (Workplace.training + ["--output", "x", "--projection", "0"], "--projection must be from 1 to 65536, not 0"),
        (
            Workplace.training + ["--output", "x", "--projection", "4", "--embedding-width", "8"],
            "--embedding-width must be the projection, 4, where embeddings are tied"
        ),
    ]

    @Test(arguments: misuses) func settingsThatDoNotBelong(_ misuse: (arguments: [String], message: String)) throws {
        let outcome = try sequitur(misuse.arguments)
        #expect(outcome.status == 2 && outcome.isOneLineError && outcome.errors.contains(misuse.message), "\(outcome)")
    }

    /// Every variant trains, is saved, and is what `evaluate` and `info` read.
    @Test(arguments: [
        (
            ["--model", "rnn", "--nonlinearity", "relu", "--layer-norm", "--zoneout-hidden", "0.1"],
            ["rnn-relu", "layer norm", "hidden zoneout"]
        ),
        (["--model", "gru", "--reset", "before", "--learned-initial-state"], ["gru-reset-before", "learned initial state"]),
        (
            [
                "--model", "lstm", "--projection", "5", "--layer-norm", "--zoneout-cell", "0.3", "--weight-dropout", "0.2",
                "--locked-dropout", "--dropout", "0.1",
            ], ["projection", "layer norm", "cell zoneout", "weight dropout", "locked dropout"]
        ),
    ]) func variantsTrain(_ flags: [String], _ words: [String]) throws {
        let work = try Workplace()
        let outcome = try work.train(flags + ["--maximum-steps", "4"])
        #expect(outcome.status == 0, "\(outcome)")
        let info = try work.sequitur(["info", "run"])
        for word in words { #expect(info.output.contains(word), "\(info)") }
        // Threads change nothing beyond rounding.
        let alone = try work.perplexity()
        let shared = try work.sequitur([
            "evaluate", "run", "--data", "short.txt", "--json", "--threads", "2", "--precision", "float32",
        ])
        let other = try #require(try JSONValue(parsing: shared.output)["perplexity"]?.double)
        #expect(abs(alone - other) < 1e-5 * alone)
    }

    /// Keys of config.json that are wrong; and a folder from before there were such keys.
    @Test func keysOfOlderAndOfWrongConfigurations() throws {
        let work = try Workplace(trained: true), bytes = try work.bytes(of: "run/config.json")
        let text = String(decoding: bytes, as: UTF8.self), before = try work.perplexity()
        for (key, value, message) in [
            ("projection_size", "-1", "the projection size must be from 0 to below the hidden size"),
            ("projection_size", "5", "tied embeddings need one width"),
            ("projection_size", "0.5", "\"projection_size\" must be a whole"),
            ("layer_norm", "1", "\"layer_norm\" must be true or false"),
            ("layer_norm", "true", "the files do not belong together"),
            ("learned_initial_state", "true", "the files do not belong together"),
            ("zoneout_cell", "1.0", "cell zoneout must be at least 0 and below 1"),
            ("weight_dropout", "\"x\"", "\"weight_dropout\" must be"),
        ] {
            let pattern = try Regex("\"\(key)\": *[a-z0-9.]+")
            let changed = text.replacing(pattern, with: "\"\(key)\": \(value)")
            try #require(changed != text)
            try work.write(changed, to: "run/config.json")
            let outcome = try work.sequitur(["info", "run"])
            #expect(outcome.status == 1 && outcome.isOneLineError && outcome.errors.contains(message), "\(outcome)")
        }
        let new = "projection_size|layer_norm|learned_initial_state|zoneout_hidden|zoneout_cell|weight_dropout|locked_dropout"
        let older = text.replacing(try Regex(",\\s*\"(\(new))\": *[a-z0-9.]+"), with: "")
        try #require(!older.contains("zoneout") && !older.contains("locked"))
        try work.write(older, to: "run/config.json")
        #expect(try work.perplexity() == before)
    }
}
