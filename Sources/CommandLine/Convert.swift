import ArgumentParser
import SequiturConsole
import SequiturLayers
import SequiturModels

struct Convert: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Make a model folder of a recurrent language model that another program wrote.",
        discussion: """
            The file holds encoder.weight, decoder.weight, decoder.bias and the layers: rnn.weight_ih_l0, rnn.weight_hh_l0, \
            rnn.bias_ih_l0, rnn.bias_hh_l0, … (stacked, as PyTorch has them), or rnn.weight_r_l0, rnn.bias_r_l0, … \
            (concatenated: one matrix for each gate over state and input). Gates are i, f, g, o (lstm), r, z, n (gru) and h (rnn).

            Examples:
              sequitur convert lstm.safetensors --cell lstm \\
                  --tokenizer tokenizer.json --output model
              sequitur convert gru.safetensors --cell gru-reset-before \\
                  --layout concatenated --columns state-first \\
                  --update-gate replace --tokenizer tokenizer.json --output model
            """
    )

    @Argument(help: ArgumentHelp("A safetensors file.", valueName: "file"), completion: .file(extensions: ["safetensors"]))
    var file: String

    @Option(help: ArgumentHelp("The cell.", valueName: "name"))
    var cell: RecurrentCell

    @Option(help: ArgumentHelp("How the weights of the gates are laid out.", valueName: "name"))
    var layout = WeightLayout.stacked

    @Option(help: ArgumentHelp("What comes first in the columns of a concatenated matrix.", valueName: "name"))
    var columns = RecurrentImport.ColumnOrder.stateFirst

    @Option(
        help: ArgumentHelp("What a GRU's update gate does where it is 1: keep the old state, or replace it.", valueName: "name"))
    var updateGate = UpdateGate.keep

    @Flag(inversion: .prefixedNo, help: "The output matrix is encoder.weight; the file has no decoder.weight.")
    var tieEmbeddings = false

    @Option(
        help: ArgumentHelp("The tokenizer.json of the model's vocabulary.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var tokenizer: String

    @Option(help: ArgumentHelp("The model folder to make; new or empty.", valueName: "folder"), completion: .directory)
    var output: String

    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var result: OutputOptions

    func check() throws {
        guard !output.isEmpty else { throw SettingError(key: "output", problem: "must name a folder") }
    }

    var unused: [UnusedSettings] {
        var unused: [UnusedSettings] = []
        if layout == .stacked { unused.append(UnusedSettings(["columns"], because: "layout", is: layout.rawValue)) }
        if !cell.hasUpdateGate { unused.append(UnusedSettings(["update-gate"], because: "cell", is: cell.rawValue)) }
        return unused
    }

    func run(in console: Console) throws {
        let summary = try work.convert(self)
        if result.json { try console.print(summary.json) } else { try console.print(summary.table) }
    }
}

enum WeightLayout: String, CaseIterable, ExpressibleByArgument {
    case stacked, concatenated
}
