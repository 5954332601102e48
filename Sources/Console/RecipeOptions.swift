import ArgumentParser

/// The flags of every command whose settings may come from a recipe.
public struct RecipeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Take settings from a YAML file; flags and environment variables overrule it.", valueName: "file"))
    public var recipe: String?

    @Flag(help: "Print every setting with where its value comes from, as a recipe, and exit.")
    public var showConfig = false

    public init() {}
}

/// The flag of every command that has a result for programs.
public struct OutputOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Print one JSON object on standard output and nothing else.")
    public var json = false

    public init() {}
}

/// The flag of every command that takes its time.
public struct ProgressOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Show progress on standard error.")
    public var progress = true

    public init() {}
}
