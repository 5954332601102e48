import SequiturConsole
import SequiturFiles
import SequiturHub

/// What `sequitur pull` left.
struct PulledModel: Sendable {
    /// The snapshot's path.
    var folder: String
    var summary: Summary

    var json: JSONValue { summary.json }
}

extension LibraryWork {
    func pull(_ command: Pull, in console: Console) throws -> PulledModel {
        let model: HubModelName
        do { model = try HubModelName(command.model) } catch { throw UsageError(error.description) }
        #if Hub
            let selection = FileSelection(include: command.include, exclude: command.exclude)
            let result = try downloading(model.description, in: console, isShown: command.progress.progress) {
                isCancelled, report in
                try HubDownload(model, selection: selection).runAndWait(isCancelled: isCancelled, report: report)
            }
            var summary = Summary()
            summary.add("model", .string(model.name))
            summary.add("revision", .string(model.revision))
            summary.add("commit", .string(result.commit))
            summary.add("folder", .string(result.folder))
            summary.add("files", .array(result.files.map { .string($0) }))
            summary.add("downloaded_files", .integer(Int64(result.downloaded.files)))
            summary.add("downloaded_bytes", .integer(Int64(result.downloaded.bytes)))
            return PulledModel(folder: result.folder, summary: summary)
        #else
            let need = HubCache.Need.files(FileSelection(include: command.include, exclude: command.exclude))
            guard case .whole(let folder) = try HubSettings.current.cache.snapshot(of: model, need: need) else {
                throw HubError.builtWithoutDownloads(model.description)
            }
            var summary = Summary()
            summary.add("model", .string(model.name))
            summary.add("revision", .string(model.revision))
            summary.add("folder", .string(folder))
            return PulledModel(folder: folder, summary: summary)
        #endif
    }
}

/// The folder that a command's argument means: a path, or `ORG/NAME[@REVISION]` of the hub, which is downloaded where it is not in
/// the cache (`ModelFolder.resolve`).
///
/// - Throws: `HubError`, `FileError`, `Interrupted`.
func resolvedFolder(
    _ argument: String, need: HubCache.Need = .weights, in console: Console, showsProgress: Bool = true
) throws -> String {
    try downloading(argument, in: console, isShown: showsProgress) { isCancelled, report in
        try ModelFolder.resolve(argument, need: need, isCancelled: isCancelled, report: report)
    }
}

/// Runs a download with a progress bar, which appears when there is something to download, and ends it in good order on Ctrl-C.
private func downloading<Result>(
    _ name: String, in console: Console, isShown: Bool,
    _ body: (_ isCancelled: @Sendable () -> Bool, _ report: @escaping @Sendable (DownloadProgress) -> Void) throws -> Result
) throws -> Result {
    let bar = DownloadBar("pulling \(name)", in: console, isShown: isShown)
    defer { bar.finish() }
    do {
        return try Interruption.handled { try body({ Interruption.isRequested }, { bar.update($0) }) }
    } catch is CancellationError {
        throw Interrupted("\(name) is not complete; the files that are stay in the cache, and the same command goes on")
    }
}
