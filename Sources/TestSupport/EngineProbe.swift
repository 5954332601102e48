import Foundation

/// The test-only program that measures the engine in a process of its own.
public enum EngineProbe {
    /// What the program writes to standard output.
    ///
    /// - Throws: where it cannot be started or does not end with 0.
    public static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Data {
        let process = Process(), output = Pipe()
        process.executableURL = folder.appendingPathComponent("SequiturEngineProbe")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw EngineProbeError(description: "the engine probe \(arguments) ended with status \(process.terminationStatus)")
        }
        return data
    }

    /// The lines `NAME NUMBER` that the program writes.
    public static func measurements(_ arguments: [String], environment: [String: String] = [:]) throws -> [String: Int] {
        let text = String(decoding: try run(arguments, environment: environment), as: UTF8.self)
        let pairs = text.split(separator: "\n").map { $0.split(separator: " ") }
        return Dictionary(
            uniqueKeysWithValues: pairs.compactMap { pair in
                pair.count == 2 ? Int(pair[1]).map { (String(pair[0]), $0) } : nil
            })
    }

    /// Where the programs of the package lie: beside the bundle of tests, whichever program has loaded it.
    private static var folder: URL {
        let arguments = CommandLine.arguments
        let bundle = arguments.first { $0.hasSuffix(".xctest") } ?? Bundle.main.executablePath ?? arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent()
    }
}

public struct EngineProbeError: Error, CustomStringConvertible {
    public let description: String
}
