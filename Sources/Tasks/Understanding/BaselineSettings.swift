import SequiturFiles
import SequiturLayers
import SequiturModels

extension BaselineKind {
    /// What a task that does not know this baseline says.
    func refusal(by task: LabeledTaskKind, _ known: [BaselineKind]) -> ConfigurationError {
        let others = known.isEmpty ? "" : "\(known.map(\.rawValue).joined(separator: ", ")), "
        return ConfigurationError(
            reason:
                "\(rawValue) is no model of \(task.rawValue): give \(others)lstm, gru, rnn, transformer, bag or a model folder")
    }

    /// Which baseline "model_settings" of `sequitur.json` tells of; nil where it is a net's.
    init?(modelSettings json: JSONValue?, folder: String) throws {
        guard json?["baseline"] != nil else { return nil }
        guard let kind: BaselineKind = try ModelSettingsReader(json, folder: folder).choice("baseline") else {
            throw ConfigurationError(reason: "\(folder)/sequitur.json: \"baseline\" of \"model_settings\" is null")
        }
        self = kind
    }
}

/// What a trainer finds in a model that it does not train.
final class NoParameters: Module {}
