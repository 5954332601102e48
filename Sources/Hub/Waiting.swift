#if Hub
    import Dispatch
    import Synchronization

    /// Runs asynchronous work from a thread that can wait, such as a command's, and cancels it when `isCancelled` says so.
    func waiting<Value: Sendable>(
        isCancelled: () -> Bool, _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let outcome = Outcome<Value>()
        let done = DispatchSemaphore(value: 0)
        let task = Task.detached {
            do { outcome.set(.success(try await body())) } catch { outcome.set(.failure(error)) }
            done.signal()
        }
        while done.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
            if isCancelled() { task.cancel() }
        }
        return try outcome.get()
    }

    private final class Outcome<Value: Sendable>: Sendable {
        private let result = Mutex<Result<Value, any Error>?>(nil)

        func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }

        func get() throws -> Value {
            guard let result = result.withLock({ $0 }) else { preconditionFailure("waiting: the work ended without a result") }
            return try result.get()
        }
    }
#endif
