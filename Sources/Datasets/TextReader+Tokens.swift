import SequiturFiles
import SequiturText

/// Told how many bytes of how many have been read; throws to stop.
public typealias ReadingProgress = (_ bytesRead: Int, _ byteCount: Int) throws -> Void

extension TextReader {
    /// Learns a tokenizer from all files. Memory grows with the distinct words or characters of the text, not with its length; for
    /// subwords it is bounded (see `SubwordTrainer`).
    ///
    /// - Throws: `FileError`, `DatasetError`, `TokenizerError`, what `progress` throws.
    public func trainTokenizer(
        _ kind: TokenizerKind, options: TokenizerOptions = TokenizerOptions(), pieceBytes: Int = defaultPieceBytes,
        progress: ReadingProgress = { _, _ in }
    ) throws -> any Tokenizer {
        var trainer = try kind.makeTrainer(options)
        _ = try readAll(pieceBytes: pieceBytes, progress: progress) {
            try trainer.append($0)
        } finishFile: {
            try trainer.finishDocument()
        }
        return try trainer.makeTokenizer()
    }

    /// Encodes all files, each as a document of its own, and hands over the ids in pieces.
    ///
    /// - Throws: `FileError`, `DatasetError`, what `progress` and `body` throw.
    public func encode(
        with tokenizer: any Tokenizer, pieceBytes: Int = defaultPieceBytes, progress: ReadingProgress = { _, _ in },
        _ body: (UnsafeBufferPointer<Int32>) throws -> Void
    ) throws -> TextRecord {
        var encoder = tokenizer.makeEncoder()
        var ids: [Int32] = []
        func handOver() throws {
            if !ids.isEmpty { try ids.withUnsafeBufferPointer(body) }
            ids.removeAll(keepingCapacity: true)
        }
        return try readAll(pieceBytes: pieceBytes, progress: progress) {
            try encoder.append($0, into: &ids)
            try handOver()
        } finishFile: {
            try encoder.finish(.document, into: &ids)
            try handOver()
        }
    }

    /// The lengths and digests of all files.
    ///
    /// - Throws: `FileError`, `DatasetError.notUTF8`.
    public func record() throws -> TextRecord {
        try readAll(pieceBytes: Self.defaultPieceBytes, progress: { _, _ in }, append: { _ in }, finishFile: {})
    }

    func readAll(
        pieceBytes: Int, progress: ReadingProgress, append: (UnsafeRawBufferPointer) throws -> Void, finishFile: () throws -> Void
    ) throws -> TextRecord {
        var record = TextRecord()
        let byteCount = byteCount
        var bytesBefore = 0
        for file in files {
            var textStart: Int?
            do {
                let read = try read(file, pieceBytes: pieceBytes) { bytes, offset in
                    textStart = textStart ?? offset
                    try append(bytes)
                    try progress(bytesBefore + offset + bytes.count, byteCount)
                }
                try finishFile()
                record.files.append(read.file)
                record.characterCount += read.characterCount
                bytesBefore += read.file.byteCount
            } catch let error as TokenizerError {
                throw DatasetError.tokenizer(path: file.path, error.moved(by: textStart ?? 0))
            }
        }
        return record
    }
}
