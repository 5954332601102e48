import ArgumentParser
import SequiturConsole

struct Bench: ChoosingCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast this machine trains and encodes.",
        discussion: """
            Examples:
              sequitur bench lstm-training
              sequitur bench lstm-training --precision float32 --threads 1 --json
              sequitur bench transformer-training --width 384 --block 256
              sequitur bench encoding all-MiniLM-L6-v2 --batch 1 --length 16
            """,
        subcommands: [BenchLSTMTraining.self, BenchTransformerTraining.self, BenchEncoding.self]
    )

    static let choiceKey = "benchmark"
}
