import ArgumentParser
import SequiturConsole
import SequiturFiles

struct Generate: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write on from a prompt.",
        discussion: """
            Examples:
              sequitur generate run --prompt "Once upon a time"
              sequitur generate run --prompt "ROMEO:" --temperature 0.8 --top-k 40 \\
                  --maximum-tokens 500 --seed 7
              sequitur generate run --prompt "The king" --greedy --stop "." --json
            """
    )

    @Argument(help: ArgumentHelp("A run or model folder.", valueName: "run"), completion: .directory)
    var run: String

    @Option(parsing: .unconditional, help: ArgumentHelp("Text to write on from.", valueName: "text"))
    var prompt = ""

    @OptionGroup var sampling: SamplingSettings
    @OptionGroup var arithmetic: ArithmeticSettings
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var output: OutputOptions

    func run(in console: Console) throws {
        guard !output.json else { return try console.print(work.generate(self, in: console) { _ in }.json) }
        try console.write(prompt)
        _ = try work.generate(self, in: console) { try console.write($0) }
        try console.print()
    }
}
