import SequiturFiles

/// Why a safetensors file can not be read or written: a line that says what, where, and what to do.
public struct SafetensorsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The ways in which a file can be malformed, and those in which tensors can be unfit to be written.
    ///
    /// Offsets into the header count from the header's first byte, offsets of tensors from the first byte of data.
    public enum Problem: Error, Equatable, Sendable {
        // The header's frame
        case fileTooShort(count: Int)
        case otherFormat(SafetensorsLookalike)
        case headerTooLarge(length: UInt64)
        case headerBeyondFile(length: Int, fileSize: Int)
        case headerEmpty
        case headerStart(byte: UInt8)
        case headerNotUTF8(offset: Int)
        case headerNotJSON(JSONError)
        case headerPadding(offset: Int)
        // Its contents
        case duplicateKey(String, offset: Int)
        case equivalentKeys(String)
        case metadataNotText(key: String?)
        case entryNotObject(name: String, kind: String)
        case missingField(name: String, field: String)
        case unknownField(name: String, field: String)
        case invalidShape(name: String)
        case invalidOffsets(name: String)
        case unknownDType(name: String, dtype: String)
        // Sizes and places
        case sizeOverflow(name: String, shape: [Int], dtype: SafetensorsDType)
        case sizeNotWholeBytes(name: String, shape: [Int], dtype: SafetensorsDType)
        case sizeMismatch(name: String, expected: Int, found: Int)
        case offsetsReversed(name: String, begin: Int, end: Int)
        case hole(name: String, begin: Int, previousEnd: Int)
        case overlap(name: String, begin: Int, previousEnd: Int)
        case dataTruncated(expected: Int, found: Int)
        case dataAfterTensors(expected: Int, found: Int)
        // Asking and writing
        case missingTensor(name: String)
        case reservedName
        case duplicateName(String)
        case headerTooLargeToWrite(length: Int)
        case totalOverflow
    }

    public enum Action: String, Sendable { case read, write }

    public let problem: Problem
    public let action: Action
    public let path: String

    public init(_ problem: Problem, action: Action, path: String) {
        self.problem = problem
        self.action = action
        self.path = path
    }

    public var description: String {
        "cannot \(action) '\(path.printable(limit: 1024))': \(problem.explanation); \(problem.advice(to: action))"
    }
}

/// Files that people hand over in the place of a safetensors file.
public enum SafetensorsLookalike: Equatable, Sendable {
    case gitLFSPointer, zipArchive, pickle, gguf

    /// Recognises a file by its first bytes.
    init?(_ bytes: UnsafeRawBufferPointer) {
        if bytes.starts(with: "version https://git-lfs".utf8) {
            self = .gitLFSPointer
        } else if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            self = .zipArchive
        } else if bytes.count > 1, bytes[0] == 0x80, (2...5).contains(bytes[1]) {
            self = .pickle
        } else if bytes.starts(with: "GGUF".utf8) {
            self = .gguf
        } else {
            return nil
        }
    }
}
