import SequiturDatasets
import SequiturModels
import SequiturText
import SequiturTraining

/// What the tasks of understanding have in common: where the examples are, what reads them, and how it is trained.
public struct LabeledSettings: Sendable {
    /// What reads texts.
    public enum Encoder: Sendable, Equatable {
        /// Words, from nothing but the examples.
        case words(WordContext)
        /// A model folder of the ecosystem, which is tuned.
        case folder(String)
        /// A counted or linear model, to compare with.
        case baseline(BaselineKind)

        public var name: String {
            switch self {
            case .words(let context): context.rawValue
            case .folder(let path): path
            case .baseline(let kind): kind.rawValue
            }
        }
    }

    /// Examples to learn from, to choose the best weights by, and to measure on once at the end.
    public var data: [String]
    public var validation: String?
    public var test: String?
    /// How `data` is cut where no other files are given.
    public var split: ExampleSplit?
    /// Which of the possible cuts; the same for runs of several seeds.
    public var splitSeed: UInt64 = 1
    public var reading = ExampleReadingOptions()
    public var output: String

    public var encoder = Encoder.words(.lstm)
    public var words = WordEncoderConfiguration(wordCount: 1)
    public var lexicon = LexiconSettings()
    /// How raw text is cut into words; chosen by the data where nil.
    public var splitter: WordSplitter?
    /// A file of word vectors in the text format of GloVe and fastText.
    public var vectors: String?
    /// Dropout in front of a pre-trained model's head, and within the model.
    public var dropout: Float = 0.1
    /// The most pieces of a text that a pre-trained model reads at once.
    public var maximumLength = 256

    public var batch = 32
    /// Also the most tokens of a batch, padding included; nil for any number.
    public var batchTokens: Int?
    /// Whether texts of like lengths meet in a batch.
    public var groupsByLength = true
    public var labelSmoothing: Float = 0
    public var classWeights = ClassWeights.even
    /// Share of the run over which the learning rate rises from 0.
    public var warmup = 0.1
    public var tuning = TuningSettings()
    public var training: TrainingSettings
    public var resume = false
    public var overwrite = false

    public var task = TaskSettings()

    public init(data: [String], output: String, training: TrainingSettings) {
        self.data = data
        self.output = output
        self.training = training
    }
}

/// What single tasks ask beyond what they have in common; each reads its own.
public struct TaskSettings: Sendable, Equatable {
    /// Tagging: a conditional random field over the tags; with words from scratch alone where nil.
    public var hasField: Bool?
    /// Tagging: how spans are spelt within the model.
    public var scheme: TagScheme?
    /// Tagging: whether the label of the whole sentence is learnt too; where all sentences have one, if nil.
    public var predictsLabel: Bool?
    /// Classification: how states become one vector.
    public var pooling: SequencePooling?
    /// Classification: any number of labels for a text.
    public var isMultilabel = false
    /// Matching: each text is read for itself.
    public var hasTowers = false
    /// Matching: whether labels are degrees; chosen by the data where nil.
    public var isScore: Bool?
    /// Question answering: steps that neighbouring windows of a long context share; 128, or less where there is less room, if nil.
    public var stride: Int?
    /// Question answering: the most steps of an answer.
    public var maximumAnswerLength = 30
    /// Question answering: how many candidates an answer is chosen from.
    public var answerCount = 20
    /// Question answering: the share of windows that is learnt of those that do not have their question's answer.
    public var emptyWindows = 1.0

    public init() {}
}

/// Models without a net, to compare with.
public enum BaselineKind: String, Sendable, CaseIterable {
    /// Tagging: the tag that a word has most often.
    case mostFrequent = "most-frequent"
    /// Tagging: a hidden Markov model.
    case hiddenMarkov = "hmm"
    /// Tagging: a linear chain over features of words.
    case crf
    /// Classification: multinomial naive Bayes over words and pairs of words.
    case naiveBayes = "naive-bayes"
    /// Classification: logistic regression over TF-IDF of words and pairs of words.
    case logisticRegression = "logistic-regression"
}
