import ArgumentParser
import SequiturConsole

struct BenchEncoding: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "encoding",
        abstract: "Time the hidden states that a model folder makes of a batch without padding.",
        discussion: """
            Examples:
              sequitur bench encoding all-MiniLM-L6-v2
              sequitur bench encoding all-MiniLM-L6-v2 --batch 1 --length 16 --json
            """
    )

    @Argument(help: ArgumentHelp("A model folder.", valueName: "folder"), completion: .directory)
    var folder: String

    @Option(help: ArgumentHelp("Sequences in a batch.", valueName: "count"))
    var batch = 32

    @Option(help: ArgumentHelp("Tokens of a sequence.", valueName: "count"))
    var length = 128

    @Option(help: ArgumentHelp("Batches that are timed.", valueName: "count"))
    var iterations = 20

    @Option(help: ArgumentHelp("Batches before that.", valueName: "count"))
    var warmup = 5

    @OptionGroup var arithmetic: ArithmeticSettings
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var output: OutputOptions

    func check() throws {
        try check("batch", batch, in: 1...65536, "from 1 to 65536")
        try check("length", length, in: 1...1_048_576, "from 1 to 1048576")
        try check("iterations", iterations, in: 1...1_000_000, "from 1 to 1000000")
        try check("warmup", warmup, in: 0...1_000_000, "from 0 to 1000000")
    }

    func run(in console: Console) throws {
        let summary = try work.benchmarkEncoding(self)
        if output.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}
