import SequiturFiles

/// Why a run cannot begin or go on: one line that says what, where, and what to do.
public enum TrainingError: Error, Sendable, CustomStringConvertible {
    case invalidSetting(name: String, value: String, allowed: String)
    /// A loss, gradient or parameter that is not a finite number.
    ///
    /// - Parameter checkpoint: the last good one, nil where none was saved yet.
    case notFinite(quantity: String, value: Double, step: Int, checkpoint: String?)
    /// A whole epoch without a single target.
    case nothingToLearn
    case folderNotEmpty(path: String, isRun: Bool)
    case notARun(path: String, reason: String)
    /// Another process holds the folder's lock.
    case folderInUse(path: String, process: Int?)
    case noCheckpoint(folder: String)
    case damagedCheckpoint(path: String, reason: String)
    /// All of the checkpoints are damaged; `reason` is that of the newest.
    case noGoodCheckpoint(folder: String, newest: String, reason: String)

    public var description: String {
        switch self {
        case .invalidSetting(let name, let value, let allowed): "\(name) is \(value.printable()), but must be \(allowed)"
        case .notFinite(let quantity, let value, let step, let checkpoint):
            "the \(quantity) became \(value.isNaN ? "nan" : "\(value)") at step \(step); "
                + (checkpoint.map { "go on from the last good checkpoint, '\($0.printable(limit: 1024))' (--resume), " }
                    ?? "no checkpoint was saved yet; begin anew (--overwrite) ")
                + "with a lower learning rate, or gradients clipped at a smaller norm"
        case .nothingToLearn: "a whole pass over the data had no target to learn from; check the labels and what is ignored"
        case .folderNotEmpty(let path, true):
            "'\(path.printable(limit: 1024))' already holds a run; go on with it (--resume), replace it (--overwrite), "
                + "or name another folder"
        case .folderNotEmpty(let path, false):
            "'\(path.printable(limit: 1024))' is not empty and holds no run that --resume or --overwrite could take; "
                + "name a new or empty folder"
        case .notARun(let path, let reason):
            "'\(path.printable(limit: 1024))' holds no run: \(reason); name the folder of a run"
        case .folderInUse(let path, let process):
            "another process\(process.map { " (\($0))" } ?? "") is training in '\(path.printable(limit: 1024))'; "
                + "wait until it has ended, or name another folder"
        case .noCheckpoint(let folder):
            "'\(folder.printable(limit: 1024))' has no checkpoint to go on from; begin anew (--overwrite)"
        case .damagedCheckpoint(let path, let reason): "checkpoint '\(path.printable(limit: 1024))' is damaged: \(reason)"
        case .noGoodCheckpoint(let folder, let newest, let reason):
            "none of the checkpoints in '\(folder.printable(limit: 1024))' can be used, the newest, '\(newest.printable())', because "
                + "\(reason); begin anew (--overwrite), or elsewhere from the run's weights (--from)"
        }
    }

    /// The reason alone, of a damaged checkpoint.
    var reason: String {
        if case .damagedCheckpoint(_, let reason) = self { reason } else { description }
    }

    static func require(_ holds: Bool, _ name: String, _ value: some CustomStringConvertible, _ allowed: String)
        throws(TrainingError)
    {
        if !holds { throw .invalidSetting(name: name, value: value.description, allowed: allowed) }
    }
}
