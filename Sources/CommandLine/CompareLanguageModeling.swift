import ArgumentParser
import SequiturConsole
import SequiturModels

/// `sequitur compare language-modeling`: what the models share are the settings of a training; the rest stands here.
struct CompareLanguageModeling: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "language-modeling",
        abstract: "Compare architectures of language models of about equal numbers of parameters, trained for the same time.",
        discussion: """
            All have the same text, tokenizer, seed, batches and minutes; each has a \
            learning rate that suits it. The best weights by validation are kept, and the \
            test text, where there is one, is read once with them. Each model becomes an \
            ordinary run in a folder of its own within the output folder.

            Ctrl-C ends the comparison after saving; --resume goes on with it.

            Examples:
              sequitur compare language-modeling --data book.txt --output comparison
              sequitur compare language-modeling --data book.txt --models lstm transformer \\
                  --parameters 2M --maximum-minutes 10 --output comparison \\
                  --report comparison.md
              sequitur compare language-modeling --data ptb.train.txt --tokenizer word \\
                  --validation ptb.valid.txt --test ptb.test.txt --parameters 4M \\
                  --dropout 0.3 --output comparison
            """
    )

    @OptionGroup(title: "Data") var data: DataSettings
    @OptionGroup(title: "Models") var models: ComparisonSettings
    @OptionGroup(title: "Run folders") var run: ComparisonRunSettings
    @OptionGroup(title: "Machine") var machine: MachineSettings
    @OptionGroup(title: "General") var recipe: RecipeOptions
    @OptionGroup(title: "General") var progress: ProgressOptions
    @OptionGroup(title: "General") var output: OutputOptions

    func run(in console: Console) throws {
        let comparison = try work.compareLanguageModels(self, in: console)
        if output.json { try console.print(comparison.json) } else { try console.print(comparison.table) }
    }
}

/// Which models are compared, and how each is made and trained.
struct ComparisonSettings: CheckedSettings {
    @Option(parsing: .upToNextOption, help: ArgumentHelp("The architectures.", valueName: "name"))
    var models: [ModelArchitecture] = [.rnn, .gru, .lstm, .transformer]

    @Option(
        help: ArgumentHelp(
            "Parameters of each model, about: widths are chosen so; 800k and 1.5M are numbers.", valueName: "count"))
    var parameters = ParameterCount(800_000)

    @Option(help: ArgumentHelp("Layers of the recurrent models.", valueName: "count"))
    var recurrentLayers = 1

    @Option(help: ArgumentHelp("Layers of the Transformer.", valueName: "count"))
    var transformerLayers = 4

    @Option(help: ArgumentHelp("Heads of the Transformer's attention.", valueName: "count"))
    var heads = 4

    @Option(help: ArgumentHelp("Parallel streams of text in a batch, or sequences of the Transformer.", valueName: "count"))
    var batch = 32

    @Option(
        help: ArgumentHelp(
            "Tokens of each in a batch: how far gradients reach back, and how far the Transformer sees.", valueName: "count"))
    var steps = 64

    @Option(help: ArgumentHelp("Dropout: see 'sequitur train language-modeling --help'.", valueName: "fraction"))
    var dropout = 0.0

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Highest learning rates, one for each of --models; without it ones that suit the architectures.", valueName: "number")
    )
    var learningRates: [Double] = []

    @Option(help: ArgumentHelp("Steps over which the rates rise from 0; they then fall along a cosine.", valueName: "count"))
    var warmupSteps = 100

    @Option(help: ArgumentHelp("Minutes of training for each model, validations included.", valueName: "minutes"))
    var maximumMinutes = 2.0

    @Option(help: ArgumentHelp("Steps of the optimizer that no model exceeds.", valueName: "count"))
    var maximumSteps: Int?

    @Option(help: ArgumentHelp("Steps between validations; 0 validates after every epoch.", valueName: "count"))
    var validateEvery = 0

    func check() throws {
        guard !models.contains(.ngram) else {
            throw SettingError(key: "models", problem: "must be rnn, gru, lstm or transformer; ngram has no parameters to train")
        }
        guard !models.isEmpty, Set(models).count == models.count else {
            throw SettingError(key: "models", problem: "must name models, each once")
        }
        try check("parameters", parameters.count, in: 1000...10_000_000_000, "from 1000 to 10G")
        try check("recurrent-layers", recurrentLayers, in: 1...256, "from 1 to 256")
        try check("transformer-layers", transformerLayers, in: 1...256, "from 1 to 256")
        try check("heads", heads, in: 1...4096, "from 1 to 4096")
        try check("batch", batch, in: 1...65536, "from 1 to 65536")
        try check("steps", steps, in: 1...65536, "from 1 to 65536")
        try check(fraction: "dropout", dropout)
        for rate in learningRates { try check(positive: "learning-rates", rate) }
        guard learningRates.isEmpty || learningRates.count == models.count else {
            throw SettingError(
                key: "learning-rates", problem: "must be one for each of \(models.count) models, not \(learningRates.count)")
        }
        try check("warmup-steps", warmupSteps, atLeast: 0)
        try check(positive: "maximum-minutes", maximumMinutes)
        try check("maximum-steps", maximumSteps, atLeast: 1)
        try check("validate-every", validateEvery, atLeast: 0)
    }
}

/// Where a comparison writes, and how it begins.
struct ComparisonRunSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Folder for the models' run folders.", valueName: "folder"), completion: .directory)
    var output: String

    @Option(
        help: ArgumentHelp("Write the table with what was held equal as Markdown too.", valueName: "file"),
        completion: .file(extensions: ["md"]))
    var report: String?

    @Flag(inversion: .prefixedNo, help: "Go on with the comparison in the output folder.")
    var resume = false

    @Flag(inversion: .prefixedNo, help: "Replace the comparison in the output folder.")
    var overwrite = false

    func check() throws {
        guard !output.isEmpty else { throw SettingError(key: "output", problem: "must name a folder") }
        guard !(resume && overwrite) else {
            throw SettingError(key: "overwrite", problem: "throws away what --resume would go on with; give one of them")
        }
    }
}

/// A number of parameters: 800000, 800k or 1.5M.
struct ParameterCount: DescribedArgument, Equatable {
    let count: Int

    static let expectation = "a number such as 800000, 800k or 1.5M"

    init(_ count: Int) { self.count = count }

    init?(argument: String) {
        let units: [Character: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9]
        let unit = argument.last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? argument : String(argument.dropLast())), number >= 0,
            number * (unit ?? 1) < 1e15
        else { return nil }
        count = Int((number * (unit ?? 1)).rounded())
    }

    var defaultValueDescription: String {
        for (unit, name) in [(1_000_000, "M"), (1000, "k")] where count >= unit && count % unit == 0 {
            return "\(count / unit)\(name)"
        }
        return String(count)
    }
}
