import ArgumentParser
import SequiturConsole

struct BenchTransformerTraining: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "transformer-training",
        abstract: "Time one training step of a Transformer language model: forward, loss, backward, clip, AdamW.",
        discussion: """
            Examples:
              sequitur bench transformer-training
              sequitur bench transformer-training --layers 4 --heads 4 \\
                  --width 128 --block 64 --batch 12 --precision float32 --json
              sequitur bench transformer-training --layers 12 --heads 12 \\
                  --width 768 --block 512 --batch 4 --vocabulary 50257
            """
    )

    @Option(help: ArgumentHelp("Layers.", valueName: "count"))
    var layers = 6

    @Option(help: ArgumentHelp("Heads of attention; they divide the width.", valueName: "count"))
    var heads = 6

    @Option(help: ArgumentHelp("Width of embeddings and layers.", valueName: "count"))
    var width = 384

    @Option(help: ArgumentHelp("Tokens of a sequence.", valueName: "count"))
    var block = 256

    @Option(help: ArgumentHelp("Sequences in a batch.", valueName: "count"))
    var batch = 16

    @Option(help: ArgumentHelp("Tokens of the vocabulary.", valueName: "count"))
    var vocabulary = 65

    @Option(help: ArgumentHelp("Dropout of embeddings, attention and of what each part adds.", valueName: "fraction"))
    var dropout = 0.0

    @Flag(inversion: .prefixedNo, help: "Use the token embeddings as output weights too.")
    var tieEmbeddings = true

    @Option(help: ArgumentHelp("Training steps that are timed.", valueName: "count"))
    var iterations = 20

    @Option(help: ArgumentHelp("Training steps before that.", valueName: "count"))
    var warmup = 5

    @Option(
        help: ArgumentHelp("Starting weights and tokens, with nanoGPT's names; drawn without it.", valueName: "file"),
        completion: .file(extensions: ["safetensors"]))
    var weights: String?

    @OptionGroup var arithmetic: ArithmeticSettings
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var output: OutputOptions

    func check() throws {
        try check("layers", layers, in: 1...256, "from 1 to 256")
        try check("heads", heads, in: 1...4096, "from 1 to 4096")
        try check("width", width, in: 1...65536, "from 1 to 65536")
        guard width % heads == 0 else {
            throw SettingError(key: "heads", problem: "must divide the width, \(width), but is \(heads)")
        }
        try check("block", block, in: 1...1_048_576, "from 1 to 1048576")
        try check("batch", batch, in: 1...65536, "from 1 to 65536")
        try check("vocabulary", vocabulary, in: 2...10_000_000, "from 2 to 10000000")
        try check(fraction: "dropout", dropout)
        try check("iterations", iterations, in: 1...1_000_000, "from 1 to 1000000")
        try check("warmup", warmup, in: 0...1_000_000, "from 0 to 1000000")
    }

    func run(in console: Console) throws {
        let summary = try work.benchmarkTransformerTraining(self, in: console)
        if output.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}
