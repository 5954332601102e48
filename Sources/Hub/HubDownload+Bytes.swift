#if Hub
    import AsyncHTTPClient
    import NIOCore
    import NIOHTTP1
    import SequiturFiles

    // The bytes of one file.
    extension HubDownload {
        func fetch(_ file: RemoteFile, commit: String, _ client: HubClient, _ progress: SharedProgress) async throws {
            let address = try address(of: file.name, commit: commit, client)
            let blob = try BlobFile(file.name, etag: file.etag, size: file.size, in: cache.blobFolder(of: model))
            do {
                var validator: String?
                var wasResumed = false, mayBeginAnew = true
                while true {
                    try await client.persistently(progress: { blob.count }) {
                        wasResumed = wasResumed || blob.count > 0
                        try await receive(file, into: blob, &validator, address, client, progress)
                    }
                    do {
                        try blob.finish()
                        break
                    } catch HubError.wrongHash where wasResumed && mayBeginAnew {
                        // Two parts that do not belong together: once more in one piece.
                        mayBeginAnew = false
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
        /// - Parameter validator: the strong etag of the answer that the blob's bytes came with. Without one, another part may be
        ///   of another file, which the hash tells afterwards.
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
                    throw HubError.notAHub(
                        host: address.host, reason: "it sends another part of '\(file.name)' than was asked for")
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
        func concurrently<Element: Sendable, Value: Sendable>(
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
#endif
