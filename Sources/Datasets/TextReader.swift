import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A text file as it was found.
public struct TextFile: Sendable, Equatable {
    public let path: String
    public let byteCount: Int
    /// In nanoseconds since 1970.
    public let modificationTime: Int64

    /// The path from the root, without links, as far as the file system can tell.
    var absolutePath: String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// The text files behind a list of paths, read in order, in pieces, whatever their size.
///
/// A path to a file stands for that file, whatever its name; one to a folder for all files in it and below whose names end
/// in `.txt`, in the order of the bytes of their paths. Files and folders whose names begin with a dot are passed over.
/// Symbolic links are followed.
public struct TextReader: Sendable {
    public let files: [TextFile]

    public var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    /// - Throws: `FileError` for what is missing, unreadable or no file; `DatasetError` for an empty file that was named
    ///   and a folder without text.
    public init(_ paths: [String]) throws {
        guard !paths.isEmpty else { throw DatasetError.noPaths }
        var files: [TextFile] = []
        for path in paths {
            let status = try Self.status(of: path)
            guard status.isFolder else {
                guard status.file.byteCount > 0 else { throw DatasetError.emptyFile(path: path) }
                files.append(status.file)
                continue
            }
            var found: [TextFile] = []
            var visited: Set<FolderIdentity> = []
            try Self.collect(path, status.identity, into: &found, visited: &visited)
            guard found.contains(where: { $0.byteCount > 0 }) else { throw DatasetError.emptyFolder(path: path) }
            files += found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        }
        self.files = files
    }

    public init(_ path: String) throws { try self.init([path]) }

    /// What tells a folder from every other, so that links cannot lead in circles.
    private struct FolderIdentity: Hashable {
        let device: UInt64
        let node: UInt64
    }

    private static func collect(
        _ folder: String, _ identity: FolderIdentity, into files: inout [TextFile], visited: inout Set<FolderIdentity>
    ) throws {
        guard visited.insert(identity).inserted else { return }
        for name in try names(in: folder) where !name.hasPrefix(".") {
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            guard let status = try? status(of: path) else {
                if name.hasSuffix(".txt") { _ = try Self.status(of: path) }
                continue
            }
            if status.isFolder {
                try collect(path, status.identity, into: &files, visited: &visited)
            } else if name.hasSuffix(".txt") {
                files.append(status.file)
            }
        }
    }

    private static func names(in folder: String) throws -> [String] {
        guard let stream = opendir(folder) else { throw FileError(action: "read", path: folder, code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
                })
        }
        return names
    }

    private static func status(of path: String) throws -> (file: TextFile, isFolder: Bool, identity: FolderIdentity) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw FileError(action: "read", path: path, reason: "it is not a path", advice: "name a file or a folder")
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError(action: "read", path: path, code: errno) }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        guard isFolder || status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(action: "read", path: path, reason: "it is not a regular file", advice: "copy its contents to a file")
        }
        let identity = FolderIdentity(
            device: UInt64(truncatingIfNeeded: status.st_dev), node: UInt64(truncatingIfNeeded: status.st_ino))
        return (
            TextFile(path: path, byteCount: Int(status.st_size), modificationTime: modificationTime(status)), isFolder, identity
        )
    }

    private static func modificationTime(_ status: stat) -> Int64 {
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
