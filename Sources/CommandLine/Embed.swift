import ArgumentParser
import SequiturConsole
import SequiturFiles
import SequiturLayers

struct Embed: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Turn texts, one a line, into vectors.",
        discussion: """
            The folder is one of sentence-transformers (modules.json), or that of any encoder: then the mean of the tokens is taken \
            unless --pooling says otherwise. Vectors are written as JSON, one list a line, in the order of the texts.

            Examples:
              sequitur embed all-MiniLM-L6-v2 sentences.txt > vectors.jsonl
              echo "A man is eating food." | sequitur embed all-MiniLM-L6-v2
              sequitur embed bert-base-uncased sentences.txt --pooling cls --normalize \\
                  --output vectors.safetensors
            """
    )

    @Argument(help: ArgumentHelp("A model folder.", valueName: "folder"), completion: .directory)
    var folder: String

    @Argument(help: ArgumentHelp("The texts, one a line; - reads standard input.", valueName: "file"), completion: .file())
    var file = "-"

    @Option(parsing: .unconditional, help: ArgumentHelp("One text, instead of a file.", valueName: "text"))
    var text: String?

    @Option(
        help: ArgumentHelp("What becomes of a text's tokens; the folder's own, or their mean, without it.", valueName: "name"))
    var pooling: Pooling?

    @Flag(inversion: .prefixedNo, help: "Bring vectors to length 1; as the folder says without it.")
    var normalize: Bool?

    @Option(help: ArgumentHelp("Tokens of a text that are read; the folder's own limit without it.", valueName: "count"))
    var maximumLength: Int?

    @Option(help: ArgumentHelp("Tokens that are read at once.", valueName: "count"))
    var batchTokens = 4096

    @Option(
        help: ArgumentHelp("Write the vectors there, as the tensor \"embeddings\", instead of printing them.", valueName: "file"),
        completion: .file(extensions: ["safetensors"]))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Also write model, pooling and normalising there, as a sentence-transformers folder.", valueName: "folder"),
        completion: .directory)
    var save: String?

    @OptionGroup var arithmetic: ArithmeticSettings
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var result: OutputOptions

    func check() throws {
        if text != nil, file != "-" { throw SettingError(key: "text", problem: "and a file cannot both be given") }
        if let maximumLength, maximumLength < 1 { throw SettingError(key: "maximum-length", problem: "must be at least 1") }
        guard (1...(1 << 24)).contains(batchTokens) else {
            throw SettingError(key: "batch-tokens", problem: "must lie in 1...16777216")
        }
    }

    func run(in console: Console) throws {
        let vectors = try work.embed(self, in: console)
        if let output {
            if result.json { try console.print(["texts": .integer(Int64(vectors.count)), "output": .string(output)]) }
        } else if result.json {
            try console.print([
                "width": .integer(Int64(vectors.first?.count ?? 0)),
                "embeddings": .array(vectors.map { .array($0.map { .number(Double($0)) }) }),
            ])
        } else {
            for vector in vectors { try console.print("[" + vector.map { "\($0)" }.joined(separator: ", ") + "]") }
        }
    }
}
