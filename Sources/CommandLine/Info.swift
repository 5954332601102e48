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
            """
    )

    @Argument(help: ArgumentHelp("A run or model folder.", valueName: "folder"), completion: .directory)
    var folder: String

    @OptionGroup var output: OutputOptions

    func run(in console: Console) throws {
        let summary = try work.describe(folder)
        if output.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}
