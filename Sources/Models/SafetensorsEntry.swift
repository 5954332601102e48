/// What a safetensors file says of one tensor.
public struct SafetensorsEntry: Sendable, Equatable {
    public let name: String
    public let dtype: SafetensorsDType
    /// The extents, outermost first; empty for a scalar. Elements are in row-major order.
    public let shape: [Int]
    /// Where the elements stand, in bytes from the start of the file.
    public let byteRange: Range<Int>

    /// The number of elements, 1 for a scalar.
    public var elementCount: Int { shape.reduce(1, *) }
}
