import ArgumentParser
import SequiturConsole
import SequiturFiles
import SequiturTasks

struct Predict: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Answer with the model of a finished run: tags, labels, scores, relations, answers to questions.",
        discussion: """
            Texts come one a line; two texts of a pair are separated by a tab. Lines that are JSON objects may have text or words, second, \
            question, first. Answers are JSON lines whose spans count Unicode code points; a terminal is shown coloured text instead.

            Examples:
              sequitur predict entities --text "Marta flies to Lisbon."
              sequitur predict sentiment reviews.txt > answers.jsonl
              sequitur predict entities texts.txt --relations relations
            """
    )

    @Argument(help: ArgumentHelp("The folder of a finished run.", valueName: "run"), completion: .directory)
    var run: String

    @Argument(help: ArgumentHelp("What is asked, one a line; - reads standard input.", valueName: "file"), completion: .file())
    var file = "-"

    @Option(parsing: .unconditional, help: ArgumentHelp("One text, instead of a file.", valueName: "text"))
    var text: String?

    @Option(help: ArgumentHelp("The second text of a pair, or the question about --text.", valueName: "text"))
    var second: String?

    @Option(
        help: ArgumentHelp(
            "The folder of a relation-extraction run: the entities that the first run finds become triples.", valueName: "run"),
        completion: .directory)
    var relations: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Show text with its answers instead of JSON lines; as standard output is a terminal or not, without it.")
    var pretty: Bool?

    @OptionGroup var arithmetic: ArithmeticSettings
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var output: OutputOptions

    func check() throws {
        if text != nil, file != "-" { throw SettingError(key: "text", problem: "and a file cannot both be given") }
        if second != nil, text == nil { throw SettingError(key: "second", problem: "belongs to --text") }
        if pretty == true, output.json { throw SettingError(key: "pretty", problem: "and --json cannot both be given") }
    }

    func run(in console: Console) throws {
        let isPretty = pretty ?? (console.output.isTerminal && !output.json)
        if relations != nil {
            let found = try work.triples(self, in: console)
            if output.json { return try console.print(["triples": .array(found.map { .array($0.triples.map(\.json)) })]) }
            for text in found { try TriplePrinter(console: console, isPretty: isPretty).print(text) }
            return
        }
        let answers = try work.predict(self, in: console)
        if output.json { return try console.print(["answers": .array(answers.map(\.json))]) }
        for answer in answers {
            if isPretty { try PredictionPrinter(console: console).print(answer) } else { try console.print(answer.json) }
        }
    }
}

/// Shows a text with its answers: spans in colour with their labels, or in brackets where there are no colours.
struct PredictionPrinter {
    let console: Console

    func print(_ answer: Prediction) throws {
        let scalars = Array(answer.text.unicodeScalars)
        func part(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(scalars[range])).printableLines }
        var line = "", start = 0
        for span in answer.spans where span.range.lowerBound >= start {
            line += part(start..<span.range.lowerBound)
            line +=
                console.output.usesColor
                ? console.output.styled(part(span.range), style(of: span.label)) + console.output.styled(" " + span.label, .dim)
                : "[\(part(span.range)) \(span.label)]"
            start = span.range.upperBound
        }
        line += part(start..<scalars.count)
        for label in answer.labels {
            line += "  " + console.output.styled("\(label.name) \(Quantity.fixed(label.value, 2))", .bold)
        }
        try console.print(line)
    }

    /// Equal labels have equal colours.
    private func style(of label: String) -> Terminal.Style {
        let styles: [Terminal.Style] = [.cyan, .green, .yellow, .red]
        return styles[label.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % styles.count]
    }
}

/// Shows the triples of a text.
struct TriplePrinter {
    let console: Console
    let isPretty: Bool

    func print(_ found: (text: String, triples: [TripleExtraction.Triple])) throws {
        for triple in found.triples {
            if isPretty {
                let (subject, object) = (triple.subject.text.printableLines, triple.object.text.printableLines)
                try console.print(
                    "\(console.output.styled(subject, .cyan)) — \(console.output.styled(triple.relation, .bold)) → "
                        + "\(console.output.styled(object, .cyan))  \(Quantity.fixed(triple.probability, 2))")
            } else if case .object(let members) = triple.json {
                try console.print(.object(members + [.init(key: "text", value: .string(found.text))]))
            }
        }
    }
}
