import SequiturFiles

/// A safetensors file, mapped into memory: named tensors that are read when touched.
///
///     let file = try SafetensorsFile(path: "model.safetensors")
///     for entry in file.entries { print(entry.name, entry.dtype, entry.shape) }
///     let first = file.withBytes(of: file.entries[0]) { $0.loadUnaligned(as: Float.self) }
///
/// The header is read strictly: what the format does not allow is refused (see `SafetensorsError.Problem`), and no file
/// can make the reader trap, read outside of the file, or allocate more than a small multiple of its header.
public final class SafetensorsFile: Sendable {
    public let path: String
    /// The text that the writer added, such as `format`.
    public let metadata: [String: String]
    /// The tensors in the order of their data.
    public let entries: [SafetensorsEntry]
    private let file: MappedFile
    private let positions: [String: Int]

    /// - Throws: `FileError` when the file cannot be read, `SafetensorsError` when it is not a valid safetensors file.
    public init(path: String) throws {
        let file = try MappedFile(path: path)
        do {
            let header = try SafetensorsHeader(file.bytes)
            metadata = header.metadata
            entries = header.entries
        } catch {
            throw SafetensorsError(error, action: .read, path: path)
        }
        var positions: [String: Int] = Dictionary(minimumCapacity: entries.count)
        for (position, entry) in entries.enumerated() { positions[entry.name] = position }
        self.positions = positions
        self.file = file
        self.path = path
    }

    /// The entry of the tensor `name`, nil where the file has none.
    public subscript(name: String) -> SafetensorsEntry? { positions[name].map { entries[$0] } }

    /// The entry of the tensor `name`.
    ///
    /// - Throws: `SafetensorsError` where the file has none.
    public func entry(named name: String) throws -> SafetensorsEntry {
        guard let entry = self[name] else { throw SafetensorsError(.missingTensor(name: name), action: .read, path: path) }
        return entry
    }

    /// The elements of a tensor: little-endian, row-major, valid as long as this file object lives.
    ///
    /// They need not be aligned to the element's width, since other writers do not pad their headers: copy them or use
    /// `loadUnaligned`.
    ///
    /// - Precondition: `entry` is one of this file's.
    public func bytes(of entry: SafetensorsEntry) -> UnsafeRawBufferPointer {
        precondition(
            entry.byteRange.lowerBound >= 0 && entry.byteRange.upperBound <= file.count,
            "tensor '\(entry.name)' is not an entry of \(path)")
        return UnsafeRawBufferPointer(rebasing: file.bytes[entry.byteRange])
    }

    /// Gives `body` the elements of a tensor, as `bytes(of:)`, and keeps the file mapped meanwhile.
    public func withBytes<Result>(
        of entry: SafetensorsEntry, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withExtendedLifetime(self) { try body(bytes(of: entry)) }
    }
}
