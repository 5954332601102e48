import SequiturDatasets
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

/// Everything that decides how a language model is trained. The command line's keys have the same meanings and defaults.
public struct LanguageModelingSettings: Sendable {
    /// How text becomes tokens.
    public enum TokenizerSource: Sendable {
        case trained(TokenizerKind, TokenizerOptions)
        /// A tokenizer.json, a SentencePiece model or a folder with a tokenizer.
        case file(String)
    }

    /// The shape of a recurrent model, its vocabulary aside.
    public struct Network: Sendable {
        public var layers = 2
        public var width = 256
        /// Width of the token embeddings; that of a layer's output where nil.
        public var embeddingWidth: Int?
        public var tiesEmbeddings = true
        public var dropout: Float = 0
        /// `dropout` where nil.
        public var layerDropout: Float?
        public var inputDropout: Float?
        public var embeddingDropout: Float = 0
        /// The form of the cell; the usual one of the architecture where nil.
        public var cell: RecurrentCell?
        /// Width of an LSTM's hidden state after a projection.
        public var projection: Int?
        public var layerNorm = false
        public var learnedInitialState = false
        public var zoneoutHidden: Float = 0
        public var zoneoutCell: Float = 0
        public var weightDropout: Float = 0
        public var lockedDropout = false
        public init() {}

        func configuration(_ usual: RecurrentCell, vocabularySize: Int) -> RecurrentConfiguration {
            var shape = RecurrentConfiguration(
                cell: cell ?? usual, vocabularySize: vocabularySize, embeddingSize: embeddingWidth ?? projection ?? width,
                hiddenSize: width, layers: layers, tiesEmbeddings: tiesEmbeddings, dropout: dropout,
                inputDropout: inputDropout ?? dropout,
                layerDropout: layerDropout ?? dropout, embeddingDropout: embeddingDropout)
            shape.projectionSize = projection ?? 0
            shape.normalizesLayers = layerNorm
            shape.learnsInitialState = learnedInitialState
            shape.zoneoutHidden = zoneoutHidden
            shape.zoneoutCell = zoneoutCell
            shape.weightDropout = weightDropout
            shape.locksDropout = lockedDropout
            return shape
        }
    }

    /// What a Transformer has that recurrent models have not; layers, width, ties and dropout are the network's.
    public struct TransformerShape: Sendable {
        public var heads = 4
        /// As many as heads where nil.
        public var keyHeads: Int?
        /// Four times the width where nil, less where the activation is gated.
        public var feedForwardWidth: Int?
        /// Tokens of a sequence.
        public var block = 256
        public var positions = PositionKind.learned
        public var normalization = Normalization.layer
        public var activation = Activation.gelu
        public var hasBias = true
        /// `dropout` where nil.
        public var attentionDropout: Float?
        public init() {}
    }

    func transformerConfiguration(vocabularySize: Int) -> TransformerConfiguration {
        TransformerConfiguration(
            vocabularySize: vocabularySize, width: network.width, layers: network.layers, heads: transformer.heads,
            keyHeads: transformer.keyHeads, feedForwardWidth: transformer.feedForwardWidth, block: transformer.block,
            positions: transformer.positions, normalization: transformer.normalization, activation: transformer.activation,
            hasBias: transformer.hasBias, tiesEmbeddings: network.tiesEmbeddings, dropout: network.dropout,
            inputDropout: network.inputDropout ?? network.dropout,
            attentionDropout: transformer.attentionDropout ?? network.dropout)
    }

    /// Of the stream, and of attention's weights.
    var dropoutRates: (Float, attention: Float) {
        (network.dropout, attention: transformer.attentionDropout ?? network.dropout)
    }

    /// Text to train on: files, and folders of .txt files.
    public var data: [String]
    /// Text to validate on; nil keeps back the end of the data.
    public var validation: String?
    /// The share of the data, from its end, that is kept back.
    public var validationFraction = 0.1
    /// Text that the finished model is tested on.
    public var test: String?
    public var tokenizer = TokenizerSource.trained(.character, TokenizerOptions())

    public var architecture = ModelArchitecture.lstm
    /// A run or model folder to start from: its weights, shape and tokenizer.
    public var from: String?
    public var network = Network()
    public var transformer = TransformerShape()
    public var counts = NGramSettings()
    /// Where a counted model is written as ARPA text too.
    public var arpa: String?

    /// Parallel streams of text, and the tokens of each in a batch.
    public var batch = 32
    public var steps = 64
    public var variableLength = false
    public var regularization = ActivationRegularization.none
    /// ε of the loss that is trained on; losses on validation and test texts are without.
    public var labelSmoothing: Float = 0

    public var training = TrainingSettings(
        epochs: 10, optimizer: OptimizerSettings(kind: .adamw),
        schedule: LearningRateSchedule(kind: .cosine, learningRate: 0.002), clip: 1)

    /// The run folder.
    public var output: String
    public var resume = false
    public var overwrite = false

    public init(data: [String], output: String) {
        self.data = data
        self.output = output
    }
}
