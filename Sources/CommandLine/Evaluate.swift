import ArgumentParser
import SequiturConsole
import SequiturTasks

struct Evaluate: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract:
            "Measure a model: a language model on text, any other on labelled examples; or compare two on the same examples.",
        discussion: """
            Examples:
              sequitur evaluate run --data test.txt
              sequitur evaluate entities --data test.conll
              sequitur evaluate before after --data test.tsv --json
            """
    )

    @Argument(help: ArgumentHelp("A run or model folder.", valueName: "run"), completion: .directory)
    var run: String

    @Argument(
        help: ArgumentHelp("Another run of the same task, to be compared with the first.", valueName: "other"),
        completion: .directory)
    var other: String?

    @Option(
        help: ArgumentHelp(
            "Text to measure on: a file, or a folder of .txt files; or a file of labelled examples.", valueName: "path"),
        completion: .file())
    var data: String

    @Option(
        help: ArgumentHelp(
            "Parallel streams the text is cut into; the model knows nothing of what stands before a cut.", valueName: "count"))
    var batch = 1

    @OptionGroup(title: "Labelled examples") var reading: ReadingSettings
    @OptionGroup var arithmetic: ArithmeticSettings
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var output: OutputOptions

    func check() throws {
        try check("batch", batch, in: 1...65536, "from 1 to 65536")
    }

    /// One folder, or two.
    var runs: [String] { [run] + (other.map { [$0] } ?? []) }

    func run(in console: Console) throws {
        if other != nil || TaskModel.kind(of: run) != nil {
            guard batch == 1 else { throw UsageError("--batch cuts text for language models, which \(run) is not") }
            return try work.evaluateTask(self, in: console).print(in: console, asJSON: output.json)
        }
        guard reading.given.isEmpty else {
            throw UsageError("flags of labelled examples say nothing to \(run), which is a language model")
        }
        let summary = try work.evaluate(self, in: console)
        if output.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}
