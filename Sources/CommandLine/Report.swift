import ArgumentParser
import SequiturConsole

struct Report: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a run's report.html again, of what its folder holds.",
        discussion: """
            Training writes the report when it ends. Made again, it shows a run that goes on, or one that was killed, so far. The page \
            needs no other file and no network.

            Examples:
              sequitur report run
              sequitur report run --output report.html
            """
    )

    @Argument(help: ArgumentHelp("A run folder.", valueName: "run"), completion: .directory)
    var run: String

    @Option(
        help: ArgumentHelp("The page to write; report.html in the run folder if not given.", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var output: String?

    @OptionGroup var result: OutputOptions

    func run(in console: Console) throws {
        let summary = try work.report(self)
        if result.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}
