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

    private let solver: TextSolver
    private let classIDs: [String: Int32]

    public enum Answer: Sendable, Equatable {
        case label(String, probabilities: [Float])
        case score(Float)
    }

    public struct Item: Sendable { let item: ClassifierCore.Item }

    public let classes: [String]
    /// Whether what is told is a degree rather than a class.
    public let isScore: Bool

    public var hasTowers: Bool {
        if case .net(let core) = solver { return core.hasTowers }
        return false
    }

    public var module: any Module { solver.module }
    public var parameterCount: Int { solver.parameterCount }

    public static var baselines: [BaselineKind] { TextBaseline.kinds }

    public init(learningFrom examples: [LabeledText], settings: LabeledSettings, isInterrupted: () -> Bool) throws {
        for example in examples where example.labels.count != 1 {
            throw ConfigurationError(
                reason: "the pair of line \(example.line) has \(example.labels.count) labels, but one is expected")
        }
        let values = examples.map { Float($0.labels[0]) },
            classes = Set(examples.map { $0.labels[0] }).sorted(by: TextClassifier.precedes)
        let areNumbers = values.allSatisfy { $0?.isFinite ?? false }
        // Whole numbers of a few kinds are classes unless something else is asked for.
        let isScore = settings.task.isScore ?? (areNumbers && (classes.count > 10 || values.contains { $0 != $0?.rounded() }))
        if isScore, let bad = zip(examples, values).first(where: { !($0.1?.isFinite ?? false) })?.0 {
            throw ConfigurationError(
                reason: "the pair of line \(bad.line) has '\(bad.labels[0].printable(limit: 40))', which is no number")
        }
        guard isScore || classes.count > 1 else {
            throw ConfigurationError(reason: "all pairs have the label '\(classes.first ?? "")': there is nothing to tell apart")
        }
        let ids = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
        (classIDs, self.classes, self.isScore) = (ids, isScore ? [] : classes, isScore)
        solver = try TextSolver(
            .init(
                inputs: examples.map { .text($0.text, $0.second) },
                targets: zip(examples, values).map { isScore ? .value($1 ?? 0) : .classes([ids[$0.labels[0]] ?? 0]) },
                classes: isScore ? [] : classes, form: isScore ? .value : .single, hasTowers: settings.task.hasTowers,
                pooling: settings.task.pooling),
            of: Self.kind, settings: settings, isInterrupted: isInterrupted)
    }

    public init(folder: RunFolder) throws {
        solver = try TextSolver(folder: folder, of: Self.kind)
        (classes, isScore) = (solver.classes, solver.form == .value)
        guard solver.form != .multiple else {
            throw ConfigurationError(reason: "\(folder.path) tells any number of labels of a text, but pairs have one")
        }
        classIDs = Dictionary(classes.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
    }

    public func write(to folder: RunFolder, origin: String?) throws { try solver.write(to: folder, origin: origin) }
    public var json: JSONValue { solver.json }
    public func writeWeights(to path: String) throws { try solver.core.writeWeights(to: path) }
    public func readWeights(from path: String) throws { try solver.core.readWeights(from: path) }

    public static func read(_ path: String, _ reader: ExampleReader) throws -> ExampleFile<LabeledText> {
        try reader.textPairs(path)
    }
    public static func mark(_ example: LabeledText, in hash: inout XXHash64) { TextClassifier.mark(example, in: &hash) }

    public func items(of examples: [LabeledText]) throws -> [Item] {
        let core = solver.core
        return try examples.map { example in
            let target: ClassifierCore.Target =
                isScore ? .value(Float(example.labels[0]) ?? 0) : .classes([classIDs[example.labels[0]] ?? 0])
            return Item(item: try core.item(.text(example.text, example.second), target))
        }
    }

    public func size(of item: Item) -> Int { solver.core.size(of: item.item) }
    public func loss(of items: [Item]) -> MicroBatchLoss { solver.core.loss(of: items.map(\.item)) }

    public func answers(to examples: [LabeledText], progress: (Int) throws -> Void = { _ in }) throws -> [Answer] {
        try solver.scores(examples.map { .text($0.text, $0.second) }, progress: progress).map { found in
            isScore
                ? .score(found[0])
                : .label(classes[found.indices.max { found[$0] < found[$1] } ?? 0], probabilities: found)
        }
    }

    public func requireMeasurable(_ examples: [LabeledText]) throws { try TextClassifier.requireOneLabel(examples) }

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
        made.keep(order) { index in
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
