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
        var text = TextPrinter(after: prompt, console)
        do {
            _ = try work.generate(self, in: console) { try text.write($0) }
        } catch {
            // What went wrong after the text's beginning stands on a line of its own.
            if text.hasBegun { try? console.print() }
            throw error
        }
        try text.finish()
    }
}

/// Writes a text as it grows, its prompt before its first piece: not before it is known that the model can read it.
private struct TextPrinter {
    private let console: Console
    private let prompt: String
    private(set) var hasBegun = false

    init(after prompt: String, _ console: Console) {
        self.prompt = prompt
        self.console = console
    }

    mutating func write(_ piece: String) throws {
        let text = hasBegun ? piece : prompt + piece
        hasBegun = true
        // What would command a terminal goes to files and pipes alone.
        try console.write(console.output.isTerminal ? text.printableLines : text)
    }

    mutating func finish() throws {
        if !hasBegun { try write("") }
        try console.print()
    }
}
