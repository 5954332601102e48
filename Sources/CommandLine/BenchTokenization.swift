import ArgumentParser
import SequiturConsole

struct BenchTokenization: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "tokenization",
        abstract: "Time a tokenizer on the lines of a text: ids, tokens and offsets of each.",
        discussion: """
            Examples:
              sequitur bench tokenization bert-base-uncased --data book.txt
              sequitur bench tokenization tokenizer.json --data book.txt --encoders 2 --json
            """
    )

    @Argument(
        help: ArgumentHelp("A folder with a tokenizer, a tokenizer.json or a SentencePiece model.", valueName: "tokenizer"),
        completion: .file())
    var tokenizer: String

    @Option(help: ArgumentHelp("The text, whose lines are encoded.", valueName: "file"), completion: .file())
    var data: String

    @Option(help: ArgumentHelp("Lines that are encoded at the same time.", valueName: "count"))
    var encoders = 1

    @Option(help: ArgumentHelp("Passes over the text that are timed.", valueName: "count"))
    var iterations = 3

    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var output: OutputOptions

    func check() throws {
        try check("encoders", encoders, in: 1...1024, "from 1 to 1024")
        try check("iterations", iterations, in: 1...1_000_000, "from 1 to 1000000")
    }

    func run(in console: Console) throws {
        let summary = try work.benchmarkTokenization(self, in: console)
        if output.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}
