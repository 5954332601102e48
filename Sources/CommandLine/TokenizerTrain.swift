import ArgumentParser
import SequiturConsole
import SequiturText

struct TokenizerTrain: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Learn a vocabulary from text.",
        discussion: """
            Examples:
              sequitur tokenizer train --data book.txt --output tokenizer.json
              sequitur tokenizer train --kind word --vocabulary-size 20000 \\
                  --data corpus/ --output tokenizer.json
              sequitur tokenizer train --kind byte-level --vocabulary-size 16000 \\
                  --data corpus/ --output tokenizer.json
              sequitur tokenizer train --kind unigram --vocabulary-size 8000 \\
                  --data corpus/ --output tokenizer.json
            """
    )

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Text to learn from: files, or folders of .txt files.", valueName: "path"),
        completion: .file())
    var data: [String]

    @Option(help: ArgumentHelp("What a token is.", valueName: "name"))
    var kind = TokenizerKind.character

    @OptionGroup var vocabulary: VocabularySettings

    @Option(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file(extensions: ["json"]))
    var output: String

    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var result: OutputOptions

    func run(in console: Console) throws {
        let summary = try work.trainTokenizer(self, in: console)
        if result.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}
