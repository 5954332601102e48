/// A message in the wire format of protocol buffers, read field by field.
struct ProtocolBuffer {
    struct Field {
        let number: UInt64
        let value: Value
        let key: String

        enum Value {
            case integer(UInt64)
            case fixed32(UInt32)
            case bytes(UnsafeRawBufferPointer)
            case other
        }

        private func error(_ name: String, _ expected: String) -> TokenizerFormatError {
            TokenizerFormatError(key: "\(key).\(name)", expected: expected, found: "another wire type")
        }

        func integer(_ name: String) throws -> UInt64 {
            guard case .integer(let value) = value else { throw error(name, "a whole number") }
            return value
        }

        func float(_ name: String) throws -> Float {
            guard case .fixed32(let bits) = value, Float(bitPattern: bits).isFinite else { throw error(name, "a finite number") }
            return Float(bitPattern: bits)
        }

        func bytes(_ name: String) throws -> UnsafeRawBufferPointer {
            guard case .bytes(let bytes) = value else { throw error(name, "bytes") }
            return bytes
        }

        func message(_ name: String) throws -> ProtocolBuffer { ProtocolBuffer(try bytes(name), key: name) }
    }

    let bytes: UnsafeRawBufferPointer
    let key: String
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer, key: String) {
        self.bytes = bytes
        self.key = key
    }

    private func error(_ expected: String) -> TokenizerFormatError {
        TokenizerFormatError(key: key, expected: expected, found: "the end or other bytes at byte \(offset)")
    }

    private mutating func number() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard offset < bytes.count else { throw error("a number") }
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw error("a number of at most ten bytes")
    }

    private mutating func take(_ count: UInt64) throws -> UnsafeRawBufferPointer {
        guard count <= UInt64(bytes.count - offset) else { throw error("\(count) bytes") }
        defer { offset += Int(count) }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(count)])
    }

    /// The next field, nil at the end.
    mutating func next() throws -> Field? {
        guard offset < bytes.count else { return nil }
        let tag = try number()
        let value: Field.Value
        switch tag & 7 {
        case 0: value = .integer(try number())
        case 1:
            _ = try take(8)
            value = .other
        case 2: value = .bytes(try take(try number()))
        case 5: value = .fixed32(try take(4).loadUnaligned(as: UInt32.self))
        default: throw error("a field of a known wire type")
        }
        return Field(number: tag >> 3, value: value, key: key)
    }
}
