import ArgumentParser
import SequiturConsole
import SequiturFiles
import SequiturTensors

struct Inspect: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Run a model folder on ids or a text and write what it computes, to compare with transformers.",
        discussion: """
            The file holds hidden_states (behind the last norm; the decoder's where there are two stacks), logits where the model has \
            a head, pooled where it has a pooler: float32, the sequence first, as transformers has them; and the ids that were read. \
            Several sequences are padded behind their ends, and attention_mask says where.

            Examples:
              sequitur inspect bert-base-uncased --ids "101 7592 102" --output out.safetensors
              sequitur inspect bert-base-uncased --text "Hello" --text "Hello, world" \\
                  --output out.safetensors
              sequitur inspect t5-small --text "translate English to German: Hello" \\
                  --decoder-ids "0" --output out.safetensors
            """
    )

    @Argument(help: ArgumentHelp("A model folder.", valueName: "folder"), completion: .directory)
    var folder: String

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Ids of one sequence, separated by spaces; may be given again.", valueName: "ids"))
    var ids: [String] = []

    @Option(parsing: .unconditionalSingleValue, help: ArgumentHelp("A text; may be given again.", valueName: "text"))
    var text: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Ids that the decoder behind an encoder reads, once for each sequence.", valueName: "ids"))
    var decoderIds: [String] = []

    @Option(
        help: ArgumentHelp("The safetensors file to write.", valueName: "file"), completion: .file(extensions: ["safetensors"]))
    var output: String

    @OptionGroup var arithmetic: ArithmeticSettings
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var result: OutputOptions

    func check() throws {
        guard ids.isEmpty != text.isEmpty else {
            throw SettingError(key: "ids", problem: "or --text must be given, and not both")
        }
    }

    func run(in console: Console) throws {
        let summary = try work.inspect(self)
        if result.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}
