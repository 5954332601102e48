import ArgumentParser
import SequiturConsole
import SequiturTensors

/// How the computation is carried out.
struct MachineSettings: CheckedSettings {
    @OptionGroup var arithmetic: ArithmeticSettings

    @Option(help: ArgumentHelp("Seed of all random streams.", valueName: "number"))
    var seed = 1

    func check() throws {
        try check("seed", seed, atLeast: 0)
    }
}

struct ArithmeticSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Arithmetic of the matrix products; auto takes bfloat16 where the CPU has it.", valueName: "name"))
    var precision = Precision.auto

    @Option(help: ArgumentHelp("Threads; 0 takes all cores.", valueName: "count"))
    var threads = 0

    func check() throws {
        try check("threads", threads, in: 0...4096, "from 0 to 4096")
    }
}
