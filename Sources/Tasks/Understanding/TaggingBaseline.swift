import SequiturDatasets
import SequiturFiles
import SequiturModels
import SequiturText

/// A counted or linear model that tags words, to compare with.
enum TaggingBaseline {
    case mostFrequent(MostFrequentTagModel)
    case hiddenMarkov(HiddenMarkovModel)
    case linearChain(LinearChainTagger)

    static let kinds: [BaselineKind] = [.mostFrequent, .hiddenMarkov, .crf]

    /// - Parameter splitter: of characters where words are characters.
    init(
        _ kind: BaselineKind, learntFrom sentences: [HiddenMarkovModel.Sentence], splitter: WordSplitter,
        isInterrupted: () -> Bool
    ) throws {
        switch kind {
        case .mostFrequent: self = .mostFrequent(try MostFrequentTagModel(countedFrom: sentences))
        case .hiddenMarkov: self = .hiddenMarkov(try HiddenMarkovModel(estimatedFrom: sentences))
        case .crf:
            let settings = LinearChainSettings(features: splitter == .characters ? .characters : .words)
            self = .linearChain(try LinearChainTagger(learntFrom: sentences, settings: settings, isInterrupted: isInterrupted))
        case .naiveBayes, .logisticRegression: throw kind.refusal(by: .tagging, Self.kinds)
        }
    }

    /// Reads what `write(toFolder:)` wrote.
    init(_ kind: BaselineKind, folder: String) throws {
        switch kind {
        case .mostFrequent: self = .mostFrequent(try MostFrequentTagModel(folder: folder))
        case .hiddenMarkov: self = .hiddenMarkov(try HiddenMarkovModel(folder: folder))
        case .crf: self = .linearChain(try LinearChainTagger(folder: folder))
        case .naiveBayes, .logisticRegression: throw kind.refusal(by: .tagging, Self.kinds)
        }
    }

    func write(toFolder folder: String) throws {
        switch self {
        case .mostFrequent(let model): try model.write(toFolder: folder)
        case .hiddenMarkov(let model): try model.write(toFolder: folder)
        case .linearChain(let model): try model.write(toFolder: folder)
        }
    }

    var kind: BaselineKind {
        switch self {
        case .mostFrequent: .mostFrequent
        case .hiddenMarkov: .hiddenMarkov
        case .linearChain: .crf
        }
    }

    var tags: [String] {
        switch self {
        case .mostFrequent(let model): model.tags
        case .hiddenMarkov(let model): model.tagNames
        case .linearChain(let model): model.tags
        }
    }

    var parameterCount: Int {
        switch self {
        case .mostFrequent(let model): model.wordCount
        case .hiddenMarkov(let model): model.parameterCount
        case .linearChain(let model): model.parameterCount
        }
    }

    /// The tags of each sentence and how probable each is.
    func answers(to sentences: [[String]], progress: (Int) throws -> Void) throws -> [(tags: [String], probabilities: [Float])] {
        var answers: [(tags: [String], probabilities: [Float])] = []
        for start in stride(from: 0, to: sentences.count, by: 1024) {
            let part = Array(sentences[start..<min(start + 1024, sentences.count)])
            switch self {
            case .mostFrequent(let model):
                answers += part.map { words in
                    let found = model.answers(to: words)
                    return (found.map(\.tag), found.map(\.probability))
                }
            case .hiddenMarkov(let model): answers += model.answers(to: part)
            case .linearChain(let model): answers += model.answers(to: part).map { ($0.tags, $0.probabilities) }
            }
            try progress(answers.count)
        }
        return answers
    }
}
