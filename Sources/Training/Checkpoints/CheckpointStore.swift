import SequiturFiles

/// The checkpoints of a run: folders `step-N` that appear whole or not at all, and are verified before they are used.
///
/// A checkpoint is an `AtomicFolder`: a program that is killed at any moment leaves the older checkpoints as they were.
public struct CheckpointStore: Sendable {
    /// The folder that holds the checkpoints, `checkpoints` of a run.
    public let folder: String
    /// Written into every checkpoint; only those that carry it are ever removed.
    public let run: String

    public init(folder: String, run: String) {
        self.folder = folder
        self.run = run
    }

    /// A file of a checkpoint: its name, and what writes it to a path.
    public struct File {
        public let name: String
        let write: (_ path: String) throws -> Void

        public init(name: String, write: @escaping (_ path: String) throws -> Void) {
            self.name = name
            self.write = write
        }
    }

    public func path(ofStep step: Int) -> String { "\(folder)/step-\(step)" }

    // MARK: Writing

    /// Writes a checkpoint; one of the same step is replaced.
    ///
    /// - Returns: its path.
    /// - Throws: `FileError`, for instance for a full disk. The older checkpoints are then as they were, and nothing is left of the
    ///   new one; only where the last sync fails is it there already.
    @discardableResult
    public func save(step: Int, _ files: [File]) throws -> String {
        try Folder.make(folder)
        let path = path(ofStep: step)
        try AtomicFolder.write(to: path, removing: Self.isCheckpointFile) { temporary in
            for file in files { try file.write("\(temporary)/\(file.name)") }
            try CheckpointManifest(run: run, step: step, folder: temporary, fileNames: files.map(\.name)).write(to: temporary)
        }
        return path
    }

    // MARK: Reading

    /// The steps that have a checkpoint, ascending, damaged ones included.
    public func steps() throws -> [Int] {
        guard Folder.exists(folder) else { return [] }
        return try Folder.contents(of: folder).compactMap(Self.step(of:)).sorted()
    }

    /// Compares every file of the checkpoint of a step with what was written.
    ///
    /// - Returns: the names of its files.
    /// - Throws: `TrainingError.damagedCheckpoint`.
    @discardableResult
    public func verify(step: Int) throws -> Set<String> {
        let path = path(ofStep: step), manifest = try CheckpointManifest(reading: path)
        guard manifest.step == step else {
            throw TrainingError.damagedCheckpoint(path: path, reason: "its manifest is that of step \(manifest.step)")
        }
        try manifest.verify(path)
        return Set(manifest.files.map(\.name))
    }

    /// The number in a name `step-N`, nil for every other name.
    static func step(of name: String) -> Int? {
        guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), (0...TrainerState.largestCount).contains(step),
            name == "step-\(step)"
        else { return nil }
        return step
    }

    // MARK: Removing

    /// Removes checkpoints of this run that are no longer wanted: all but the `keep` newest up to `latest` and the protected ones.
    /// To be called once the checkpoint of `latest` is on the disk.
    ///
    /// Checkpoints beyond `latest` are from before the run went back to an older one. Folders that another run wrote, or nobody
    /// knows who, stay.
    public func rotate(latest: Int, keep: Int, protecting protected: Set<Int>) throws {
        let steps = try steps()
        let kept = Set(steps.filter { $0 <= latest }.suffix(max(1, keep))).union(protected).union([latest])
        for step in steps where !kept.contains(step) && isOurs(step) { try remove(step) }
    }

    /// Removes every checkpoint, whoever wrote it, and the folder where it is empty then.
    func removeAll() throws {
        guard Folder.exists(folder) else { return }
        for step in try steps() { try remove(step) }
        try Folder.remove(folder, filesThat: { _ in false })
    }

    private func isOurs(_ step: Int) -> Bool {
        (try? CheckpointManifest(reading: path(ofStep: step)))?.run == run
    }

    private func remove(_ step: Int) throws { try AtomicFolder.remove(path(ofStep: step), removing: Self.isCheckpointFile) }

    /// Clears away what killed processes left half-written, half-replaced or half-removed.
    public func tidy() throws {
        guard Folder.exists(folder) else { return }
        try AtomicFolder.tidy(folder, names: { Self.step(of: $0) != nil }, removing: Self.isCheckpointFile)
    }

    static func isCheckpointFile(_ name: String) -> Bool {
        name == CheckpointManifest.fileName || CheckpointFile(rawValue: name) != nil
            || AtomicFile.isUnfinished(name)
    }
}

/// The files of a checkpoint beside its manifest.
enum CheckpointFile: String, CaseIterable {
    /// The parameters as training has them.
    case parameters = "model.safetensors"
    case optimizer = "optimizer.safetensors"
    /// The averages, where there are any.
    case averages = "averages.safetensors"
    /// What the task carries from batch to batch, where it carries anything.
    case task = "task.safetensors"
    case trainer = "trainer.json"
}
