#if Hub
    import Foundation
    import SequiturHub
    import Synchronization
    import Testing

    @Suite struct PullTests {
        private static let blobs = ["config.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json"]

        @Test func filesLieWhereHuggingFaceHubExpectsThem() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub()
                let states = Mutex<[DownloadProgress]>([])
                let result = try await stub.pull(into: folder) { state in states.withLock { $0.append(state) } }
                let repository = "\(folder)/hub/models--org--model"
                #expect(result.folder == "\(repository)/snapshots/\(stub.model.commit)" && result.commit == stub.model.commit)
                #expect(result.files == Self.blobs)
                let expected =
                    ["CACHEDIR.TAG", "models--org--model/refs/main"]
                    + Self.blobs.map { "models--org--model/blobs/\(stub.model.file($0)!.etag)" }
                    + Self.blobs.map { "models--org--model/snapshots/\(stub.model.commit)/\($0)" }
                #expect(tree(folder + "/hub") == expected.sorted())
                for name in Self.blobs {
                    let file = try #require(stub.model.file(name))
                    #expect(contents("\(result.folder)/\(name)") == file.bytes)
                    let up = name.contains("/") ? "../../.." : "../.."
                    let link = try FileManager.default.destinationOfSymbolicLink(atPath: "\(result.folder)/\(name)")
                    #expect(link == "\(up)/blobs/\(file.etag)")
                }
                #expect(contents("\(repository)/refs/main") == Array(stub.model.commit.utf8))
                let tag = String(decoding: try #require(contents("\(folder)/hub/CACHEDIR.TAG")), as: UTF8.self)
                #expect(tag.hasPrefix("Signature: 8a477f597d28d172789f06886806bc55\n"))

                let total = Self.blobs.compactMap { stub.model.file($0)?.bytes.count }.reduce(0, +)
                #expect(states.withLock { $0.first } == DownloadProgress(totalBytes: total, totalFiles: 4))
                #expect(result.downloaded == DownloadProgress(bytes: total, totalBytes: total, files: 4, totalFiles: 4))
            }
        }

        @Test func whatIsThereIsNotDownloadedAgain() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub()
                let first = try await stub.pull(into: folder)
                let count = stub.hub.requests.count
                let second = try await stub.pull(into: folder)
                #expect(second.folder == first.folder && second.downloaded == DownloadProgress())
                #expect(stub.hub.requests.count == count + 1)

                // A blob without its name in the snapshot is only linked.
                try FileManager.default.removeItem(atPath: first.folder)
                #expect(try await stub.pull(into: folder).downloaded == DownloadProgress())
                #expect(stub.storage.requests.count == 1)

                // One of another size is not what its name says.
                let blob = "\(folder)/hub/models--org--model/blobs/\(try #require(stub.model.file("config.json")).etag)"
                try FileManager.default.removeItem(atPath: first.folder)
                try Data("{".utf8).write(to: URL(fileURLWithPath: blob))
                #expect(try await stub.pull(into: folder).downloaded.files == 1)
                #expect(contents("\(first.folder)/config.json") == stub.model.file("config.json")?.bytes)
            }
        }

        @Test func revisionsAreBranchesTagsAndCommits() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub()
                for revision in ["v1.0", "refs/pr/1", stub.model.commit] {
                    let result = try await stub.pull("org/model@\(revision)", into: folder)
                    #expect(result.commit == stub.model.commit)
                }
                let references = tree("\(folder)/hub/models--org--model/refs")
                #expect(references == ["refs/pr/1", "v1.0"])
                #expect(stub.hub.requests.contains { $0.path == "/api/models/org/model/revision/refs%2Fpr%2F1" })
                #expect(await stub.refusal("org/model@v2", into: folder) == .noRevision("v2", model: "org/model"))
                #expect(await stub.refusal("org/other", into: folder) == .noModel("org/other"))
            }
        }

        @Test func anyFileComesWhenAskedFor() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub()
                let all = try await stub.pull(into: folder, FileSelection(include: ["*"], exclude: ["*.bin"]))
                #expect(all.files.count == stub.model.files.count - 1)
                for file in stub.model.files where file.name != "pytorch_model.bin" {
                    #expect(contents("\(all.folder)/\(file.name)") == file.bytes)
                }
                let none = await stub.refusal(into: folder, FileSelection(include: ["*.gguf"]))
                #expect(none == .nothingSelected(model: "org/model", files: stub.model.files.count))
            }
        }

        @Test func theTokenGoesToTheHubAlone() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub(token: "hf_secret")
                #expect(await stub.refusal(into: folder) == .noAccess(model: "org/model", status: 401, hasToken: false))
                #expect(
                    await stub.refusal(into: folder, token: "hf_wrong")
                        == .noAccess(model: "org/model", status: 401, hasToken: true))
                #expect(await stub.refusal(into: folder, token: "hf\r\nX: y") == .invalidToken)
                let before = stub.hub.requests.count
                _ = try await stub.pull(into: folder, token: "hf_secret")
                #expect(stub.hub.requests[before...].allSatisfy { $0.headers["authorization"] == "Bearer hf_secret" })
                #expect(stub.storage.requests.count == 1 && stub.storage.requests[0].headers["authorization"] == nil)
            }
        }

        /// From the hub to another server and back: whoever led away could have chosen where to.
        @Test func theTokenDoesNotComeBackAfterADetour() async throws {
            try await withTemporaryFolder { folder in
                let model = StubModel()
                let file = try #require(model.file("model.safetensors"))
                let home = Mutex("")
                let stub = try StubHub(model) { request in
                    if request.path.hasPrefix("/storage/") {
                        return StubResponse(status: 302, headers: ["Location": home.withLock { $0 } + "/back"])
                    }
                    return request.path == "/back" ? StubResponse(body: file.bytes) : nil
                }
                home.withLock { $0 = stub.hub.origin }
                _ = try await stub.pull(into: folder, token: "hf_secret")
                let back = try #require(stub.hub.requests.first { $0.path == "/back" })
                #expect(back.headers["authorization"] == nil)
            }
        }

        /// As Python's client does: the answer that leads to another server describes the file, by its own etag at worst; a size
        /// that it leaves out is asked for there.
        @Test func filesMayBeDescribedPoorly() async throws {
            try await withTemporaryFolder { folder in
                let model = StubModel()
                let file = try #require(model.file("model.safetensors"))
                let storage = try StubHub(model).storage
                let stub = try StubHub(model) { request in
                    guard request.path.contains("/resolve/"), request.path.hasSuffix(file.name) else { return nil }
                    return StubResponse(
                        status: 302,
                        headers: ["ETag": "\"\(file.sha256)\"", "Location": "\(storage.origin)/storage/\(file.sha256)?s"])
                }
                #expect(contents(try await stub.pull(into: folder).folder + "/model.safetensors") == file.bytes)
                // A slow machine may have to ask for the file again.
                #expect(storage.requests.map(\.method).prefix(2) == ["HEAD", "GET"])
            }
        }

        @Test func severalMayDownloadAtOnce() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub()
                let folders = try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<6 { group.addTask { try await stub.pull(into: folder).folder } }
                    return try await group.reduce(into: Set<String>()) { $0.insert($1) }
                }
                #expect(folders.count == 1)
                for name in Self.blobs { #expect(contents("\(folders.first!)/\(name)") == stub.model.file(name)?.bytes) }
                #expect(tree(folder + "/hub").count == 10, "\(tree(folder + "/hub"))")
            }
        }

        @Test func filesOfTheSameBytesAreDownloadedOnce() async throws {
            try await withTemporaryFolder { folder in
                var model = StubModel()
                let bytes = [UInt8](repeating: 7, count: 100)
                model.files = ["a.json", "b.json", "c.json"].map { StubFile(name: $0, bytes: bytes, isLarge: true) }
                let stub = try StubHub(model)
                let result = try await stub.pull(into: folder)
                #expect(result.files.count == 3 && result.downloaded.files == 1 && stub.storage.requests.count == 1)
                #expect(contents(result.folder + "/c.json") == bytes)
            }
        }

        @Test func oldLeftoversGoAndNewOnesStay() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub()
                let blobs = "\(folder)/hub/models--org--model/blobs"
                try FileManager.default.createDirectory(atPath: blobs, withIntermediateDirectories: true)
                let names = ["e.sequitur-1-a.incomplete", "e.sequitur-1-b.incomplete", "e.1234abcd.incomplete"]
                for name in names { try Data("x".utf8).write(to: URL(fileURLWithPath: "\(blobs)/\(name)")) }
                for name in [names[0], names[2]] {
                    try FileManager.default.setAttributes(
                        [.modificationDate: Date(timeIntervalSinceNow: -100_000)], ofItemAtPath: "\(blobs)/\(name)")
                }
                _ = try await stub.pull(into: folder)
                #expect(tree(blobs).filter { $0.hasSuffix(".incomplete") } == [names[2], names[1]])
            }
        }
    }
#endif
