import ArgumentParser
import SequiturConsole
import SequiturTasks
import SequiturText

/// `sequitur train tagging`: its option groups are the configuration of the training.
struct TrainTagging: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "tagging",
        abstract: "Tag words: named entities, parts of speech, slots (with the sentence's intent where the data has one).",
        discussion: """
            Files of columns (CoNLL, CoNLL-U), JSON lines with words and tags, or folders with seq.in, seq.out and label. The scheme \
            of spans (IOB1, BIO, BIOES, BMES) is recognised.

            Examples:
              sequitur train tagging --data eng.train --validation eng.testa \\
                  --test eng.testb --output entities
              sequitur train tagging --data train.conllu --model gru --output tagger
              sequitur train tagging --model all-MiniLM-L6-v2 --epochs 3 \\
                  --data train.jsonl --split 80/10/10 --output entities
              sequitur train tagging --model hmm --data train.conll --output baseline
            """
    )

    @OptionGroup(title: "Tagging") var tagging: TaggingSettings
    @OptionGroup var options: LabeledOptions

    var unused: [UnusedSettings] { [ReadingSettings.unused(by: .tagging)] }
    func check() throws {}

    func run(in console: Console) throws { try work.train(self, in: console).print(in: console, asJSON: options.output.json) }
}

/// What tagging asks beyond what all tasks do.
struct TaggingSettings: CheckedSettings {
    @Flag(
        inversion: .prefixedNo,
        help: "Find the best sequence of tags with a conditional random field; without it with words from nothing alone.")
    var crf: Bool?

    @Option(
        help: ArgumentHelp("How spans are spelt within the model: bio, bioes; bioes with a field without it.", valueName: "name"))
    var scheme: TagScheme?

    @Flag(inversion: .prefixedNo, help: "Learn the label of the whole sentence too; where all sentences have one, without it.")
    var intents: Bool?

    func check() throws {
        if let scheme, scheme == .iob1 || scheme == .bmes {
            throw SettingError(key: "scheme", problem: "must be bio or bioes: the data's own is recognised and converted")
        }
    }
}
