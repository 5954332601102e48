import ArgumentParser
import SequiturConsole

struct Evaluate: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a language model on text: perplexity per token and bits per character.",
        discussion: """
            Examples:
              sequitur evaluate run --data test.txt
              sequitur evaluate run --data test.txt --json
            """
    )

    @Argument(help: ArgumentHelp("A run or model folder.", valueName: "run"), completion: .directory)
    var run: String

    @Option(help: ArgumentHelp("Text to measure on: a file, or a folder of .txt files.", valueName: "path"), completion: .file())
    var data: String

    @Option(
        help: ArgumentHelp(
            "Parallel streams the text is cut into; the model knows nothing of what stands before a cut.", valueName: "count"))
    var batch = 1

    @OptionGroup var arithmetic: ArithmeticSettings
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var output: OutputOptions

    func check() throws {
        try check("batch", batch, in: 1...65536, "from 1 to 65536")
    }

    func run(in console: Console) throws {
        let summary = try work.evaluate(self, in: console)
        if output.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}
