import ArgumentParser
import SequiturConsole
import SequiturLayers

/// What the layers of a recurrent model have beyond their number and width.
struct RecurrentSettings: CheckedSettings {
    @Option(help: ArgumentHelp("The function of a plain layer.", valueName: "name"))
    var nonlinearity = Nonlinearity.tanh

    @Option(
        help: ArgumentHelp(
            "Where the reset gate acts: after the recurrent product, as in PyTorch, or before it (Cho et al., 2014).",
            valueName: "place"))
    var reset = ResetPlace.after

    @Option(
        help: ArgumentHelp("Width of an LSTM's hidden state after a projection; without it that of the cell.", valueName: "count")
    )
    var projection: Int?

    @Flag(inversion: .prefixedNo, help: "Normalise gates, and the cell before the output gate (Ba et al., 2016).")
    var layerNorm = false

    @Flag(inversion: .prefixedNo, help: "Learn the state before the first token.")
    var learnedInitialState = false

    @Option(
        help: ArgumentHelp("Share of the recurrent weights dropped in a batch (Merity et al., 2017).", valueName: "fraction"))
    var weightDropout = 0.0

    @Flag(
        inversion: .prefixedNo,
        help: "Drop the same units of inputs, layers and outputs at every token of a sequence (Gal and Ghahramani, 2016).")
    var lockedDropout = false

    @Option(
        help: ArgumentHelp(
            "Share of the hidden units that keep their values (zoneout; Krueger et al., 2017).", valueName: "fraction"))
    var zoneoutHidden = 0.0

    @Option(help: ArgumentHelp("The same of an LSTM's cells.", valueName: "fraction"))
    var zoneoutCell = 0.0

    func check() throws {
        try check("projection", projection, in: 1...65536, "from 1 to 65536")
        try check(fraction: "weight-dropout", weightDropout)
        try check(fraction: "zoneout-hidden", zoneoutHidden)
        try check(fraction: "zoneout-cell", zoneoutCell)
    }

    /// The keys that a plain RNN, a GRU and an LSTM have for themselves.
    static let plainKeys = ["nonlinearity"]
    static let gatedKeys = ["reset"]
    static let cellKeys = ["projection", "zoneout-cell"]
}

enum Nonlinearity: String, CaseIterable, ExpressibleByArgument {
    case tanh, relu
}

enum ResetPlace: String, CaseIterable, ExpressibleByArgument {
    case after, before
}
