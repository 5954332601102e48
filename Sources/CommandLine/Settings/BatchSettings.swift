import ArgumentParser
import SequiturConsole

/// How text is cut into batches for truncated back-propagation through time.
struct BatchSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Parallel streams of text in a batch, or sequences of a Transformer.", valueName: "count"))
    var batch = 32

    @Option(help: ArgumentHelp("Tokens of each stream in a batch: how far gradients reach back.", valueName: "count"))
    var steps = 64

    @Flag(inversion: .prefixedNo, help: "Vary the number of tokens from batch to batch around --steps (Merity et al., 2017).")
    var variableLength = false

    @Option(help: ArgumentHelp("Batches whose gradients are added up before a step.", valueName: "count"))
    var accumulate = 1

    func check() throws {
        try check("batch", batch, in: 1...65536, "from 1 to 65536")
        try check("steps", steps, in: 1...65536, "from 1 to 65536")
        try check("accumulate", accumulate, in: 1...65536, "from 1 to 65536")
    }
}
