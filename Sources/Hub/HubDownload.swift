#if Hub
    import AsyncHTTPClient
    import NIOCore
    import NIOHTTP1
    import SequiturFiles

    /// Brings files of a model from the hub into the cache.
    ///
    /// 1. `GET /api/models/NAME/revision/REVISION` gives the commit and the names of its files.
    /// 2. `HEAD /NAME/resolve/COMMIT/FILE` gives the size and the etag of each file that is not in the cache: `X-Linked-Size` and
    ///    `X-Linked-Etag` where the file is stored elsewhere, `Content-Length` and `ETag` otherwise.
    /// 3. `GET` of the same address, which redirects to where the file is stored, gives the bytes. They go to a temporary file; a
    ///    connection that is cut is taken up where it ended, by this process alone.
    /// 4. When all blobs are there, size and hash compared, they get their names in the snapshot; then the revision its commit.
    public struct HubDownload: Sendable {
        public struct Result: Sendable, Equatable {
            /// The snapshot's path.
            public let folder: String
            public let commit: String
            /// The selected files.
            public let files: [String]
            /// How many of them were not in the cache, and their bytes.
            public let downloaded: DownloadProgress
        }

        let model: HubModelName
        private let selection: FileSelection
        private let settings: HubSettings
        private let patience: HubPatience

        public init(_ model: HubModelName, selection: FileSelection = FileSelection(), settings: HubSettings = .current) {
            self.init(model, selection: selection, settings: settings, patience: HubPatience())
        }

        package init(
            _ model: HubModelName, selection: FileSelection, settings: HubSettings, attempts: Int, pause: Double, silence: Double
        ) {
            var patience = HubPatience()
            patience.attempts = attempts
            patience.pause = pause
            patience.silence = silence
            self.init(model, selection: selection, settings: settings, patience: patience)
        }

        private init(_ model: HubModelName, selection: FileSelection, settings: HubSettings, patience: HubPatience) {
            self.model = model
            self.selection = selection
            self.settings = settings
            self.patience = patience
        }

        /// How many files come at once.
        static let width = 4
        /// The most bytes of the list of a model's files.
        private static let maximumList = 32 << 20
        /// The most bytes of a file. A list has fewer than 2²⁰ of them, so that their sum fits.
        private static let maximumSize = 1 << 42

        var cache: HubCache { settings.cache }

        /// Downloads what is missing, and waits until all is there.
        ///
        /// - Parameters:
        ///   - isCancelled: asked a few times a second; ends the download when true.
        ///   - report: takes the state of things, from any thread.
        /// - Throws: `HubError`, `FileError`, `CancellationError`; what has come whole is kept, nothing else.
        public func runAndWait(
            isCancelled: @Sendable () -> Bool = { false }, report: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
        ) throws -> Result {
            try waiting(isCancelled: isCancelled) { try await run(report: report) }
        }

        /// Downloads what is missing.
        ///
        /// - Throws: as `runAndWait`.
        public func run(report: @escaping @Sendable (DownloadProgress) -> Void = { _ in }) async throws -> Result {
            if settings.isOffline { return try offlineResult() }
            return try await HubClient.with(settings, patience: patience) { client in
                do { return try await download(client, report: report) } catch let refusal as HubClient.Refusal {
                    throw refusal.error(model, hasToken: client.token != nil)
                }
            }
        }

        /// What the cache has, where nothing may be asked.
        private func offlineResult() throws -> Result {
            switch try cache.snapshot(of: model, need: .files(selection)) {
            case .whole(let folder):
                let files = selection.select(from: try HubCache.files(in: folder))
                return Result(
                    folder: folder, commit: cache.commit(of: model) ?? "", files: files, downloaded: DownloadProgress())
            case .partial(_, let missing): throw HubError.incompleteOffline(model.description, missing: missing)
            case .missing: throw HubError.notCachedOffline(model.description)
            }
        }

        private func download(_ client: HubClient, report: @escaping @Sendable (DownloadProgress) -> Void) async throws -> Result
        {
            let listing = try await list(client), commit = listing.commit
            let files = selection.select(from: listing.files)
            guard !files.isEmpty else { throw HubError.nothingSelected(model: model.description, files: listing.files.count) }
            let folder = cache.snapshotFolder(of: model, commit: commit)
            let absent = files.filter { !cache.hasFile($0, commit: commit, of: model) }
            guard !absent.isEmpty else {
                // The cache may be one that can only be read.
                try? cache.setReference(of: model, to: commit)
                return Result(folder: folder, commit: commit, files: files, downloaded: DownloadProgress())
            }
            let remote = try await concurrently(absent) { try await describe($0, commit: commit, client) }
            try cache.prepare(for: model)
            try? cache.tidy(model)
            // Files with the same bytes share a blob.
            var etags: Set<String> = []
            let blobs = remote.filter { etags.insert($0.etag).inserted && !cache.hasBlob($0.etag, size: $0.size, of: model) }
            let total = DownloadProgress(totalBytes: blobs.map(\.size).reduce(0, +), totalFiles: blobs.count)
            let progress = SharedProgress(total, report: report)
            _ = try await concurrently(blobs) { try await fetch($0, commit: commit, client, progress) }

            for file in remote { try cache.link(file.name, toBlob: file.etag, commit: commit, of: model) }
            try cache.setReference(of: model, to: commit)
            return Result(folder: folder, commit: commit, files: files, downloaded: progress.state)
        }

        /// The commit and the names of its files.
        private func list(_ client: HubClient) async throws -> HubListing {
            let address = try address(
                "/api/models/\(model.name)/revision/\(HubFileName.percentEncoded(model.revision, keepsSlashes: false))", client)
            let bytes = try await client.persistently {
                try await client.body(of: client.request(.GET, address), limit: Self.maximumList, host: address.host)
            }
            return try bytes.withUnsafeBytes { try HubListing($0, model: model.name, host: address.host) }
        }

        private func address(_ path: String, _ client: HubClient) throws -> HubAddress {
            guard let address = HubAddress(settings.endpoint + path), address.origin == client.endpoint.origin else {
                throw HubError.invalidEndpoint(settings.endpoint)
            }
            return address
        }

        func address(of file: String, commit: String, _ client: HubClient) throws -> HubAddress {
            try address("/\(model.name)/resolve/\(commit)/\(HubFileName.percentEncoded(file, keepsSlashes: true))", client)
        }

        struct RemoteFile: Sendable {
            let name: String
            let etag: String
            let size: Int
        }

        private func describe(_ file: String, commit: String, _ client: HubClient) async throws -> RemoteFile {
            let address = try address(of: file, commit: commit, client)
            func wrong(_ reason: String) -> HubError {
                .notAHub(host: address.host, reason: "of '\(file.printable())' \(reason)")
            }
            do {
                let response = try await client.persistently {
                    // The answer that redirects to another server is the one that describes the file.
                    try await client.request(.HEAD, address) { response, target in
                        response.headers.contains(name: "x-linked-etag")
                            || response.headers.contains(name: "etag") && target?.origin != client.endpoint.origin
                    }
                }
                let headers = response.headers
                if let other = headers.first(name: "x-repo-commit"), other != commit {
                    throw wrong("it sends commit \(other.printable())")
                }
                guard let etag = (headers.first(name: "x-linked-etag") ?? headers.first(name: "etag")).map(Self.normalized),
                    HubFileName.isSafe(etag: etag)
                else { throw wrong("it sends no etag that can name a file") }
                var length = headers.first(name: "x-linked-size")
                if length == nil {
                    // The length of an answer that redirects is not the file's.
                    let isFile = response.status.code < 300
                    let last = isFile ? response : try await client.persistently { try await client.request(.HEAD, address) }
                    length = last.headers.first(name: "content-length")
                }
                guard let size = length.flatMap(Int.init), 0...Self.maximumSize ~= size else {
                    throw wrong("it does not tell a size that a file can have")
                }
                return RemoteFile(name: file, etag: etag, size: size)
            } catch let refusal as HubClient.Refusal {
                throw refusal.error(model, file: file, hasToken: client.token != nil)
            }
        }

        /// An etag without quotation marks and the mark of a weak one.
        private static func normalized(_ etag: String) -> String {
            (etag.hasPrefix("W/") ? etag.dropFirst(2) : etag[...]).filter { $0 != "\"" }
        }
    }
#endif
