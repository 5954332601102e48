import ArgumentParser
import SequiturConsole
import SequiturFiles

struct TokenizerEncode: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Turn text into token ids, separated by spaces.",
        discussion: """
            Examples:
              sequitur tokenizer encode run --text "To be or not to be"
              sequitur tokenizer encode tokenizer.json book.txt > ids.txt
              echo "To be" | sequitur tokenizer encode run --json
            """
    )

    @Argument(
        help: ArgumentHelp("A folder with a tokenizer, a tokenizer.json or a SentencePiece model.", valueName: "tokenizer"),
        completion: .file())
    var tokenizer: String

    @Argument(help: ArgumentHelp("The text; - reads standard input.", valueName: "file"), completion: .file())
    var file = "-"

    @Option(parsing: .unconditional, help: ArgumentHelp("The text itself, instead of a file.", valueName: "text"))
    var text: String?

    @OptionGroup var output: OutputOptions

    func run(in console: Console) throws {
        let text = try text ?? readText(file)
        let encoded = try work.encode(text, tokenizer: try resolvedFolder(tokenizer, need: .tokenizer, in: console))
        if output.json {
            try console.print(encoded.json)
        } else {
            try console.print(encoded.ids.map { String($0) }.joined(separator: " "))
        }
    }
}
