#if Hub
    import Synchronization

    /// How far all files together are.
    final class SharedProgress: Sendable {
        private let current: Mutex<DownloadProgress>
        private let report: @Sendable (DownloadProgress) -> Void

        init(_ start: DownloadProgress, report: @escaping @Sendable (DownloadProgress) -> Void) {
            current = Mutex(start)
            self.report = report
            report(start)
        }

        var state: DownloadProgress { current.withLock { $0 } }

        func add(_ bytes: Int) {
            report(
                current.withLock { state in
                    state.bytes += bytes
                    return state
                })
        }

        func addFile() {
            report(
                current.withLock { state in
                    state.files += 1
                    return state
                })
        }
    }
#endif
