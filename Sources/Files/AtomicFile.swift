#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes whole files so that whoever looks sees the old contents or the new ones, never a part, even when the power
/// goes in the middle.
///
/// The bytes go to a file of a process-unique name in the same folder, are synced, take the destination's name by
/// `rename`, and the folder is synced. A program that has the old file mapped keeps the old bytes. A destination that
/// is a symbolic link is replaced, not followed.
public enum AtomicFile {
    /// Writes what `body` writes. Permissions follow the process's umask.
    ///
    /// - Throws: `FileError`, or what `body` throws; the destination is then as it was and nothing is left beside it.
    ///   Only where the last step, syncing the folder, fails, does the destination hold the new contents already.
    public static func write(to path: String, _ body: (FileWriter) throws -> Void) throws {
        try checkDestination(path)
        let folder = Folder.parent(of: path)
        let temporaryPath = "\(folder)/\(AsideName(asideName, .unfinished))"
        let writer = try FileWriter(creating: temporaryPath, for: path)
        do {
            try body(writer)
            try writer.finish()
            try Folder.move(temporaryPath, to: path)
        } catch {
            writer.abandon()
            unlink(temporaryPath)
            throw error
        }
        try Folder.synchronize(folder, for: path)
    }

    public static func write(_ bytes: [UInt8], to path: String) throws {
        try write(to: path) { try $0.write(bytes) }
    }

    /// Writes `text` as UTF-8.
    public static func write(_ text: String, to path: String) throws {
        try write(to: path) { try $0.write(text) }
    }

    /// Whether a name is that of a file that is being written, or was when its process was killed.
    package static func isUnfinished(_ name: String) -> Bool { AsideName(reading: name)?.name == asideName }

    /// Removes the files that killed processes left unfinished in a folder.
    package static func tidy(_ folder: String) throws {
        for name in try Folder.contents(of: folder) {
            if let aside = AsideName(reading: name), aside.name == asideName, aside.isAbandoned {
                try Folder.removeFile("\(folder)/\(name)")
            }
        }
    }

    private static let asideName = "sequitur"

    /// Refuses to put a file in the place of a folder, a device or a pipe.
    private static func checkDestination(_ path: String) throws {
        try FileError.checkPath(path, action: "write")
        guard !path.hasSuffix("/") else { throw FileError(action: "write", path: path, code: EISDIR) }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        switch status.st_mode & S_IFMT {
        case S_IFREG, S_IFLNK: return
        case S_IFDIR: throw FileError(action: "write", path: path, code: EISDIR)
        default:
            throw FileError(
                action: "write", path: path, reason: "a device, pipe or socket of this name exists", advice: "choose another name"
            )
        }
    }
}
