import ArgumentParser
import SequiturConsole

struct TokenizerInfo: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show what a tokenizer is made of.",
        discussion: """
            Examples:
              sequitur tokenizer info run
              sequitur tokenizer info bert/tokenizer.json --json
            """
    )

    @Argument(
        help: ArgumentHelp("A folder with a tokenizer, a tokenizer.json or a SentencePiece model.", valueName: "tokenizer"),
        completion: .file())
    var tokenizer: String

    @OptionGroup var output: OutputOptions

    func run(in console: Console) throws {
        let summary = try work.tokenizerInfo(try resolvedFolder(tokenizer, need: .tokenizer, in: console))
        if output.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}
