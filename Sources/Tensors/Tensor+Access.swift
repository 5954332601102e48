import CSequiturKernels

// MARK: Reading elements

extension Tensor {
    /// The elements in row-major order; bfloat16, integers and truth values are converted.
    public func floats() -> [Float] {
        let source = cast(to: .float32)
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            if count > 0 { buffer.baseAddress?.initialize(from: source.floatElements, count: count) }
            initialized = count
            withExtendedLifetime(source) {}
        }
    }

    /// The elements of an int32 tensor in row-major order.
    public func int32s() -> [Int32] {
        precondition(dtype == .int32, "int32s: a tensor of \(dtype)")
        defer { withExtendedLifetime(storage) {} }
        return Array(UnsafeBufferPointer(start: int32Elements, count: count))
    }

    /// The elements of a bool tensor in row-major order.
    public func bools() -> [Bool] {
        precondition(dtype == .bool, "bools: a tensor of \(dtype)")
        defer { withExtendedLifetime(storage) {} }
        return UnsafeBufferPointer(start: byteElements, count: count).map { $0 != 0 }
    }

    /// The only element.
    public var scalar: Float {
        precondition(count == 1, "scalar: a tensor of shape \(shape) has \(count) elements")
        return floats()[0]
    }

    /// Calls `body` with the bytes of the elements, in row-major order.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeRawBufferPointer(start: elements, count: byteCount))
    }
}

// MARK: Pointers for kernels. The tensor must outlive the call: `keepAlive` it where nothing later does.

extension Tensor {
    package var elements: UnsafeMutableRawPointer { storage.base + offset * dtype.size }
    package var floatElements: UnsafePointer<Float> { UnsafePointer(mutableFloats) }
    package var mutableFloats: UnsafeMutablePointer<Float> {
        precondition(dtype == .float32, "float32 elements expected, \(dtype) found")
        return elements.assumingMemoryBound(to: Float.self)
    }
    package var halfElements: UnsafeMutablePointer<UInt16> { elements.assumingMemoryBound(to: UInt16.self) }
    package var int32Elements: UnsafeMutablePointer<Int32> { elements.assumingMemoryBound(to: Int32.self) }
    package var byteElements: UnsafeMutablePointer<UInt8> { elements.assumingMemoryBound(to: UInt8.self) }
}

@inline(__always)
package func keepAlive<each Value>(_ values: repeat each Value) {
    _ = (repeat withExtendedLifetime(each values) {})
}

extension Tensor: CustomStringConvertible {
    public var description: String {
        let shown = floats().prefix(8).map { "\($0)" }.joined(separator: ", ")
        return "Tensor(\(shape), \(dtype): \(shown)\(count > 8 ? ", …" : ""))"
    }
}
