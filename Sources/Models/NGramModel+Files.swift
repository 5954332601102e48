import SequiturFiles

extension NGramModel {
    /// Opens the binary form and maps it; all of it is checked first, in one pass.
    ///
    /// - Throws: `FileError` where the file cannot be read, `NGramError.malformedBinary` where it is not a sound model.
    public convenience init(contentsOf path: String) throws {
        let file = try MappedFile(path: path)
        self.init(try NGramStorage(validating: file.bytes, file: path, owner: file))
    }

    /// Opens the binary form held in memory.
    package convenience init(binary bytes: [UInt8], name: String) throws {
        let memory = NGramMemory(copying: bytes)
        self.init(try NGramStorage(validating: UnsafeRawBufferPointer(memory.bytes), file: name, owner: memory))
    }

    /// Reads ARPA text. Its unigrams, in their order and without `<s>`, become the vocabulary.
    ///
    /// An `</s>` of probability zero is taken for absent: the model is then one of unbroken text.
    ///
    /// - Throws: `FileError` where the file cannot be read, `NGramError.malformedARPA`, which names the line.
    public convenience init(arpa path: String) throws {
        let file = try MappedFile(path: path)
        let storage = try file.withBytes { try NGramARPAReader.read($0, file: path) }
        self.init(storage)
    }

    /// Reads ARPA text held in memory.
    package convenience init(arpaText: String, name: String) throws {
        var text = arpaText
        self.init(try text.withUTF8 { try NGramARPAReader.read(UnsafeRawBufferPointer($0), file: name) })
    }

    /// The bytes that `write(to:)` writes.
    package var binary: [UInt8] { [UInt8](storage.bytes) }

    /// Writes the binary form.
    ///
    /// - Throws: `FileError`.
    public func write(to path: String) throws {
        try AtomicFile.write(to: path) { try $0.write(storage.bytes) }
    }

    /// Writes ARPA text that other toolkits read: probabilities and back-off weights in log10 and tabs between the fields,
    /// -99 for the probability zero. The sentence symbols are spelled `<s>`, `</s>` and `<unk>` whatever the vocabulary calls them.
    ///
    /// - Throws: `NGramError.notExpressibleInARPA` where a token has white space, which separates tokens there, or is
    ///   spelled like one of the symbols; `FileError`.
    public func writeARPA(to path: String) throws {
        let writer = try NGramARPAWriter(storage)
        try AtomicFile.write(to: path) { file in try writer.write { try file.write($0) } }
    }

    /// The text that `writeARPA(to:)` writes.
    package func arpaText() throws -> String {
        var bytes: [UInt8] = []
        try NGramARPAWriter(storage).write { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Bytes in memory, aligned as a mapped file's.
private final class NGramMemory {
    let bytes: UnsafeMutableRawBufferPointer

    init(copying source: [UInt8]) {
        bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 64)
        bytes.copyBytes(from: source)
    }

    deinit { bytes.deallocate() }
}
