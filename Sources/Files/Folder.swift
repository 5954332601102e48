#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Folders, in the few ways in which we need them.
package enum Folder {
    /// Makes a folder and those above it that are missing.
    package static func make(_ path: String) throws {
        guard !path.isEmpty else {
            throw FileError(action: "write", path: path, reason: "the path is empty", advice: "name a folder")
        }
        try FaultInjection.check(.makeFolder, path: path)
        if mkdir(path, 0o777) == 0 { return try synchronize(parent(of: path)) }
        switch errno {
        case EEXIST where isFolder(path): return
        case EEXIST:
            throw FileError(action: "write", path: path, reason: "a file of this name exists", advice: "name another folder")
        case ENOENT where parent(of: path) != path:
            try make(parent(of: path))
            guard mkdir(path, 0o777) == 0 || errno == EEXIST && isFolder(path) else { throw failure("write", path) }
            try synchronize(parent(of: path))
        default: throw failure("write", path)
        }
    }

    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// The names of what a folder holds, in order.
    package static func contents(of path: String) throws -> [String] {
        guard let stream = opendir(path) else { throw failure("read", path) }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw failure("read", path) }
        return names.sorted()
    }

    /// Waits until the disk has the folder's entries.
    ///
    /// - Parameter subject: what an error names; the folder itself where nil.
    package static func synchronize(_ path: String, for subject: String? = nil) throws {
        try FaultInjection.check(.synchronizeFolder, path: subject ?? path)
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            // A folder that may be written but not listed cannot be opened, so neither synced.
            if errno == EACCES { return }
            throw failure("write", subject ?? path)
        }
        defer { close(descriptor) }
        while fsync(descriptor) != 0 {
            switch errno {
            case EINTR: continue
            case EINVAL, ENOTSUP: return  // file systems that cannot sync folders
            default: throw failure("write", subject ?? path)
            }
        }
    }

    /// Gives a file or a folder another name.
    ///
    /// - Parameter subject: what an error names; the destination where nil.
    package static func move(_ path: String, to destination: String, for subject: String? = nil) throws {
        try FaultInjection.check(.rename, path: subject ?? destination)
        guard rename(path, destination) == 0 else { throw failure("write", subject ?? destination) }
    }

    /// Removes those files of a folder that `isOurs` recognises, and the folder itself where it is empty then.
    package static func remove(_ path: String, filesThat isOurs: (String) -> Bool) throws {
        for name in try contents(of: path) where isOurs(name) { try removeFile("\(path)/\(name)") }
        try FaultInjection.check(.remove, path: path, action: "remove")
        guard rmdir(path) == 0 || [ENOTEMPTY, EEXIST, ENOENT].contains(errno) else { throw failure("remove", path) }
    }

    /// Removes a file, where it is there.
    package static func removeFile(_ path: String) throws {
        try FaultInjection.check(.remove, path: path, action: "remove")
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
    }

    /// What stands before the last slash, `.` where there is none.
    package static func parent(of path: String) -> String {
        let trimmed = path.utf8.last == UInt8(ascii: "/") && path.utf8.count > 1 ? String(path.dropLast()) : path
        guard let slash = trimmed.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }

    private static func failure(_ action: String, _ path: String) -> FileError {
        FileError(action: action, path: path, code: errno)
    }
}
