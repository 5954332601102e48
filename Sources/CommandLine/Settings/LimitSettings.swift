import ArgumentParser
import SequiturConsole

/// When a run validates and when it ends: at the first of its limits.
struct LimitSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Passes over the data.", valueName: "count"))
    var epochs = 10

    @Option(help: ArgumentHelp("Steps of the optimizer.", valueName: "count"))
    var maximumSteps: Int?

    @Option(
        help: ArgumentHelp(
            "Minutes of training; the schedule then follows the clock if that ends the run first.", valueName: "minutes"))
    var maximumMinutes: Double?

    @Option(help: ArgumentHelp("Steps between validations; 0 validates after every epoch.", valueName: "count"))
    var validateEvery = 0

    @Option(help: ArgumentHelp("End after this many validations without improvement; 0 never does.", valueName: "count"))
    var patience = 0

    func check() throws {
        try check("epochs", epochs, atLeast: 1)
        try check("maximum-steps", maximumSteps, atLeast: 1)
        try check(positive: "maximum-minutes", maximumMinutes)
        try check("validate-every", validateEvery, atLeast: 0)
        try check("patience", patience, atLeast: 0)
    }
}

/// Where a run writes, and how it begins.
struct RunSettings: CheckedSettings {
    @Option(
        help: ArgumentHelp("Folder for the model, its tokenizer, metrics and checkpoints; new or empty.", valueName: "run"),
        completion: .directory)
    var output: String

    @Flag(inversion: .prefixedNo, help: "Go on with the run in the output folder from its newest checkpoint.")
    var resume = false

    @Flag(inversion: .prefixedNo, help: "Replace the run in the output folder.")
    var overwrite = false

    @Option(help: ArgumentHelp("Checkpoints kept beside the best one.", valueName: "count"))
    var keepCheckpoints = 1

    @Option(help: ArgumentHelp("Steps between checkpoints; 0 saves one with every validation.", valueName: "count"))
    var checkpointEvery = 0

    func check() throws {
        guard !output.isEmpty else { throw SettingError(key: "output", problem: "must name a folder") }
        guard !(resume && overwrite) else {
            throw SettingError(key: "overwrite", problem: "throws away what --resume would go on with; give one of them")
        }
        try check("keep-checkpoints", keepCheckpoints, atLeast: 1)
        try check("checkpoint-every", checkpointEvery, atLeast: 0)
    }
}
