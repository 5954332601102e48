import ArgumentParser
import SequiturConsole

struct Compare: ChoosingCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Train several architectures on one task under equal conditions, and measure them alike.",
        discussion: """
            Examples:
              sequitur compare language-modeling --data book.txt --output comparison
              sequitur compare language-modeling --data book.txt --models lstm transformer \\
                  --parameters 2M --maximum-minutes 10 --output comparison
            """,
        subcommands: [CompareLanguageModeling.self]
    )

    static let choiceKey = "task"
}
