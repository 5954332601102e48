import ArgumentParser
import SequiturConsole

struct Info: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Tell what a run or model folder holds: task, architecture, sizes, results.",
        discussion: """
            Examples:
              sequitur info run
              sequitur info run --json
              sequitur info run --gradient-flow "The cat that the dogs chased sleeps."
            """
    )

    @Argument(help: ArgumentHelp("A run or model folder.", valueName: "folder"), completion: .directory)
    var folder: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            Also show how far back the losses of this text's tokens reach: the length of the gradient by each layer's state, by the \
            distance between the two, as a mean over all tokens and of the last one.
            """, valueName: "text"))
    var gradientFlow: String?

    @OptionGroup var output: OutputOptions

    func run(in console: Console) throws {
        var summary = try work.describe(try resolvedFolder(folder, in: console))
        let flow = try gradientFlow.map { try work.gradientFlow(of: folder, text: $0) }
        if output.json {
            if let flow { summary.add("gradient_flow", flow.json) }
            return try console.print(summary.json)
        }
        try console.print(summary.table)
        if let flow {
            try console.print()
            try console.print(flow.table)
        }
    }
}
