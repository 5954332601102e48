import SequiturConsole
import SequiturFiles
import SequiturModels
import SequiturTasks
import SequiturTensors
import SequiturText

/// A comparison as a table, as JSON and as Markdown.
struct ComparisonReport {
    let command: CompareLanguageModeling
    let result: LanguageModelComparison.Result
    private var models: [ComparedModel] { result.models }

    init(_ command: CompareLanguageModeling, _ result: LanguageModelComparison.Result) {
        self.command = command
        self.result = result
    }

    // MARK: The table

    private struct Column {
        let title: String
        let alignment: Table.Alignment
        let cell: (ComparedModel) -> String
    }

    private var columns: [Column] {
        func number(_ title: String, _ cell: @escaping (ComparedModel) -> String) -> Column {
            Column(title: title, alignment: .right, cell: cell)
        }
        func fixed(_ title: String, _ digits: Int, _ value: @escaping (ComparedModel) -> Double?) -> Column {
            number(title) { value($0).map { Quantity.fixed($0, digits) } ?? "–" }
        }
        let isByCharacter = result.tokenizer == TokenizerKind.character.rawValue
        var columns = [
            Column(title: "model", alignment: .left) { $0.architecture.rawValue },
            number("shape") { "\($0.layers) × \($0.width)" }, number("parameters") { Quantity.grouped($0.parameterCount) },
            number("rate") { Quantity.shortest($0.learningRate) }, number("steps") { Quantity.grouped($0.steps) },
            number("tokens/s") { Quantity.count($0.tokensPerSecond) },
        ]
        if models.contains(where: { $0.validationLoss != nil }) {
            columns += [
                fixed("validation loss", 4) { $0.validationLoss },
                isByCharacter
                    ? fixed("bits/character", 3) { $0.validationLoss.map { $0 / ComparisonReport.natsPerBit } }
                    : fixed("perplexity", 2) { $0.validationPerplexity },
            ]
        }
        if command.data.test != nil {
            columns += [
                fixed("test loss", 4) { $0.testLoss },
                isByCharacter
                    ? fixed("test bits/character", 3) { $0.testBitsPerCharacter }
                    : fixed("test perplexity", 2) { $0.testPerplexity },
            ]
        }
        return columns + [
            number("memory") { Quantity.bytes($0.peakBytes) },
            number("written/s") { Quantity.count($0.generatedTokensPerSecond) },
        ]
    }

    private static let natsPerBit = 0.693147180559945309

    var table: Table {
        let columns = columns
        return Table(columns.map { .init($0.title, $0.alignment) }, rows: models.map { model in columns.map { $0.cell(model) } })
    }

    // MARK: JSON

    var json: JSONValue {
        [
            "output": .string(command.run.output), "vocabulary": .integer(Int64(result.vocabularySize)),
            "parameters": .integer(Int64(command.models.parameters.count)), "models": .array(models.map(\.json)),
            "machine": [
                "processor": Processor.name.map { .string($0) } ?? .null, "isa": .string(Processor.instructionSet),
                "onednn": .string(Processor.productLibrary), "threads": .integer(Int64(Processor.threadCount)),
                "precision": .string(command.machine.arithmetic.precision.resolved.rawValue),
            ],
        ]
    }

    // MARK: Markdown

    /// - Parameter arguments: of the call, the program's name aside.
    func markdown(arguments: [String], version: String) -> String {
        let columns = columns, settings = command.models
        func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |\n" }
        var text = "# \(models.map { $0.architecture.title }.joined(separator: ", ")) compared\n\n"
        text += row(columns.map(\.title)) + row(columns.map { $0.alignment == .right ? "--:" : ":--" })
        for model in models { text += row(columns.map { $0.cell(model) }) }
        text += "\n```sh\n\((["sequitur"] + arguments).map(\.quotedForShells).joined(separator: " "))\n```\n\n"
        let machine = [
            Processor.name, Processor.instructionSet,
            Processor.threadCount == 1 ? "1 thread" : "\(Processor.threadCount) threads",
            "products in \(command.machine.arithmetic.precision.resolved.rawValue)", Processor.productLibrary,
            "Sequitur \(version)",
        ]
        text += "Machine: \(machine.compactMap { $0 }.joined(separator: ", ")).\n\n"
        let minutes = settings.maximumMinutes
        text += """
            **Held equal.** Text and split, tokenizer (\(result.vocabularySize) tokens), seed \(command.machine.seed), batches of \
            \(settings.batch) × \(settings.steps) tokens, dropout \(Quantity.shortest(settings.dropout)), AdamW with a warm-up of \
            \(settings.warmupSteps) steps, a cosine down to zero over the time and gradients clipped at norm 1, and \
            \(Quantity.shortest(minutes)) \(minutes == 1 ? "minute" : "minutes") of training by the clock, validations included\
            \(settings.maximumSteps.map { ", or at most \(Quantity.grouped($0)) steps" } ?? "").

            **Fitted.** About \(Quantity.grouped(settings.parameters.count)) parameters each, embeddings tied to the output: a recurrent \
            net gets the multiple of 8 as width that comes nearest, the Transformer a multiple of \(4 * settings.heads) \
            (\(settings.heads) heads) and the width of its feed-forward parts\(feedForwardWords). Learning rates differ, since no one rate suits \
            all; the column *rate* has the highest.

            **Measured.** Losses are means in nats for each token, with the weights that were best on the validation text\
            \(command.data.test == nil ? "" : "; the test text was read once, with those weights"). A recurrent net carries its state \
            through the text; the Transformer sees windows of \(settings.steps) tokens that overlap by half. *tokens/s* is the \
            speed of training steps, *memory* the most that tensors held at once, *written/s* the tokens a second of one text of 500.

            """
        return text
    }

    private var feedForwardWords: String {
        models.compactMap(\.feedForwardWidth).first.map { ", \($0)" } ?? ""
    }
}

extension ModelArchitecture {
    /// Its name in prose.
    fileprivate var title: String {
        switch self {
        case .rnn, .gru, .lstm: rawValue.uppercased()
        case .transformer, .gpt2, .llama, .mistral, .qwen2: "Transformer"
        case .ngram: "n-grams"
        }
    }
}

extension String {
    /// This as one word of a shell's command.
    var quotedForShells: String {
        let isPlain =
            !isEmpty
            && utf8.allSatisfy { byte in
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                    || "/._-+=:,@%".utf8.contains(byte) || byte >= 0x80
            }
        return isPlain ? self : "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
