import ArgumentParser
import SequiturConsole
import SequiturText

/// What a language model is trained on and how text becomes tokens.
struct DataSettings: CheckedSettings {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Text to train on: files, or folders whose .txt files are read in the order of their names.", valueName: "path"),
        completion: .file())
    var data: [String]

    @Option(
        help: ArgumentHelp("Text to validate on; without it the end of the data is kept back.", valueName: "path"),
        completion: .file())
    var validation: String?

    @Option(help: ArgumentHelp("Share of the data, taken from its end, that is kept back for validation.", valueName: "fraction"))
    var validationFraction = 0.1

    @Option(help: ArgumentHelp("Text that the finished model is tested on.", valueName: "path"), completion: .file())
    var test: String?

    @Option(
        help: ArgumentHelp(
            "How text is cut into tokens: character, word, or a file made by 'sequitur tokenizer train'.", valueName: "kind"))
    var tokenizer = TokenizerChoice.character

    @OptionGroup var vocabulary: VocabularySettings

    func check() throws {
        try check("validation-fraction", validationFraction, in: 0...0.5, "from 0 to 0.5")
    }

    var unused: [UnusedSettings] {
        var unused: [UnusedSettings] = []
        if let validation { unused.append(UnusedSettings(["validation-fraction"], because: "validation", is: validation)) }
        if case .file(let path) = tokenizer {
            unused.append(UnusedSettings(["vocabulary-size", "minimum-frequency"], because: "tokenizer", is: path))
        }
        return unused
    }
}

/// Which tokens a tokenizer learns.
struct VocabularySettings: CheckedSettings {
    @Option(
        help: ArgumentHelp("Keep at most this many tokens, the most frequent ones; all of them without it.", valueName: "count"))
    var vocabularySize: Int?

    @Option(help: ArgumentHelp("Keep tokens that occur at least this often.", valueName: "count"))
    var minimumFrequency = 1

    func check() throws {
        try check("vocabulary-size", vocabularySize, atLeast: TokenizerOptions.smallestVocabulary)
        try check("minimum-frequency", minimumFrequency, atLeast: 1)
    }
}

/// A tokenizer to train, by kind, or one that was trained before.
enum TokenizerChoice: DescribedArgument, Equatable {
    case character
    case word
    case file(String)

    static let expectation = "character, word or the path of a tokenizer.json"
    static let allValueStrings = ["character", "word"]
    static let defaultCompletionKind = CompletionKind.list(allValueStrings)

    init?(argument: String) {
        switch argument {
        case "character": self = .character
        case "word": self = .word
        default:
            guard argument.contains("/") || argument.hasSuffix(".json") else { return nil }
            self = .file(argument)
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .character: "character"
        case .word: "word"
        case .file(let path): path
        }
    }
}
