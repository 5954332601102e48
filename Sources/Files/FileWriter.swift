#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes a file front to back through a buffer. Made by `AtomicFile.write(to:_:)`.
///
/// After a failed write every later one fails with the same error, and so does the file as a whole: a caller that
/// overlooks an error cannot leave a file with a hole in it.
public final class FileWriter {
    private static let capacity = 1 << 18
    /// The path that messages name: the file to be, not the one written aside.
    private let path: String
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    private var buffered = 0
    private var descriptor: Int32
    private var failure: FileError?
    /// How many bytes were written so far.
    public private(set) var count = 0

    /// Creates `temporaryPath`, which must not exist, with the permissions that the process's umask leaves.
    init(creating temporaryPath: String, for path: String) throws {
        self.path = path
        descriptor = -1
        try FaultInjection.check(.create, path: path)
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError(action: "write", path: path, code: errno) }
    }

    deinit {
        abandon()
        buffer.deallocate()
    }

    /// - Throws: `FileError`, for instance for a full disk.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        if let failure { throw failure }
        if bytes.count >= Self.capacity - buffered {
            try flush()
            if bytes.count >= Self.capacity {
                try send(bytes)
                count += bytes.count
                return
            }
        }
        UnsafeMutableRawBufferPointer(rebasing: buffer[buffered...]).copyMemory(from: bytes)
        buffered += bytes.count
        count += bytes.count
    }

    public func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    /// Writes `text` as UTF-8.
    public func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    private func flush() throws {
        guard buffered > 0 else { return }
        try send(UnsafeRawBufferPointer(rebasing: buffer[..<buffered]))
        buffered = 0
    }

    private func send(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try checked(.write)
            // One call takes at most 2 GiB on Linux and fails above it on macOS.
            let chunk = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            #if canImport(Glibc)
                let written = Glibc.write(descriptor, chunk.baseAddress, chunk.count)
            #elseif canImport(Musl)
                let written = Musl.write(descriptor, chunk.baseAddress, chunk.count)
            #else
                let written = Darwin.write(descriptor, chunk.baseAddress, chunk.count)
            #endif
            if written < 0 {
                if errno == EINTR { continue }
                throw failed(errno)
            }
            rest = rest.dropFirst(written)
        }
    }

    /// Writes what is buffered, waits until the disk has it, and closes the file.
    func finish() throws {
        if let failure { throw failure }
        try flush()
        try checked(.synchronize)
        try synchronize(descriptor)
        try checked(.close)
        let closing = descriptor
        descriptor = -1
        guard close(closing) == 0 || errno == EINTR else { throw failed(errno) }
    }

    /// Closes the file without caring for its contents.
    func abandon() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        failure = failure ?? FileError(action: "write", path: path, code: EBADF)
    }

    private func synchronize(_ descriptor: Int32) throws {
        #if canImport(Darwin)
            // fsync on macOS does not reach the disk's medium.
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        #endif
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw failed(errno) }
        }
    }

    private func checked(_ operation: FileOperation) throws {
        do { try FaultInjection.check(operation, path: path) } catch {
            failure = error
            throw error
        }
    }

    private func failed(_ code: Int32) -> FileError {
        let error = FileError(action: "write", path: path, code: code)
        failure = error
        return error
    }
}
