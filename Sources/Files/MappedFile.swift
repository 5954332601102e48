#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file's bytes, mapped read-only into memory and unmapped when the last reference goes.
///
/// Pages are read when touched, so a file may be larger than memory. A file that is replaced by `AtomicFile` while it
/// is mapped keeps its old bytes; one that another program shortens in place does not, and must not be mapped.
public final class MappedFile: Sendable {
    public let path: String
    /// The file's bytes; valid as long as this object lives.
    public nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    /// The file's length in bytes.
    public var count: Int { bytes.count }

    /// - Throws: `FileError` when the file is missing, unreadable, not a regular file, or cannot be mapped.
    public init(path: String) throws {
        try FileError.checkPath(path, action: "read")
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(action: "read", path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(action: "read", path: path, code: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw FileError(action: "read", path: path, code: EISDIR)
        default:
            throw FileError(action: "read", path: path, reason: "it is not a regular file", advice: "copy its contents to a file")
        }
        guard let count = Int(exactly: status.st_size), count > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw FileError(action: "read", path: path, code: errno)
        }
        bytes = UnsafeRawBufferPointer(start: address, count: count)
    }

    deinit {
        if let address = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: address), bytes.count) }
    }

    /// Gives `body` the file's bytes, and keeps them mapped meanwhile, whatever else holds the file.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(bytes) }
    }

    /// The whole file as text.
    ///
    /// - Throws: `FileError` that names the offset of the first byte that is not UTF-8.
    public func text() throws -> String {
        try withBytes { bytes in
            if let offset = bytes.firstInvalidUTF8Offset {
                throw FileError(
                    action: "read", path: path, reason: "the text is not UTF-8 at byte \(offset)",
                    advice: "convert the file to UTF-8 (iconv -t UTF-8)")
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
