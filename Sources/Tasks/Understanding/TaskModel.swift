import SequiturDatasets
import SequiturFiles
import SequiturModels
import SequiturTraining

/// A finished run of a task of understanding, whatever its task: to be measured, and to answer.
///
///     let model = try TaskModel(folder: "runs/entities")
///     for answer in try model.predict([.init(text: "Marta flies to Lisbon.")]) { print(answer.json.serialized()) }
public struct TaskModel {
    public let kind: LabeledTaskKind
    /// The run's folder.
    public let folder: String
    private let runner: any TaskRunner

    /// The task of a run's folder; nil for runs of other tasks and for model folders.
    public static func kind(of folder: String) -> LabeledTaskKind? {
        (try? RunFolder(opening: folder).readDescription())?["task"]?.string.flatMap(LabeledTaskKind.init(rawValue:))
    }

    /// - Throws: one line for whatever is missing, malformed or does not fit together.
    public init(folder: String) throws {
        let run = try RunFolder(opening: folder), name = try run.readDescription()["task"]?.string ?? ""
        guard let kind = LabeledTaskKind(rawValue: name) else {
            throw ConfigurationError(
                reason:
                    "\(folder) holds a run of \(name.printable(limit: 40)), but one of \(LabeledTaskKind.allCases.map(\.rawValue).joined(separator: ", ")) is needed"
            )
        }
        self.kind = kind
        self.folder = folder
        runner =
            switch kind {
            case .tagging: Runner(model: try Tagger(folder: run))
            case .classification: Runner(model: try TextClassifier(folder: run))
            case .matching: Runner(model: try TextMatcher(folder: run))
            case .relationExtraction: Runner(model: try RelationExtractor(folder: run))
            case .questionAnswering: Runner(model: try AnswerFinder(folder: run))
            }
    }

    public var parameterCount: Int { runner.parameterCount }

    /// Measures the model on a file of examples.
    ///
    /// - Parameters:
    ///   - notes: takes what a user should know of the file.
    ///   - progress: takes how many examples are done, of how many.
    public func evaluate(
        _ path: String, reading: ExampleReadingOptions = ExampleReadingOptions(), notes: (String) -> Void = { _ in },
        progress: (Int, Int) throws -> Void = { _, _ in }
    ) throws -> TaskEvaluation { try runner.evaluate(path, reading, notes, progress) }

    /// Answers, in the order of what is asked.
    public func predict(_ inputs: [PredictionInput], progress: (Int) throws -> Void = { _ in }) throws -> [Prediction] {
        try runner.predict(inputs, progress)
    }
}

private protocol TaskRunner {
    var parameterCount: Int { get }
    func evaluate(
        _ path: String, _ reading: ExampleReadingOptions, _ notes: (String) -> Void, _ progress: (Int, Int) throws -> Void
    ) throws -> TaskEvaluation
    func predict(_ inputs: [PredictionInput], _ progress: (Int) throws -> Void) throws -> [Prediction]
}

private struct Runner<Model: PredictingModel>: TaskRunner {
    let model: Model

    var parameterCount: Int { model.parameterCount }

    func evaluate(
        _ path: String, _ reading: ExampleReadingOptions, _ notes: (String) -> Void, _ progress: (Int, Int) throws -> Void
    ) throws -> TaskEvaluation {
        let file = try Model.read(path, ExampleReader(reading))
        for note in file.notes { notes("\(path): \(note)") }
        if let first = file.badRows.first {
            notes("\(path): \(file.badRows.count) bad rows were left out; the first is \(first)")
        }
        do { try model.requireMeasurable(file.examples) } catch let error as ConfigurationError {
            throw ConfigurationError(reason: "'\(path)': \(error.reason)")
        }
        let answers = try model.answers(to: file.examples) { try progress($0, file.examples.count) }
        let evaluation = model.evaluation(of: file.examples, answers)
        guard evaluation.exampleCount > 0 else {
            throw ConfigurationError(
                reason:
                    "'\(path)' has nothing to measure by: none of its \(file.examples.count) examples has a label (--label-field "
                    + "says where labels stand)")
        }
        return evaluation
    }

    func predict(_ inputs: [PredictionInput], _ progress: (Int) throws -> Void) throws -> [Prediction] {
        try model.predict(inputs, progress: progress)
    }
}
