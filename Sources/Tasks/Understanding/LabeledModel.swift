import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

/// A model that learns from labelled examples and answers like them: one file for each task.
public protocol LabeledModel: AnyObject {
    /// What a data file holds.
    associatedtype Example: JSONExample
    /// An example, or a part of it, as it is learnt.
    associatedtype Item: Sendable
    associatedtype Answer: Sendable

    static var kind: LabeledTaskKind { get }

    static func read(_ path: String, _ reader: ExampleReader) throws -> ExampleFile<Example>
    /// What all parts of a split should have alike; nil where there is no such thing.
    static var stratum: ((Example) -> String)? { get }
    /// What must not be torn apart by a split; nil where every example stands alone.
    static var group: ((Example) -> String)? { get }
    /// What tells the example from others, for the data's fingerprint.
    static func mark(_ example: Example, in hash: inout XXHash64)

    /// A net that has learnt nothing yet, or a baseline, which is learnt at once.
    ///
    /// - Throws: one line for settings and examples that do not go together; `CancellationError` where a baseline is interrupted.
    init(learningFrom examples: [Example], settings: LabeledSettings, isInterrupted: () -> Bool) throws
    /// Reads a run's folder.
    init(folder: RunFolder) throws

    /// The models without a net that do the task.
    static var baselines: [BaselineKind] { get }
    /// How many numbers are learnt.
    var parameterCount: Int { get }

    /// Writes what `init(folder:)` reads, but for the weights.
    func write(to folder: RunFolder, origin: String?) throws
    /// What `sequitur.json` keeps of the model, as "model_settings".
    var json: JSONValue { get }
    /// Names of further files that it writes.
    static var files: [String] { get }

    /// All that is trained.
    var module: any Module { get }

    func items(of examples: [Example]) throws -> [Item]
    /// Steps of an item, by which like ones are put together.
    func size(of item: Item) -> Int
    /// On the tape, in training mode.
    func loss(of items: [Item]) throws -> MicroBatchLoss

    /// Answers to examples, whose own labels are not looked at.
    ///
    /// - Parameter progress: takes how many are done; what it throws ends the work.
    func answers(to examples: [Example], progress: (Int) throws -> Void) throws -> [Answer]
    /// - Throws: `ConfigurationError` where an example says more than the model tells, such as two labels of one text.
    func requireMeasurable(_ examples: [Example]) throws
    func evaluation(of examples: [Example], _ answers: [Answer]) -> TaskEvaluation
    /// Chooses by the validation's examples what training does not learn, such as a threshold; called once, when training has ended.
    func calibrate(on examples: [Example]) throws

    func writeWeights(to path: String) throws
    func readWeights(from path: String) throws
}

extension LabeledModel {
    public init(learningFrom examples: [Example], settings: LabeledSettings) throws {
        try self.init(learningFrom: examples, settings: settings) { false }
    }

    /// Opens the folder of a run of this task.
    ///
    /// - Throws: where it holds a run of another one.
    static func open(_ path: String) throws -> Self {
        let folder = try RunFolder(opening: path), task = try folder.readDescription()["task"]?.string ?? ""
        guard task == kind.rawValue else {
            throw ConfigurationError(
                reason: "\(path) holds a run of \(task.printable(limit: 40)), but one of \(kind.rawValue) is needed")
        }
        return try Self(folder: folder)
    }

    public static var stratum: ((Example) -> String)? { nil }
    public static var group: ((Example) -> String)? { nil }
    public static var files: [String] { [EncoderBuild.lexiconFile] }
    public func requireMeasurable(_ examples: [Example]) throws {}
    public func calibrate(on examples: [Example]) throws {}
    public static var baselines: [BaselineKind] { [] }
    public var parameterCount: Int { module.parameters().count }
}

/// The tasks of understanding.
public enum LabeledTaskKind: String, Sendable, CaseIterable {
    case tagging
    case classification
    case matching
    case relationExtraction = "relation-extraction"
    case questionAnswering = "question-answering"
}
