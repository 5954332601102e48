import SequiturFiles
import SequiturModels
import SequiturTensors

/// Tensors that were saved under names, to be taken up again.
public struct NamedTensors: Sendable {
    /// Where they come from, for messages: a file's path.
    public let source: String
    private let tensors: [String: Tensor]

    public init(_ tensors: [(name: String, tensor: Tensor)], source: String) {
        self.source = source
        self.tensors = Dictionary(tensors.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    }

    /// All tensors of a safetensors file, copied.
    ///
    /// - Throws: `FileError`, `SafetensorsError` or `CheckpointError` where the file cannot be read or holds other types.
    public init(reading path: String) throws {
        let file = try SafetensorsFile(path: path)
        self.init(try file.entries.map { ($0.name, try Checkpoint.tensor(named: $0.name, in: file)) }, source: path)
    }

    /// The tensor `name`, which must have this shape and type.
    ///
    /// - Throws: `StateError`.
    public func tensor(named name: String, shape: [Int], dtype: DType = .float32) throws -> Tensor {
        guard let tensor = tensors[name] else {
            throw StateError(source: source, reason: "the tensor '\(name.printable())' is missing")
        }
        guard tensor.shape == shape, tensor.dtype == dtype else {
            throw StateError(
                source: source,
                reason: "the tensor '\(name.printable())' should be \(dtype) \(shape), but is \(tensor.dtype) \(tensor.shape)")
        }
        return tensor
    }
}

/// A saved state that does not fit what it is to be taken up by: one line.
public struct StateError: Error, Equatable, Sendable, CustomStringConvertible {
    public let source: String
    public let reason: String

    public init(source: String, reason: String) {
        self.source = source
        self.reason = reason
    }

    public var description: String {
        "the state in '\(source.printable(limit: 1024))' does not fit this run: \(reason); "
            + "resume with the model, the optimizer and the settings that the run began with"
    }
}
