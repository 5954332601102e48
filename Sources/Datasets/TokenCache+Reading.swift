import SequiturFiles
import SequiturText

extension TokenCache {
    /// Maps the cache at `path`.
    ///
    /// - Throws: `FileError` for a file that cannot be read, `DatasetError.damagedCache` for one that is no token cache, of
    ///   another version, cut off or changed. The ids themselves are checked when they are copied out.
    public init(opening path: String) throws {
        let file = try MappedFile(path: path)
        func damaged(_ reason: String) -> DatasetError { DatasetError.damagedCache(path: path, reason: reason) }
        let bytes = file.bytes
        guard bytes.count >= Self.headerBytes + Self.trailerBytes else { throw damaged("it has only \(bytes.count) bytes") }
        guard bytes.starts(with: Self.magic) else { throw damaged("it does not begin with SEQTOKEN") }
        let version = bytes.littleEndian(UInt32.self, at: 8)
        guard version == Self.version else { throw damaged("its version is \(version), not \(Self.version)") }

        let trailerStart = bytes.count - Self.trailerBytes
        func number(_ index: Int) -> UInt64 { bytes.littleEndian(UInt64.self, at: trailerStart + 8 * index) }
        guard let count = Int(exactly: number(0)), let vocabularySize = Int(exactly: number(1)), vocabularySize <= Int(Int32.max),
            let characterCount = Int(exactly: number(4)), let fileCount = Int(exactly: number(5))
        else { throw damaged("a count is out of range") }
        let idBytes = Self.idBytes(vocabularySize: vocabularySize)
        let (idsBytes, idsOverflow) = count.multipliedReportingOverflow(by: idBytes)
        let (tableBytes, tableOverflow) = fileCount.multipliedReportingOverflow(by: Self.fileEntryBytes)
        guard bytes.littleEndian(UInt32.self, at: 12) == idBytes, !idsOverflow, !tableOverflow,
            tableBytes <= trailerStart - Self.headerBytes,
            case let tableStart = trailerStart - tableBytes, idsBytes <= tableStart - Self.headerBytes,
            tableStart == (Self.headerBytes + idsBytes + 7) & ~7
        else { throw damaged("its length does not fit its counts") }

        var hash = XXHash64()
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[..<Self.headerBytes]))
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[tableStart..<bytes.count - 8]))
        guard hash.digest == number(6) else { throw damaged("its checksum is wrong") }

        var files: [TextRecord.File] = []
        for index in 0..<fileCount {
            let start = tableStart + index * Self.fileEntryBytes
            guard let byteCount = Int(exactly: bytes.littleEndian(UInt64.self, at: start)) else {
                throw damaged("the length of a file is out of range")
            }
            files.append(
                TextRecord.File(
                    byteCount: byteCount, modificationTime: bytes.littleEndian(Int64.self, at: start + 8),
                    content: Fingerprint(bytes.littleEndian(UInt64.self, at: start + 16))))
        }
        record = TextRecord(files: files, characterCount: characterCount)
        tokenizer = Fingerprint(number(2))
        paths = Fingerprint(number(3))
        tokens = MappedTokens(file: file, start: Self.headerBytes, count: count, vocabularySize: vocabularySize, idBytes: idBytes)
    }
}

/// Token ids in a mapped file: pages are read when touched.
public struct MappedTokens: TokenStream {
    private let file: MappedFile
    private let start: Int
    public let count: Int
    public let vocabularySize: Int
    private let idBytes: Int

    fileprivate init(file: MappedFile, start: Int, count: Int, vocabularySize: Int, idBytes: Int) {
        self.file = file
        self.start = start
        self.count = count
        self.vocabularySize = vocabularySize
        self.idBytes = idBytes
    }

    /// - Throws: `DatasetError.idOutOfRange` where the file was changed after it was written.
    public func copy(_ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Int32>) throws {
        checkRange(range, destination)
        let bytes = UnsafeRawBufferPointer(
            rebasing: file.bytes[start + range.lowerBound * idBytes..<start + range.upperBound * idBytes])
        let greatest = idBytes == 2 ? widen(bytes, UInt16.self, into: destination) : widen(bytes, UInt32.self, into: destination)
        guard range.isEmpty || Int(greatest) < vocabularySize else {
            throw DatasetError.idOutOfRange(Int(greatest), position: range.lowerBound, vocabularySize: vocabularySize)
        }
    }

    /// Copies all ids of `bytes` and returns the greatest.
    private func widen<ID: FixedWidthInteger & UnsignedInteger>(
        _ bytes: UnsafeRawBufferPointer, _ type: ID.Type, into destination: UnsafeMutableBufferPointer<Int32>
    ) -> UInt32 {
        let ids = bytes.assumingMemoryBound(to: ID.self)
        var greatest: UInt32 = 0
        for position in 0..<ids.count {
            let id = UInt32(truncatingIfNeeded: ID(littleEndian: ids[position]))
            greatest = max(greatest, id)
            destination[position] = Int32(truncatingIfNeeded: id)
        }
        return greatest
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func littleEndian<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int) -> Number {
        Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

extension TextReader {
    /// The digest of the paths, as absolute paths without links where the file system can tell.
    var pathsFingerprint: Fingerprint {
        var hash = XXHash64()
        for file in files { hash.update(file.absolutePath) }
        return Fingerprint(hash.digest)
    }
}
