import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturText
import SequiturTraining

/// Classes of texts: sentiment, topic, intent; one label for each text, or any number.
///
///     let classifier = try TextClassifier(folder: RunFolder(opening: "runs/sentiment"))
///     try classifier.answers(to: ["A fine film."])[0].labels   // ["positive"]
public final class TextClassifier: LabeledModel {
    public static let kind = LabeledTaskKind.classification
    public static var stratum: ((LabeledText) -> String)? { { $0.labels.joined(separator: "\u{1F}") } }

    private let solver: TextSolver
    private let classIDs: [String: Int32]

    /// What a text was taken for.
    public struct Answer: Sendable, Equatable {
        /// One, or any number of a multi-label model.
        public var labels: [String]
        /// Of every class, in the order of `classes`.
        public var probabilities: [Float]
    }

    public struct Item: Sendable { let item: ClassifierCore.Item }

    public let classes: [String]
    public let isMultilabel: Bool

    public var module: any Module { solver.module }
    public var parameterCount: Int { solver.parameterCount }

    public static var baselines: [BaselineKind] { TextBaseline.kinds }

    public init(learningFrom examples: [LabeledText], settings: LabeledSettings, isInterrupted: () -> Bool) throws {
        let isMultiple = settings.task.isMultilabel
        for example in examples where !isMultiple && example.labels.count != 1 {
            throw ConfigurationError(
                reason: "the text of line \(example.line) has \(example.labels.count) labels, but one is expected: "
                    + "give --multilabel where texts have any number")
        }
        let classes = Set(examples.flatMap(\.labels)).sorted(by: Self.precedes)
        guard classes.count > 1 else {
            throw ConfigurationError(reason: "all texts have the label '\(classes.first ?? "")': there is nothing to tell apart")
        }
        let ids = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
        (classIDs, self.classes, isMultilabel) = (ids, classes, isMultiple)
        solver = try TextSolver(
            .init(
                inputs: examples.map { .text($0.text, $0.second) },
                targets: examples.map { .classes($0.labels.compactMap { ids[$0] }) }, classes: classes,
                form: isMultiple ? .multiple : .single, pooling: settings.task.pooling),
            of: Self.kind, settings: settings, isInterrupted: isInterrupted)
    }

    /// Numbers by their value, then other names by Unicode.
    static func precedes(_ left: String, _ right: String) -> Bool {
        func number(_ name: String) -> Double? { Double(name).flatMap { $0.isFinite ? $0 : nil } }
        switch (number(left), number(right)) {
        case (let one?, let other?) where one != other: return one < other
        case (_?, nil): return true
        case (nil, _?): return false
        default: return left < right
        }
    }

    public init(folder: RunFolder) throws {
        solver = try TextSolver(folder: folder, of: Self.kind)
        (classes, isMultilabel) = (solver.classes, solver.form == .multiple)
        classIDs = Dictionary(classes.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
    }

    public func write(to folder: RunFolder, origin: String?) throws { try solver.write(to: folder, origin: origin) }
    public var json: JSONValue { solver.json }
    public func writeWeights(to path: String) throws { try solver.core.writeWeights(to: path) }
    public func readWeights(from path: String) throws { try solver.core.readWeights(from: path) }

    public static func read(_ path: String, _ reader: ExampleReader) throws -> ExampleFile<LabeledText> {
        try reader.labeledTexts(path)
    }

    public static func mark(_ example: LabeledText, in hash: inout XXHash64) {
        for part in [example.text, example.second ?? ""] + example.labels {
            hash.update(part)
            hash.update(0)
        }
    }

    public func items(of examples: [LabeledText]) throws -> [Item] {
        let core = solver.core
        return try examples.map { example in
            Item(item: try core.item(.text(example.text, example.second), .classes(example.labels.compactMap { classIDs[$0] })))
        }
    }

    public func size(of item: Item) -> Int { solver.core.size(of: item.item) }
    public func loss(of items: [Item]) -> MicroBatchLoss { solver.core.loss(of: items.map(\.item)) }

    public func answers(to examples: [LabeledText], progress: (Int) throws -> Void = { _ in }) throws -> [Answer] {
        try solver.scores(examples.map { .text($0.text, $0.second) }, progress: progress).map { shares in
            let best = shares.indices.max { shares[$0] < shares[$1] } ?? 0
            let chosen = isMultilabel ? shares.indices.filter { shares[$0] >= 0.5 } : [best]
            return Answer(labels: chosen.map { classes[$0] }, probabilities: shares)
        }
    }

    /// Of texts alone.
    public func answers(to texts: [String]) throws -> [Answer] {
        try answers(to: texts.map { LabeledText(text: $0, labels: []) })
    }

    public func requireMeasurable(_ examples: [LabeledText]) throws {
        if !isMultilabel { try Self.requireOneLabel(examples) }
    }

    /// None is measured by nothing, but of two the first is not the answer.
    static func requireOneLabel(_ examples: [LabeledText]) throws {
        guard let bad = examples.first(where: { $0.labels.count > 1 }) else { return }
        throw ConfigurationError(
            reason: "the text of line \(bad.line) has \(bad.labels.count) labels, but the model tells one")
    }

    public func evaluation(of examples: [LabeledText], _ answers: [Answer]) -> TaskEvaluation {
        ClassificationEvaluation(examples, answers, classes: classes).evaluation(isMultilabel: isMultilabel)
    }
}

/// How well texts were classified, whoever did it.
struct ClassificationEvaluation {
    let examples: [LabeledText]
    let answers: [TextClassifier.Answer]
    let classes: [String]

    init(_ examples: [LabeledText], _ answers: [TextClassifier.Answer], classes: [String]) {
        self.examples = examples
        self.answers = answers
        self.classes = classes
    }

    func evaluation(isMultilabel: Bool) -> TaskEvaluation {
        isMultilabel ? multilabel() : single()
    }

    private func single() -> TaskEvaluation {
        // A label that training did not have is a class that nobody finds.
        let names = classes + Set(examples.flatMap(\.labels)).subtracting(classes).sorted(by: TextClassifier.precedes)
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let known = examples.indices.filter { !examples[$0].labels.isEmpty }
        let gold = known.map { numbers[examples[$0].labels[0]] ?? 0 },
            predicted = known.map { numbers[answers[$0].labels[0]] ?? 0 }
        let report = ClassificationReport(classes: names, gold: gold, predicted: predicted)
        var made = TaskEvaluation(
            exampleCount: known.count,
            figures: [
                .init("accuracy", report.accuracy), .init("macro_f1", report.macroAverage.f1),
                .init("weighted_f1", report.weightedAverage.f1),
                .init("matthews", Correlation.matthews(gold: gold, predicted: predicted)),
            ], units: .mean(zip(gold, predicted).map { $0 == $1 ? 1 : 0 }))
        made.reports = [.init(title: "classes, as scikit-learn counts them", text: report.text(digits: 3))]
        made.classes = report
        made.confusion = ConfusionMatrix(classes: names, gold: gold, predicted: predicted)
        let sure = known.indices.filter { gold[$0] < classes.count && !answers[known[$0]].probabilities.isEmpty }
        if !sure.isEmpty {
            let calibration = Calibration(
                probabilities: sure.map { answers[known[$0]].probabilities.map(Double.init) }, gold: sure.map { gold[$0] })
            made.figures.append(.init("calibration_error", calibration.expectedCalibrationError))
            made.calibration = calibration
        }
        let wrong = known.indices.filter { gold[$0] != predicted[$0] }.map { at in
            (at: at, confidence: answers[known[at]].probabilities.max().map(Double.init))
        }
        made.keep(wrong.sorted { ($0.confidence ?? 0, $1.at) > ($1.confidence ?? 0, $0.at) }) { at, confidence in
            .init(
                place: "line \(examples[known[at]].line)", text: text(examples[known[at]]), gold: names[gold[at]],
                predicted: names[predicted[at]], confidence: confidence)
        }
        return made
    }

    private func multilabel() -> TaskEvaluation {
        let names = classes + Set(examples.flatMap(\.labels)).subtracting(classes).sorted(by: TextClassifier.precedes)
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let gold = examples.map { Set($0.labels.compactMap { numbers[$0] }) }
        let predicted = answers.map { Set($0.labels.compactMap { numbers[$0] }) }
        let report = MultilabelReport(classes: names, gold: gold, predicted: predicted)
        var made = TaskEvaluation(
            exampleCount: examples.count,
            figures: [
                .init("micro_f1", report.microAverage.f1), .init("macro_f1", report.macroAverage.f1),
                .init("subset_accuracy", report.subsetAccuracy), .init("hamming_loss", report.hammingLoss),
            ],
            units: .f1(
                zip(gold, predicted).map { MatchCounts(correct: $0.intersection($1).count, found: $1.count, gold: $0.count) }))
        made.reports = [.init(title: "labels, as scikit-learn counts them", text: report.text(digits: 3))]
        made.keep(examples.indices.filter { gold[$0] != predicted[$0] }) { index in
            .init(
                place: "line \(examples[index].line)", text: text(examples[index]),
                gold: examples[index].labels.joined(separator: ", "),
                predicted: answers[index].labels.joined(separator: ", "), confidence: nil)
        }
        return made
    }

    private func text(_ example: LabeledText) -> String {
        example.second.map { "\(example.text) ∥ \($0)" } ?? example.text
    }
}
