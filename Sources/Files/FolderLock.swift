#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps two processes from writing into one folder: a lock (`flock`) on the file `.lock` in it.
///
/// The system releases it when the last reference goes or the process ends, however it ends; the file stays. Reading from
/// the folder needs no lock. File systems without locks give one that keeps nobody out.
public final class FolderLock: Sendable {
    /// The name of the file in the folder.
    public static let fileName = ".lock"

    private let descriptor: Int32

    /// Locks a folder that is there.
    ///
    /// - Returns: nil where somebody else holds the lock.
    /// - Throws: `FileError` where the file cannot be made.
    public init?(_ folder: String) throws {
        let path = "\(folder)/\(Self.fileName)"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
        guard descriptor >= 0 else { throw FileError(action: "write", path: path, code: errno) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            if errno == EWOULDBLOCK { return nil }
            break
        }
        // For people who wonder who it is; that it cannot be written on a full disk does not matter.
        ftruncate(descriptor, 0)
        let text = Array("\(getpid())\n".utf8)
        _ = pwrite(descriptor, text, text.count, 0)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The process that holds the lock of a folder, as far as it can be told.
    public static func holder(of folder: String) -> Int? {
        guard let file = try? MappedFile(path: "\(folder)/\(fileName)"), file.count <= 20 else { return nil }
        return Int(file.withBytes { String(decoding: $0, as: UTF8.self) }.prefix { $0.isNumber })
    }
}
