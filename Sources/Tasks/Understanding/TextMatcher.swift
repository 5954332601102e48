import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturText
import SequiturTraining

/// How two texts belong together: paraphrases, answers to questions, degrees of likeness. Both are read at once (a cross-encoder), or each
/// for itself (two towers, whose vectors can be kept; Reimers & Gurevych 2019).
public final class TextMatcher: LabeledModel {
    public static let kind = LabeledTaskKind.matching
    public static var stratum: ((LabeledText) -> String)? { { $0.labels.joined(separator: "\u{1F}") } }

    let core: ClassifierCore
    private let classIDs: [String: Int32]

    public enum Answer: Sendable, Equatable {
        case label(String, probabilities: [Float])
        case score(Float)
    }

    public struct Item: Sendable { let item: ClassifierCore.Item }

    public var classes: [String] { core.classes }
    /// Whether what is told is a degree rather than a class.
    public var isScore: Bool { core.form == .value }
    public var hasTowers: Bool { core.hasTowers }
    public var module: any Module { core.model }

    public init(learningFrom examples: [LabeledText], settings: LabeledSettings) throws {
        for example in examples where example.labels.count != 1 {
            throw ConfigurationError(reason: "the pair of line \(example.line) has \(example.labels.count) labels, but one is expected")
        }
        let values = examples.map { Float($0.labels[0]) }, classes = Set(examples.map { $0.labels[0] }).sorted(by: TextClassifier.precedes)
        let areNumbers = values.allSatisfy { $0?.isFinite ?? false }
        // Whole numbers of a few kinds are classes unless something else is asked for.
        let isScore = settings.task.isScore ?? (areNumbers && (classes.count > 10 || values.contains { $0 != $0?.rounded() }))
        if isScore, let bad = zip(examples, values).first(where: { !($0.1?.isFinite ?? false) })?.0 {
            throw ConfigurationError(reason: "the pair of line \(bad.line) has '\(bad.labels[0].printable(limit: 40))', which is no number")
        }
        guard isScore || classes.count > 1 else {
            throw ConfigurationError(reason: "all pairs have the label '\(classes.first ?? "")': there is nothing to tell apart")
        }
        let ids = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
        classIDs = ids
        core = try ClassifierCore(
            .init(
                inputs: examples.map { .text($0.text, $0.second) },
                targets: zip(examples, values).map { isScore ? .value($1 ?? 0) : .classes([ids[$0.labels[0]] ?? 0]) },
                classes: isScore ? [] : classes, form: isScore ? .value : .single, hasTowers: settings.task.hasTowers,
                pooling: settings.task.pooling), settings: settings)
    }

    public init(folder: RunFolder) throws {
        core = try ClassifierCore(folder: folder)
        classIDs = Dictionary(core.classes.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
    }

    public func write(to folder: RunFolder, origin: String?) throws { try core.build.write(to: folder, origin: origin) }
    public var json: JSONValue { core.json }
    public func writeWeights(to path: String) throws { try core.writeWeights(to: path) }
    public func readWeights(from path: String) throws { try core.readWeights(from: path) }

    public static func read(_ path: String, _ reader: ExampleReader) throws -> ExampleFile<LabeledText> { try reader.textPairs(path) }
    public static func mark(_ example: LabeledText, in hash: inout XXHash64) { TextClassifier.mark(example, in: &hash) }

    public func items(of examples: [LabeledText]) throws -> [Item] {
        try examples.map { example in
            let target: ClassifierCore.Target =
                isScore ? .value(Float(example.labels[0]) ?? 0) : .classes([classIDs[example.labels[0]] ?? 0])
            return Item(item: try core.item(.text(example.text, example.second), target))
        }
    }

    public func size(of item: Item) -> Int { core.size(of: item.item) }
    public func loss(of items: [Item]) -> MicroBatchLoss { core.loss(of: items.map(\.item)) }

    public func answers(to examples: [LabeledText], progress: (Int) throws -> Void = { _ in }) throws -> [Answer] {
        try core.scores(examples.map { .text($0.text, $0.second) }, progress: progress).map { found in
            isScore
                ? .score(found[0])
                : .label(classes[found.indices.max { found[$0] < found[$1] } ?? 0], probabilities: found)
        }
    }

    public func evaluation(of examples: [LabeledText], _ answers: [Answer]) -> TaskEvaluation {
        guard isScore else { return classEvaluation(examples, answers) }
        let known = examples.indices.filter { Double(examples[$0].labels.first ?? "") != nil }
        let gold = known.map { Double(examples[$0].labels[0]) ?? 0 }
        let predicted = known.map { index -> Double in if case .score(let value) = answers[index] { Double(value) } else { 0 } }
        var made = TaskEvaluation(
            exampleCount: known.count,
            figures: [
                .init("spearman", Correlation.spearman(gold, predicted)), .init("pearson", Correlation.pearson(gold, predicted)),
                .init("mean_squared_error", Correlation.meanSquaredError(gold, predicted)),
            ], units: .spearman(gold: gold, predicted: predicted))
        let order = known.indices.sorted { abs(gold[$0] - predicted[$0]) > abs(gold[$1] - predicted[$1]) }
        made.mistakes = order.prefix(50).map { index in
            let example = examples[known[index]]
            return .init(
                place: "line \(example.line)", text: "\(example.text) ∥ \(example.second ?? "")", gold: "\(gold[index])",
                predicted: "\((predicted[index] * 100).rounded() / 100)", confidence: nil)
        }
        return made
    }

    private func classEvaluation(_ examples: [LabeledText], _ answers: [Answer]) -> TaskEvaluation {
        let found = answers.map { answer -> TextClassifier.Answer in
            if case .label(let label, let shares) = answer { return .init(labels: [label], probabilities: shares) }
            return .init(labels: [classes[0]], probabilities: [])
        }
        var made = ClassificationEvaluation(examples, found, classes: classes).evaluation(isMultilabel: false)
        // With two classes what is looked for is the last one: a match.
        if classes.count == 2, let row = made.classes?.rows[1] { made.figures.insert(.init("f1", row.f1), at: 1) }
        return made
    }
}
