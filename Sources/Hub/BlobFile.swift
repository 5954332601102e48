import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A blob on its way: bytes go to a file of a name that no other process has, and take the blob's name when their number and
/// hash are right.
final class BlobFile {
    /// How the file is called in messages.
    private let name: String
    private let etag: String
    private let size: Int
    private let folder: String
    private let temporaryPath: String
    private var descriptor: Int32
    private var digest: BlobDigest
    /// How many bytes it has.
    private(set) var count = 0

    /// - Parameters:
    ///   - name: of the file in the repository.
    ///   - etag: a safe one.
    init(_ name: String, etag: String, size: Int, in folder: String) throws {
        self.name = name
        self.etag = etag
        self.size = size
        self.folder = folder
        digest = BlobDigest(etag: etag, size: size)
        temporaryPath =
            "\(folder)/\(etag)\(Self.mark)\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 16))\(Self.suffix)"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw FileError(action: "write", path: "\(folder)/\(etag)", code: errno) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporaryPath)
    }

    // `.incomplete` is what huggingface_hub's own tools look for.
    private static let mark = ".sequitur-"
    private static let suffix = ".incomplete"

    static func isUnfinished(_ name: String) -> Bool { name.contains(mark) && name.hasSuffix(suffix) }

    /// - Throws: `HubError.wrongSize` where there are more bytes than were announced, `FileError`.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count <= size - count else {
            throw HubError.wrongSize(file: name, expected: size, received: count + bytes.count)
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = UnsafeRawBufferPointer(rebasing: rest)
            #if canImport(Glibc)
                let written = Glibc.write(descriptor, chunk.baseAddress, chunk.count)
            #elseif canImport(Musl)
                let written = Musl.write(descriptor, chunk.baseAddress, chunk.count)
            #else
                let written = Darwin.write(descriptor, chunk.baseAddress, chunk.count)
            #endif
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError(action: "write", path: "\(folder)/\(etag)", code: errno)
            }
            rest = rest.dropFirst(written)
        }
        digest.update(bytes)
        count += bytes.count
    }

    /// Forgets all bytes.
    func restart() throws {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw FileError(action: "write", path: "\(folder)/\(etag)", code: errno)
        }
        digest = BlobDigest(etag: etag, size: size)
        count = 0
    }

    /// Gives the file its name, once the disk has its bytes.
    ///
    /// - Throws: `HubError.wrongSize`, `.wrongHash`, `FileError`; then it has no name and goes when this object goes.
    func finish() throws {
        guard count == size else { throw HubError.wrongSize(file: name, expected: size, received: count) }
        guard digest.matches(etag) else { throw HubError.wrongHash(file: name, expected: etag) }
        let path = "\(folder)/\(etag)"
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw FileError(action: "write", path: path, code: errno) }
        }
        try Folder.move(temporaryPath, to: path)
        close(descriptor)
        descriptor = -1
        try Folder.synchronize(folder, for: path)
    }
}
