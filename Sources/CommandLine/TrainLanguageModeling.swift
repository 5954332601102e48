import ArgumentParser
import SequiturConsole

/// `sequitur train language-modeling`: its option groups are the configuration of the training.
struct TrainLanguageModeling: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "language-modeling",
        abstract:
            "Train a language model on plain text: a recurrent network (lstm, gru, rnn), a transformer (also as gpt2, llama) or counts (ngram).",
        discussion: """
            Ctrl-C ends the run after saving; --resume goes on with it.

            Examples:
              sequitur train language-modeling --data book.txt --output run
              sequitur train language-modeling --data corpus/ --tokenizer word \\
                  --vocabulary-size 20000 --width 650 --dropout 0.5 \\
                  --maximum-minutes 30 --output run
              sequitur train language-modeling --model transformer --layers 4 \\
                  --heads 4 --block 128 --data book.txt --output run
              sequitur train language-modeling --model gpt2 --tokenizer byte-level \\
                  --layers 4 --heads 4 --block 128 --data book.txt --output run
              sequitur train language-modeling --from gpt2-folder --block 256 \\
                  --learning-rate 0.0001 --data book.txt --output tuned
              sequitur train language-modeling --model ngram --order 5 \\
                  --tokenizer word --data book.txt --output counts
              sequitur train language-modeling --data ptb.train.txt \\
                  --recipe Recipes/penn-treebank-word.yaml --output run \\
                  --validation ptb.valid.txt --test ptb.test.txt
              sequitur train language-modeling --recipe mine.yaml \\
                  --data book.txt --output run --show-config
            """
    )

    @OptionGroup(title: "Data") var data: DataSettings
    @OptionGroup(title: "Model") var model: ModelSettings
    @OptionGroup(title: "Network") var network: NetworkSettings
    @OptionGroup(title: "Recurrent network") var recurrent: RecurrentSettings
    @OptionGroup(title: "Transformer") var transformer: TransformerSettings
    @OptionGroup(title: "N-gram model") var counts: CountSettings
    @OptionGroup(title: "Batches") var batches: BatchSettings
    @OptionGroup(title: "Optimizer") var optimization: OptimizationSettings
    @OptionGroup(title: "Learning rate") var schedule: ScheduleSettings
    @OptionGroup(title: "Regularization") var regularization: RegularizationSettings
    @OptionGroup(title: "Length and validation") var limits: LimitSettings
    @OptionGroup(title: "Weight averaging") var averaging: AveragingSettings
    @OptionGroup(title: "Run folder") var run: RunSettings
    @OptionGroup(title: "Machine") var machine: MachineSettings
    @OptionGroup(title: "General") var recipe: RecipeOptions
    @OptionGroup(title: "General") var progress: ProgressOptions
    @OptionGroup(title: "General") var output: OutputOptions

    private static let networkGroups: [any ParsableArguments.Type] = [
        NetworkSettings.self, RecurrentSettings.self, TransformerSettings.self, BatchSettings.self, OptimizationSettings.self,
        ScheduleSettings.self, RegularizationSettings.self, LimitSettings.self, AveragingSettings.self,
    ]

    /// What a Transformer, whose sequences begin anew, has no use for.
    private static let recurrentKeys = [
        "embedding-width", "steps", "variable-length", "layer-dropout", "embedding-dropout", "activation-regularization",
        "temporal-activation-regularization",
    ]

    var unused: [UnusedSettings] {
        func keys(_ groups: [any ParsableArguments.Type]) -> [String] { groups.flatMap { Setting.all(of: $0).map(\.key) } }
        let architecture = model.architecture, name = architecture.rawValue
        switch architecture {
        case .lstm, .gru, .rnn:
            let others =
                (architecture == .lstm ? [] : RecurrentSettings.cellKeys)
                + (architecture == .gru ? [] : RecurrentSettings.gatedKeys)
                + (architecture == .rnn ? [] : RecurrentSettings.plainKeys)
            return [UnusedSettings(keys([CountSettings.self, TransformerSettings.self]) + others, because: "model", is: name)]
        case .transformer:
            return [
                UnusedSettings(
                    keys([CountSettings.self, RecurrentSettings.self]) + Self.recurrentKeys, because: "model", is: name)
            ]
        case .gpt2, .llama, .mistral, .qwen2:
            let fixed =
                ["positions", "norm", "activation", "bias", "input-dropout"] + (architecture == .gpt2 ? ["key-heads"] : [])
            return [
                UnusedSettings(
                    keys([CountSettings.self, RecurrentSettings.self]) + Self.recurrentKeys + fixed, because: "model", is: name)
            ]
        case .ngram:
            return [
                UnusedSettings(
                    keys(Self.networkGroups) + ["from", "resume", "keep-checkpoints", "checkpoint-every", "precision", "seed"],
                    because: "model", is: name)
            ]
        }
    }

    func check() throws {
        let output = recurrent.projection ?? network.width
        guard !network.tieEmbeddings || (network.embeddingWidth ?? output) == output else {
            throw SettingError(
                key: "embedding-width",
                problem:
                    "must be the \(recurrent.projection == nil ? "width" : "projection"), \(output), where embeddings are tied; add --no-tie-embeddings"
            )
        }
    }

    func run(in console: Console) throws {
        let summary = try work.trainLanguageModel(self, in: console)
        if output.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}
