import ArgumentParser
import SequiturConsole
import SequiturTraining

/// What keeps a recurrent model from learning its text by heart.
struct RegularizationSettings: CheckedSettings {
    @Option(
        help: ArgumentHelp("Dropout of the last layer's output, or of what parts of a Transformer add.", valueName: "fraction"))
    var dropout = 0.0

    @Option(help: ArgumentHelp("Dropout between the layers; --dropout without it.", valueName: "fraction"))
    var layerDropout: Double?

    @Option(help: ArgumentHelp("Dropout of the embedded input; --dropout without it.", valueName: "fraction"))
    var inputDropout: Double?

    @Option(
        help: ArgumentHelp(
            "Share of the vocabulary whose embeddings are dropped in a batch (Gal and Ghahramani, 2016).", valueName: "fraction"))
    var embeddingDropout = 0.0

    @Option(
        help: ArgumentHelp(
            "Weight of the mean square of the last layer's dropped-out output (AR, α; Merity et al., 2017).", valueName: "number")
    )
    var activationRegularization = 0.0

    @Option(help: ArgumentHelp("Weight of the mean square of its change from step to step (TAR, β).", valueName: "number"))
    var temporalActivationRegularization = 0.0

    @Option(
        help: ArgumentHelp(
            "Share of each target that is spread over all tokens in the loss that is trained on (Szegedy et al., 2016).",
            valueName: "fraction"))
    var labelSmoothing = 0.0

    func check() throws {
        try check(fraction: "dropout", dropout)
        try check(fraction: "label-smoothing", labelSmoothing)
        try check(fraction: "layer-dropout", layerDropout)
        try check(fraction: "input-dropout", inputDropout)
        try check(fraction: "embedding-dropout", embeddingDropout)
        try check("activation-regularization", activationRegularization, atLeast: 0)
        try check("temporal-activation-regularization", temporalActivationRegularization, atLeast: 0)
    }
}

/// Averages of the parameters over the course of the training, which are often better than the last ones.
struct AveragingSettings: CheckedSettings {
    @Option(
        help: ArgumentHelp(
            "Average parameters: exponential, or triggered: a plain average from when validation stops improving (NT-ASGD).",
            valueName: "name"))
    var average = AveragingKind.none

    @Option(help: ArgumentHelp("Share of the old average that each step of the exponential average keeps.", valueName: "number"))
    var averageDecay = 0.999

    @Option(help: ArgumentHelp("Validations that the triggered average looks back for an improvement.", valueName: "count"))
    var averageWindow = 5

    func check() throws {
        try check(fraction: "average-decay", averageDecay)
        try check("average-window", averageWindow, atLeast: 1)
    }

    var unused: [UnusedSettings] {
        let keys =
            switch average {
            case .none: ["average-decay", "average-window"]
            case .exponential: ["average-window"]
            case .triggered: ["average-decay"]
            }
        return [UnusedSettings(keys, because: "average", is: average.rawValue)]
    }
}
