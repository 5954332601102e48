import CSequiturKernels

/// A dense, row-major array of numbers: a value.
///
/// Copies share storage, which is immutable once shared. Leading-axis slices and reshapes are views of the same storage;
/// every other operation makes new storage. Operations trap on programmers' errors (shapes that do not fit) with the
/// operation, the shapes and the call site; nothing that comes from outside the program is checked here.
public struct Tensor: Sendable {
    package private(set) var storage: Storage
    /// Where the elements begin in the storage, in elements.
    package let offset: Int
    /// Extent of each axis; empty for a scalar.
    public let shape: [Int]
    public let dtype: DType
    /// True for a literal, which takes the type of what it meets.
    package let isWeak: Bool
    /// The place of this value on the tape that recorded it.
    package var node: Node?

    package init(storage: Storage, offset: Int = 0, shape: [Int], dtype: DType, isWeak: Bool = false, node: Node? = nil) {
        self.storage = storage
        self.offset = offset
        self.shape = shape
        self.dtype = dtype
        self.isWeak = isWeak
        self.node = node
    }

    /// True where nobody else holds the storage, so that it may be written.
    package mutating func isUniquelyStored() -> Bool { storage.isOwn && isKnownUniquelyReferenced(&storage) }

    /// Number of axes.
    public var rank: Int { shape.count }
    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }
    public var byteCount: Int { count * dtype.size }
}

// MARK: Making tensors

extension Tensor {
    package static func uninitialized(_ shape: [Int], _ dtype: DType = .float32) -> Tensor {
        let count = shape.reduce(1, *)
        precondition(count >= 0 && shape.allSatisfy { $0 >= 0 }, "Tensor: negative extent in \(shape)")
        return Tensor(storage: Storage(byteCount: count * dtype.size), shape: shape, dtype: dtype)
    }

    /// A float32 tensor of the given elements in row-major order; a vector unless `shape` is given.
    public init(_ values: [Float], shape: [Int]? = nil) {
        self.init(copying: values, shape: shape, dtype: .float32)
    }

    /// An int32 tensor, as used for token ids.
    public init(_ values: [Int32], shape: [Int]? = nil) {
        self.init(copying: values, shape: shape, dtype: .int32)
    }

    /// A tensor of truth values.
    public init(_ values: [Bool], shape: [Int]? = nil) {
        self.init(copying: values, shape: shape, dtype: .bool)
    }

    /// A scalar.
    public init(_ value: Float) { self.init([value], shape: []) }

    private init<Element>(copying values: [Element], shape: [Int]?, dtype: DType) {
        let shape = shape ?? [values.count]
        self = .uninitialized(shape, dtype)
        precondition(count == values.count, "Tensor: \(values.count) values do not fill the shape \(shape)")
        values.withUnsafeBytes { bytes in
            if let source = bytes.baseAddress, bytes.count > 0 { storage.base.copyMemory(from: source, byteCount: bytes.count) }
        }
    }

    public static func full(_ value: Float, shape: [Int]) -> Tensor {
        let made = Tensor.uninitialized(shape)
        sequitur_fill(made.mutableFloats, value, Int64(made.count))
        return made
    }

    public static func zeros(_ shape: [Int], dtype: DType = .float32) -> Tensor {
        let made = Tensor.uninitialized(shape, dtype)
        made.storage.base.initializeMemory(as: UInt8.self, repeating: 0, count: made.byteCount)
        return made
    }

    public static func ones(_ shape: [Int]) -> Tensor { full(1, shape: shape) }
}

extension Tensor: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    public init(floatLiteral value: Double) { self.init(literal: Float(value)) }
    public init(integerLiteral value: Int) { self.init(literal: Float(value)) }

    /// A number that takes the type of what it meets.
    package init(literal value: Float) {
        let scalar = Tensor(value)
        self.init(storage: scalar.storage, shape: [], dtype: .float32, isWeak: true)
    }
}
