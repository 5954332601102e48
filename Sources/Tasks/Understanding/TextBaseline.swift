import SequiturDatasets
import SequiturModels
import SequiturText

/// A counted or linear model that classifies texts or pairs of them, to compare with.
enum TextBaseline {
    case naiveBayes(NaiveBayesModel)
    case logisticRegression(LogisticRegressionModel)

    static let kinds: [BaselineKind] = [.naiveBayes, .logisticRegression]

    init(
        _ kind: BaselineKind, of task: LabeledTaskKind, learntFrom texts: [ClassifiedText], classes: [String],
        isMultilabel: Bool = false, settings: LabeledSettings, isInterrupted: () -> Bool
    ) throws {
        let terms = TextTerms(splitter: settings.splitter ?? .words)
        switch kind {
        case .naiveBayes:
            guard !isMultilabel else {
                throw ConfigurationError(reason: "naive-bayes tells one label of a text: give logistic-regression for any number")
            }
            if case .named = settings.classWeights {
                throw ConfigurationError(reason: "naive-bayes has no loss that classes could weigh in: give logistic-regression")
            }
            self = .naiveBayes(
                try NaiveBayesModel(
                    countedFrom: texts, classes: classes, terms: terms, isBalanced: settings.classWeights == .balanced))
        case .logisticRegression:
            guard !isMultilabel || settings.classWeights == .even else {
                throw ConfigurationError(
                    reason: "weights of classes are for texts with one label each, not for any number of them")
            }
            var own = LogisticRegressionModel.Settings()
            own.terms = terms
            own.isMultilabel = isMultilabel
            own.isBalanced = settings.classWeights == .balanced
            if case .named = settings.classWeights {
                own.classWeights = try settings.classWeights.weights(of: classes, counts: [])?.map(Double.init)
            }
            self = .logisticRegression(
                try LogisticRegressionModel(learntFrom: texts, classes: classes, settings: own, isInterrupted: isInterrupted))
        case .mostFrequent, .hiddenMarkov, .crf: throw kind.refusal(by: task, Self.kinds)
        }
    }

    /// Reads what `write(toFolder:)` wrote.
    init(_ kind: BaselineKind, of task: LabeledTaskKind, folder: String) throws {
        switch kind {
        case .naiveBayes: self = .naiveBayes(try NaiveBayesModel(folder: folder))
        case .logisticRegression: self = .logisticRegression(try LogisticRegressionModel(folder: folder))
        case .mostFrequent, .hiddenMarkov, .crf: throw kind.refusal(by: task, Self.kinds)
        }
    }

    func write(toFolder folder: String) throws {
        switch self {
        case .naiveBayes(let model): try model.write(toFolder: folder)
        case .logisticRegression(let model): try model.write(toFolder: folder)
        }
    }

    var kind: BaselineKind {
        switch self {
        case .naiveBayes: .naiveBayes
        case .logisticRegression: .logisticRegression
        }
    }

    /// How texts are cut into words.
    var splitter: WordSplitter {
        switch self {
        case .naiveBayes(let model): model.terms.splitter
        case .logisticRegression(let model): model.terms.splitter
        }
    }

    var classes: [String] {
        switch self {
        case .naiveBayes(let model): model.classes
        case .logisticRegression(let model): model.classes
        }
    }

    var isMultilabel: Bool {
        switch self {
        case .naiveBayes: false
        case .logisticRegression(let model): model.isMultilabel
        }
    }

    var parameterCount: Int {
        switch self {
        case .naiveBayes(let model): model.parameterCount
        case .logisticRegression(let model): model.parameterCount
        }
    }

    /// The probability of every class of each text.
    func scores(_ examples: [LabeledText], progress: (Int) throws -> Void) throws -> [[Float]] {
        var scores: [[Float]] = []
        for start in stride(from: 0, to: examples.count, by: 1024) {
            let texts = examples[start..<min(start + 1024, examples.count)].map { ClassifiedText($0.text, $0.second) }
            switch self {
            case .naiveBayes(let model): scores += model.probabilities(of: texts)
            case .logisticRegression(let model): scores += model.probabilities(of: texts)
            }
            try progress(scores.count)
        }
        return scores
    }
}
