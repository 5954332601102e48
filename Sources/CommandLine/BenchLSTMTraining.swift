import ArgumentParser
import SequiturConsole
import SequiturLayers

struct BenchLSTMTraining: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "lstm-training",
        abstract: "Time one training step of a recurrent net: forward, loss, backward, clip, SGD.",
        discussion: """
            Examples:
              sequitur bench lstm-training
              sequitur bench lstm-training --cell gru
              sequitur bench lstm-training --bidirectional --tags 9 --layers 1 \\
                  --width 128 --vocabulary 20000 --batch 32 --steps 40
              sequitur bench lstm-training --layers 2 --width 650 \\
                  --vocabulary 10000 --batch 20 --steps 35 --dropout 0.5 \\
                  --precision bfloat16 --json
            """
    )

    @Option(help: ArgumentHelp("The recurrent cell.", valueName: "name"))
    var cell = RecurrentCell.lstm

    @Flag(inversion: .prefixedNo, help: "A tagger that reads both ways, instead of a language model.")
    var bidirectional = false

    @Option(help: ArgumentHelp("Classes of the tagger.", valueName: "count"))
    var tags = 9

    @Option(help: ArgumentHelp("Recurrent layers.", valueName: "count"))
    var layers = 2

    @Option(help: ArgumentHelp("Hidden units of a layer, and width of the embeddings.", valueName: "count"))
    var width = 650

    @Option(help: ArgumentHelp("Tokens of the vocabulary.", valueName: "count"))
    var vocabulary = 10000

    @Option(help: ArgumentHelp("Parallel streams of text in a batch.", valueName: "count"))
    var batch = 20

    @Option(help: ArgumentHelp("Tokens of each stream in a batch.", valueName: "count"))
    var steps = 35

    @Option(help: ArgumentHelp("Dropout of embeddings, between layers and of the output.", valueName: "fraction"))
    var dropout = 0.5

    @Flag(inversion: .prefixedNo, help: "Use the token embeddings as output weights too.")
    var tieEmbeddings = false

    @Option(help: ArgumentHelp("Training steps that are timed.", valueName: "count"))
    var iterations = 20

    @Option(help: ArgumentHelp("Training steps before that.", valueName: "count"))
    var warmup = 5

    @Option(
        help: ArgumentHelp(
            "Starting weights and tokens, with the names of PyTorch's word_language_model; drawn without it.", valueName: "file"),
        completion: .file(extensions: ["safetensors"]))
    var weights: String?

    @OptionGroup var arithmetic: ArithmeticSettings
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var output: OutputOptions

    func check() throws {
        try check("tags", tags, in: 2...65536, "from 2 to 65536")
        try check("layers", layers, in: 1...64, "from 1 to 64")
        try check("width", width, in: 1...65536, "from 1 to 65536")
        try check("vocabulary", vocabulary, in: 2...10_000_000, "from 2 to 10000000")
        try check("batch", batch, in: 1...65536, "from 1 to 65536")
        try check("steps", steps, in: 1...65536, "from 1 to 65536")
        try check(fraction: "dropout", dropout)
        try check("iterations", iterations, in: 1...1_000_000, "from 1 to 1000000")
        try check("warmup", warmup, in: 0...1_000_000, "from 0 to 1000000")
    }

    func run(in console: Console) throws {
        let summary = try work.benchmarkLSTMTraining(self, in: console)
        if output.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}
