import SequiturText

extension TextReader {
    /// The longest line that a trainer of subwords takes as a whole.
    private static let lineLimit = 1 << 20

    /// Learns a tokenizer of subwords from all files, line by line. Memory grows with the distinct words of the text, not with
    /// its length; lines of more than a mebibyte are cut.
    ///
    /// - Throws: `FileError`, `DatasetError`, `TokenizerError`, what `progress` throws.
    public func trainTokenizer(
        _ kind: SubwordTrainer.Kind, vocabularySize: Int, minimumFrequency: Int = 1, pieceBytes: Int = defaultPieceBytes,
        progress: ReadingProgress = { _, _ in }
    ) throws -> TokenizerPipeline {
        var trainer = try SubwordTrainer(kind, vocabularySize: vocabularySize, minimumFrequency: minimumFrequency)
        var line: [UInt8] = []
        func finish() {
            if !line.isEmpty { trainer.append(String(decoding: line, as: UTF8.self)) }
            line.removeAll(keepingCapacity: true)
        }
        _ = try readAll(pieceBytes: pieceBytes, progress: progress) { piece in
            for byte in piece {
                if line.count >= Self.lineLimit, byte & 0xC0 != 0x80 { finish() }
                line.append(byte)
                if byte == 0x0A { finish() }
            }
        } finishFile: {
            finish()
        }
        return try trainer.makeTokenizer()
    }
}
