/// A mistake in how the program was called: a flag, a recipe, an environment variable. Ends the program with status 2.
public struct UsageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One line: what was expected, what came, where, what to do.
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// A setting's value that a command cannot accept; the program adds where the value came from.
public struct SettingError: Error, Equatable, Sendable {
    public let key: String
    /// Completes the key's name: `must be at least 1, not 0`.
    public let problem: String

    public init(key: String, problem: String) {
        self.key = key
        self.problem = problem
    }
}

/// Work that was cut short by Ctrl-C or SIGTERM after everything was saved. Ends the program with status 130.
public struct Interrupted: Error, Equatable, Sendable, CustomStringConvertible {
    /// One line: what was saved and how to go on.
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// What the program's exit status says.
public enum ExitStatus: Int32, Sendable {
    case done = 0
    /// The work failed: a file, its contents, the training.
    case failed = 1
    /// The program was called in a wrong way.
    case usage = 2
    /// Interrupted by the user, after saving.
    case interrupted = 130
}
