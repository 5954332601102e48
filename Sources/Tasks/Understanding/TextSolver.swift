import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTraining

/// What tells the classes of texts and of pairs of texts: a net, or a baseline to compare it with.
enum TextSolver {
    case net(ClassifierCore)
    case baseline(TextBaseline)

    /// Reads what `write` and `writeWeights` wrote.
    init(folder: RunFolder, of task: LabeledTaskKind) throws {
        let json = try folder.readDescription()["model_settings"]
        if let kind = try BaselineKind(modelSettings: json, folder: folder.path) {
            self = .baseline(try TextBaseline(kind, of: task, folder: folder.path))
        } else {
            self = .net(try ClassifierCore(folder: folder))
        }
    }

    /// What a trainer trains.
    var core: ClassifierCore {
        guard case .net(let core) = self else { preconditionFailure("TextSolver: a baseline is not trained step by step") }
        return core
    }

    var module: any Module {
        if case .net(let core) = self { return core.model }
        return NoParameters()
    }

    var parameterCount: Int {
        switch self {
        case .net(let core): core.model.parameters().count
        case .baseline(let baseline): baseline.parameterCount
        }
    }

    var classes: [String] {
        switch self {
        case .net(let core): core.classes
        case .baseline(let baseline): baseline.classes
        }
    }

    var form: ClassifierCore.Form {
        switch self {
        case .net(let core): core.form
        case .baseline(let baseline): baseline.isMultilabel ? .multiple : .single
        }
    }

    func write(to folder: RunFolder, origin: String?) throws {
        switch self {
        case .net(let core): try core.build.write(to: folder, origin: origin)
        case .baseline(let baseline): try baseline.write(toFolder: folder.path)
        }
    }

    var json: JSONValue {
        switch self {
        case .net(let core): core.json
        case .baseline(let baseline): ["baseline": .string(baseline.kind.rawValue)]
        }
    }

    /// The probabilities of the classes, or the value, of each text or pair.
    func scores(_ examples: [LabeledText], progress: (Int) throws -> Void) throws -> [[Float]] {
        switch self {
        case .net(let core): try core.scores(examples.map { .text($0.text, $0.second) }, progress: progress)
        case .baseline(let baseline): try baseline.scores(examples, progress: progress)
        }
    }
}
