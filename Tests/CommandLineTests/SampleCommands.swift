import ArgumentParser
import SequiturConsole

// A small program with one setting of every kind, so that the tests do not change with the real commands.

struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sample", subcommands: [Cook.self, Wash.self])

    static let reserved: Set<String> = ["SEQUITUR_MAX_ISA"]
}

struct Cook: ChoosingCommand {
    static let configuration = CommandConfiguration(commandName: "cook", subcommands: [Soup.self, Bread.self])
    static let choiceKey = "dish"
}

enum Herb: String, CaseIterable, ExpressibleByArgument {
    case none
    case basil
    case flatParsley = "flat-parsley"
}

struct Seasoning: CheckedSettings {
    @Option var herb = Herb.none
    @Option var saltGrams = 2.5
    @Option var sprigs: Int?

    func check() throws {
        try check("salt-grams", saltGrams, atLeast: 0)
        try check("sprigs", sprigs, atLeast: 1)
    }

    var unused: [UnusedSettings] { herb == .none ? [UnusedSettings(["sprigs"], because: "herb", is: "none")] : [] }
}

struct Soup: ConsoleCommand {
    static let configuration = CommandConfiguration(commandName: "soup")

    @Argument var pot: String
    @Option(parsing: .upToNextOption) var vegetables: [String] = ["carrot"]
    @Option var servings = 4
    @Flag(inversion: .prefixedNo) var hot = true
    @Option(parsing: .unconditional) var title: String?
    @OptionGroup var seasoning: Seasoning
    @OptionGroup var recipe: RecipeOptions

    func run(in console: Console) throws {}
}

struct Bread: ConsoleCommand {
    static let configuration = CommandConfiguration(commandName: "bread")

    @Option var rises = 2

    func run(in console: Console) throws {}
}

struct Wash: ConsoleCommand {
    static let configuration = CommandConfiguration(commandName: "wash")

    @Option var plates = 1

    func run(in console: Console) throws {}
}

/// Resolves and parses a call of `sample cook soup`.
func cookSoup(_ arguments: [String], environment: [String: String] = [:]) throws -> (soup: Soup, settings: ResolvedSettings) {
    let resolution = try Resolution(
        root: Sample.self, arguments: ["cook", "soup", "kettle"] + arguments, environment: environment,
        reservedVariables: Sample.reserved)
    guard let soup = try Sample.parseAsRoot(resolution.arguments) as? Soup else { throw UsageError("another command was chosen") }
    return (soup, try ResolvedSettings(soup, resolution: resolution))
}

/// The message with which a call of `sample cook soup` is refused, nil where it is not.
func refusal(_ arguments: [String], environment: [String: String] = [:]) -> String? {
    do {
        _ = try cookSoup(arguments, environment: environment)
        return nil
    } catch {
        return Program.status(of: error) == .usage ? Program.line(for: error) : "not a usage error: \(error)"
    }
}
