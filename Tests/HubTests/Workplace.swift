import Foundation
import SequiturHub
import Synchronization

/// Runs `body` with a new folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sequitur-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Every file and link below a folder, by relative paths, in order.
func tree(_ folder: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return all.filter { name in
        let type = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.type] as? FileAttributeType
        return type != .typeDirectory
    }.sorted()
}

func contents(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map(Array.init) }

/// Runs what waits on a thread of its own: one of those that run tests must not wait for another.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

#if Hub
    /// The most bytes that a download has said it has.
    final class ReceivedBytes: Sendable {
        private let most = Mutex(0)

        func note(_ state: DownloadProgress) { most.withLock { $0 = max($0, state.bytes) } }
        func isAtLeast(_ count: Int) -> Bool { most.withLock { $0 >= count } }
    }

    extension StubHub {
        /// Downloads.
        ///
        /// - Parameter silence: seconds to wait for data; long, since all tests run at once and a slow machine makes none come for a while.
        func pull(
            _ model: String = "org/model", into folder: String, _ selection: FileSelection = FileSelection(),
            token: String? = nil, silence: Double = 60,
            report: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
        ) async throws -> HubDownload.Result {
            try await download(model, into: folder, selection, token: token, silence: silence).run(report: report)
        }

        func download(
            _ model: String = "org/model", into folder: String, _ selection: FileSelection = FileSelection(),
            token: String? = nil,
            silence: Double = 60
        ) throws -> HubDownload {
            HubDownload(
                try HubModelName(model), selection: selection, settings: settings(folder, token: token), attempts: 4, pause: 0.01,
                silence: silence)
        }

        /// What a download is refused with; nil where it is not.
        func refusal(
            _ model: String = "org/model", into folder: String, _ selection: FileSelection = FileSelection(),
            token: String? = nil,
            silence: Double = 60
        ) async -> HubError? {
            do {
                _ = try await pull(model, into: folder, selection, token: token, silence: silence)
                return nil
            } catch { return error as? HubError }
        }
    }
#endif
