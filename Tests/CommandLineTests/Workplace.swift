import Foundation
import SequiturFiles
import Testing

/// A folder in which a new user works: a text, what is trained from it, and mistakes.
final class Workplace {
    let path: String

    /// - Parameter trained: begins with a run in `run`, of 12 steps and with the checkpoints step-8 and step-12.
    convenience init(trained: Bool = false) throws {
        try self.init(files: trained ? Self.trained.get() : [:])
    }

    init(files: [String: [UInt8]]) throws {
        path = FileManager.default.temporaryDirectory.path + "/sequitur-work-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try write(Self.text, to: "text.txt")
        try write(String(Self.text.prefix(500)), to: "short.txt")
        for (name, bytes) in files { try write(bytes, to: name) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    // MARK: What there is

    /// 6,000 bytes of English: text.txt. Its beginning is short.txt.
    static let text: String = {
        let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Samples/tales.txt")
        let bytes = (try? Data(contentsOf: sample.standardized)) ?? Data()
        return String(decoding: bytes.prefix(6000), as: UTF8.self)
    }()

    /// Trains a small model in a moment.
    static let training = [
        "train", "language-modeling", "--data", "text.txt", "--no-progress", "--threads", "1", "--layers", "1", "--width", "8",
        "--batch", "4", "--steps", "8", "--validate-every", "4", "--schedule", "constant", "--precision", "float32",
    ]

    private static let trained = Result {
        try files(ofRun: ["--maximum-steps", "12", "--keep-checkpoints", "2", "--checkpoint-every", "4"])
    }

    /// The files of a run, for tests to begin with.
    static func files(ofRun arguments: [String]) throws -> [String: [UInt8]] {
        let work = try Workplace(), outcome = try work.train(arguments)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let files = try FileManager.default.subpathsOfDirectory(atPath: work.path).filter { file in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: "\(work.path)/\(file)", isDirectory: &isFolder)
            return exists && !isFolder.boolValue && file.hasPrefix("run/")
        }
        return try Dictionary(uniqueKeysWithValues: files.map { ($0, try work.bytes(of: $0)) })
    }

    // MARK: What is done

    func sequitur(_ arguments: [String], input: String = "", largestFile: Int? = nil) throws -> Outcome {
        try SequiturCommandLineTests.sequitur(arguments, in: path, input: input, largestFile: largestFile)
    }

    /// Trains on text.txt into the folder `run`.
    func train(_ arguments: [String] = [], largestFile: Int? = nil) throws -> Outcome {
        try sequitur(Self.training + ["--output", "run"] + arguments, largestFile: largestFile)
    }

    /// The perplexity of a run's model on short.txt.
    func perplexity(of run: String = "run") throws -> Double {
        let outcome = try sequitur(["evaluate", run, "--data", "short.txt", "--json", "--threads", "1", "--precision", "float32"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try #require(try JSONValue(parsing: outcome.output)["perplexity"]?.double)
    }

    /// The steps that metrics.jsonl tells of, in their order.
    func steps(of run: String = "run") throws -> [Int] {
        try MappedFile(path: "\(path)/\(run)/metrics.jsonl").text().split(separator: "\n").compactMap { line in
            let event = try JSONValue(parsing: String(line))
            return event["event"] == "step" ? event["step"]?.int : nil
        }
    }

    // MARK: Files

    func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    func write(_ bytes: [UInt8], to name: String) throws {
        let file = "\(path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: file).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
    }

    func bytes(of name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))) }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
    }

    /// The names of what a folder holds, in order; nothing where there is no folder.
    func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? []).sorted()
    }
}

extension JSONValue {
    init(parsing text: String) throws { self = try Array(text.utf8).withUnsafeBytes { try JSONValue.parse($0) } }
}
