/// The element types of the safetensors format, in the order of the reference implementation, by which the tensors of
/// a file are laid out from the last to the first.
public enum SafetensorsDType: String, CaseIterable, Sendable {
    case bool = "BOOL"
    case float4 = "F4"
    case float6E2M3 = "F6_E2M3"
    case float6E3M2 = "F6_E3M2"
    case uint8 = "U8"
    case int8 = "I8"
    case float8E5M2 = "F8_E5M2"
    case float8E4M3 = "F8_E4M3"
    case float8E8M0 = "F8_E8M0"
    case float8E4M3FNUZ = "F8_E4M3FNUZ"
    case float8E5M2FNUZ = "F8_E5M2FNUZ"
    case int16 = "I16"
    case uint16 = "U16"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int32 = "I32"
    case uint32 = "U32"
    case float32 = "F32"
    case complex64 = "C64"
    case float64 = "F64"
    case int64 = "I64"
    case uint64 = "U64"

    /// The width of one element in bits; below eight, elements are packed.
    public var bits: Int {
        switch self {
        case .float4: 4
        case .float6E2M3, .float6E3M2: 6
        case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .float8E8M0, .float8E4M3FNUZ, .float8E5M2FNUZ: 8
        case .int16, .uint16, .float16, .bfloat16: 16
        case .int32, .uint32, .float32: 32
        case .complex64, .float64, .int64, .uint64: 64
        }
    }

    /// How many bytes a tensor of this type and `shape` takes.
    ///
    /// - Throws: where the product leaves 64 bits or is not a whole number of bytes.
    package func byteCount(shape: [Int], name: String) throws(SafetensorsError.Problem) -> Int {
        var product = 1
        for dimension in shape + [bits] {
            let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
            guard !overflow, dimension >= 0 else { throw .sizeOverflow(name: name, shape: shape, dtype: self) }
            product = next
        }
        guard product.isMultiple(of: 8) else { throw .sizeNotWholeBytes(name: name, shape: shape, dtype: self) }
        return product / 8
    }
}
