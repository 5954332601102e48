import SequiturFiles

/// Folders of models, given by their path or by their name on the hub.
public enum ModelFolder {
    /// The folder that `argument` means.
    ///
    /// A path that exists is what it says. Otherwise `ORG/NAME[@REVISION]` is looked for in the cache and, where it is not there,
    /// downloaded; but `ORG/NAME` is taken for a mistyped path, and given back as it is, where a folder `ORG` exists. So is
    /// everything that cannot be a name, so that whoever opens it says what is wrong.
    ///
    /// - Parameters:
    ///   - need: what the folder must have; a cached one that has only a part is completed, or refused offline.
    ///   - isCancelled: asked a few times a second during a download, which it ends; then `CancellationError` is thrown.
    ///   - report: takes the state of a download, from any thread.
    /// - Throws: `HubError`, `FileError`, `CancellationError`.
    public static func resolve(
        _ argument: String, need: HubCache.Need = .weights, settings: HubSettings = .current,
        isCancelled: @Sendable () -> Bool = { false }, report: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
    ) throws -> String {
        guard !argument.isEmpty, !Folder.exists(argument), let model = try? HubModelName(argument) else { return argument }
        switch try settings.cache.snapshot(of: model, need: need) {
        case .whole(let folder): return folder
        case .partial(_, let missing) where settings.isOffline:
            throw HubError.incompleteOffline(model.description, missing: missing)
        case .partial: break
        case .missing:
            guard let organization = model.organization, !Folder.isFolder(String(organization)) else { return argument }
            if settings.isOffline { throw HubError.notCachedOffline(model.description) }
        }
        #if Hub
            return try HubDownload(model, selection: need.selection, settings: settings).runAndWait(
                isCancelled: isCancelled, report: report
            ).folder
        #else
            throw HubError.builtWithoutDownloads(model.description)
        #endif
    }
}

/// How far a download is.
public struct DownloadProgress: Sendable, Equatable {
    /// Of the files that were not in the cache.
    public var bytes = 0
    public var totalBytes = 0
    public var files = 0
    public var totalFiles = 0

    public init(bytes: Int = 0, totalBytes: Int = 0, files: Int = 0, totalFiles: Int = 0) {
        self.bytes = bytes
        self.totalBytes = totalBytes
        self.files = files
        self.totalFiles = totalFiles
    }
}
