import Foundation
import SequiturFiles
import Testing

/// Runs that are cut short: by a full disk, by numbers that are none, by Ctrl-C, by a kill, by a second process.
extension BadInputTests {
    // MARK: A full disk

    /// Sizes at which files meet the limit, from the first file of a run to the largest, and whether the model could be saved.
    /// With these settings the description has 1.7 KB, the weights 85 KB and the optimizer's state 170 KB.
    static let diskLimits: [(bytes: Int, begins: Bool, savesModel: Bool)] = [
        (0, false, false), (1024, false, false), (2048, true, false), (16384, true, false), (65536, true, false),
        (98304, true, true), (147456, true, true),
    ]
    private static let wide = ["--width", "48", "--maximum-steps", "12"]

    @Test(arguments: diskLimits) func aDiskThatIsFull(_ limit: (bytes: Int, begins: Bool, savesModel: Bool)) throws {
        let work = try Workplace()
        let outcome = try work.train(Self.wide, largestFile: limit.bytes)
        #expect(outcome.status == (limit.savesModel ? 0 : 1), "\(outcome)")
        let lines = outcome.errors.split(separator: "\n")
        for line in lines {
            #expect(
                line.hasPrefix("sequitur: ") && line.contains("cannot write 'run/")
                    && line.contains("file too large; raise the limit"))
            #expect(!line.contains(".tmp"), "\(line)")
        }
        #expect(lines.isEmpty == false && (limit.begins || lines.count == 1), "\(outcome.errors)")
        // Nothing half-written has a name.
        let temporary = (work.names(in: "run") + work.names(in: "run/checkpoints")).filter { $0.hasSuffix(".tmp") }
        #expect(temporary == [])
        if limit.savesModel { #expect(throws: Never.self) { try work.perplexity() } }
        // The disk has room again: where the run had not begun the same command will do.
        let again = try work.train(Self.wide + (limit.begins ? ["--overwrite"] : []))
        #expect(again.status == 0, "\(again)")
        #expect(try work.steps() == Array(1...12))
    }

    private static let begun = Result { try Workplace.files(ofRun: wide) }
    private static let ended = Result { () throws -> Double in
        let work = try Workplace(files: begun.get())
        #expect(try work.train(wide + ["--resume", "--maximum-steps", "24"]).status == 0)
        return try work.perplexity()
    }

    /// What a run saved before the disk was full is whole, and the run goes on from it to the end that it would have had.
    @Test(arguments: [0, 2048, 65536, 98304, 180224]) func aDiskThatBecomesFull(bytes: Int) throws {
        let work = try Workplace(files: Self.begun.get())
        let before = try work.bytes(of: "run/model.safetensors")
        let outcome = try work.train(Self.wide + ["--resume", "--maximum-steps", "24"], largestFile: bytes)
        #expect(outcome.status == (bytes < 98304 ? 1 : 0), "\(outcome)")
        #expect(outcome.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("sequitur: ") })
        #expect(try (work.bytes(of: "run/model.safetensors") == before) == (outcome.status == 1))
        #expect(work.names(in: "run/checkpoints") == (bytes < 180224 ? ["step-12"] : ["step-12", "step-24"]))
        #expect(try work.train(Self.wide + ["--resume", "--maximum-steps", "24"]).status == 0)
        #expect(try work.steps() == Array(1...24))
        #expect(try work.perplexity() == Self.ended.get())
    }

    // MARK: Losses that are no numbers

    @Test func aLossThatIsNoNumber() throws {
        let work = try Workplace(trained: true)
        let before = try work.perplexity()
        let outcome = try work.train(["--resume", "--maximum-steps", "40", "--learning-rate", "1e37", "--clip", "0"])
        #expect(outcome.status == 1 && outcome.output.isEmpty, "\(outcome)")
        let line = try #require(outcome.errors.split(separator: "\n").last)
        let pattern =
            /sequitur: the .* became -?(nan|inf) at step (\d+); go on from the last good checkpoint, 'run\/checkpoints\/step-(\d+)' \(--resume\), with a lower learning rate, or gradients clipped at a smaller norm/
        let found = try #require(try pattern.wholeMatch(in: line), "\(line)")
        let (step, checkpoint) = try (#require(Int(found.2)), #require(Int(found.3)))
        #expect(step > checkpoint && checkpoint >= 12)
        #expect(try work.perplexity() == before)
        // Going on with a sound rate repairs it.
        let sound = try work.train(["--resume", "--maximum-steps", "40", "--learning-rate", "0.002"])
        #expect(sound.status == (checkpoint == 12 ? 0 : sound.status), "\(sound)")
        #expect(try work.steps().last == (sound.status == 0 ? 40 : step - 1))
    }

    @Test func aRunThatDivergesAtOnce() throws {
        let work = try Workplace()
        let outcome = try work.train(["--learning-rate", "1e37", "--maximum-steps", "40", "--validate-every", "1"])
        #expect(outcome.status == 1 && outcome.isOneLineError, "\(outcome)")
        #expect(outcome.errors.contains(" became ") && outcome.errors.contains(" at step "))
        // What is no model is not kept as one.
        #expect(!work.names(in: "run").contains("model.safetensors") || (try? work.perplexity())?.isFinite == true)
    }

    // MARK: Ends before the end

    private static let endless = [
        "--width", "16", "--validate-every", "100", "--checkpoint-every", "10", "--epochs", "10000000", "--maximum-steps",
    ]

    /// Starts a run without end in `run`, and waits until it has saved its first weights.
    private func running(in work: Workplace, _ arguments: [String] = []) throws -> SequiturProgram {
        let log = work.path + "/run/metrics.jsonl"
        let before = FileManager.default.contents(atPath: log)?.count ?? 0
        let program = try SequiturProgram(
            Workplace.training + ["--output", "run"] + Self.endless + ["10000000"] + arguments, in: work.path)
        for _ in 0..<20_000 where program.isRunning {
            if let bytes = FileManager.default.contents(atPath: log), bytes.count > before + 40_000 { break }
            usleep(500)
        }
        return program
    }

    /// Goes on with a run for some steps, and compares it with one that was never cut short.
    private func expectTheSameEnd(_ work: Workplace, after last: Int) throws {
        let whole = try Workplace(), end = String(last + 20)
        #expect(try whole.train(Self.endless + [end]).status == 0)
        let resumed = try work.train(Self.endless + [end, "--resume"])
        #expect(resumed.status == 0 && resumed.errors.isEmpty, "\(resumed)")
        #expect(try work.steps() == Array(1...(last + 20)))
        #expect(try work.perplexity() == (try whole.perplexity()))
        #expect((work.names(in: "run") + work.names(in: "run/checkpoints")).allSatisfy { !$0.hasSuffix(".tmp") })
    }

    @Test(arguments: [SIGINT, SIGTERM]) func anInterruption(signal number: Int32) throws {
        // Shells start background jobs with SIGINT ignored, and ignored signals stay so.
        if number == SIGINT, isIgnored(SIGINT) { return }
        let work = try Workplace(), program = try running(in: work)
        program.send(number)
        let outcome = try program.outcome()
        #expect(outcome.status == 130 && outcome.isOneLineError, "\(outcome)")
        let last = try #require(try work.steps().last)
        #expect(outcome.errors == "sequitur: saved 'run/checkpoints/step-\(last)'; go on with the same command and --resume\n")
        #expect(throws: Never.self) { try work.perplexity() }
        try expectTheSameEnd(work, after: last)
    }

    @Test func aKill() throws {
        let work = try Workplace(), program = try running(in: work)
        program.destroy()
        try expectTheSameEnd(work, after: try #require(try work.steps().last))
    }

    // MARK: Two at once

    /// One process trains into a folder; others may read from it meanwhile.
    @Test func twoProcessesInOneFolder() throws {
        let work = try Workplace(), program = try running(in: work)
        for flag in ["--resume", "--overwrite"] {
            let second = try work.train([flag])
            let message =
                "another process (\(program.identifier)) is training in 'run'; wait until it has ended, or name another folder"
            #expect(second.status == 1 && second.errors == "sequitur: \(message)\n", "\(second)")
        }
        _ = try work.perplexity()
        for reading in [["generate", "run", "--maximum-tokens", "3", "--prompt", "The"], ["info", "run"]] {
            let outcome = try work.sequitur(reading)
            #expect(outcome.status == 0, "\(outcome)")
        }
        #expect(program.isRunning)
        // Its death frees the folder.
        program.destroy()
        #expect(try work.train(["--overwrite", "--maximum-steps", "2"]).status == 0)
    }

    private func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        sigaction(number, nil, &action)
        #if canImport(Darwin)
            return unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        #else
            return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        #endif
    }
}
