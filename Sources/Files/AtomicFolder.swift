/// Writes whole folders so that whoever looks sees the old one or the new one, never a part, even when the power goes in the
/// middle.
///
/// The files are written into a folder of a process-unique name beside the destination; it is synced, takes the destination's
/// name by `rename`, and the folder around it is synced. Since no folder can take the name of another that holds something, an
/// old one steps aside first. A program that is killed between these two steps leaves it under a name by which `tidy` finds it
/// and gives it back its own.
public enum AtomicFolder {
    /// Writes what `body` writes into the folder whose path it gets.
    ///
    /// - Parameter isOurs: tells by name which files may be removed: those of an old folder, and those of a new one that failed.
    /// - Throws: `FileError` that names the files by the path they were to have, or what `body` throws. The old folder is then as
    ///   it was and nothing is left of the new one; only where a step after the last `rename` fails is the new one there already.
    public static func write(
        to path: String, removing isOurs: (String) -> Bool = { _ in true }, _ body: (_ folder: String) throws -> Void
    ) throws {
        let parent = Folder.parent(of: path), temporary = asidePath(path, .unfinished)
        do {
            try Folder.make(temporary)
            try body(temporary)
            try Folder.synchronize(temporary)
            let replaced = Folder.exists(path) ? try stepAside(path) : nil
            do { try Folder.move(temporary, to: path) } catch {
                if let replaced { try? Folder.move(replaced, to: path) }
                throw error
            }
            try Folder.synchronize(parent, for: path)
            if let replaced { try Folder.remove(replaced, filesThat: isOurs) }
        } catch {
            // Not there any more once it has its name.
            if Folder.exists(temporary) { try? Folder.remove(temporary, filesThat: isOurs) }
            throw (error as? FileError)?.moved(from: temporary, to: path) ?? error
        }
    }

    /// Removes those files of a folder that `isOurs` tells by name, and the folder where it is empty then. It loses its name
    /// first, so that no half of it is ever found under it.
    public static func remove(_ path: String, removing isOurs: (String) -> Bool = { _ in true }) throws {
        let aside = asidePath(path, .unfinished)
        try Folder.move(path, to: aside, for: path)
        try Folder.remove(aside, filesThat: isOurs)
    }

    /// Clears away what killed processes left half-written, half-replaced or half-removed in `parent`.
    ///
    /// - Parameter isName: the names of the folders that are written there.
    public static func tidy(_ parent: String, names isName: (String) -> Bool, removing isOurs: (String) -> Bool = { _ in true })
        throws
    {
        for entry in try Folder.contents(of: parent) {
            guard let aside = AsideName(reading: entry), isName(aside.name), aside.isAbandoned else { continue }
            if aside.kind == .replaced, !Folder.exists("\(parent)/\(aside.name)") {
                try Folder.move("\(parent)/\(entry)", to: "\(parent)/\(aside.name)")
            } else {
                try Folder.remove("\(parent)/\(entry)", filesThat: isOurs)
            }
        }
    }

    private static func stepAside(_ path: String) throws -> String {
        let aside = asidePath(path, .replaced)
        try Folder.move(path, to: aside, for: path)
        return aside
    }

    private static func asidePath(_ path: String, _ kind: AsideName.Kind) -> String {
        let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.utf8.index(after: $0)...] } ?? path[...]
        return "\(Folder.parent(of: path))/\(AsideName(String(name), kind))"
    }
}

extension FileError {
    /// The same error of a file that stands in another folder for the time being.
    fileprivate func moved(from folder: String, to other: String) -> FileError {
        guard path == folder || path.hasPrefix(folder + "/") else { return self }
        return FileError(action: action, path: other + path.dropFirst(folder.count), reason: reason, advice: advice, code: code)
    }
}
