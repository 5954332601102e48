import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The checkpoints of a run: folders `step-N` that appear whole or not at all, and are verified before they are used.
///
/// A checkpoint is written into a folder aside, every file synced; the folder then takes its name by `rename` and the folder
/// around it is synced. A program that is killed at any moment leaves the older checkpoints as they were.
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
        let destination = path(ofStep: step), temporary = asidePath(step, .worthless)
        do {
            try Folder.make(temporary)
            for file in files { try file.write("\(temporary)/\(file.name)") }
            try CheckpointManifest(run: run, step: step, folder: temporary, fileNames: files.map(\.name)).write(to: temporary)
            try Folder.synchronize(temporary)
            try replace(destination, by: temporary, step)
        } catch {
            try? Folder.remove(temporary, filesThat: Self.isCheckpointFile)
            throw error
        }
        return destination
    }

    /// Gives the folder `temporary` its name. What has that name stands aside meanwhile, under one by which `tidy` finds it.
    private func replace(_ destination: String, by temporary: String, _ step: Int) throws {
        guard Folder.exists(destination) else {
            try Folder.move(temporary, to: destination)
            return try Folder.synchronize(folder)
        }
        let aside = asidePath(step, .replaced)
        try Folder.move(destination, to: aside)
        do { try Folder.move(temporary, to: destination) } catch {
            try? Folder.move(aside, to: destination)
            throw error
        }
        try Folder.synchronize(folder)
        try Folder.remove(aside, filesThat: Self.isCheckpointFile)
    }

    /// What a folder that does not have a checkpoint's name was.
    private enum Aside: String, CaseIterable {
        /// Not finished, or being removed.
        case worthless = "tmp"
        /// A checkpoint whose successor of the same step takes its place.
        case replaced = "old"
    }

    private func asidePath(_ step: Int, _ aside: Aside) -> String {
        "\(folder)/.step-\(step)-\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 16)).\(aside.rawValue)"
    }

    // MARK: Reading

    /// The steps that have a checkpoint, ascending, damaged ones included.
    public func steps() throws -> [Int] {
        guard Folder.exists(folder) else { return [] }
        return try Folder.contents(of: folder).compactMap(Self.step(of:)).sorted()
    }

    /// The path of the checkpoint of a step, every file of which was compared with what was written.
    ///
    /// - Throws: `TrainingError.damagedCheckpoint`.
    @discardableResult
    public func verify(step: Int) throws -> String {
        let path = path(ofStep: step), manifest = try CheckpointManifest(reading: path)
        guard manifest.step == step else {
            throw TrainingError.damagedCheckpoint(path: path, reason: "its manifest is that of step \(manifest.step)")
        }
        try manifest.verify(path)
        return path
    }

    /// The number in a name `step-N`, nil for every other name.
    static func step(of name: String) -> Int? {
        guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), step >= 0, name == "step-\(step)" else { return nil }
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
        for step in steps where !kept.contains(step) && isOurs(step) { try discard(step) }
    }

    /// Removes every checkpoint, whoever wrote it, and the folder where it is empty then.
    func removeAll() throws {
        guard Folder.exists(folder) else { return }
        for step in try steps() { try discard(step) }
        try Folder.remove(folder, filesThat: { _ in false })
    }

    private func isOurs(_ step: Int) -> Bool {
        (try? CheckpointManifest(reading: path(ofStep: step)))?.run == run
    }

    /// Takes a checkpoint's name away before its files, so that no half of one is ever found under it.
    private func discard(_ step: Int) throws {
        let aside = asidePath(step, .worthless)
        try Folder.move(path(ofStep: step), to: aside)
        try Folder.remove(aside, filesThat: Self.isCheckpointFile)
    }

    /// Clears away what killed processes left half-written, half-replaced or half-removed.
    public func tidy() throws {
        guard Folder.exists(folder) else { return }
        for name in try Folder.contents(of: folder) where name.hasPrefix(".step-") {
            // .step-STEP-PROCESS-RANDOM.KIND
            let parts = name.dropFirst(6).split(whereSeparator: { $0 == "-" || $0 == "." })
            guard parts.count == 4, let step = Int(parts[0]), let process = pid_t(parts[1]),
                let aside = Aside(rawValue: String(parts[3])),
                Self.hasEnded(process)
            else { continue }
            if aside == .replaced, !Folder.exists(path(ofStep: step)) {
                try Folder.move("\(folder)/\(name)", to: path(ofStep: step))
            } else {
                try Folder.remove("\(folder)/\(name)", filesThat: Self.isCheckpointFile)
            }
        }
    }

    /// Whether nothing of `process` is under way: it has ended, or it is this one, which is not saving now.
    private static func hasEnded(_ process: pid_t) -> Bool {
        process == getpid() || process > 0 && kill(process, 0) != 0 && errno == ESRCH
    }

    static func isCheckpointFile(_ name: String) -> Bool {
        name == CheckpointManifest.fileName || CheckpointFile(rawValue: name) != nil
            || name.hasPrefix(".sequitur-") && name.hasSuffix(".tmp")
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
