#if Hub
    import Foundation
    import SequiturHub
    import Synchronization
    import Testing

    /// Servers and networks that fail, and those that mean harm.
    @Suite struct FailureTests {
        private static let weights = StubModel().file("model.safetensors")!
        private static let onlyWeights = StubModel(files: [weights])

        /// Whether nothing is left of a download: neither a half file nor a snapshot with holes.
        private func isClean(_ folder: String) -> Bool {
            let names = tree(folder + "/hub")
            return !names.contains { $0.contains("incomplete") || $0.contains(Self.weights.etag) || $0.contains("snapshots") }
        }

        @Test func aConnectionThatIsCutIsTakenUpWhereItEnded() async throws {
            try await withTemporaryFolder { folder in
                let received = ReceivedBytes()
                let stub = try StubHub(Self.onlyWeights) { request in
                    guard request.path.hasPrefix("/storage/"), request.repetition < 2 else { return nil }
                    var response = StubHub.part(
                        of: Self.weights.bytes, etag: "\"stored-\(Self.weights.sha256.prefix(8))\"", asked: request)
                    response.cut = 100_000
                    response.cutsWhen = { received.isAtLeast(100_000 * (request.repetition + 1)) }
                    return response
                }
                let result = try await stub.pull(into: folder, report: received.note)
                #expect(contents(result.folder + "/model.safetensors") == Self.weights.bytes)
                #expect(stub.storage.requests.map { $0.headers["range"] } == [nil, "bytes=100000-", "bytes=200000-"])
                #expect(stub.storage.requests[1].headers["if-range"] == "\"stored-\(Self.weights.sha256.prefix(8))\"")
                #expect(result.downloaded.bytes == result.downloaded.totalBytes)
            }
        }

        /// The copy has changed meanwhile, or the server knows no ranges: all comes anew.
        @Test(arguments: [true, false]) func anotherCopyIsNotAppended(_ hasEtags: Bool) async throws {
            try await withTemporaryFolder { folder in
                let received = ReceivedBytes()
                let stub = try StubHub(Self.onlyWeights) { request in
                    guard request.path.hasPrefix("/storage/") else { return nil }
                    let isFirst = request.repetition == 0
                    return StubResponse(
                        headers: hasEtags ? ["ETag": isFirst ? "\"one\"" : "\"two\""] : [:],
                        body: isFirst ? [UInt8](repeating: 9, count: Self.weights.bytes.count) : Self.weights.bytes,
                        cut: isFirst ? 1000 : nil, cutsWhen: { received.isAtLeast(1000) })
                }
                let result = try await stub.pull(into: folder, report: received.note)
                #expect(contents(result.folder + "/model.safetensors") == Self.weights.bytes)
                #expect(result.downloaded.bytes == result.downloaded.totalBytes)
            }
        }

        /// A server that mixes two copies under one etag: the hash tells, and one attempt in one piece follows.
        @Test func partsThatDoNotBelongTogetherAreFound() async throws {
            try await withTemporaryFolder { folder in
                let received = ReceivedBytes()
                let stub = try StubHub(Self.onlyWeights) { request in
                    guard request.path.hasPrefix("/storage/") else { return nil }
                    let bytes =
                        request.repetition == 0 ? [UInt8](repeating: 9, count: Self.weights.bytes.count) : Self.weights.bytes
                    var response = StubHub.part(of: bytes, etag: "\"same\"", asked: request)
                    if request.repetition == 0 { (response.cut, response.cutsWhen) = (1000, { received.isAtLeast(1000) }) }
                    return response
                }
                let result = try await stub.pull(into: folder, report: received.note)
                #expect(contents(result.folder + "/model.safetensors") == Self.weights.bytes)
                #expect(stub.storage.requests.map { $0.headers["range"] } == [nil, "bytes=1000-", nil])
            }
        }

        @Test func aConnectionThatIsCutForEverIsAnError() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub { request in
                    guard request.path.hasPrefix("/storage/") else { return nil }
                    var response = StubHub.part(of: Self.weights.bytes, etag: "\"e\"", asked: request)
                    response.cut = 100
                    return response
                }
                let error = await stub.refusal(into: folder)
                guard case .unreachable(_, let reason) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(reason == "the connection was cut")
                #expect(stub.storage.requests.count == 4 && isClean(folder))
            }
        }

        @Test func silenceIsAnError() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub { request in
                    request.path.hasPrefix("/storage/")
                        ? StubResponse(headers: ["ETag": "\"e\""], body: Self.weights.bytes, cut: 100, silence: 1.5) : nil
                }
                let error = await stub.refusal(into: folder, silence: 0.3)
                #expect(error?.description.contains("no data for 1 seconds") == true, "\(String(describing: error))")
                #expect(isClean(folder))
            }
        }

        /// Sizes that no file has, whose sum would leave 64 bits.
        @Test(arguments: ["9223372036854775807", "4398046511105", "-1", "many"])
        func sizesThatNoFileHasAreRefused(size: String) async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub { request in
                    request.method == "HEAD"
                        ? StubResponse(headers: ["ETag": "\"e\"", "X-Linked-Etag": "\"e\"", "X-Linked-Size": size]) : nil
                }
                let error = await stub.refusal(into: folder)
                let line = error?.description ?? ""
                #expect(line.contains("it does not tell a size that a file can have"), "\(line)")
                #expect(isClean(folder))
            }
        }

        @Test func wrongSizesAndHashesAreNotKept() async throws {
            for (body, expected) in [
                (
                    Array(Self.weights.bytes.dropLast()),
                    HubError.wrongSize(file: "model.safetensors", expected: 300_000, received: 299_999)
                ),
                (Self.weights.bytes + [1], .wrongSize(file: "model.safetensors", expected: 300_000, received: 300_001)),
                (
                    Self.weights.bytes.dropLast() + [Self.weights.bytes.last! ^ 1],
                    .wrongHash(file: "model.safetensors", expected: Self.weights.sha256)
                ),
            ] {
                try await withTemporaryFolder { folder in
                    let stub = try StubHub { $0.path.hasPrefix("/storage/") ? StubResponse(body: body) : nil }
                    #expect(await stub.refusal(into: folder) == expected)
                    #expect(isClean(folder))
                }
            }
            // Without a length that gives it away.
            try await withTemporaryFolder { folder in
                let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n493e1\r\n"
                let raw = Array(head.utf8) + Self.weights.bytes + Array("x\r\n0\r\n\r\n".utf8)
                let stub = try StubHub { $0.path.hasPrefix("/storage/") ? StubResponse(raw: raw) : nil }
                let error = await stub.refusal(into: folder)
                guard case .wrongSize = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(isClean(folder))
            }
            // A small file, by git's hash.
            try await withTemporaryFolder { folder in
                let stub = try StubHub { request in
                    guard request.method == "GET", request.path.hasSuffix("\(StubModel().commit)/config.json") else { return nil }
                    return StubResponse(body: Array(#"{"model_type": "best"}"#.utf8))
                }
                let etag = StubModel().file("config.json")!.etag
                #expect(await stub.refusal(into: folder) == .wrongHash(file: "config.json", expected: etag))
            }
        }

        @Test(arguments: [408, 429, 500, 502, 503, 504]) func passingErrorsPass(_ status: Int) async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub { request in
                    request.repetition < 1 ? StubResponse(status: status, headers: ["Retry-After": "0"]) : nil
                }
                #expect(try await stub.pull(into: folder).files.count == 4)
            }
            try await withTemporaryFolder { folder in
                let stub = try StubHub { _ in StubResponse(status: status) }
                #expect(await stub.refusal(into: folder) == .refused(host: "127.0.0.1:\(stub.hub.port)", status: status))
                #expect(stub.hub.requests.count == 4 && tree(folder).isEmpty)
            }
        }

        @Test func otherErrorsAreNotTriedAgain() async throws {
            let cases: [(Int, [String: String], HubError)] = [
                (401, [:], .noAccess(model: "org/model", status: 401, hasToken: false)),
                (403, ["X-Error-Code": "GatedRepo"], .noAccess(model: "org/model", status: 403, hasToken: false)),
                (404, ["X-Error-Code": "RepoNotFound"], .noModel("org/model")), (404, [:], .noModel("org/model")),
            ]
            for (status, headers, expected) in cases {
                try await withTemporaryFolder { folder in
                    let stub = try StubHub { _ in StubResponse(status: status, headers: headers) }
                    #expect(await stub.refusal(into: folder) == expected)
                    #expect(stub.hub.requests.count == 1 && !expected.description.contains("\n"))
                }
            }
            // A gated model shows its list to everybody, but not its files.
            try await withTemporaryFolder { folder in
                let stub = try StubHub {
                    $0.path.contains("/resolve/") ? StubResponse(status: 403, headers: ["X-Error-Code": "GatedRepo"]) : nil
                }
                #expect(await stub.refusal(into: folder) == .noAccess(model: "org/model", status: 403, hasToken: false))
                #expect(tree(folder).isEmpty && !FileManager.default.fileExists(atPath: folder + "/hub"))
            }
            try await withTemporaryFolder { folder in
                var model = StubModel()
                model.otherNames = ["generation_config.json"]
                let stub = try StubHub(model)
                #expect(await stub.refusal(into: folder) == .noFile("generation_config.json", model: "org/model"))
            }
        }

        @Test(arguments: ["../x", "/etc/x", "a/../../b", "a//b", "a/", "./a", "a/..", "", ".", "..", #"a\u0000b"#, #"a\u001bb"#])
        func unsafeNamesAreRefused(_ name: String) async throws {
            try await withTemporaryFolder { folder in
                var model = StubModel()
                model.otherNames = [name]
                let stub = try StubHub(model)
                let error = await stub.refusal(into: folder, FileSelection(include: ["*"]))
                guard case .unsafeFileName = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(tree(folder).isEmpty && stub.hub.requests.count == 1)
                #expect(error?.description.unicodeScalars.contains { $0.value < 32 } == false)
            }
        }

        @Test func linksInTheSnapshotAreNotFollowed() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub()
                let snapshot = "\(folder)/hub/models--org--model/snapshots/\(stub.model.commit)"
                try FileManager.default.createDirectory(atPath: snapshot, withIntermediateDirectories: true)
                try FileManager.default.createDirectory(atPath: folder + "/elsewhere", withIntermediateDirectories: true)
                try FileManager.default.createSymbolicLink(
                    atPath: snapshot + "/1_Pooling", withDestinationPath: folder + "/elsewhere")
                await #expect(throws: (any Error).self) { try await stub.pull(into: folder) }
                #expect(tree(folder + "/elsewhere").isEmpty)
            }
        }

        /// Answers to the first question, and what is said of them.
        static let answers: [(StubResponse, String)] = [
            (StubResponse(body: Array("<html>log in</html>".utf8)), "not valid JSON"),
            (StubResponse(body: Array("{}".utf8)), "names no commit"),
            (StubResponse(body: Array(#"{"sha": "../../../etc", "siblings": []}"#.utf8)), "names no commit"),
            (StubResponse(body: Array(#"{"sha": "0123456789", "siblings": 5}"#.utf8)), "lists no files"),
            (StubResponse(body: Array(#"{"sha": "0123456789", "siblings": [{}]}"#.utf8)), "without a name"),
            (StubResponse(body: [UInt8](repeating: 0x20, count: (32 << 20) + 1)), "longer than"),
            (StubResponse(body: Array(String(repeating: "[", count: 100_000).utf8)), "not valid JSON"),
            (StubResponse(status: 302), "redirects to no address"),
            (StubResponse(status: 302, headers: ["Location": "file:///etc/passwd"]), "redirects to no address"),
            (StubResponse(status: 302, headers: ["Location": "http://user:word@127.0.0.1/"]), "redirects to no address"),
            (StubResponse(status: 302, headers: ["Location": "/again"]), "redirects again and again"),
            (StubResponse(raw: Array("HTTP/1.1 200 OK\r\nX: ".utf8) + [UInt8](repeating: 65, count: 1 << 20)), "no answer"),
            (StubResponse(raw: Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)), "no answer"),
            (StubResponse(raw: []), "the connection was cut"),
        ]

        @Test(arguments: answers.indices) func whatIsNoHubIsSaidToBeNone(_ index: Int) async throws {
            let (answer, part) = Self.answers[index]
            try await withTemporaryFolder { folder in
                let stub = try StubHub { _ in answer }
                let text = await stub.refusal(into: folder)?.description ?? "no error"
                #expect(text.contains(part) && !text.contains("\n") && text.count < 500, "\(text)")
                #expect(tree(folder).isEmpty)
            }
        }

        @Test(arguments: [
            ["ETag": "\"../../x\"", "Content-Length": "5"], ["ETag": "", "Content-Length": "5"],
            ["ETag": "\".x\"", "Content-Length": "5"],
            ["ETag": "\"a\"", "Content-Length": "-5"], ["X-Linked-Etag": "\"a/b\"", "ETag": "\"a\""],
            ["X-Linked-Etag": "\"a\"", "X-Linked-Size": "99999999999999999999"], ["ETag": "\"a\"", "X-Repo-Commit": "another"],
        ]) func filesThatAreNotDescribedAreRefused(_ headers: [String: String]) async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub { $0.method == "HEAD" ? StubResponse(headers: headers) : nil }
                let error = await stub.refusal(into: folder)
                switch error {
                case .notAHub, .unreachable: break
                default: Issue.record("\(String(describing: error))")
                }
                #expect(tree("\(folder)/hub/models--org--model").isEmpty)
            }
        }

        @Test func aPortWithNobodyIsAnError() async throws {
            try await withTemporaryFolder { folder in
                let port = try StubServer { _ in StubResponse() }.port
                let settings = HubSettings(cache: HubCache(folder: folder), endpoint: "http://127.0.0.1:\(port)")
                let download = HubDownload(
                    try HubModelName("a/b"), selection: FileSelection(), settings: settings, attempts: 2, pause: 0.01, silence: 1)
                let error = await #expect(throws: HubError.self) { try await download.run() }
                #expect(error?.description.contains("connection refused") == true, "\(String(describing: error))")
            }
        }

        @Test(arguments: ["", "huggingface.co", "ftp://x", "http://", "http://u:p@x", "https://x?y", "http://a b"])
        func endpointsAreAddresses(_ endpoint: String) async throws {
            let settings = HubSettings(cache: HubCache(folder: "/nowhere"), endpoint: endpoint)
            await #expect(throws: HubError.invalidEndpoint(endpoint)) {
                try await HubDownload(try HubModelName("a/b"), settings: settings).run()
            }
        }

        @Test func cancellingLeavesNothing() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub { request in
                    request.path.hasPrefix("/storage/")
                        ? StubResponse(headers: ["ETag": "\"e\""], body: Self.weights.bytes, cut: 1000, silence: 3) : nil
                }
                let download = HubDownload(
                    try HubModelName("org/model"), selection: FileSelection(), settings: stub.settings(folder), attempts: 4,
                    pause: 0.01, silence: 30)
                let bytes = Mutex(0)
                await #expect(throws: CancellationError.self) {
                    try await onThread {
                        try download.runAndWait(isCancelled: { bytes.withLock { $0 } > 0 }) { state in
                            bytes.withLock { $0 = state.bytes }
                        }
                    }
                }
                #expect(isClean(folder))
            }
        }
    }
#endif
