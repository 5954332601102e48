import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Lets work end in good order on Ctrl-C (SIGINT) and SIGTERM: the first signal only sets a flag, which the work looks at
/// between steps; the second ends the process at once with status 130.
///
///     try Interruption.handled {
///         while step < last, !Interruption.isRequested { train() }
///         save()
///     }
///
/// Signals that were ignored from the start, as under `nohup`, stay ignored.
public enum Interruption {
    /// A signal has come; one relaxed atomic load.
    public static var isRequested: Bool { signalCount.load(ordering: .relaxed) > 0 }

    /// Runs `body` with the signals handled, and restores what was before.
    public static func handled<Result>(_ body: () throws -> Result) rethrows -> Result {
        // Also makes sure that the counter exists before a handler touches it.
        signalCount.store(0, ordering: .relaxed)
        let previous = [SIGINT, SIGTERM].map { ($0, install($0)) }
        defer {
            for (number, action) in previous {
                if var action { sigaction(number, &action, nil) }
            }
        }
        return try body()
    }

    /// - Returns: the former action, nil where the signal is ignored and stays so.
    private static func install(_ number: Int32) -> sigaction? {
        var former = sigaction()
        sigaction(number, nil, &former)
        var action = sigaction()
        // SA_RESTART: reads and writes under way go on instead of failing.
        action.sa_flags = SA_RESTART
        #if canImport(Darwin)
            if former.__sigaction_u.__sa_handler == SIG_IGN { return nil }
            action.__sigaction_u.__sa_handler = handleSignal
        #else
            if isIgnored(former.__sigaction_handler.sa_handler) { return nil }
            action.__sigaction_handler.sa_handler = handleSignal
        #endif
        sigaction(number, &action, nil)
        return former
    }

    private static func isIgnored(_ handler: (@convention(c) (Int32) -> Void)?) -> Bool {
        unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}

private let signalCount = Atomic<Int>(0)

/// Only what is safe within a signal handler: an atomic addition and `_exit`.
private func handleSignal(_ number: Int32) {
    if signalCount.add(1, ordering: .relaxed).oldValue > 0 { _exit(ExitStatus.interrupted.rawValue) }
}
