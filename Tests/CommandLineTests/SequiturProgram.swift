import Foundation
import Testing

/// What a run of the program left.
struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// One line that begins with the program's name, and nothing on standard output.
    var isOneLineError: Bool {
        output.isEmpty && errors.hasPrefix("sequitur: ") && errors.hasSuffix("\n") && errors.count { $0.isNewline } == 1
    }
}

/// The built `sequitur` at work, as users run it.
final class SequiturProgram {
    private let process = Process()
    private let standardInput = Pipe(), standardOutput = Pipe(), standardError = Pipe()

    /// The executable lies beside the test bundle.
    static let executable = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("sequitur")

    /// - Parameters:
    ///   - folder: where it works; where the tests work if nil.
    ///   - output: where its results go instead of into the outcome.
    ///   - largestFile: the size in bytes at which a file meets the limit that the system sets for it, as on a full disk.
    init(
        _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:], output: FileHandle? = nil,
        largestFile: Int? = nil
    ) throws {
        if let largestFile {
            // The shell counts in blocks of 512 bytes (POSIX); the limit must not be set for the tests themselves.
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments =
                ["-c", "ulimit -f \(largestFile / 512) && exec \"$0\" \"$@\"", Self.executable.path] + arguments
        } else {
            process.executableURL = Self.executable
            process.arguments = arguments
        }
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        process.environment = environment
        process.standardInput = standardInput
        process.standardOutput = output ?? standardOutput
        process.standardError = standardError
        try Self.withSignalsUnblocked { try process.run() }
        if output != nil { try standardOutput.fileHandleForWriting.close() }
    }

    deinit {
        if process.isRunning { send(SIGKILL) }
    }

    /// A new process blocks what the thread that makes it blocks, and threads that run tests block signals.
    private static func withSignalsUnblocked(_ body: () throws -> Void) rethrows {
        var signals = sigset_t(), before = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    var identifier: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for its end.
    func outcome(input: String = "") throws -> Outcome {
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let text = try standardOutput.fileHandleForReading.readToEnd()
        let errors = try standardError.fileHandleForReading.readToEnd()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        return Outcome(
            status: process.terminationStatus, output: String(decoding: text ?? Data(), as: UTF8.self),
            errors: String(decoding: errors ?? Data(), as: UTF8.self))
    }

    /// Ends it at once, without a chance to do anything.
    func destroy() {
        send(SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
    }
}

/// Runs the program to its end.
func sequitur(
    _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:], input: String = "",
    output: FileHandle? = nil, largestFile: Int? = nil
) throws -> Outcome {
    try SequiturProgram(arguments, in: folder, environment: environment, output: output, largestFile: largestFile).outcome(
        input: input)
}
