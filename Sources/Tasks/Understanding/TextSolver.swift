import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturText
import SequiturTraining

/// What tells the classes of texts and of pairs of texts: a net, or a baseline to compare it with.
enum TextSolver {
    case net(ClassifierCore)
    case baseline(TextBaseline)

    /// A net that has learnt nothing yet, or a baseline, which is learnt at once.
    ///
    /// - Throws: one line for settings and examples that do not go together; `CancellationError` where a baseline is interrupted.
    init(
        _ wish: ClassifierCore.Wish, of task: LabeledTaskKind, settings: LabeledSettings, isInterrupted: () -> Bool
    ) throws {
        guard case .baseline(let kind) = settings.encoder else {
            self = .net(try ClassifierCore(wish, settings: settings))
            return
        }
        guard wish.form != .value else {
            throw ConfigurationError(
                reason:
                    "\(kind.rawValue) tells classes, but the labels are degrees: give --no-scores, or a model that learns degrees"
            )
        }
        let texts = zip(wish.inputs, wish.targets).map { input, target in
            let classes = if case .classes(let ids) = target { ids.map(Int.init) } else { [Int]() }
            let text = input.labeledText
            return ClassifiedText(text.text, text.second, classes: classes)
        }
        self = .baseline(
            try TextBaseline(
                kind, of: task, learntFrom: texts, classes: wish.classes, isMultilabel: wish.form == .multiple,
                settings: settings,
                isInterrupted: isInterrupted))
    }

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

    /// How texts are cut into words.
    var splitter: WordSplitter {
        switch self {
        case .net(let core): core.build.features.splitter
        case .baseline(let baseline): baseline.splitter
        }
    }

    /// The probabilities of the classes, or the value, of each input.
    func scores(_ inputs: [ClassifierCore.Input], progress: (Int) throws -> Void) throws -> [[Float]] {
        switch self {
        case .net(let core): try core.scores(inputs, progress: progress)
        case .baseline(let baseline): try baseline.scores(inputs.map(\.labeledText), progress: progress)
        }
    }
}

extension ClassifierCore.Input {
    /// As a baseline reads it: signs around words are words.
    fileprivate var labeledText: LabeledText {
        switch self {
        case .text(let first, let second): LabeledText(text: first, second: second, labels: [])
        case .marked(let marked): LabeledText(text: marked.words.joined(separator: " "), labels: [])
        }
    }
}
