import SequiturFiles

/// Writes safetensors files: the same tensors always give the same bytes.
///
///     let bias = SafetensorsWriter.Tensor(name: "bias", dtype: .float32, shape: [2], bytes: [0, 0, 128, 63, 0, 0, 0, 64])
///     try SafetensorsWriter.write([bias], metadata: ["format": "pt"], to: "model.safetensors")
///
/// Tensors are laid out by falling width of their type, then by name, and the header is padded to 8 bytes, so that every
/// tensor is aligned; names and metadata are sorted by their bytes. A file of the same name is replaced only when the
/// new one is complete and on the disk, so the tensors may come from the very file that is overwritten.
public enum SafetensorsWriter {
    /// A tensor to be written.
    public struct Tensor {
        public let name: String
        public let dtype: SafetensorsDType
        public let shape: [Int]
        let writeElements: (FileWriter) throws -> Void

        /// - Parameter writeElements: writes the elements, little-endian and row-major, in as many parts as it likes.
        public init(
            name: String, dtype: SafetensorsDType, shape: [Int], writeElements: @escaping (FileWriter) throws -> Void
        ) {
            self.name = name
            self.dtype = dtype
            self.shape = shape
            self.writeElements = writeElements
        }

        public init(name: String, dtype: SafetensorsDType, shape: [Int], bytes: [UInt8]) {
            self.init(name: name, dtype: dtype, shape: shape) { try $0.write(bytes) }
        }
    }

    /// - Throws: `SafetensorsError` where the tensors do not fit the format or a tensor writes more or fewer bytes than
    ///   its shape says, `FileError` where the file cannot be written; the old file is then untouched.
    public static func write(_ tensors: [Tensor], metadata: [String: String] = [:], to path: String) throws {
        let plan: Plan
        do { plan = try Plan(tensors, metadata: metadata) } catch { throw SafetensorsError(error, action: .write, path: path) }
        try AtomicFile.write(to: path) { file in
            try withUnsafeBytes(of: UInt64(plan.header.count).littleEndian) { try file.write($0) }
            try file.write(plan.header)
            for (tensor, expected) in zip(plan.tensors, plan.byteCounts) {
                let before = file.count
                try tensor.writeElements(file)
                let found = file.count - before
                guard found == expected else {
                    let problem = SafetensorsError.Problem.sizeMismatch(name: tensor.name, expected: expected, found: found)
                    throw SafetensorsError(problem, action: .write, path: path)
                }
            }
        }
    }

    /// The tensors in their order, their sizes in bytes, and the header that says so.
    private struct Plan {
        let tensors: [Tensor]
        let byteCounts: [Int]
        let header: [UInt8]

        init(_ unsorted: [Tensor], metadata: [String: String]) throws(SafetensorsError.Problem) {
            tensors = Self.sorted(unsorted)
            var members: [JSONValue.Member] = []
            if !metadata.isEmpty {
                let sorted = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                let texts = sorted.map { JSONValue.Member(key: $0.key, value: .string($0.value)) }
                members.append(JSONValue.Member(key: SafetensorsHeader.metadataKey, value: .object(texts)))
            }
            var names: Set<String> = [SafetensorsHeader.metadataKey]
            var byteCounts: [Int] = []
            var begin = 0
            for tensor in tensors {
                guard names.insert(tensor.name).inserted else {
                    throw tensor.name == SafetensorsHeader.metadataKey ? .reservedName : .duplicateName(tensor.name)
                }
                let byteCount = try tensor.dtype.byteCount(shape: tensor.shape, name: tensor.name)
                let (end, overflow) = begin.addingReportingOverflow(byteCount)
                // The header's own bytes must fit beside the data's.
                guard !overflow, end <= Int.max - SafetensorsHeader.limit - 8 else { throw .totalOverflow }
                members.append(JSONValue.Member(key: tensor.name, value: Self.entry(tensor, begin: begin, end: end)))
                byteCounts.append(byteCount)
                begin = end
            }
            var header = JSONValue.object(members).serializedBytes()
            header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
            guard header.count <= SafetensorsHeader.limit else { throw .headerTooLargeToWrite(length: header.count) }
            self.byteCounts = byteCounts
            self.header = header
        }

        private static func sorted(_ tensors: [Tensor]) -> [Tensor] {
            let ranks = Dictionary(uniqueKeysWithValues: zip(SafetensorsDType.allCases, 0...))
            return tensors.sorted { left, right in
                if left.dtype != right.dtype { return ranks[left.dtype, default: 0] > ranks[right.dtype, default: 0] }
                return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
            }
        }

        private static func entry(_ tensor: Tensor, begin: Int, end: Int) -> JSONValue {
            [
                "dtype": .string(tensor.dtype.rawValue),
                "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
                "data_offsets": [.integer(Int64(begin)), .integer(Int64(end))],
            ]
        }
    }
}
