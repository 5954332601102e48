#if Hub
    import AsyncHTTPClient
    import NIOCore
    import NIOHTTP1
    import SequiturFiles
    import Synchronization

    /// Brings files of a model from the hub into the cache.
    ///
    /// 1. `GET /api/models/NAME/revision/REVISION` gives the commit and the names of its files.
    /// 2. `HEAD /NAME/resolve/COMMIT/FILE` gives the size and the etag of each file that is not in the cache: `X-Linked-Size` and
    ///    `X-Linked-Etag` where the file is stored elsewhere, `Content-Length` and `ETag` otherwise.
    /// 3. `GET` of the same address, which redirects to where the file is stored, gives the bytes. They go to a temporary file; a
    ///    connection that is cut is taken up where it ended, by this process alone.
    /// 4. When all blobs are there, size and hash compared, they get their names in the snapshot, and then the revision its commit.
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

        private let model: HubModelName
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
        private static let width = 4
        /// The most bytes of the list of a model's files.
        private static let maximumList = 32 << 20

        private var cache: HubCache { settings.cache }

        /// Downloads what is missing, and waits until all is there.
        ///
        /// - Parameters:
        ///   - isCancelled: asked a few times a second; ends the download when true.
        ///   - report: takes the state of things, from any thread.
        /// - Throws: `HubError`, `FileError`, `CancellationError`; what has come whole is kept, nothing else.
        public func run(
            isCancelled: @Sendable () -> Bool = { false }, report: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
        ) throws -> Result {
            try waiting(isCancelled: isCancelled) { try await run(report: report) }
        }

        /// Downloads what is missing.
        ///
        /// - Throws: as the other.
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
                return Result(folder: folder, commit: cache.commit(of: model) ?? "", files: [], downloaded: DownloadProgress())
            case .partial(_, let missing): throw HubError.incompleteOffline(model.description, missing: missing)
            case .missing: throw HubError.notCachedOffline(model.description)
            }
        }

        private func download(_ client: HubClient, report: @escaping @Sendable (DownloadProgress) -> Void) async throws -> Result {
            let (commit, names) = try await list(client)
            let files = selection.select(from: names)
            guard !files.isEmpty else { throw HubError.nothingSelected(model: model.description, files: names.count) }
            try cache.prepare(for: model)
            try? cache.tidy(model)

            let absent = files.filter { !cache.hasFile($0, commit: commit, of: model) }
            let remote = try await concurrently(absent) { try await describe($0, commit: commit, client) }
            // Files with the same bytes share a blob.
            var etags: Set<String> = []
            let blobs = remote.filter { etags.insert($0.etag).inserted && !cache.hasBlob($0.etag, size: $0.size, of: model) }
            let total = DownloadProgress(totalBytes: blobs.map(\.size).reduce(0, +), totalFiles: blobs.count)
            let progress = SharedProgress(total, report: report)
            _ = try await concurrently(blobs) { try await fetch($0, commit: commit, client, progress) }

            for file in remote { try cache.link(file.name, toBlob: file.etag, commit: commit, of: model) }
            try cache.setReference(of: model, to: commit)
            return Result(
                folder: cache.snapshotFolder(of: model, commit: commit), commit: commit, files: files, downloaded: progress.state)
        }

        /// The commit and the names of its files.
        private func list(_ client: HubClient) async throws -> (commit: String, names: [String]) {
            let address = try address(
                "/api/models/\(model.name)/revision/\(HubFileName.percentEncoded(model.revision, keepsSlashes: false))", client)
            let bytes = try await client.persistently {
                try await client.body(of: client.request(.GET, address), limit: Self.maximumList, host: address.host)
            }
            func wrong(_ reason: String) -> HubError { .notAHub(host: address.host, reason: reason) }
            let json: JSONValue
            do { json = try bytes.withUnsafeBytes { try JSONValue.parse($0, limits: JSONLimits(depth: 64, values: 2_000_000)) } } catch {
                throw wrong("its answer is not valid JSON (\(error))")
            }
            guard let commit = json["sha"]?.string, HubModelName.isCommit(commit) else { throw wrong("it names no commit") }
            guard let siblings = json["siblings"]?.array else { throw wrong("it lists no files") }
            var names: [String] = []
            for sibling in siblings {
                guard let name = sibling["rfilename"]?.string else { throw wrong("it lists a file without a name") }
                guard HubFileName.isSafe(name) else { throw HubError.unsafeFileName(name, model: model.name) }
                names.append(name)
            }
            var seen: Set<String> = []
            return (commit, names.filter { seen.insert($0).inserted })
        }

        private func address(_ path: String, _ client: HubClient) throws -> HubAddress {
            guard let address = HubAddress(settings.endpoint + path), address.origin == client.endpoint.origin else {
                throw HubError.invalidEndpoint(settings.endpoint)
            }
            return address
        }

        private func address(of file: String, commit: String, _ client: HubClient) throws -> HubAddress {
            try address("/\(model.name)/resolve/\(commit)/\(HubFileName.percentEncoded(file, keepsSlashes: true))", client)
        }

        private struct RemoteFile: Sendable {
            let name: String
            let etag: String
            let size: Int
        }

        private func describe(_ file: String, commit: String, _ client: HubClient) async throws -> RemoteFile {
            let address = try address(of: file, commit: commit, client)
            func wrong(_ reason: String) -> HubError { .notAHub(host: address.host, reason: "of '\(file)' \(reason)") }
            do {
                let response = try await client.persistently {
                    // The answer that redirects to another server is the one that describes the file.
                    try await client.request(.HEAD, address) { $0.headers.contains(name: "x-linked-etag") }
                }
                let headers = response.headers, isFile = response.status.code < 300
                if let other = headers.first(name: "x-repo-commit"), other != commit { throw wrong("it sends commit \(other)") }
                guard let etag = (headers.first(name: "x-linked-etag") ?? headers.first(name: "etag")).map(Self.normalized),
                    HubFileName.isSafe(etag: etag)
                else { throw wrong("it sends no etag that can name a file") }
                // The length of an answer that redirects is not the file's.
                let length = headers.first(name: "x-linked-size") ?? (isFile ? headers.first(name: "content-length") : nil)
                guard let size = length.flatMap(Int.init), size >= 0
                else { throw wrong("it does not tell the size") }
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

    // The bytes of one file.
    extension HubDownload {
        private func fetch(_ file: RemoteFile, commit: String, _ client: HubClient, _ progress: SharedProgress) async throws {
            let address = try address(of: file.name, commit: commit, client)
            let blob = try BlobFile(file.name, etag: file.etag, size: file.size, in: cache.blobFolder(of: model))
            do {
                var validator: String?
                var wasResumed = false
                while true {
                    try await client.persistently(progress: { blob.count }) {
                        wasResumed = wasResumed || blob.count > 0
                        try await receive(file, into: blob, &validator, address, client, progress)
                    }
                    do {
                        try blob.finish()
                        break
                    } catch HubError.wrongHash where wasResumed {
                        // Two parts that do not belong together: once more in one piece.
                        wasResumed = false
                        progress.add(-blob.count)
                        try blob.restart()
                    }
                }
                progress.addFile()
            } catch let refusal as HubClient.Refusal {
                throw refusal.error(model, file: file.name, hasToken: client.token != nil)
            }
        }

        /// Receives what the blob does not have yet.
        ///
        /// - Parameter validator: the strong etag of the answer that the blob's bytes came with. Without one, another part may be of
        ///   another file, which the hash tells afterwards.
        private func receive(
            _ file: RemoteFile, into blob: BlobFile, _ validator: inout String?, _ address: HubAddress, _ client: HubClient,
            _ progress: SharedProgress
        ) async throws {
            guard blob.count < file.size || file.size == 0 else { return }
            var headers = HTTPHeaders()
            if blob.count > 0, validator != nil || BlobDigest.canTell(file.etag) {
                headers.add(name: "range", value: "bytes=\(blob.count)-")
                if let validator { headers.add(name: "if-range", value: validator) }
            }
            let response: HTTPClientResponse
            do { response = try await client.request(.GET, address, headers: headers) } catch let refusal as HubClient.Refusal
                where refusal.status == 416
            {
                progress.add(-blob.count)
                try blob.restart()
                throw HubClient.Transient(error: refusal.error(model, file: file.name, hasToken: client.token != nil))
            }
            let start = response.status.code == 206 ? blob.count : 0
            if blob.count != start {
                // The server begins anew, since its copy has changed or it knows no ranges.
                progress.add(-blob.count)
                try blob.restart()
            }
            validator = response.headers.first(name: "etag").flatMap { $0.hasPrefix("\"") ? $0 : nil }
            if response.status.code == 206 {
                guard response.headers.first(name: "content-range") == "bytes \(start)-\(file.size - 1)/\(file.size)" else {
                    throw HubError.notAHub(host: address.host, reason: "it sends another part of '\(file.name)' than was asked for")
                }
            } else if let length = response.headers.first(name: "content-length").flatMap(Int.init), length != file.size {
                throw HubError.wrongSize(file: file.name, expected: file.size, received: length)
            }
            do {
                for try await buffer in response.body {
                    try buffer.withUnsafeReadableBytes { try blob.write($0) }
                    progress.add(buffer.readableBytes)
                }
            } catch let error as HubError {
                throw error
            } catch let error as FileError {
                throw error
            } catch {
                throw try client.failure(error, host: address.host)
            }
            guard blob.count == file.size else {
                throw HubClient.Transient(error: .wrongSize(file: file.name, expected: file.size, received: blob.count))
            }
        }

        /// Does something to all elements, a few at once; results are in order.
        private func concurrently<Element: Sendable, Value: Sendable>(
            _ elements: [Element], _ body: @escaping @Sendable (Element) async throws -> Value
        ) async throws -> [Value] {
            try await withThrowingTaskGroup(of: (Int, Value).self) { group in
                var values = [Value?](repeating: nil, count: elements.count)
                for (index, element) in elements.enumerated() {
                    if index >= Self.width, let (done, value) = try await group.next() { values[done] = value }
                    group.addTask { (index, try await body(element)) }
                }
                for try await (done, value) in group { values[done] = value }
                return values.compactMap { $0 }
            }
        }
    }

    /// How far all files together are.
    private final class SharedProgress: Sendable {
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
