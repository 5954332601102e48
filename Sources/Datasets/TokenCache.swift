import SequiturFiles
import SequiturText

/// A text's token ids in a file, mapped when read: a text larger than memory is encoded once and trained on at once.
///
/// The file, all numbers little-endian:
///
/// | bytes | what |
/// |---|---|
/// | 64 | `SEQTOKEN`, version (4), bytes per id (4), zeros |
/// | count × 2 or 4 | the ids, 2 bytes each where the vocabulary has at most 65,536 tokens; zeros up to a multiple of 8 |
/// | files × 24 | of each text file: length, modification time, XXH64 of its bytes |
/// | 56 | count of ids, vocabulary size, tokenizer's fingerprint, fingerprint of the paths, count of characters, count of files, XXH64 of all before but the ids |
public struct TokenCache: Sendable {
    static let magic: [UInt8] = Array("SEQTOKEN".utf8)
    static let version: UInt32 = 1
    static let headerBytes = 64
    static let fileEntryBytes = 24
    static let trailerBytes = 56

    public let tokens: MappedTokens
    /// The text files as they were when they were encoded.
    public let record: TextRecord
    /// The tokenizer that encoded.
    public let tokenizer: Fingerprint
    let paths: Fingerprint

    static func idBytes(vocabularySize: Int) -> Int { vocabularySize <= 1 << 16 ? 2 : 4 }

    /// The name of the cache of these files for this tokenizer.
    public static func fileName(for reader: TextReader, tokenizer: any Tokenizer) -> String {
        var hash = XXHash64()
        hash.update(reader.pathsFingerprint.value)
        hash.update(tokenizer.fingerprint.value)
        return "\(Fingerprint(hash.digest)).tokens"
    }

    /// The cache at `path` if it holds these files, as they are now, encoded by this tokenizer; else encodes them there.
    ///
    /// Files of unchanged length and modification time count as unchanged; files of unchanged length but another time
    /// are read to see. A cache that is stale or damaged is replaced.
    ///
    /// - Throws: `FileError`, `DatasetError`, what `progress` throws.
    public static func openOrMake(
        at path: String, for reader: TextReader, tokenizer: any Tokenizer, progress: ReadingProgress = { _, _ in }
    ) throws -> TokenCache {
        if let cache = try? TokenCache(opening: path), try cache.holds(reader, tokenizer) { return cache }
        try make(at: path, for: reader, tokenizer: tokenizer, progress: progress)
        return try TokenCache(opening: path)
    }

    /// Whether this cache holds these files, as they are now, encoded by this tokenizer.
    ///
    /// - Throws: `FileError` or `DatasetError` for files that had to be read and could not.
    public func holds(_ reader: TextReader, _ tokenizer: any Tokenizer) throws -> Bool {
        guard self.tokenizer == tokenizer.fingerprint, tokens.vocabularySize == tokenizer.vocabularySize,
            paths == reader.pathsFingerprint, record.files.map(\.byteCount) == reader.files.map(\.byteCount)
        else { return false }
        if record.files.map(\.modificationTime) == reader.files.map(\.modificationTime) { return true }
        return try reader.record().fingerprint == record.fingerprint
    }

    /// Encodes the files of `reader` into a cache at `path`, in pieces: memory does not grow with the text.
    ///
    /// - Throws: `FileError`, `DatasetError`, what `progress` throws; no file is then left behind, and an old one stays.
    public static func make(
        at path: String, for reader: TextReader, tokenizer: any Tokenizer, pieceBytes: Int = TextReader.defaultPieceBytes,
        progress: ReadingProgress = { _, _ in }
    ) throws {
        let idBytes = idBytes(vocabularySize: tokenizer.vocabularySize)
        try AtomicFile.write(to: path) { writer in
            var header = magic
            header.append(littleEndian: version)
            header.append(littleEndian: UInt32(idBytes))
            header.append(contentsOf: repeatElement(0, count: headerBytes - header.count))
            try writer.write(header)

            var count = 0
            let record = try reader.encode(with: tokenizer, pieceBytes: pieceBytes, progress: progress) { ids in
                count += ids.count
                if idBytes == 2 {
                    try ids.map { UInt16(truncatingIfNeeded: $0).littleEndian }.withUnsafeBytes { try writer.write($0) }
                } else {
                    try ids.map(\.littleEndian).withUnsafeBytes { try writer.write($0) }
                }
            }
            try writer.write([UInt8](repeating: 0, count: -writer.count & 7))

            var trailer: [UInt8] = []
            for file in record.files {
                trailer.append(littleEndian: UInt64(file.byteCount))
                trailer.append(littleEndian: file.modificationTime)
                trailer.append(littleEndian: file.content.value)
            }
            let numbers = [
                UInt64(count), UInt64(tokenizer.vocabularySize), tokenizer.fingerprint.value, reader.pathsFingerprint.value,
                UInt64(record.characterCount), UInt64(record.files.count),
            ]
            for number in numbers { trailer.append(littleEndian: number) }
            var hash = XXHash64()
            header.withUnsafeBytes { hash.update($0) }
            trailer.withUnsafeBytes { hash.update($0) }
            trailer.append(littleEndian: hash.digest)
            try writer.write(trailer)
        }
    }
}
