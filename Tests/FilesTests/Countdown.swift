import SequiturFiles
import Synchronization

/// Lets a number of operations pass, fails the next one, and lets the rest pass again.
final class Countdown: @unchecked Sendable {
    private var left: Int
    private(set) var failed: FileOperation?

    init(_ left: Int) { self.left = left }

    func step(_ operation: FileOperation) -> Bool {
        left -= 1
        if left == -1 { failed = operation }
        return left == -1
    }
}

/// Counts from 1.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
    var total: Int { count.load(ordering: .relaxed) }
}
