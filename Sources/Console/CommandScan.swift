import ArgumentParser
import SequiturFiles

/// A command whose first argument names one of its subcommands by a key that a recipe may also give: `train TASK`, where
/// a recipe may say `task: language-modeling`.
public protocol ChoosingCommand: ParsableCommand {
    /// `task`.
    static var choiceKey: String { get }
}

/// What the user's arguments say, before they are parsed: which command, and which settings are given.
struct CommandScan {
    /// The words that choose the command: `train`, `language-modeling`.
    private(set) var path: [String] = []
    private(set) var command: any ParsableCommand.Type
    private(set) var settings: [Setting] = []
    /// The keys by which the words of `path` were chosen, where they have one: `task`.
    private(set) var choiceKeys: Set<String> = []
    /// What follows the words of `path`.
    private(set) var rest: [String]
    /// Values by key, in the order in which they were given.
    private(set) var given: [String: [String]] = [:]
    /// Help, the version or a completion script is asked for: nothing else matters then.
    private(set) var asksForHelp = false

    private static let helpFlags: Set<String> = [
        "-h", "-help", "--help", "--help-hidden", "--version", "--generate-completion-script", "--experimental-dump-help",
    ]

    /// - Parameter choose: called with the key of a `ChoosingCommand` and the arguments after it when they do not begin
    ///   with a name; gives the name, or nil to leave the choice open.
    /// - Throws: `UsageError` for an unknown command, flag or value, with the nearest valid one.
    init(
        root: any ParsableCommand.Type, arguments: [String], choose: (_ key: String, _ arguments: [String]) throws -> String?
    ) throws {
        command = root
        rest = arguments
        guard arguments.first != "help", arguments.first != "---completion" else {
            asksForHelp = true
            return
        }
        while !command.configuration.subcommands.isEmpty {
            let key = (command as? any ChoosingCommand.Type)?.choiceKey
            if let key { choiceKeys.insert(key) }
            let name: String
            if let word = rest.first, !word.hasPrefix("-") {
                name = word
                rest.removeFirst()
            } else if rest.contains(where: Self.helpFlags.contains) {
                asksForHelp = true
                return
            } else if let key, let chosen = try choose(key, rest) {
                name = chosen
            } else if rest.isEmpty {
                return
            } else {
                throw UsageError(
                    "name the \(key ?? "command") first: \(Self.subcommandNames(of: command).joined(separator: ", "))")
            }
            let subcommands = command.configuration.subcommands
            guard let subcommand = subcommands.first(where: { $0.configuration.commandName == name }) else {
                let names = Self.subcommandNames(of: command)
                throw UsageError(
                    "unknown \(key ?? "command") '\(name.printable())'; did you mean '\(NearestName.of(name, in: names))'? (\(names.joined(separator: ", ")))"
                )
            }
            command = subcommand
            path.append(name)
        }
        settings = Setting.all(of: command)
        do {
            try scanFlags()
        } catch {
            // Who asks for help gets it, whatever else is wrong.
            guard rest.contains(where: Self.helpFlags.contains) else { throw error }
            asksForHelp = true
        }
    }

    private static func subcommandNames(of command: any ParsableCommand.Type) -> [String] {
        command.configuration.subcommands.compactMap { $0.configuration.commandName }
    }

    /// The value of `--key`, before it is known to which command the arguments belong.
    static func value(of key: String, in arguments: [String]) -> String? {
        var value: String?
        for (position, argument) in arguments.enumerated() {
            if argument == "--\(key)", position + 1 < arguments.count { value = arguments[position + 1] }
            if argument.hasPrefix("--\(key)=") { value = String(argument.dropFirst(key.count + 3)) }
        }
        return value
    }

    private mutating func scanFlags() throws {
        let settingByKey = Dictionary(settings.map { ($0.key, $0) }) { first, _ in first }
        var position = 0
        while position < rest.count, rest[position] != "--" {
            let argument = rest[position]
            position += 1
            if Self.helpFlags.contains(argument) {
                asksForHelp = true
                return
            }
            guard argument.hasPrefix("--") else { continue }
            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts.first ?? "")
            if let setting = settingByKey[name], !setting.isPositional {
                if setting.arity == .flag {
                    given[name] = ["true"]
                } else if parts.count == 2 {
                    try add(String(parts[1]), to: setting)
                } else if position < rest.count {
                    try add(rest[position], to: setting)
                    position += 1
                }
            } else if name.hasPrefix("no-"), settingByKey[String(name.dropFirst(3))]?.arity == .flag {
                given[String(name.dropFirst(3))] = ["false"]
            } else {
                throw unknownFlag(name)
            }
        }
    }

    private mutating func add(_ text: String, to setting: Setting) throws {
        if let problem = setting.problem(with: text) { throw UsageError("\(setting.flag) \(problem)") }
        if setting.arity == .list { given[setting.key, default: []].append(text) } else { given[setting.key] = [text] }
    }

    private func unknownFlag(_ name: String) -> UsageError {
        let names = settings.filter { !$0.isPositional }.map(\.key) + ["help"]
        return UsageError("unknown flag '--\(name.printable())'; did you mean '--\(NearestName.of(name, in: names))'?")
    }
}
