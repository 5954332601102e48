#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A failure to read or write a file, told in one line: what was tried, on which path, why it failed, what to do.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, after "cannot": `read`, `write`.
    public let action: String
    public let path: String
    public let reason: String
    /// What the reader of the message can do about it.
    public let advice: String
    /// The operating system's `errno`, where it was the operating system that refused.
    public let code: Int32?

    public init(action: String, path: String, reason: String, advice: String, code: Int32? = nil) {
        self.action = action
        self.path = path
        self.reason = reason
        self.advice = advice
        self.code = code
    }

    /// An operating-system error, worded by `strerror` and with the advice that fits `code`.
    public init(action: String, path: String, code: Int32) {
        self.init(
            action: action, path: path, reason: String(cString: strerror(code)).lowercased(), advice: Self.advice(for: code),
            code: code)
    }

    public var description: String {
        "cannot \(action) '\(path.printable(limit: 1024))': \(reason); \(advice)"
    }

    private static func advice(for code: Int32) -> String {
        switch code {
        case ENOENT, ENOTDIR: "check that the path is right and that its folder exists"
        case EACCES, EPERM: "check the permissions of the file and of its folder"
        case EISDIR: "give a file, not a folder"
        case ENOSPC, EDQUOT: "free some space or choose another disk"
        case EFBIG: "raise the limit on file sizes (ulimit -f) or choose another disk"
        case EROFS: "choose a folder that can be written"
        case EMFILE, ENFILE: "raise the limit on open files (ulimit -n)"
        case ENAMETOOLONG: "choose a shorter name"
        case ENOMEM: "free some memory or raise the limit on address space (ulimit -v)"
        case EIO: "check the disk, then try again"
        default: "check the file and the disk that holds it"
        }
    }

    /// Refuses the paths that the C library would read as another path: the empty one and those with a zero byte.
    static func checkPath(_ path: String, action: String) throws(FileError) {
        guard !path.isEmpty else {
            throw FileError(action: action, path: path, reason: "the path is empty", advice: "name a file")
        }
        guard !path.utf8.contains(0) else {
            throw FileError(action: action, path: path, reason: "the path contains a zero byte", advice: "name another file")
        }
    }
}
