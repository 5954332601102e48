import SequiturModels
import SequiturText
import SequiturTraining

/// Everything that decides how an encoder is pre-trained. The command line's keys have the same meanings and defaults.
public struct MaskedLanguageModelingSettings: Sendable {
    /// Text to train on: files, and folders of .txt files.
    public var data: [String]
    /// Text to validate on; nil keeps back the end of the data.
    public var validation: String?
    /// The share of the data, from its end, that is kept back.
    public var validationFraction = 0.1
    public var tokenizer = LanguageModelingSettings.TokenizerSource.trained(.wordPiece, TokenizerOptions())

    /// The architecture: one whose family sees both sides.
    public var family = PretrainedFamily.bert
    /// A run or model folder to start from: its weights, shape and tokenizer. Where it has no head for hidden tokens, a fresh one is
    /// trained with it.
    public var from: String?
    public var layers = 4
    public var width = 256
    public var heads = 4
    /// Four times the width where nil.
    public var feedForwardWidth: Int?
    /// Tokens of a sequence.
    public var block = 128
    public var dropout: Float = 0.1
    /// `dropout` where nil.
    public var attentionDropout: Float?

    /// The share of the tokens that are hidden.
    public var maskProbability = 0.15
    /// Whether the pieces of a word are hidden together.
    public var masksWholeWords = false
    public var batch = 32
    /// ε of the loss that is trained on; that of the validation text is without.
    public var labelSmoothing: Float = 0
    public var training = TrainingSettings(
        epochs: 10, optimizer: OptimizerSettings(kind: .adamw),
        schedule: LearningRateSchedule(kind: .linear, learningRate: 0.0005, warmupSteps: 500), clip: 1)

    /// The run folder.
    public var output: String
    public var resume = false
    public var overwrite = false

    public init(data: [String], output: String) {
        self.data = data
        self.output = output
    }
}
