import Synchronization

/// Numbers for tapes, so that a value of one tape is never taken for a value of another.
final class Serials: Sendable {
    private let last = Atomic<UInt32>(0)
    func next() -> UInt32 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
