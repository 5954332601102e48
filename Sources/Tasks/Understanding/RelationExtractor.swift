import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturText
import SequiturTraining

/// The relation between two marked entities of a sentence: signs are put around both, and the states of the first signs are read (Baldini
/// Soares et al. 2019; Zhou & Chen 2022).
public final class RelationExtractor: LabeledModel {
    public static let kind = LabeledTaskKind.relationExtraction
    public static var stratum: ((RelationExample) -> String)? { { $0.relation ?? "" } }

    private let solver: TextSolver
    private let classIDs: [String: Int32]

    public struct Answer: Sendable, Equatable {
        /// Direction included, as the data spells it.
        public var relation: String
        public var probabilities: [Float]
    }

    public struct Item: Sendable { let item: ClassifierCore.Item }

    public var relations: [String] { solver.classes }
    public var module: any Module { solver.module }
    public var parameterCount: Int { solver.parameterCount }

    /// They read words and pairs of words of the sentence, the signs around the entities among them.
    public static var baselines: [BaselineKind] { TextBaseline.kinds }

    public init(learningFrom examples: [RelationExample], settings: LabeledSettings, isInterrupted: () -> Bool) throws {
        for example in examples where example.relation == nil {
            throw ConfigurationError(reason: "the sentence of line \(example.line) has no relation that could be learnt")
        }
        let classes = Set(examples.compactMap(\.relation)).sorted()
        guard classes.count > 1 else {
            throw ConfigurationError(
                reason: "all sentences have the relation '\(classes.first ?? "")': there is nothing to tell apart")
        }
        let ids = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
        classIDs = ids
        let splitter = settings.splitter ?? .words
        solver = try TextSolver(
            .init(
                inputs: examples.map { .marked(Self.marked($0, splitter)) },
                targets: examples.map { .classes([ids[$0.relation ?? ""] ?? 0]) },
                classes: classes, form: .single, pooling: .marks),
            of: Self.kind, settings: settings, isInterrupted: isInterrupted)
    }

    public init(folder: RunFolder) throws {
        solver = try TextSolver(folder: folder, of: Self.kind)
        guard solver.form == .single else {
            throw ConfigurationError(reason: "\(folder.path) tells no single class of a text, but a relation is one")
        }
        classIDs = Dictionary(solver.classes.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
    }

    public func write(to folder: RunFolder, origin: String?) throws { try solver.write(to: folder, origin: origin) }
    public var json: JSONValue { solver.json }
    public func writeWeights(to path: String) throws { try solver.core.writeWeights(to: path) }
    public func readWeights(from path: String) throws { try solver.core.readWeights(from: path) }

    public static func read(_ path: String, _ reader: ExampleReader) throws -> ExampleFile<RelationExample> {
        try reader.relations(path)
    }

    public static func mark(_ example: RelationExample, in hash: inout XXHash64) {
        for part in [example.text, "\(example.first)", "\(example.second)", example.relation ?? ""] {
            hash.update(part)
            hash.update(0)
        }
    }

    /// The words of the sentence with @ around the first entity and # around the second.
    static func marked(_ example: RelationExample, _ splitter: WordSplitter) -> MarkedWords {
        let scalars = Array(example.text.unicodeScalars)
        func words(_ range: Range<Int>) -> [String] {
            let clamped = range.clamped(to: 0..<scalars.count)
            return splitter.split(String(String.UnicodeScalarView(scalars[clamped]))).map(\.text)
        }
        let isFirst = example.first.lowerBound <= example.second.lowerBound
        let (left, right) = isFirst ? (example.first, example.second) : (example.second, example.first)
        let (leftSign, rightSign) = isFirst ? ("@", "#") : ("#", "@")
        var all = words(0..<left.lowerBound)
        let leftMark = all.count
        all += [leftSign] + words(left) + [leftSign] + words(left.upperBound..<max(left.upperBound, right.lowerBound))
        let rightMark = all.count
        all += [rightSign] + words(right) + [rightSign] + words(right.upperBound..<max(right.upperBound, scalars.count))
        return MarkedWords(words: all, marks: isFirst ? [leftMark, rightMark] : [rightMark, leftMark])
    }

    public func items(of examples: [RelationExample]) throws -> [Item] {
        let core = solver.core
        return try examples.map { example in
            Item(
                item: try core.item(
                    .marked(Self.marked(example, core.build.features.splitter)),
                    .classes(example.relation.flatMap { classIDs[$0] }.map { [$0] } ?? [])))
        }
    }

    public func size(of item: Item) -> Int { solver.core.size(of: item.item) }
    public func loss(of items: [Item]) -> MicroBatchLoss { solver.core.loss(of: items.map(\.item)) }

    public func answers(to examples: [RelationExample], progress: (Int) throws -> Void = { _ in }) throws -> [Answer] {
        let splitter = solver.splitter
        return try solver.scores(examples.map { .marked(Self.marked($0, splitter)) }, progress: progress).map { shares in
            Answer(relation: relations[shares.indices.max { shares[$0] < shares[$1] } ?? 0], probabilities: shares)
        }
    }

    public func evaluation(of examples: [RelationExample], _ answers: [Answer]) -> TaskEvaluation {
        let known = examples.indices.filter { examples[$0].relation != nil }
        let gold = known.map { examples[$0].relation ?? "" }, predicted = known.map { answers[$0].relation }
        let texts = known.map { index in
            LabeledText(
                text: Self.marked(examples[index], .words).words.joined(separator: " "), labels: [examples[index].relation ?? ""],
                line: examples[index].line)
        }
        var made = ClassificationEvaluation(
            texts, known.map { .init(labels: [answers[$0].relation], probabilities: answers[$0].probabilities) },
            classes: relations
        ).evaluation(isMultilabel: false)
        let official = RelationScore(gold: gold, predicted: predicted)
        made.units = Self.units(gold, predicted)
        made.figures.insert(.init("macro_f1_official", official.macroF1), at: 0)
        made.reports.insert(.init(title: "relations, as SemEval-2010 task 8 counts them", text: official.text()), at: 0)
        return made
    }

    /// Correct, found and gold of each relation, its directions together and without Other.
    private static func units(_ gold: [String], _ predicted: [String]) -> EvaluationUnits {
        func name(_ relation: String) -> String { TripleExtraction.direction(of: relation).name }
        let names = Set((gold + predicted).map(name)).subtracting(["Other"]).sorted()
        let columns = names.flatMap { wanted in
            [
                zip(gold, predicted).map { name($0) == wanted && $0 == $1 ? 1.0 : 0 },
                predicted.map { name($0) == wanted ? 1.0 : 0 },
                gold.map { name($0) == wanted ? 1.0 : 0 },
            ]
        }
        return .sums(UnitSums(columns: columns), .macroF1)
    }
}

/// Words, and which of them are read.
struct MarkedWords: Sendable {
    var words: [String]
    var marks: [Int]
}
