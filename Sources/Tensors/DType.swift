import CSequiturKernels

/// The type of a tensor's elements, chosen at run time.
public enum DType: Int32, Sendable, CaseIterable, CustomStringConvertible {
    case float32, bfloat16, int32, int8, bool

    /// Bytes of one element.
    public var size: Int {
        switch self {
        case .float32, .int32: 4
        case .bfloat16: 2
        case .int8, .bool: 1
        }
    }

    public var isFloatingPoint: Bool { self == .float32 || self == .bfloat16 }

    public var description: String {
        switch self {
        case .float32: "float32"
        case .bfloat16: "bfloat16"
        case .int32: "int32"
        case .int8: "int8"
        case .bool: "bool"
        }
    }
}
