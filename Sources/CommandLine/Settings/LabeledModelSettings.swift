import ArgumentParser
import SequiturConsole
import SequiturModels
import SequiturTasks
import SequiturText
import SequiturTraining

/// What reads the texts of a task of understanding.
struct LabeledModelSettings: CheckedSettings {
    @Option(
        help: ArgumentHelp(
            "lstm, gru, rnn, transformer or bag from nothing but the examples; a baseline; or a model folder to tune.",
            valueName: "name"),
        completion: .directory)
    var model = "lstm"

    @Option(help: ArgumentHelp("Width of words' vectors.", valueName: "count"))
    var wordWidth = 100

    @Option(
        help: ArgumentHelp("Vectors of words to begin with, in the text format of GloVe and fastText.", valueName: "file"),
        completion: .file())
    var vectors: String?

    @Option(help: ArgumentHelp("How the characters of a word are read: none, cnn or lstm.", valueName: "name"))
    var characters: CharacterFeatures?

    @Option(help: ArgumentHelp("Width of characters' vectors.", valueName: "count"))
    var characterWidth = 30

    @Option(help: ArgumentHelp("Width of what a word's characters give.", valueName: "count"))
    var characterFeatureWidth = 50

    @Option(help: ArgumentHelp("Hidden units of each direction, or the width of a Transformer.", valueName: "count"))
    var hidden = 200

    @Option(help: ArgumentHelp("Layers.", valueName: "count"))
    var layers = 1

    @Option(help: ArgumentHelp("Heads of a Transformer.", valueName: "count"))
    var heads = 4

    @Option(help: ArgumentHelp("Dropout; 0.5 without it, 0.1 of a model folder.", valueName: "fraction"))
    var dropout: Double?

    @Option(
        help: ArgumentHelp(
            "Probability with which a word seen once is taken for an unknown one in training.", valueName: "fraction"))
    var wordDropout = 0.0

    @Flag(inversion: .prefixedNo, help: "Look words up in lower case.")
    var lowercase = true

    @Flag(inversion: .prefixedNo, help: "Look all digits up as 0.")
    var digitsAlike = true

    @Option(help: ArgumentHelp("Words that occur less often are unknown.", valueName: "count"))
    var minimumCount = 1

    @Option(help: ArgumentHelp("The most words; the most frequent are kept.", valueName: "count"))
    var maximumWords: Int?

    @Option(
        help: ArgumentHelp(
            "How raw text is cut into words: spaces, words or characters; chosen by the data without it.", valueName: "name"))
    var words: WordSplitter?

    @Option(
        help: ArgumentHelp(
            "The most pieces of a text that a model folder's model reads at once; without it 256, for questions 384.",
            valueName: "count"))
    var maximumLength: Int?

    func check() throws {
        for (key, value) in [
            ("word-width", wordWidth), ("character-width", characterWidth), ("character-feature-width", characterFeatureWidth),
            ("hidden", hidden),
        ] { try check(key, value, in: 1...16384, "from 1 to 16384") }
        try check("layers", layers, in: 1...64, "from 1 to 64")
        try check("heads", heads, in: 1...1024, "from 1 to 1024")
        try check(fraction: "dropout", dropout)
        try check(fraction: "word-dropout", wordDropout)
        try check("minimum-count", minimumCount, atLeast: 1)
        try check("maximum-words", maximumWords, atLeast: 1)
        try check("maximum-length", maximumLength, in: 8...(1 << 20), "from 8 to 1048576")
    }

    /// Which kind of model it is; a name that is none is a folder.
    var encoder: LabeledSettings.Encoder {
        if let context = WordContext(rawValue: model) { return .words(context) }
        if let kind = BaselineKind(rawValue: model) { return .baseline(kind) }
        return .folder(model)
    }

    var isFolder: Bool { if case .folder = encoder { true } else { false } }

    private static let ofWords = [
        "word-width", "vectors", "characters", "character-width", "character-feature-width", "hidden", "layers", "heads",
        "word-dropout",
        "lowercase", "digits-alike", "minimum-count", "maximum-words",
    ]

    /// All that says how a net is made and trained.
    private static func unused(with kind: BaselineKind) -> [String] {
        let ofNets = [
            "maximum-length", "dropout", "layer-decay", "head-scale", "freeze", "gradual-unfreezing", "batch", "batch-tokens",
            "by-length",
            "accumulate",
            "label-smoothing", "optimizer", "momentum", "beta1", "beta2", "epsilon", "weight-decay", "clip", "learning-rate",
            "schedule",
            "warmup", "minimum-learning-rate", "epochs", "maximum-steps", "maximum-minutes", "validate-every", "patience",
            "average",
            "average-decay", "average-window", "keep-checkpoints", "checkpoint-every", "crf", "pooling", "towers",
        ]
        let ofClasses =
            switch kind {
            case .logisticRegression: [String]()
            case .naiveBayes: ["class-weights"]
            case .mostFrequent, .hiddenMarkov, .crf: ["balanced-classes", "class-weights"]
            }
        return ofWords + ofNets + ofClasses
    }

    var unused: [UnusedSettings] {
        switch encoder {
        case .words:
            [UnusedSettings(["maximum-length"], because: "model", is: model)]
                + (vectors.map { [UnusedSettings(["word-width"], because: "vectors", is: $0)] } ?? [])
        case .folder: [UnusedSettings(Self.ofWords, because: "model", is: model)]
        case .baseline(let kind): [UnusedSettings(Self.unused(with: kind), because: "model", is: model)]
        }
    }

    /// - Parameter characters: how characters are read where nothing is said.
    func apply(to settings: inout LabeledSettings, characters standard: CharacterFeatures) {
        settings.encoder = encoder
        settings.words.wordWidth = wordWidth
        settings.words.characters = characters ?? standard
        settings.words.characterWidth = characterWidth
        settings.words.characterFeatureWidth = characterFeatureWidth
        settings.words.hiddenSize = hidden
        settings.words.layers = layers
        settings.words.heads = heads
        settings.words.dropout = Float(dropout ?? 0.5)
        settings.words.wordDropout = Float(wordDropout)
        settings.vectors = vectors
        settings.dropout = Float(dropout ?? (isFolder ? 0.1 : 0.5))
        settings.lexicon.lowercases = lowercase
        settings.lexicon.makesDigitsAlike = digitsAlike
        settings.lexicon.minimumCount = minimumCount
        settings.lexicon.maximumWords = maximumWords
        settings.splitter = words
        if let maximumLength { settings.maximumLength = maximumLength }
    }
}

/// Which parts of a model folder's model learn, and how fast.
struct TuningFlags: CheckedSettings {
    @Option(
        help: ArgumentHelp("What each layer's learning rate is multiplied by, relative to the one above.", valueName: "number"))
    var layerDecay = 1.0

    @Option(help: ArgumentHelp("What the learning rate of the task's own part is multiplied by.", valueName: "number"))
    var headScale = 1.0

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "What stays as it is: embeddings, layers.N for the N lowest layers, or a pattern over names with *.",
            valueName: "pattern"))
    var freeze: [String] = []

    @Flag(inversion: .prefixedNo, help: "Let one more layer learn with every epoch, from the top.")
    var gradualUnfreezing = false

    func check() throws {
        try check("layer-decay", layerDecay, in: Double.leastNonzeroMagnitude...1, "above 0 and at most 1")
        try check(positive: "head-scale", headScale)
    }

    var settings: TuningSettings {
        var settings = TuningSettings()
        settings.layerDecay = layerDecay
        settings.headScale = headScale
        settings.frozen = freeze
        settings.unfreezesGradually = gradualUnfreezing
        return settings
    }
}

/// How many examples make a step, and what their classes weigh.
struct LabeledBatchSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Examples in a batch.", valueName: "count"))
    var batch = 32

    @Option(help: ArgumentHelp("The most tokens in a batch, padding included.", valueName: "count"))
    var batchTokens: Int?

    @Flag(inversion: .prefixedNo, help: "Put texts of like lengths into a batch, instead of any that are drawn.")
    var byLength = true

    @Option(help: ArgumentHelp("Batches whose gradients make one step.", valueName: "count"))
    var accumulate = 1

    @Option(help: ArgumentHelp("Share of the probability that the loss spreads over all classes.", valueName: "fraction"))
    var labelSmoothing = 0.0

    @Flag(inversion: .prefixedNo, help: "Let rare classes weigh as much as frequent ones.")
    var balancedClasses = false

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "What classes weigh in the loss, as poor=3; those that are not named weigh 1.", valueName: "class=weight"))
    var classWeights: [String] = []

    func check() throws {
        try check("batch", batch, in: 1...65536, "from 1 to 65536")
        try check("batch-tokens", batchTokens, atLeast: 1)
        try check("accumulate", accumulate, in: 1...65536, "from 1 to 65536")
        try check(fraction: "label-smoothing", labelSmoothing)
        if balancedClasses, !classWeights.isEmpty {
            throw SettingError(key: "class-weights", problem: "and --balanced-classes cannot both be given")
        }
        _ = try libraryWeights
    }

    /// A weight stands behind the last equals sign: names may hold others.
    var libraryWeights: ClassWeights {
        get throws {
            guard !classWeights.isEmpty else { return balancedClasses ? .balanced : .even }
            var weights: [String: Float] = [:]
            for text in classWeights {
                guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
                    let weight = Float(text[text.index(after: sign)...]),
                    weight.isFinite, weight > 0, weights.updateValue(weight, forKey: String(text[..<sign])) == nil
                else {
                    throw SettingError(
                        key: "class-weights",
                        problem:
                            "must be classes with a weight above 0, each once, as poor=3, but one is '\(text.printable(limit: 40))'"
                    )
                }
            }
            return .named(weights)
        }
    }
}

/// How the learning rate goes over a run of a task of understanding.
struct LabeledScheduleSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Highest learning rate; without it 0.002, and 0.00005 for a model folder.", valueName: "number"))
    var learningRate: Double?

    @Option(help: ArgumentHelp("How the rate falls after the warm-up.", valueName: "name"))
    var schedule = ScheduleKind.linear

    @Option(help: ArgumentHelp("Share of the run over which the rate rises from 0.", valueName: "fraction"))
    var warmup = 0.1

    @Option(help: ArgumentHelp("The rate never falls below this.", valueName: "number"))
    var minimumLearningRate = 0.0

    func check() throws {
        try check(positive: "learning-rate", learningRate)
        try check("warmup", warmup, in: 0...0.9, "from 0 to 0.9")
        try check("minimum-learning-rate", minimumLearningRate, atLeast: 0)
    }
}

/// When a run of a task of understanding validates and ends.
struct LabeledLimitSettings: CheckedSettings {
    @Option(
        help: ArgumentHelp(
            "Passes over the data; without it 20, and 3 for a model folder. 0 leaves the model as it was, to compare with.",
            valueName: "count"))
    var epochs: Int?

    @Option(help: ArgumentHelp("Steps of the optimizer.", valueName: "count"))
    var maximumSteps: Int?

    @Option(help: ArgumentHelp("Minutes of training.", valueName: "minutes"))
    var maximumMinutes: Double?

    @Option(help: ArgumentHelp("Steps between validations; 0 validates after every epoch.", valueName: "count"))
    var validateEvery = 0

    @Option(help: ArgumentHelp("End after this many validations without improvement; 0 never does.", valueName: "count"))
    var patience = 0

    @Option(
        help: ArgumentHelp(
            "Train as often, with as many seeds from --seed on, each in a folder of its own; mean and deviation are shown.",
            valueName: "count"))
    var seeds = 1

    func check() throws {
        try check("seeds", seeds, in: 1...1000, "from 1 to 1000")
        try check("epochs", epochs, atLeast: 0)
        try check("maximum-steps", maximumSteps, atLeast: 1)
        try check(positive: "maximum-minutes", maximumMinutes)
        try check("validate-every", validateEvery, atLeast: 0)
        try check("patience", patience, atLeast: 0)
    }
}

/// The flags that all tasks of understanding share.
struct LabeledOptions: CheckedSettings {
    @OptionGroup(title: "Data") var data: LabeledDataSettings
    @OptionGroup(title: "Model") var model: LabeledModelSettings
    @OptionGroup(title: "Tuning") var tuning: TuningFlags
    @OptionGroup(title: "Batches") var batches: LabeledBatchSettings
    @OptionGroup(title: "Optimizer") var optimization: OptimizationSettings
    @OptionGroup(title: "Learning rate") var schedule: LabeledScheduleSettings
    @OptionGroup(title: "Length and validation") var limits: LabeledLimitSettings
    @OptionGroup(title: "Weight averaging") var averaging: AveragingSettings
    @OptionGroup(title: "Run folder") var run: RunSettings
    @OptionGroup(title: "Machine") var machine: MachineSettings
    @OptionGroup(title: "General") var recipe: RecipeOptions
    @OptionGroup(title: "General") var progress: ProgressOptions
    @OptionGroup(title: "General") var output: OutputOptions

    func check() throws {}
}
