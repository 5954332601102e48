import ArgumentParser
import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A command that speaks through a console.
public protocol ConsoleCommand: ParsableCommand {
    func run(in console: Console) throws
}

/// A command-line program: from its arguments to its exit status.
///
/// Every error, whatever its type, is one line on standard error that begins with the program's name.
public struct Program: Sendable {
    let root: any ParsableCommand.Type
    let name: String
    /// Variables with our prefix that are no settings.
    let reservedVariables: Set<String>

    public init(_ root: any ParsableCommand.Type, reservedVariables: Set<String> = []) {
        self.root = root
        name = root.configuration.commandName ?? "\(root)".lowercased()
        self.reservedVariables = reservedVariables
    }

    /// Runs the command that the process's arguments ask for, and ends the process.
    public func main() -> Never {
        exit(run(Array(CommandLine.arguments.dropFirst()), environment: Self.environment()))
    }

    /// Runs the command that `arguments` ask for.
    ///
    /// - Parameter arguments: without the program's own name.
    /// - Returns: the exit status.
    public func run(_ arguments: [String], environment: [String: String]) -> Int32 {
        // A reader that goes away and a file at its limit are errors of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        do {
            let resolution = try Resolution(
                root: root, arguments: arguments, environment: environment, reservedVariables: reservedVariables)
            guard let command = try parse(resolution) else { return ExitStatus.done.rawValue }
            let console = Console(
                name: name, output: Terminal(descriptor: 1, environment: environment),
                diagnostics: Terminal(descriptor: 2, environment: environment),
                settings: try ResolvedSettings(command, resolution: resolution))
            if try showsSettings(of: command, in: console) { return ExitStatus.done.rawValue }
            try (command as? any ConsoleCommand)?.run(in: console)
            return ExitStatus.done.rawValue
        } catch OutputError.closed {
            return ExitStatus.done.rawValue
        } catch {
            try? OutputStream.write("\(name): \(Self.line(for: error))\n", to: 2)
            return Self.status(of: error).rawValue
        }
    }

    /// - Returns: nil where help was asked for and given.
    private func parse(_ resolution: Resolution) throws -> (any ParsableCommand)? {
        do {
            let command = try root.parseAsRoot(resolution.arguments)
            // A command without a body of its own, such as `sequitur help`, throws its text.
            if !(command is any ConsoleCommand) {
                var command = command
                try command.run()
            }
            return command
        } catch {
            guard root.exitCode(for: error).isSuccess else {
                let path = ([name] + resolution.commandPath).joined(separator: " ")
                throw UsageError("\(Self.lowercasedFirst(root.message(for: error))); see '\(path) --help'")
            }
            try OutputStream.write(root.fullMessage(for: error) + "\n", to: 1)
            return nil
        }
    }

    private func showsSettings(of command: any ParsableCommand, in console: Console) throws -> Bool {
        let groups = Setting.groups(of: command)
        guard groups.contains(where: { ($0 as? RecipeOptions)?.showConfig == true }) else { return false }
        if groups.contains(where: { ($0 as? OutputOptions)?.json == true }) {
            try console.print(console.settings.json)
        } else {
            try console.write(console.settings.recipe)
        }
        return true
    }

    /// The process's environment, without Foundation, which would cost start-up time.
    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var position = 0
        while let entry = environ[position] {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            position += 1
        }
        return variables
    }

    package static func status(of error: any Error) -> ExitStatus {
        switch error {
        case is UsageError, is SettingError, is ValidationError: .usage
        case is Interrupted: .interrupted
        default: .failed
        }
    }

    /// Any error as one line without control characters.
    package static func line(for error: any Error) -> String {
        let text = if let error = error as? SettingError { "--\(error.key) \(error.problem)" } else { String(describing: error) }
        let line = text.split(whereSeparator: \.isNewline).map { $0.trimmingSpaces }.joined(separator: " ")
        return line.printable(limit: 4096)
    }

    private static func lowercasedFirst(_ text: String) -> String {
        let text = text.hasSuffix(".") ? String(text.dropLast()) : text
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
