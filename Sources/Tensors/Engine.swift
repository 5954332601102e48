import CSequiturKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The one thread that does the heavy work.
///
/// The OpenMP runtime keeps a pool and a thread count for every calling thread, so work sent from several threads would
/// fight over the cores. Everything that trains, evaluates or generates goes through here; concurrency comes from batching.
public final class Engine: @unchecked Sendable {
    public static let shared = Engine()

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [Job] = []
    private var thread: pthread_t?

    private final class Job {
        var body: (() -> Void)?
        var isDone = false
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    private init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrived, nil)
        pthread_cond_init(finished, nil)
    }

    /// Runs `body` on the engine's thread and returns what it returns. Calls from the engine's own thread run at once.
    /// The surrounding mode, randomness and precision go along.
    public static func run<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        try shared.run(body)
    }

    private func run<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        pthread_mutex_lock(mutex)
        let isHere = thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false
        pthread_mutex_unlock(mutex)
        if isHere { return try body() }
        let context = Context.current
        var outcome: Result<Value, Failure>?
        withoutActuallyEscaping(body) { body in
            perform {
                Context.$current.withValue(context) {
                    do throws(Failure) { outcome = .success(try body()) } catch { outcome = .failure(error) }
                }
            }
        }
        guard let outcome else { preconditionFailure("Engine: a job ended without an outcome") }
        return try outcome.get()
    }

    /// Hands the job over and waits for it.
    private func perform(_ body: @escaping () -> Void) {
        let job = Job(body)
        pthread_mutex_lock(mutex)
        jobs.append(job)
        if thread == nil { start() }
        pthread_cond_signal(arrived)
        while !job.isDone { pthread_cond_wait(finished, mutex) }
        pthread_mutex_unlock(mutex)
    }

    private func start() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 64 << 20)
        var made = pthread_t()
        let status = pthread_create(&made, &attributes, { _ in Engine.shared.work() }, nil)
        precondition(status == 0, "Engine: the system refused a thread (error \(status))")
        thread = made
        pthread_attr_destroy(&attributes)
    }

    private func work() -> UnsafeMutableRawPointer? {
        sequitur_set_thread_count(Int32(Engine.requestedThreads))
        while true {
            let job = performNext()
            pthread_mutex_lock(mutex)
            job.isDone = true
            pthread_cond_broadcast(finished)
            pthread_mutex_unlock(mutex)
        }
    }

    /// Never inlined: when it returns, this thread no longer holds the job's closure, which must not outlive the caller's wait.
    @inline(never) private func performNext() -> Job {
        pthread_mutex_lock(mutex)
        while jobs.isEmpty { pthread_cond_wait(arrived, mutex) }
        let job = jobs.removeFirst(), body = job.body
        job.body = nil
        pthread_mutex_unlock(mutex)
        body?()
        return job
    }

    /// Threads the engine may use; 0 means all cores of this process. To be set before the first work.
    nonisolated(unsafe) public static var requestedThreads = 0
}
