import CSequiturKernels

/// A 64-byte aligned block from the caching allocator, or read-only memory that belongs to somebody else, such as a mapped file.
/// Tensors share it; once shared it is never written.
package final class Storage: @unchecked Sendable {
    package let base: UnsafeMutableRawPointer
    private let capacity: Int64
    /// Who keeps memory that is not the allocator's alive.
    private let owner: (any AnyObject & Sendable)?

    /// Memory of somebody else, aligned to its elements.
    package init(reading base: UnsafeRawPointer, of owner: any AnyObject & Sendable) {
        self.base = UnsafeMutableRawPointer(mutating: base)
        self.owner = owner
        capacity = 0
    }

    /// Whether it may be written while nobody else holds it.
    package var isOwn: Bool { owner == nil }

    package init(byteCount: Int) {
        var capacity: Int64 = 0
        guard let base = sequitur_allocate(Int64(byteCount), &capacity) else {
            preconditionFailure("out of memory: the system refused \(byteCount) bytes (\(Memory.statistics))")
        }
        self.base = base
        self.capacity = capacity
        owner = nil
    }

    deinit { if owner == nil { sequitur_release(base, capacity) } }
}

/// What the engine's caching allocator holds. Freed blocks are kept for reuse up to `cacheLimit` bytes.
public enum Memory {
    public struct Statistics: Sendable, CustomStringConvertible {
        /// Bytes held by living tensors.
        public let bytesInUse: Int
        /// The most that `bytesInUse` has been since the last `resetPeak()`.
        public let peakBytes: Int
        /// Bytes kept for reuse, never more than the limit.
        public let cachedBytes: Int
        public let cacheLimit: Int
        /// Allocations asked for since the process began, and those of them that had to ask the operating system.
        public let requests: Int
        public let misses: Int

        public var description: String {
            "\(bytesInUse) bytes in use, \(peakBytes) at the peak, \(cachedBytes) of at most \(cacheLimit) cached"
        }
    }

    public static var statistics: Statistics {
        let read = sequitur_memory_read()
        return Statistics(
            bytesInUse: Int(read.in_use), peakBytes: Int(read.peak), cachedBytes: Int(read.cached),
            cacheLimit: Int(read.cache_limit), requests: Int(read.requests), misses: Int(read.misses)
        )
    }

    public static func resetPeak() { sequitur_memory_reset_peak() }

    /// The most bytes kept for reuse; what is cached beyond a lower limit goes back to the system at once.
    public static func setCacheLimit(_ bytes: Int) { sequitur_memory_set_cache_limit(Int64(bytes)) }

    /// Gives every cached block back to the operating system.
    public static func trim() { sequitur_memory_trim() }
}
