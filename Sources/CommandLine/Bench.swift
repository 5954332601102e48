import ArgumentParser
import SequiturConsole

struct Bench: ChoosingCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast this machine trains.",
        discussion: """
            Examples:
              sequitur bench lstm-training
              sequitur bench lstm-training --precision float32 --threads 1 --json
              sequitur bench transformer-training --width 384 --block 256
            """,
        subcommands: [BenchLSTMTraining.self, BenchTransformerTraining.self]
    )

    static let choiceKey = "benchmark"
}
