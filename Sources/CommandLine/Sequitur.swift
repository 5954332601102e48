import ArgumentParser
import SequiturConsole
import SequiturTasks

/// The `sequitur` command: one verb a file beside this one.
@main
struct Sequitur: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sequitur",
        abstract: "Train, evaluate and use language models, from n-grams to recurrent networks, on a plain CPU.",
        discussion: """
            Every setting is a flag, a key of a YAML recipe (--recipe FILE) and an environment variable of the same name: \
            --learning-rate, learning-rate, SEQUITUR_LEARNING_RATE. Flags overrule variables, variables overrule the recipe, \
            the recipe overrules the defaults; --show-config prints every value with its origin.

            Examples:
              sequitur train language-modeling --data book.txt --output run
              sequitur generate run --prompt "Once upon a time"
              sequitur evaluate run --data other.txt --json

            Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted after saving.
            """,
        version: Release.version,
        subcommands: [
            Train.self, Compare.self, Evaluate.self, Predict.self, Report.self, Generate.self, Embed.self, Inspect.self,
            Tokenizer.self, Info.self, Convert.self, Pull.self, Bench.self,
        ]
    )

    /// Variables that other parts of Sequitur read.
    static let reservedVariables: Set<String> = [
        "SEQUITUR_MAX_ISA", "SEQUITUR_BFLOAT16", "SEQUITUR_FIXTURES", "SEQUITUR_SHARED", "SEQUITUR_MODELS",
    ]

    static func main() {
        Program(Sequitur.self, reservedVariables: reservedVariables).main()
    }
}
