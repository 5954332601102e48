import SequiturFiles
import SequiturText

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What was read: the digest and the length of every file.
public struct TextRecord: Sendable, Equatable {
    public struct File: Sendable, Equatable {
        public let byteCount: Int
        /// In nanoseconds since 1970.
        public let modificationTime: Int64
        /// The digest of the file's bytes.
        public let content: Fingerprint
    }

    public internal(set) var files: [File] = []
    /// The number of Unicode scalars, byte order marks not counted.
    public internal(set) var characterCount = 0

    /// The number of bytes in all files.
    public var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    /// The digest of the contents of all files in their order; their names and times do not matter.
    public var fingerprint: Fingerprint {
        var hash = XXHash64()
        for file in files {
            hash.update(UInt64(file.byteCount))
            hash.update(file.content.value)
        }
        return Fingerprint(hash.digest)
    }
}

extension TextReader {
    /// How much of a file is in memory at a time.
    public static let defaultPieceBytes = 1 << 18

    /// Reads one of `files` front to back.
    ///
    /// - Parameters:
    ///   - pieceBytes: how much to read at a time.
    ///   - body: gets pieces of whole UTF-8 characters with their offset in the file; a byte order mark at the
    ///     start of the file is left out.
    /// - Returns: the file's record and its number of Unicode scalars.
    /// - Throws: `FileError`; `DatasetError.notUTF8` with the offset of the offending byte; what `body` throws.
    @discardableResult
    public func read(
        _ file: TextFile, pieceBytes: Int = defaultPieceBytes, _ body: (UnsafeRawBufferPointer, _ offset: Int) throws -> Void
    ) throws -> (file: TextRecord.File, characterCount: Int) {
        precondition(pieceBytes > 0, "a piece has at least one byte")
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(action: "read", path: file.path, code: errno) }
        defer { close(descriptor) }
        // Up to three bytes of an unfinished character stand before the next piece.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes + 3, alignment: 16)
        defer { buffer.deallocate() }

        var hash = XXHash64()
        var characterCount = 0
        var held = 0
        var offset = 0
        while true {
            let count = try Self.fill(UnsafeMutableRawBufferPointer(rebasing: buffer[held..<held + pieceBytes]), descriptor, file)
            let available = UnsafeRawBufferPointer(rebasing: buffer[..<(held + count)])
            hash.update(UnsafeRawBufferPointer(rebasing: available[held...]))
            let whole = UnsafeRawBufferPointer(rebasing: available[..<(count == 0 ? available.count : available.wholeUTF8Count)])
            if let invalid = whole.firstInvalidUTF8Offset {
                let isUTF16 = offset == 0 && (whole.starts(with: [0xFF, 0xFE]) || whole.starts(with: [0xFE, 0xFF]))
                throw DatasetError.notUTF8(path: file.path, byteOffset: offset + invalid, isUTF16: isUTF16)
            }
            let markBytes = offset == 0 && whole.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            if whole.count > markBytes {
                let text = UnsafeRawBufferPointer(rebasing: whole[markBytes...])
                characterCount += text.utf8CharacterCount
                try body(text, offset + markBytes)
            }
            offset += whole.count
            guard count > 0 else { break }
            held = available.count - whole.count
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: available[whole.count...]))
        }
        let record = TextRecord.File(
            byteCount: offset, modificationTime: file.modificationTime, content: Fingerprint(hash.digest))
        return (record, characterCount)
    }

    /// Reads into `buffer` what the file still has, up to its length; zero bytes at the end of the file.
    private static func fill(_ buffer: UnsafeMutableRawBufferPointer, _ descriptor: Int32, _ file: TextFile) throws -> Int {
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
            #else
                let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if count >= 0 { return count }
            guard errno == EINTR else { throw FileError(action: "read", path: file.path, code: errno) }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The number of bytes that begin a character.
    fileprivate var utf8CharacterCount: Int {
        var count = 0
        for byte in self { count &+= byte & 0xC0 == 0x80 ? 0 : 1 }
        return count
    }
}
