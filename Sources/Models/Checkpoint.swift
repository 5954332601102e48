import SequiturFiles
import SequiturLayers
import SequiturTensors

/// Parameters in safetensors files, under their paths.
public enum Checkpoint {
    /// Writes the tensors aside, synced and renamed: a file that is there is whole.
    public static func write(_ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String)
        throws
    {
        try SafetensorsWriter.write(
            try tensors.map { name, tensor in
                SafetensorsWriter.Tensor(name: name, dtype: try fileType(of: tensor.dtype), shape: tensor.shape) { writer in
                    try tensor.withUnsafeBytes { try writer.write($0) }
                }
            }, metadata: metadata, to: path)
    }

    public static func write(_ parameters: ParameterList, metadata: [String: String] = [:], to path: String) throws {
        try write(parameters.entries.map { ($0.name, $0.parameter.value) }, metadata: metadata, to: path)
    }

    /// Reads every parameter; the names and shapes in the file must be those of the model.
    public static func read(_ parameters: ParameterList, from path: String) throws {
        let file = try SafetensorsFile(path: path)
        let expected = Set(parameters.entries.map(\.name)), found = Set(file.entries.map(\.name))
        guard expected == found else {
            throw CheckpointError(
                path: path, missing: expected.subtracting(found).sorted(), unexpected: found.subtracting(expected).sorted())
        }
        let values = try parameters.entries.map { entry in
            let value = try tensor(named: entry.name, in: file)
            guard value.shape == entry.parameter.shape else {
                throw CheckpointError(path: path, name: entry.name, expected: entry.parameter.shape, found: value.shape)
            }
            return value
        }
        for (entry, value) in zip(parameters.entries, values) { entry.parameter.assign(value) }
    }

    /// One tensor of a file, copied out of the map: float16 as float32, 64-bit integers as int32.
    public static func tensor(named name: String, in file: SafetensorsFile) throws -> Tensor {
        let entry = try file.entry(named: name)
        if entry.dtype == .float16 || entry.dtype == .int64 { return try widened(entry, in: file) }
        guard let dtype = dtype(of: entry.dtype) else {
            throw CheckpointError(path: file.path, name: name, type: entry.dtype.rawValue)
        }
        let made = Tensor.uninitialized(entry.shape, dtype)
        file.withBytes(of: entry) { bytes in
            if let source = bytes.baseAddress, bytes.count > 0 { made.elements.copyMemory(from: source, byteCount: bytes.count) }
        }
        return made
    }

    /// A tensor whose elements stay in the mapped file and are read when touched: float32 that is aligned; anything else is copied.
    static func mappedTensor(named name: String, in file: SafetensorsFile) throws -> Tensor {
        let entry = try file.entry(named: name), bytes = file.bytes(of: entry)
        guard entry.dtype == .float32, let base = bytes.baseAddress, Int(bitPattern: base) % 4 == 0, 1.littleEndian == 1 else {
            return try tensor(named: name, in: file)
        }
        return Tensor(storage: Storage(reading: base, of: file), shape: entry.shape, dtype: .float32)
    }

    private static func widened(_ entry: SafetensorsEntry, in file: SafetensorsFile) throws -> Tensor {
        let isHalf = entry.dtype == .float16, made = Tensor.uninitialized(entry.shape, isHalf ? .float32 : .int32)
        let fits = file.withBytes(of: entry) { bytes in
            for index in 0..<entry.elementCount {
                if isHalf {
                    let bits = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
                    made.mutableFloats[index] = Float(halfBits: bits)
                } else {
                    let value = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self))
                    guard let small = Int32(exactly: value) else { return false }
                    made.int32Elements[index] = small
                }
            }
            return true
        }
        if !fits { throw CheckpointError(path: file.path, name: entry.name, type: "I64, with numbers beyond 32 bits,") }
        return made
    }

    private static func fileType(of dtype: DType) throws -> SafetensorsDType {
        switch dtype {
        case .float32: .float32
        case .bfloat16: .bfloat16
        case .int32: .int32
        case .int8: .int8
        case .bool: .bool
        }
    }

    private static func dtype(of type: SafetensorsDType) -> DType? {
        switch type {
        case .float32: .float32
        case .bfloat16: .bfloat16
        case .int32: .int32
        case .int8: .int8
        case .bool: .bool
        default: nil
        }
    }
}

/// A well-formed file that does not fit the model.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(path: String, missing: [String], unexpected: [String]) {
        func list(_ names: [String]) -> String {
            names.prefix(3).map { $0.printable() }.joined(separator: ", ")
                + (names.count > 3 ? " and \(names.count - 3) more" : "")
        }
        let parts = [
            missing.isEmpty ? nil : "lacks \(list(missing))", unexpected.isEmpty ? nil : "has the unexpected \(list(unexpected))",
        ]
        description =
            "\(path) \(parts.compactMap { $0 }.joined(separator: " and ")): it belongs to another model or configuration"
    }

    init(path: String, name: String, expected: [Int], found: [Int]) {
        description =
            "\(path): \(name.printable()) should have shape \(expected), but has \(found): it belongs to another configuration"
    }

    init(path: String, name: String, type: String) {
        description =
            "\(path): \(name.printable()) has type \(type); float32, bfloat16, float16, int32, int64, int8 and bool can be read here"
    }
}

extension Float {
    /// The number that IEEE 754's binary16 has in these bits.
    init(halfBits bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16, exponent = UInt32(bits >> 10) & 0x1f, fraction = UInt32(bits & 0x3ff)
        switch exponent {
        case 0: self = Float(sign: sign == 0 ? .plus : .minus, exponent: -24, significand: Float(fraction))
        case 31: self = Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
        default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
