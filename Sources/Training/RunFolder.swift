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
///     let folder = try RunFolder(creating: "runs/first", ["task": "language-modeling"])
///
/// `sequitur.json` is what a run is recognised by. Who trains into a folder holds its lock until the last copy of the
/// `RunFolder` goes; who reads needs none.
public struct RunFolder: Sendable {
    public enum File: String, Sendable, CaseIterable {
        /// The architecture.
        case configuration = "config.json"
        /// The best weights.
        case weights = "model.safetensors"
        case tokenizer = "tokenizer.json"
        /// One line of JSON for each step, validation and checkpoint.
        case metrics = "metrics.jsonl"
        /// Figures of the finished model on validation and test data.
        case evaluation = "evaluation.json"
        /// What the run came to, for people.
        case report = "report.html"
        /// Task, settings, versions, seed, precision, fingerprint of the data.
        case description = "sequitur.json"
    }

    public static let formatVersion = 1
    private static let versionKey = "sequitur_run"
    private static let cacheName = "cache"

    public let path: String
    private let lock: FolderLock?

    /// Makes the folder of a new run, or takes an empty one, and puts nothing into it yet but what `begin` may be preceded by:
    /// token caches. So what a new run is to be made of can be examined before an old one is removed.
    ///
    /// - Parameter overwrite: true to take a folder that holds a run, which `begin` replaces.
    /// - Throws: `TrainingError.folderNotEmpty` where the folder holds anything and is not to be, or cannot be, overwritten;
    ///   `TrainingError.folderInUse` where another process trains there; `FileError` where it cannot be made.
    public init(reserving path: String, overwrite: Bool = false) throws {
        try Folder.make(path)
        try Self.requireRoom(path, overwrite)
        try self.init(locking: path)
        // Somebody may have been quicker.
        try Self.requireRoom(path, overwrite)
        try AtomicFile.tidy(path)
    }

    /// Makes the folder of a new run.
    ///
    /// - Parameters:
    ///   - description: as `begin` takes it.
    ///   - overwrite: true to replace the run that the folder holds.
    public init(creating path: String, _ description: JSONValue = [:], overwrite: Bool = false) throws {
        try self.init(reserving: path, overwrite: overwrite)
        try begin(description)
    }

    /// The folder of a run that exists, to be read.
    ///
    /// - Throws: `TrainingError.notARun`, `FileError`.
    public init(opening path: String) throws {
        _ = try Self.readDescription(path)
        self.path = path
        lock = nil
    }

    /// The folder of a run that exists, to go on with the run.
    ///
    /// - Throws: as `init(opening:)`, and `TrainingError.folderInUse` where another process trains there.
    public init(resuming path: String) throws {
        _ = try Self.readDescription(path)
        try self.init(locking: path)
        try AtomicFile.tidy(path)
    }

    private init(locking path: String) throws {
        guard let lock = try FolderLock(path) else {
            throw TrainingError.folderInUse(path: path, process: FolderLock.holder(of: path))
        }
        self.path = path
        self.lock = lock
    }

    public func path(of file: File) -> String { "\(path)/\(file.rawValue)" }
    public var checkpoints: String { "\(path)/checkpoints" }
    /// Where token caches stand: they may be made before the run begins, and outlive it.
    public var cache: String { "\(path)/\(Self.cacheName)" }

    private static func requireRoom(_ path: String, _ overwrite: Bool) throws {
        let isTaken = try Folder.contents(of: path).contains {
            ![FolderLock.fileName, cacheName].contains($0) && !AtomicFile.isUnfinished($0)
        }
        guard isTaken else { return }
        let isRun = (try? readDescription(path)) != nil
        guard overwrite, isRun else { throw TrainingError.folderNotEmpty(path: path, isRun: isRun) }
    }

    /// Begins the run: removes what the run before it wrote, if there was one, and writes `sequitur.json`.
    ///
    /// - Parameters:
    ///   - description: an object; the version of the folder's format is put before its members.
    ///   - others: names of further files that this kind of run writes.
    public func begin(_ description: JSONValue, others: [String] = []) throws {
        try removeRun(others)
        try write(description)
    }

    /// Writes `sequitur.json`.
    public func write(_ description: JSONValue) throws {
        let version = JSONValue.Member(key: Self.versionKey, value: .integer(Int64(Self.formatVersion)))
        let members = (description.members ?? []).filter { $0.key != Self.versionKey }
        try JSONValue.object([version] + members).write(to: path(of: .description))
    }

    /// Reads `sequitur.json`.
    ///
    /// - Throws: `TrainingError.notARun`.
    public func readDescription() throws -> JSONValue { try Self.readDescription(path) }

    private static func readDescription(_ path: String) throws -> JSONValue {
        guard Folder.isFolder(path) else {
            throw FileError(action: "read", path: path, code: Folder.exists(path) ? ENOTDIR : ENOENT)
        }
        func refuse(_ reason: String) -> TrainingError { .notARun(path: path, reason: reason) }
        let name = File.description.rawValue
        let json: JSONValue
        do { json = try MappedFile(path: "\(path)/\(name)").json() } catch let error as FileError {
            throw refuse(error.code == ENOENT ? "it has no \(name)" : "\(name) cannot be read: \(error.reason)")
        } catch {
            throw refuse("\(name) is not valid JSON: \(error)")
        }
        guard let version = json[versionKey]?.int else { throw refuse("\(name) has no \"\(versionKey)\"") }
        guard version == formatVersion else {
            throw refuse("\(name) has format version \(version), but this program reads \(formatVersion)")
        }
        return json
    }

    /// Removes what a run wrote; its description stays until it is replaced, so that an interrupted removal can be repeated.
    private func removeRun(_ others: [String]) throws {
        let store = CheckpointStore(folder: checkpoints, run: "")
        try store.tidy()
        try store.removeAll()
        for name in File.allCases.filter({ $0 != .description }).map(\.rawValue) + others {
            try Folder.removeFile("\(path)/\(name)")
        }
        try AtomicFile.tidy(path)
        try Folder.synchronize(path)
    }
}
