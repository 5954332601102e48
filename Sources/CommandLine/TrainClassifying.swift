import ArgumentParser
import SequiturConsole
import SequiturModels
import SequiturTasks

/// How the states of a text become one vector.
struct PoolingSettings: CheckedSettings {
    @Option(
        help: ArgumentHelp(
            "How a text's states become one vector: own (the model's classifier), cls, mean, max, last, attention; what fits the model without it.",
            valueName: "name"))
    var pooling: SequencePooling?

    func check() throws {
        if pooling == .marks { throw SettingError(key: "pooling", problem: "marks are for relations alone") }
    }
}

/// `sequitur train classification`: its option groups are the configuration of the training.
struct TrainClassification: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "classification",
        abstract: "Classify texts: sentiment, topic, intent; one label for each text, or any number.",
        discussion: """
            Tables (TSV with literal quotes, CSV with real ones), JSON and JSON lines, a label before or behind the text, or folders with \
            seq.in and label.

            Examples:
              sequitur train classification --data train.tsv --validation dev.tsv \\
                  --test test.tsv --output sentiment
              sequitur train classification --model all-MiniLM-L6-v2 --epochs 3 \\
                  --data reviews.jsonl --split 80/10/10 --output reviews
              sequitur train classification --model logistic-regression \\
                  --data train.csv --text-field 2,3 --label-field 1 --output baseline
            """
    )

    @OptionGroup(title: "Classification") var classification: ClassificationSettings
    @OptionGroup(title: "Classification") var pooling: PoolingSettings
    @OptionGroup var options: LabeledOptions

    var unused: [UnusedSettings] { [ReadingSettings.unused(by: .classification)] }
    func check() throws {}

    func run(in console: Console) throws { try work.train(self, in: console).print(in: console, asJSON: options.output.json) }
}

/// What classification asks beyond what all tasks do.
struct ClassificationSettings: CheckedSettings {
    @Flag(inversion: .prefixedNo, help: "Texts have any number of labels.")
    var multilabel = false

    func check() throws {}
}

/// `sequitur train matching`: its option groups are the configuration of the training.
struct TrainMatching: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "matching",
        abstract: "Match pairs of texts: paraphrases, answers to questions, degrees of likeness.",
        discussion: """
            Labels that are numbers with fractions, or of more than ten kinds, are degrees; others are classes.

            Examples:
              sequitur train matching --model all-MiniLM-L6-v2 --data msr_train.txt \\
                  --split 90/10 --test msr_test.txt --output paraphrases
              sequitur train matching --model all-MiniLM-L6-v2 --towers \\
                  --data sts-train.csv --validation sts-dev.csv --output likeness
            """
    )

    @OptionGroup(title: "Matching") var matching: MatchingSettings
    @OptionGroup(title: "Matching") var pooling: PoolingSettings
    @OptionGroup var options: LabeledOptions

    var unused: [UnusedSettings] { [ReadingSettings.unused(by: .matching)] }
    func check() throws {}

    func run(in console: Console) throws { try work.train(self, in: console).print(in: console, asJSON: options.output.json) }
}

/// What matching asks beyond what all tasks do.
struct MatchingSettings: CheckedSettings {
    @Flag(inversion: .prefixedNo, help: "Read each text for itself, so that its vector can be kept, instead of both at once.")
    var towers = false

    @Flag(inversion: .prefixedNo, help: "Whether labels are degrees instead of classes; chosen by the data without it.")
    var scores: Bool?

    func check() throws {}
}

/// `sequitur train relation-extraction`: its option groups are the configuration of the training.
struct TrainRelationExtraction: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "relation-extraction",
        abstract: "Tell the relation between two marked entities of a sentence, direction included.",
        discussion: """
            SemEval-2010 task 8's files, or JSON lines with text, first, second (spans in code points) and relation.

            Examples:
              sequitur train relation-extraction --model all-MiniLM-L6-v2 --epochs 5 \\
                  --data TRAIN_FILE.TXT --split 90/10 --test TEST_FILE_FULL.TXT \\
                  --output relations
            """
    )

    @OptionGroup var options: LabeledOptions

    var unused: [UnusedSettings] { [ReadingSettings.unused(by: .relationExtraction)] }
    func check() throws {}

    func run(in console: Console) throws { try work.train(self, in: console).print(in: console, asJSON: options.output.json) }
}
