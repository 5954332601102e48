import ArgumentParser
import SequiturConsole
import SequiturModels
import SequiturTasks

/// Which architecture is trained, and from what it starts.
struct ModelSettings: ParsableArguments {
    @Option(help: ArgumentHelp("The architecture; lstm, or that of the folder to start from, without it.", valueName: "name"))
    var model: ModelArchitecture?

    @Option(
        help: ArgumentHelp("Start from the parameters and the tokenizer of a finished run or model folder.", valueName: "folder"),
        completion: .directory)
    var from: String?

    /// What is trained.
    var architecture: ModelArchitecture {
        model ?? from.flatMap { try? TrainedLanguageModel.architecture(of: $0) } ?? .lstm
    }
}

/// The shape of a neural language model.
struct NetworkSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Layers.", valueName: "count"))
    var layers = 2

    @Option(help: ArgumentHelp("Hidden units of a recurrent layer; width of a Transformer's stream.", valueName: "count"))
    var width = 256

    @Option(help: ArgumentHelp("Width of the token embeddings; that of a layer's output without it.", valueName: "count"))
    var embeddingWidth: Int?

    @Flag(inversion: .prefixedNo, help: "Use the token embeddings as output weights too; needs equal widths.")
    var tieEmbeddings = true

    func check() throws {
        try check("layers", layers, in: 1...256, "from 1 to 256")
        try check("width", width, in: 1...65536, "from 1 to 65536")
        try check("embedding-width", embeddingWidth, in: 1...65536, "from 1 to 65536")
    }
}

/// The shape of an interpolated modified Kneser–Ney model.
struct CountSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Longest n-gram counted.", valueName: "n"))
    var order = 5

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Occurrences below which an n-gram is dropped, for n = 1 (always 1), 2, …; the last holds for all longer ones.",
            valueName: "count"))
    var minimumCounts: [Int] = [1]

    @Option(help: ArgumentHelp("Write the model as ARPA text too, for other tools.", valueName: "file"), completion: .file())
    var arpa: String?

    func check() throws {
        try check("order", order, in: 1...NGramSettings.maximumOrder, "from 1 to \(NGramSettings.maximumOrder)")
        guard let first = minimumCounts.first, first == 1 else {
            throw SettingError(
                key: "minimum-counts", problem: "must begin with 1, not \(minimumCounts.first.map(String.init) ?? "nothing")")
        }
        for (position, count) in minimumCounts.enumerated() {
            guard position == 0 || count >= minimumCounts[position - 1] else {
                throw SettingError(
                    key: "minimum-counts",
                    problem: "must not fall from one length to the next: \(count) after \(minimumCounts[position - 1])")
            }
        }
        guard minimumCounts.count <= order else {
            throw SettingError(
                key: "minimum-counts", problem: "has \(minimumCounts.count) counts for \(order) lengths; give at most \(order)")
        }
    }
}
