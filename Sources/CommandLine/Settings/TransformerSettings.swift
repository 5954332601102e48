import ArgumentParser
import SequiturConsole
import SequiturLayers
import SequiturTensors

/// The shape of a Transformer language model, but for layers, width and tied embeddings.
struct TransformerSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Heads of attention; they divide the width.", valueName: "count"))
    var heads = 4

    @Option(
        help: ArgumentHelp(
            "Heads of keys and values, which neighbouring heads share; as many as heads without it.", valueName: "count"))
    var keyHeads: Int?

    @Option(
        help: ArgumentHelp(
            "Hidden units of the feed-forward parts; four times the width without it, two thirds of that with swiglu or geglu.",
            valueName: "count"))
    var feedForwardWidth: Int?

    @Option(help: ArgumentHelp("Tokens of a sequence: how far the model sees.", valueName: "count"))
    var block = 256

    @Option(help: ArgumentHelp("How it knows where a token stands.", valueName: "name"))
    var positions = PositionKind.learned

    @Option(help: ArgumentHelp("How rows are normalised: layer, or rms without mean and bias.", valueName: "name"))
    var norm = Normalization.layer

    @Option(help: ArgumentHelp("The activation of the feed-forward parts.", valueName: "name"))
    var activation = Activation.gelu

    @Flag(inversion: .prefixedNo, help: "Give maps and layer norms biases.")
    var bias = true

    @Option(help: ArgumentHelp("Dropout of the weights of attention; --dropout without it.", valueName: "fraction"))
    var attentionDropout: Double?

    func check() throws {
        try check("heads", heads, in: 1...4096, "from 1 to 4096")
        try check("key-heads", keyHeads, in: 1...4096, "from 1 to 4096")
        try check("feed-forward-width", feedForwardWidth, in: 1...262_144, "from 1 to 262144")
        try check("block", block, in: 1...1_048_576, "from 1 to 1048576")
        try check(fraction: "attention-dropout", attentionDropout)
        if let keyHeads, heads % keyHeads != 0 {
            throw SettingError(key: "key-heads", problem: "must divide the heads, \(heads), but is \(keyHeads)")
        }
    }
}
