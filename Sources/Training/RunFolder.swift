import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The folder of a run: all that evaluating, generating and going on need, and nothing outside of it.
///
///     let folder = try RunFolder(creating: "runs/first")
///     try folder.write(["task": "language-modeling"])      // sequitur.json
///
/// `sequitur.json` is what a run is recognised by.
public struct RunFolder: Sendable, Equatable {
    public enum File: String, Sendable, CaseIterable {
        /// The architecture.
        case configuration = "config.json"
        /// The best weights.
        case weights = "model.safetensors"
        case tokenizer = "tokenizer.json"
        /// One line of JSON for each step, validation and checkpoint.
        case metrics = "metrics.jsonl"
        case report = "report.html"
        /// Task, settings, versions, seed, precision, fingerprint of the data.
        case description = "sequitur.json"
    }

    public static let formatVersion = 1
    private static let versionKey = "sequitur_run"

    public let path: String

    /// Makes the folder of a new run.
    ///
    /// - Parameters:
    ///   - overwrite: true to replace the run that the folder holds: the files that a run writes and its checkpoints go, all else stays.
    ///   - others: names of further files that this kind of run writes.
    /// - Throws: `TrainingError.folderNotEmpty` where the folder holds anything and is not to be, or cannot be, overwritten;
    ///   `FileError` where it cannot be made.
    public init(creating path: String, overwrite: Bool = false, others: [String] = []) throws {
        self.path = path
        try Folder.make(path)
        let isRun = (try? readDescription()) != nil
        if try !Folder.contents(of: path).isEmpty {
            guard overwrite, isRun else { throw TrainingError.folderNotEmpty(path: path, isRun: isRun) }
            try removeRun(others)
        }
        try write([:])
    }

    /// The folder of a run that exists.
    ///
    /// - Throws: `TrainingError.notARun`, `FileError`.
    public init(opening path: String) throws {
        self.path = path
        guard Folder.isFolder(path) else {
            throw FileError(action: "read", path: path, code: Folder.exists(path) ? ENOTDIR : ENOENT)
        }
        _ = try readDescription()
    }

    public func path(of file: File) -> String { "\(path)/\(file.rawValue)" }
    public var checkpoints: String { "\(path)/checkpoints" }

    /// Writes `sequitur.json`.
    ///
    /// - Parameter description: an object; the version of the folder's format is put before its members.
    public func write(_ description: JSONValue) throws {
        let version = JSONValue.Member(key: Self.versionKey, value: .integer(Int64(Self.formatVersion)))
        let members = (description.members ?? []).filter { $0.key != Self.versionKey }
        try JSONValue.object([version] + members).write(to: path(of: .description))
    }

    /// Reads `sequitur.json`.
    ///
    /// - Throws: `TrainingError.notARun`.
    public func readDescription() throws -> JSONValue {
        guard let file = try? MappedFile(path: path(of: .description)), let json = try? file.json(),
            json[Self.versionKey]?.int == Self.formatVersion
        else { throw TrainingError.notARun(path: path) }
        return json
    }

    /// Removes what a run wrote; its description stays until it is replaced, so that an interrupted removal can be repeated.
    private func removeRun(_ others: [String]) throws {
        let store = CheckpointStore(folder: checkpoints, run: "")
        try store.tidy()
        try store.removeAll()
        for name in File.allCases.filter({ $0 != .description }).map(\.rawValue) + others {
            guard unlink("\(path)/\(name)") == 0 || errno == ENOENT else {
                throw FileError(action: "remove", path: "\(path)/\(name)", code: errno)
            }
        }
        try Folder.synchronize(path)
    }
}
