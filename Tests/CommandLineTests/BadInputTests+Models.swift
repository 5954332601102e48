import Foundation
import SequiturFiles
import Testing

/// Model folders and checkpoints that are damaged, or forged to do damage.
extension BadInputTests {
    private static let reading = [
        ["evaluate", "run", "--data", "short.txt", "--no-progress", "--threads", "1"],
        ["generate", "run", "--maximum-tokens", "3", "--threads", "1"], ["info", "run"],
    ]

    /// What is done to a file of the folder, and what is said of it.
    static let damages: [(file: String, change: @Sendable ([UInt8]) -> [UInt8], message: String)] = [
        ("model.safetensors", { _ in [] }, "cannot read 'run/model.safetensors': "),
        ("model.safetensors", { Array($0.prefix($0.count / 2)) }, "the file ends early: its tensors need"),
        ("model.safetensors", { $0 + [0] }, "the file goes on behind its last tensor"),
        ("model.safetensors", { [0xFF] + $0.dropFirst() }, "cannot read 'run/model.safetensors': "),
        ("model.safetensors", { Array(repeating: 0xFF, count: 8) + $0.dropFirst(8) }, "announce a header of"),
        ("model.safetensors", { $0[..<9] + [0x7D] + $0[10...] }, "cannot read 'run/model.safetensors': "),
        (
            "model.safetensors", { replacing($0, "[47,8]", "[8,47]") },
            "embedding.weight should have shape [47, 8], but has [8, 47]"
        ),
        ("model.safetensors", { replacing($0, "embedding.weight", "embedding.height") }, "lacks embedding.weight"),
        (
            "model.safetensors", { replacing($0, "[0,", "[4,") }, "cannot read 'run/model.safetensors': "
        ),
        ("config.json", { _ in [] }, "cannot read 'run/config.json': not valid JSON"),
        ("config.json", { Array($0.prefix(100)) }, "cannot read 'run/config.json': not valid JSON"),
        ("config.json", { _ in Array("[]".utf8) }, "run/config.json: the key \"model_type\" is missing"),
        ("config.json", { _ in Array(String(repeating: "[", count: 100_000).utf8) }, "nested deeper than"),
        (
            "config.json", { replacing($0, "sequitur-lstm", "sequitur-mlp") },
            "unknown model_type \"sequitur-mlp\"; known types are"
        ),
        (
            "config.json", { replacing($0, "hidden_size\": 8", "hidden_size\": 65536") },
            "run/config.json: tied embeddings need one width"
        ),
        (
            "config.json", { replacing($0, "hidden_size\": 8", "hidden_size\": -8") },
            "run/config.json: the hidden size must lie in 1...65536"
        ),
        (
            "config.json", { replacing($0, "layers\": 1", "layers\": 999999999") },
            "run/config.json: the number of layers must lie in"
        ),
        ("config.json", { replacing($0, "layers\": 1", "layers\": 256") }, "the files do not belong together"),
        ("config.json", { replacing($0, "vocab_size\": 47", "vocab_size\": 48") }, "the files do not belong together"),
        ("config.json", { replacing($0, "\"dropout\": 0.0", "\"dropout\": 1e999") }, "number beyond the range"),
        ("config.json", { replacing($0, "\"dropout\": 0.0", "\"dropout\": 1.0") }, "dropout must be at least 0 and below 1"),
        ("tokenizer.json", { _ in [] }, "cannot read 'run/tokenizer.json': not valid JSON"),
        ("tokenizer.json", { Array($0.dropLast(20)) }, "cannot read 'run/tokenizer.json': not valid JSON"),
        ("tokenizer.json", { [0xEF, 0xBB, 0xBF] + $0 }, "a byte order mark, which JSON does not allow, at byte 0"),
        ("tokenizer.json", { replacing($0, "WordLevel", "BPE") }, "cannot use 'run/tokenizer.json': model"),
        (
            "tokenizer.json", { replacing($0, "\"e\": ", "\"e\": 9") },
            "cannot use 'run/tokenizer.json': not a tokenizer: the id of token"
        ),
        ("tokenizer.json", { replacing($0, "\"e\": ", "\"d\": ") }, "the key 'd' a second time in one object"),
    ]

    @Test(arguments: damages.indices) func damagedModelFiles(_ index: Int) throws {
        let (file, change, message) = Self.damages[index]
        let work = try Workplace(trained: true)
        let before = try work.bytes(of: "run/\(file)"), after = change(before)
        try #require(after != before, "nothing was changed in \(file)")
        try work.write(after, to: "run/\(file)")
        // All commands read a folder in the same way: each has its share of the damages.
        let outcome = try work.sequitur(Self.reading[index % 3])
        #expect(outcome.status == 1 && outcome.isOneLineError, "\(outcome)")
        #expect(outcome.errors.contains(message) && outcome.errors.utf8.count < 600, "\(outcome.errors)")
    }

    /// Whatever single bit flips, and wherever a file is cut: a result, or an error of one line.
    @Test(arguments: ["model.safetensors", "config.json", "tokenizer.json", "sequitur.json"])
    func anyBitAndAnyCut(file: String) throws {
        let work = try Workplace(trained: true), bytes = try work.bytes(of: "run/\(file)")
        var random = SystemRandomNumberGenerator()
        for round in 0..<8 {
            var changed = bytes
            let place = Int.random(in: 0..<(round % 4 == 0 ? min(64, bytes.count) : bytes.count), using: &random)
            if round % 2 == 0 {
                changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            } else {
                changed.removeLast(bytes.count - place)
            }
            try work.write(changed, to: "run/\(file)")
            let outcome = try work.sequitur(file == "sequitur.json" ? ["info", "run"] : Self.reading[round / 2 % 3])
            let what = "byte \(place) of \(file), \(round % 2 == 0 ? "flipped to \(changed[place])" : "cut")"
            #expect(
                outcome.status == 0 && outcome.errors.isEmpty || outcome.status == 1 && outcome.isOneLineError,
                "\(what): \(outcome)")
        }
    }

    @Test(arguments: ["nan", "inf"]) func weightsThatAreNoNumbers(value: String) throws {
        let work = try Workplace(trained: true)
        var bytes = try work.bytes(of: "run/model.safetensors")
        // The last tensor is the output's bias or another that every token needs.
        let pattern = try #require(Float(value)).bitPattern
        withUnsafeBytes(of: pattern.littleEndian) { bytes.replaceSubrange((bytes.count - 4)..., with: $0) }
        try work.write(bytes, to: "run/model.safetensors")
        for arguments in Self.reading.prefix(2) {
            let outcome = try work.sequitur(arguments)
            #expect(outcome.status == 1 && outcome.isOneLineError && outcome.errors.contains("damaged"), "\(outcome)")
        }
    }

    // MARK: Runs to go on with

    static let descriptions = [
        ("", "sequitur.json is not valid JSON: the JSON text ends where a value was expected, at byte 0"),
        ("{\"sequitur_run\": 2}", "sequitur.json has format version 2, but this program reads 1"),
        ("{}", "sequitur.json has no \"sequitur_run\""),
    ]

    @Test(arguments: descriptions) func aRunThatIsNotDescribed(text: String, reason: String) throws {
        let work = try Workplace(trained: true)
        try work.write(text, to: "run/sequitur.json")
        let outcome = try work.train(["--resume"])
        #expect(outcome.status == 1 && outcome.errors == "sequitur: 'run' holds no run: \(reason); name the folder of a run\n")
        // Nothing says that the files are ours to remove.
        let overwriting = try work.train(["--overwrite"])
        #expect(
            overwriting.status == 1 && overwriting.isOneLineError && overwriting.errors.contains("name a new or empty folder"))
        #expect(throws: Never.self) { try work.perplexity() }
    }

    /// The newest checkpoint is damaged: the one before it is taken, and the run comes to the same end.
    @Test(arguments: ["manifest.json", "trainer.json", "model.safetensors", "optimizer.safetensors", "task.safetensors"])
    func aDamagedCheckpoint(file: String) throws {
        let whole = try Workplace(trained: true), work = try Workplace(trained: true)
        #expect(try whole.train(["--resume", "--maximum-steps", "20"]).status == 0)
        var bytes = try work.bytes(of: "run/checkpoints/step-12/\(file)")
        if file == "manifest.json" { bytes.removeLast(9) } else { bytes[bytes.count / 2] ^= 4 }
        try work.write(bytes, to: "run/checkpoints/step-12/\(file)")
        let outcome = try work.train(["--resume", "--maximum-steps", "20"])
        #expect(outcome.status == 0 && outcome.errors.hasSuffix("; the one before it is tried\n"), "\(outcome)")
        #expect(outcome.errors.hasPrefix("sequitur: warning: checkpoint 'run/checkpoints/step-12' is damaged: \(file)"))
        #expect(outcome.errors.count { $0.isNewline } == 1)
        #expect(try work.steps() == Array(1...20))
        #expect(try work.perplexity() == (try whole.perplexity()))
    }

    @Test func allCheckpointsDamaged() throws {
        let work = try Workplace(trained: true)
        for step in ["step-8", "step-12"] { try work.write("{}", to: "run/checkpoints/\(step)/trainer.json") }
        let outcome = try work.train(["--resume"])
        #expect(outcome.status == 1, "\(outcome)")
        #expect(
            outcome.errors.split(separator: "\n").last == """
                sequitur: none of the checkpoints in 'run/checkpoints' can be used, the newest, 'step-12', because trainer.json has 2 \
                bytes where \(try Workplace(trained: true).bytes(of: "run/checkpoints/step-12/trainer.json").count) were written; \
                begin anew (--overwrite), or elsewhere from the run's weights (--from)
                """)
        let from = try work.sequitur(Workplace.training + ["--from", "run", "--output", "new", "--maximum-steps", "2"])
        #expect(from.status == 0, "\(from)")
    }

    /// What the manifest does not vouch for is not read.
    @Test func aManifestThatListsNothing() throws {
        let work = try Workplace(trained: true)
        try FileManager.default.removeItem(atPath: work.path + "/run/checkpoints/step-8")
        try work.write(
            #"{"format_version": 1, "run": "mine", "step": 12, "files": []}"#, to: "run/checkpoints/step-12/manifest.json")
        let outcome = try work.train(["--resume"])
        #expect(outcome.status == 1 && outcome.isOneLineError, "\(outcome)")
        #expect(outcome.errors.contains("manifest.json does not list model.safetensors; begin anew (--overwrite)"))
    }

    static func replacing(_ bytes: [UInt8], _ text: String, _ other: String) -> [UInt8] {
        var bytes = bytes
        if let range = bytes.firstRange(of: Array(text.utf8)) { bytes.replaceSubrange(range, with: Array(other.utf8)) }
        return bytes
    }
}
