import ArgumentParser
import SequiturConsole
import SequiturDatasets
import SequiturTasks

/// Where labelled examples are, and how their files are read.
struct LabeledDataSettings: CheckedSettings {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Examples to learn from: files, or folders with parallel files.", valueName: "path"),
        completion: .file())
    var data: [String]

    @Option(help: ArgumentHelp("Examples by which the best weights are chosen.", valueName: "path"), completion: .file())
    var validation: String?

    @Option(help: ArgumentHelp("Examples on which the finished model is measured, once.", valueName: "path"), completion: .file())
    var test: String?

    @Option(
        help: ArgumentHelp(
            "Cut the data into training, validation and test by these shares, such as 80/10/10.", valueName: "shares"))
    var split: String?

    @Option(help: ArgumentHelp("Which of the possible cuts.", valueName: "number"))
    var splitSeed = 1

    @OptionGroup var reading: ReadingSettings

    func check() throws {
        try check("split-seed", splitSeed, atLeast: 0)
        if let split {
            let shares: ExampleSplit
            do { shares = try ExampleSplit(split) } catch { throw SettingError(key: "split", problem: "\(error)") }
            for (flag, file, share) in [("validation", validation, shares.validation), ("test", test, shares.test)]
            where file != nil && share > 0 && (validation == nil || test == nil) {
                throw SettingError(
                    key: "split",
                    problem: "has a share for \(flag), which --\(flag) gives already: say 0 there, or leave --\(flag) out")
            }
            if validation != nil, test != nil {
                throw SettingError(key: "split", problem: "does nothing where --validation and --test are both given")
            }
        }
    }

    var unused: [UnusedSettings] {
        split == nil ? [UnusedSettings(["split-seed"], because: "split", is: "not given")] : []
    }

    var librarySplit: ExampleSplit? {
        get throws { try split.map { try ExampleSplit($0) } ?? nil }
    }
}

/// How a file of labelled examples is read.
struct ReadingSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Format of the files; recognised without it.", valueName: "name"))
    var format: ExampleFormat?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Column of the words in files of columns; from 1, or from the end with a minus.", valueName: "column"))
    var wordColumn: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Column of the tags in files of columns.", valueName: "column"))
    var tagColumn: Int?

    @Option(help: ArgumentHelp("Field of the words in JSON, or a column of CoNLL-U by its name.", valueName: "field"))
    var wordField: String?

    @Option(help: ArgumentHelp("Field of the tags in JSON, or a column of CoNLL-U by its name.", valueName: "field"))
    var tagField: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Field or column of the text: a name, a number, or several with commas.", valueName: "field"))
    var textField: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Field or column of the second text of a pair.", valueName: "field"))
    var secondField: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Field or column of the label.", valueName: "field"))
    var labelField: String?

    @Option(help: ArgumentHelp("What separates columns; the format's own without it.", valueName: "character"))
    var separator: String?

    @Option(help: ArgumentHelp("What separates the labels of a text with several.", valueName: "character"))
    var labelSeparator: String?

    @Option(help: ArgumentHelp("Only what stands before it is the label, as in ENTY:animal.", valueName: "character"))
    var labelDelimiter: String?

    @Flag(inversion: .prefixedNo, help: "Whether the first row holds names; recognised without it.")
    var header: Bool?

    @Option(help: ArgumentHelp("Which part of a JSON file with several.", valueName: "name"))
    var part: String?

    @Flag(inversion: .prefixedNo, help: "Leave rows out that no example can be made of, and count them.")
    var skipBadRows = false

    func check() throws {
        for (key, text) in [("separator", separator), ("label-separator", labelSeparator), ("label-delimiter", labelDelimiter)] {
            if let text, Self.character(text) == nil {
                throw SettingError(
                    key: key, problem: "must be one character (\\t for a tab), but is '\(text.printable(limit: 20))'")
            }
        }
        for (key, column) in [("word-column", wordColumn), ("tag-column", tagColumn)] where column == 0 {
            throw SettingError(key: key, problem: "counts from 1, or from -1 at the end")
        }
    }

    private static func character(_ text: String) -> Character? {
        text == "\\t" ? "\t" : text.count == 1 ? text.first : nil
    }

    /// The keys of all that was said.
    var given: [String] {
        let all: [(key: String, isGiven: Bool)] = [
            ("format", format != nil), ("word-column", wordColumn != nil), ("tag-column", tagColumn != nil),
            ("word-field", wordField != nil), ("tag-field", tagField != nil), ("text-field", textField != nil),
            ("second-field", secondField != nil), ("label-field", labelField != nil), ("separator", separator != nil),
            ("label-separator", labelSeparator != nil), ("label-delimiter", labelDelimiter != nil), ("header", header != nil),
            ("part", part != nil), ("skip-bad-rows", skipBadRows),
        ]
        return all.filter(\.isGiven).map(\.key)
    }

    /// What says nothing of a task's examples, in whatever format they are.
    static func unused(by task: LabeledTaskKind) -> UnusedSettings {
        let ofWords = ["word-column", "tag-column", "tag-field"], ofLabels = ["label-separator", "label-delimiter", "header"]
        let keys =
            switch task {
            case .tagging: ["text-field", "second-field", "header"]
            case .classification: ofWords + ["word-field", "second-field"]
            case .matching: ofWords + ["word-field"]
            case .relationExtraction: ofWords + ofLabels + ["second-field", "separator"]
            case .questionAnswering:
                ofWords + ofLabels + ["word-field", "text-field", "second-field", "label-field", "separator"]
            }
        return UnusedSettings(keys, because: "task", is: task.rawValue)
    }

    /// - Throws: `UsageError` for what was given in vain.
    func requireUsed(by task: LabeledTaskKind, run: String) throws {
        let unused = Self.unused(by: task).keys
        guard let key = given.first(where: unused.contains) else { return }
        throw UsageError("--\(key) does nothing with \(run), a run of \(task.rawValue); remove it")
    }

    var options: ExampleReadingOptions {
        var options = ExampleReadingOptions()
        options.skipsBadRows = skipBadRows
        options.format = format
        options.wordColumn = wordColumn
        options.tagColumn = tagColumn
        options.wordField = wordField
        options.tagField = tagField
        options.textField = textField
        options.secondField = secondField
        options.labelField = labelField
        options.separator = separator.flatMap(Self.character)
        options.labelSeparator = labelSeparator.flatMap(Self.character)
        options.labelDelimiter = labelDelimiter.flatMap(Self.character)
        options.hasHeader = header
        options.split = part
        return options
    }
}
