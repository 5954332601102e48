import ArgumentParser
import SequiturConsole
import SequiturModels
import SequiturTasks
import SequiturText

/// `sequitur train masked-language-modeling`: its option groups are the configuration of the training.
struct TrainMaskedLanguageModeling: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "masked-language-modeling",
        abstract: "Pre-train an encoder (bert, roberta, distilbert, electra) on plain text: hidden tokens are found again.",
        discussion: """
            Of every sequence a share of the tokens is chosen: of those 80 % become the mask, 10 % a random token, and 10 % stay. \
            The run folder is a model folder that transformers can load, and to go on from with --from.

            Examples:
              sequitur train masked-language-modeling --data corpus/ --output encoder
              sequitur train masked-language-modeling --model roberta --layers 6 \\
                  --width 384 --heads 6 --tokenizer byte-level \\
                  --vocabulary-size 8000 --data corpus/ --output encoder
              sequitur train masked-language-modeling --from bert-base-uncased \\
                  --whole-words --learning-rate 0.00005 --data reports.txt \\
                  --output adapted
            """
    )

    @OptionGroup(title: "Data") var data: MaskedDataSettings
    @OptionGroup(title: "Model") var model: EncoderSettings
    @OptionGroup(title: "Hidden tokens") var masking: MaskingSettings
    @OptionGroup(title: "Batches") var batches: MaskedBatchSettings
    @OptionGroup(title: "Optimizer") var optimization: OptimizationSettings
    @OptionGroup(title: "Learning rate") var schedule: ScheduleSettings
    @OptionGroup(title: "Length and validation") var limits: LimitSettings
    @OptionGroup(title: "Weight averaging") var averaging: AveragingSettings
    @OptionGroup(title: "Run folder") var run: RunSettings
    @OptionGroup(title: "Machine") var machine: MachineSettings
    @OptionGroup(title: "General") var recipe: RecipeOptions
    @OptionGroup(title: "General") var progress: ProgressOptions
    @OptionGroup(title: "General") var output: OutputOptions

    func check() throws {}

    var unused: [UnusedSettings] {
        guard let from = model.from else { return [] }
        let shape = ["layers", "width", "heads", "feed-forward-width", "tokenizer", "vocabulary-size", "minimum-frequency"]
        return [UnusedSettings(shape, because: "from", is: from)]
    }

    func run(in console: Console) throws {
        let summary = try work.trainMaskedLanguageModel(self, in: console)
        if output.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}

/// What an encoder is pre-trained on.
struct MaskedDataSettings: CheckedSettings {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Text to train on: files, or folders whose .txt files are read in the order of their names.", valueName: "path"),
        completion: .file())
    var data: [String]

    @Option(
        help: ArgumentHelp("Text to validate on; without it the end of the data is kept back.", valueName: "path"),
        completion: .file())
    var validation: String?

    @Option(help: ArgumentHelp("Share of the data, taken from its end, that is kept back for validation.", valueName: "fraction"))
    var validationFraction = 0.1

    @Option(
        help: ArgumentHelp(
            "How text is cut into tokens: wordpiece, byte-level, unigram, or the path of a tokenizer with a mask token.",
            valueName: "kind"))
    var tokenizer = TokenizerChoice.trained(.wordPiece)

    @OptionGroup var vocabulary: VocabularySettings

    func check() throws {
        try check("validation-fraction", validationFraction, in: 0...0.5, "from 0 to 0.5")
        if case .trained(let kind) = tokenizer, kind == .character || kind == .word {
            throw SettingError(
                key: "tokenizer", problem: "\(kind.rawValue) has no mask token; give wordpiece, byte-level or unigram")
        }
    }

    var unused: [UnusedSettings] {
        var unused: [UnusedSettings] = []
        if let validation { unused.append(UnusedSettings(["validation-fraction"], because: "validation", is: validation)) }
        if case .file(let path) = tokenizer {
            unused.append(UnusedSettings(["vocabulary-size", "minimum-frequency"], because: "tokenizer", is: path))
        }
        return unused
    }
}

/// The encoders that can be pre-trained from nothing.
enum EncoderChoice: String, CaseIterable, ExpressibleByArgument {
    case bert, roberta, distilbert, electra

    var family: PretrainedFamily {
        switch self {
        case .bert: .bert
        case .roberta: .roberta
        case .distilbert: .distilbert
        case .electra: .electra
        }
    }
}

/// The shape of an encoder, or what it starts from.
struct EncoderSettings: CheckedSettings {
    @Option(help: ArgumentHelp("The architecture; bert, or that of the folder to start from, without it.", valueName: "name"))
    var model: EncoderChoice?

    @Option(
        help: ArgumentHelp(
            "Start from the parameters and the tokenizer of a finished run or model folder, with a fresh head where it has none.",
            valueName: "folder"), completion: .directory)
    var from: String?

    @Option(help: ArgumentHelp("Layers.", valueName: "count"))
    var layers = 4

    @Option(help: ArgumentHelp("Width of the stream.", valueName: "count"))
    var width = 256

    @Option(help: ArgumentHelp("Heads of attention; they divide the width.", valueName: "count"))
    var heads = 4

    @Option(help: ArgumentHelp("Hidden units of the feed-forward parts; four times the width without it.", valueName: "count"))
    var feedForwardWidth: Int?

    @Option(help: ArgumentHelp("Tokens of a sequence, those around the text among them.", valueName: "count"))
    var block = 128

    @Option(help: ArgumentHelp("Dropout of embeddings and of what each part adds.", valueName: "fraction"))
    var dropout = 0.1

    @Option(help: ArgumentHelp("Dropout of the weights of attention; --dropout without it.", valueName: "fraction"))
    var attentionDropout: Double?

    func check() throws {
        try check("layers", layers, in: 1...256, "from 1 to 256")
        try check("width", width, in: 1...65536, "from 1 to 65536")
        try check("heads", heads, in: 1...4096, "from 1 to 4096")
        try check("feed-forward-width", feedForwardWidth, in: 1...262_144, "from 1 to 262144")
        try check("block", block, in: 4...1_048_576, "from 4 to 1048576")
        try check(fraction: "dropout", dropout)
        try check(fraction: "attention-dropout", attentionDropout)
    }
}

/// Which tokens are hidden.
struct MaskingSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Share of the tokens that are hidden.", valueName: "fraction"))
    var maskProbability = 0.15

    @Flag(inversion: .prefixedNo, help: "Hide all pieces of a word together.")
    var wholeWords = false

    @Option(help: ArgumentHelp("Share of the probability that the loss spreads over all tokens.", valueName: "fraction"))
    var labelSmoothing = 0.0

    func check() throws {
        guard maskProbability > 0, maskProbability < 1 else {
            throw SettingError(key: "mask-probability", problem: "must lie between 0 and 1, but is \(maskProbability)")
        }
        try check(fraction: "label-smoothing", labelSmoothing)
    }
}

/// How much is read at once.
struct MaskedBatchSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Sequences in a batch.", valueName: "count"))
    var batch = 32

    @Option(help: ArgumentHelp("Batches whose gradients make one step.", valueName: "count"))
    var accumulate = 1

    func check() throws {
        try check("batch", batch, in: 1...65536, "from 1 to 65536")
        try check("accumulate", accumulate, in: 1...65536, "from 1 to 65536")
    }
}
