import ArgumentParser
import SequiturFiles

/// The settings of one call, brought together from all sources: flag > environment > recipe > default.
///
/// What the recipe and the environment give becomes arguments placed before the user's own, and everything is parsed once
/// by the command. A key that a stronger source gives is left out of the weaker one's arguments, so that a list given by
/// flag replaces the recipe's list and a flag may be taken back by `--no-…`.
public struct Resolution {
    /// What the parser is to parse.
    public private(set) var arguments: [String]
    /// The words that choose the command: `train`, `language-modeling`.
    public let commandPath: [String]
    /// Where each given key comes from; keys that are left at their defaults are not in here.
    public private(set) var origins: [String: Origin] = [:]
    /// Help, the version or a completion script is asked for, so that nothing was resolved.
    public let asksForHelp: Bool

    /// What begins the name of an environment variable that sets a setting.
    public static let environmentPrefix = "SEQUITUR_"

    /// - Parameter reservedVariables: environment variables with our prefix that are no settings.
    /// - Throws: `UsageError` and `FileError`.
    public init(
        root: any ParsableCommand.Type, arguments: [String], environment: [String: String] = [:],
        reservedVariables: Set<String> = []
    ) throws {
        let environment = environment.filter {
            $0.key.hasPrefix(Self.environmentPrefix) && !reservedVariables.contains($0.key) && !$0.value.isEmpty
        }
        let scan = try CommandScan(root: root, arguments: arguments) { key, rest in
            if let name = environment[Self.variable(key)] { return name }
            guard let path = CommandScan.value(of: "recipe", in: rest) ?? environment[Self.variable("recipe")] else { return nil }
            let entry = try Recipe(path: path).entries.first { $0.key == key }
            guard case .scalar(let name)? = entry?.value else { return nil }
            return name.text
        }
        commandPath = scan.path
        asksForHelp = scan.asksForHelp
        self.arguments = arguments
        guard !asksForHelp else { return }

        for key in scan.given.keys { origins[key] = .flag }
        let fromEnvironment = try readEnvironment(environment, scan: scan, root: root)
        var fromRecipe: [String] = []
        if scan.settings.contains(where: { $0.key == "recipe" }) {
            let path = scan.given["recipe"]?.last ?? environment[Self.variable("recipe")]
            if let path { fromRecipe = try read(Recipe(path: path), scan: scan) }
        }
        // After leading positional arguments, which a list that takes what follows it would swallow.
        let positionals = scan.rest.prefix { !$0.hasPrefix("-") || $0 == "-" }
        self.arguments = scan.path + positionals + fromRecipe + fromEnvironment + scan.rest.dropFirst(positionals.count)
    }

    /// `learning-rate` → `SEQUITUR_LEARNING_RATE`.
    static func variable(_ key: String) -> String {
        environmentPrefix + key.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    private mutating func readEnvironment(
        _ environment: [String: String], scan: CommandScan, root: any ParsableCommand.Type
    ) throws -> [String] {
        let settings = Dictionary(
            scan.settings.filter { !$0.isPositional && $0.key != "show-config" }.map { (Self.variable($0.key), $0) }
        ) { first, _ in first }
        var arguments: [String] = []
        for (variable, text) in environment.sorted(by: { $0.key < $1.key }) {
            guard let setting = settings[variable] else {
                try Self.checkBelongsToAnotherCommand(variable, root: root)
                continue
            }
            let origin = Origin.environment(variable: variable)
            let values = try Self.values(ofVariable: text, for: setting, origin: origin)
            guard origins[setting.key] == nil else { continue }
            origins[setting.key] = origin
            arguments += values.map { Self.argument(setting, $0) }
        }
        return arguments
    }

    private mutating func read(_ recipe: Recipe, scan: CommandScan) throws -> [String] {
        let settings = Dictionary(
            scan.settings.filter { !$0.isPositional && !["recipe", "show-config"].contains($0.key) }.map { ($0.key, $0) }
        ) { first, _ in first }
        var arguments: [String] = []
        for entry in recipe.entries where !scan.choiceKeys.contains(entry.key) {
            let origin = Origin.recipe(path: recipe.path, line: entry.line)
            guard let setting = settings[entry.key] else {
                let nearest = NearestName.of(entry.key, in: scan.settings.map(\.key).filter { settings[$0] != nil })
                throw UsageError(
                    "\(origin.description): unknown key '\(entry.key.printable())'; did you mean '\(nearest)'?")
            }
            let values = try entry.values(for: setting, path: recipe.path)
            guard origins[setting.key] == nil else { continue }
            origins[setting.key] = origin
            arguments += values.map { Self.argument(setting, $0) }
        }
        return arguments
    }

    private static func argument(_ setting: Setting, _ value: String) -> String {
        guard setting.arity == .flag else { return "\(setting.flag)=\(value)" }
        return value == "true" ? setting.flag : "--no-\(setting.key)"
    }

    /// A variable holds one value; a list may be written as in a recipe: `["a.txt", "b.txt"]`.
    private static func values(ofVariable text: String, for setting: Setting, origin: Origin) throws -> [String] {
        if setting.arity == .list, text.hasPrefix("[") {
            let recipe = try Recipe(path: origin.description, yaml: "\(setting.key): \(text)")
            return try recipe.entries.flatMap { try $0.values(for: setting, path: recipe.path) }
        }
        if setting.arity == .flag {
            switch text.lowercased() {
            case "1", "true", "yes", "on": return ["true"]
            case "0", "false", "no", "off": return ["false"]
            default: throw UsageError("\(origin.name(of: setting.key)) must be true or false, not '\(text.printable())'")
            }
        }
        if let problem = setting.problem(with: text) { throw UsageError("\(origin.name(of: setting.key)) \(problem)") }
        return [text]
    }

    /// A variable may be meant for another command; one that no command knows is a mistake.
    private static func checkBelongsToAnotherCommand(_ variable: String, root: any ParsableCommand.Type) throws {
        let settings = allSettings(of: root).filter { !$0.isPositional && $0.key != "show-config" }
        let keys = settings.map(\.key) + choiceKeys(of: root)
        let variables = keys.map(Self.variable)
        guard !variables.contains(variable) else { return }
        let nearest = NearestName.of(variable, in: variables)
        throw UsageError("unknown environment variable \(variable.printable()); did you mean \(nearest)?")
    }

    private static func allSettings(of command: any ParsableCommand.Type) -> [Setting] {
        let subcommands = command.configuration.subcommands
        return subcommands.isEmpty ? Setting.all(of: command) : subcommands.flatMap(allSettings)
    }

    private static func choiceKeys(of command: any ParsableCommand.Type) -> Set<String> {
        command.configuration.subcommands.reduce(into: Set((command as? any ChoosingCommand.Type).map { [$0.choiceKey] } ?? [])) {
            $0.formUnion(choiceKeys(of: $1))
        }
    }
}

extension Recipe.Entry {
    /// This entry's values as a flag would give them, checked against what the setting takes.
    fileprivate func values(for setting: Setting, path: String) throws -> [String] {
        func fail(_ line: Int, _ problem: String) -> UsageError {
            UsageError("\(Origin.recipe(path: path, line: line).name(of: key)) \(problem)")
        }
        let scalars: [Recipe.Scalar]
        switch value {
        case .scalar(let scalar): scalars = [scalar]
        case .list(let list):
            guard setting.arity == .list else { throw fail(line, "must be \(setting.expectation), not a list") }
            scalars = list
        }
        guard !scalars.isEmpty else { throw fail(line, "is an empty list; give it a value or remove the line") }
        return try scalars.map { scalar in
            guard !scalar.isNull else { throw fail(scalar.line, "has no value; give it one or remove the line") }
            if setting.arity == .flag {
                guard scalar.isPlain, ["true", "false"].contains(scalar.text.lowercased()) else {
                    throw fail(scalar.line, "must be true or false, not '\(scalar.text.printable())'")
                }
                return scalar.text.lowercased()
            }
            guard scalar.isPlain || !setting.isNumeric else {
                throw fail(
                    scalar.line,
                    "must be \(setting.expectation), not text; remove the quotation marks of '\(scalar.text.printable())'")
            }
            if let problem = setting.problem(with: scalar.text) { throw fail(scalar.line, problem) }
            return scalar.text
        }
    }
}
