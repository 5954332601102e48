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
            "How text is cut into tokens: character, word, byte-level, wordpiece, unigram, or the path of a tokenizer.",
            valueName: "kind"))
    var tokenizer = TokenizerChoice.trained(.character)

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
        help: ArgumentHelp(
            "Keep at most this many tokens, the most frequent ones; without it all characters or words, or 16000 subwords.",
            valueName: "count"))
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
    case trained(TokenizerKind)
    case file(String)

    static let expectation = "\(allValueStrings.joined(separator: ", ")), or the path of a tokenizer"
    static let allValueStrings = TokenizerKind.allCases.map(\.rawValue)
    static let defaultCompletionKind = CompletionKind.list(allValueStrings)

    init?(argument: String) {
        if let kind = TokenizerKind(rawValue: argument) {
            self = .trained(kind)
        } else if argument.contains("/") || [".json", ".model", ".spm"].contains(where: argument.hasSuffix) {
            self = .file(argument)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .trained(let kind): kind.rawValue
        case .file(let path): path
        }
    }
}
