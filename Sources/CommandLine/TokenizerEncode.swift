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

    @Argument(help: ArgumentHelp("A run folder or a tokenizer.json.", valueName: "tokenizer"), completion: .file())
    var tokenizer: String

    @Argument(help: ArgumentHelp("The text; - reads standard input.", valueName: "file"), completion: .file())
    var file = "-"

    @Option(parsing: .unconditional, help: ArgumentHelp("The text itself, instead of a file.", valueName: "text"))
    var text: String?

    @OptionGroup var output: OutputOptions

    func run(in console: Console) throws {
        let text = try text ?? readText(file)
        let tokens = try work.encode(text, tokenizer: tokenizer)
        if output.json {
            try console.print([
                "ids": .array(tokens.map { .integer(Int64($0.id)) }), "tokens": .array(tokens.map { .string($0.text) }),
            ])
        } else {
            try console.print(tokens.map { String($0.id) }.joined(separator: " "))
        }
    }
}
