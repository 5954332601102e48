import SequiturConsole
import SequiturHub
import Synchronization

/// The progress bar of a download, which is not there before its size is known.
final class DownloadBar: Sendable {
    private let description: String
    private let console: Console
    private let isShown: Bool
    private let reporter = Mutex<ProgressReporter?>(nil)

    init(_ description: String, in console: Console, isShown: Bool) {
        self.description = description
        self.console = console
        self.isShown = isShown
    }

    func update(_ state: DownloadProgress) {
        guard state.totalFiles > 0 else { return }
        let reporter = reporter.withLock { reporter in
            let shown = reporter ?? console.progress(description, total: state.totalBytes, unit: "bytes", isShown: isShown)
            reporter = shown
            return shown
        }
        reporter.update(
            completed: state.bytes, work: state.bytes, fields: [.init("files", "\(state.files)/\(state.totalFiles)")])
    }

    func finish() { reporter.withLock { $0 }?.finish() }
}
