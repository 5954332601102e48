import Foundation
import SequiturHub
import Testing

/// Reading the cache and its settings, which needs no network.
@Suite struct CacheTests {
    private static let commit = "0123456789abcdef0123456789abcdef01234567"

    private func settings(_ variables: [String: String]) -> HubSettings { HubSettings { variables[$0] } }

    @Test func variablesAreThoseOfHuggingFaceHub() {
        let home = ["HOME": "/home/x"]
        #expect(settings(home).cache.folder == "/home/x/.cache/huggingface/hub")
        #expect(settings(home) == HubSettings(cache: HubCache(folder: "/home/x/.cache/huggingface/hub")))
        #expect(settings(["HOME": "/h", "XDG_CACHE_HOME": "/c"]).cache.folder == "/c/huggingface/hub")
        #expect(settings(["HF_HOME": "/a", "XDG_CACHE_HOME": "/c"]).cache.folder == "/a/hub")
        #expect(settings(["HOME": "/h", "HF_HOME": "~/a"]).cache.folder == "/h/a/hub")
        #expect(settings(["HF_HOME": "/a", "HF_HUB_CACHE": "/b"]).cache.folder == "/b")
        #expect(settings(["HF_HOME": "", "HOME": "/h", "HF_HUB_CACHE": ""]).cache.folder == "/h/.cache/huggingface/hub")
        #expect(settings(["HF_ENDPOINT": "https://hf-mirror.com/"]).endpoint == "https://hf-mirror.com")
        for value in ["1", "true", "YES", "on"] { #expect(settings(["HF_HUB_OFFLINE": value]).isOffline) }
        for value in ["0", "false", "", "2"] { #expect(!settings(["HF_HUB_OFFLINE": value]).isOffline) }
        #expect(settings(["HF_TOKEN": " hf_x\n"]).token == "hf_x")
        #expect(settings(["HF_TOKEN": " \n"]).token == nil)
    }

    @Test func theTokenMayLieInAFile() async throws {
        try await withTemporaryFolder { folder in
            try Data("hf_file\n".utf8).write(to: URL(fileURLWithPath: folder + "/token"))
            #expect(settings(["HF_HOME": folder]).token == "hf_file")
            #expect(settings(["HF_HOME": folder, "HF_TOKEN": "hf_other"]).token == "hf_other")
            #expect(settings(["HF_HOME": "/nowhere", "HF_TOKEN_PATH": folder + "/token"]).token == "hf_file")
            #expect(settings(["HF_HOME": folder, "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"]).token == nil)
        }
    }

    /// Makes a snapshot as huggingface_hub would.
    private func makeSnapshot(_ names: [String], in folder: String, tree: String? = nil, contents: [String: String] = [:]) throws
    {
        let repository = "\(folder)/hub/models--org--model"
        let snapshot = "\(repository)/snapshots/\(Self.commit)"
        for path in [snapshot, repository + "/refs", repository + "/trees", repository + "/blobs"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        for (index, name) in names.enumerated() {
            try Data((contents[name] ?? "{}").utf8).write(to: URL(fileURLWithPath: "\(repository)/blobs/\(index)"))
            try FileManager.default.createSymbolicLink(
                atPath: "\(snapshot)/\(name)", withDestinationPath: "../../blobs/\(index)")
        }
        try Data(Self.commit.utf8).write(to: URL(fileURLWithPath: repository + "/refs/main"))
        if let tree { try Data(tree.utf8).write(to: URL(fileURLWithPath: "\(repository)/trees/\(Self.commit).json")) }
    }

    private func snapshot(_ folder: String, _ name: String = "org/model", _ need: HubCache.Need = .weights) throws
        -> HubCache.Snapshot
    {
        try HubCache(folder: folder + "/hub").snapshot(of: HubModelName(name), need: need)
    }

    @Test func aSnapshotIsWholeOrNot() async throws {
        let index = #"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors", "c": "model-1.safetensors"}}"#
        let list =
            #"{"format_version": 1, "files": {"config.json": {}, "model.safetensors": {}, "tokenizer.json": {}, "x.bin": {}}}"#
        func check(_ names: [String], tree: String? = nil, need: HubCache.Need = .weights, missing: [String]) async throws {
            try await withTemporaryFolder { folder in
                try makeSnapshot(names, in: folder, tree: tree, contents: ["model.safetensors.index.json": index])
                let path = "\(folder)/hub/models--org--model/snapshots/\(Self.commit)"
                #expect(
                    try snapshot(folder, "org/model", need) == (missing.isEmpty ? .whole(path) : .partial(path, missing: missing))
                )
            }
        }
        try await check(["config.json", "model.safetensors"], missing: [])
        try await check(["config.json", "tokenizer.json"], missing: ["model.safetensors"])
        try await check(["model.safetensors"], missing: ["config.json"])
        try await check(["config.json", "tokenizer.json"], need: .tokenizer, missing: [])
        try await check(["config.json", "spiece.model"], need: .tokenizer, missing: [])
        try await check(["config.json"], need: .tokenizer, missing: ["tokenizer.json"])
        let sharded = ["config.json", "model.safetensors.index.json", "model-1.safetensors"]
        try await check(sharded, missing: ["model-2.safetensors"])
        try await check(sharded + ["model-2.safetensors"], missing: [])
        try await check(["config.json", "model.safetensors"], tree: list, missing: ["tokenizer.json"])
        try await check(["config.json", "model.safetensors", "tokenizer.json"], tree: list, missing: [])
        try await check(["config.json", "model.safetensors"], tree: "not JSON", missing: [])
        try await check(["config.json"], need: .files(FileSelection(include: ["*.json"])), missing: [])
        try await check(["config.json"], need: .files(FileSelection(include: ["*.bin"])), missing: ["*.bin"])
        try await check(["config.json"], tree: list, need: .files(FileSelection(include: ["*.bin"])), missing: ["x.bin"])
    }

    @Test func linksThatLeadNowhereAreHoles() async throws {
        try await withTemporaryFolder { folder in
            try makeSnapshot(["config.json", "model.safetensors"], in: folder)
            try FileManager.default.removeItem(atPath: "\(folder)/hub/models--org--model/blobs/1")
            let path = "\(folder)/hub/models--org--model/snapshots/\(Self.commit)"
            #expect(try snapshot(folder) == .partial(path, missing: ["model.safetensors"]))
        }
    }

    @Test func revisionsAreFoundByNameAndByCommit() async throws {
        try await withTemporaryFolder { folder in
            #expect(try snapshot(folder) == .missing)
            try makeSnapshot(["config.json", "model.safetensors"], in: folder)
            let path = "\(folder)/hub/models--org--model/snapshots/\(Self.commit)"
            #expect(try snapshot(folder, "org/model@\(Self.commit)") == .whole(path))
            #expect(try snapshot(folder, "org/model@v1") == .missing)
            #expect(try snapshot(folder, "org/other") == .missing)
            try Data("../../../etc".utf8).write(to: URL(fileURLWithPath: "\(folder)/hub/models--org--model/refs/main"))
            #expect(try snapshot(folder) == .missing)
        }
    }

    @Test func pathsComeBeforeNames() async throws {
        try await withTemporaryFolder { folder in
            try makeSnapshot(["config.json", "model.safetensors"], in: folder)
            let settings = HubSettings(cache: HubCache(folder: folder + "/hub"), endpoint: "http://127.0.0.1:1", isOffline: true)
            func resolve(_ argument: String) throws -> String { try ModelFolder.resolve(argument, settings: settings) }
            let path = "\(folder)/hub/models--org--model/snapshots/\(Self.commit)"
            #expect(try resolve("org/model") == path)
            #expect(try resolve("org/model@\(Self.commit)") == path)
            for argument in [folder, "/nowhere/x", "./org/model", "run", "", "a/b/c", "~/x", "../x/y"] {
                #expect(try resolve(argument) == argument)
            }
            #expect(throws: HubError.notCachedOffline("org/other")) { try resolve("org/other") }
            try FileManager.default.removeItem(atPath: "\(folder)/hub/models--org--model/blobs/1")
            #expect(throws: HubError.incompleteOffline("org/model", missing: ["model.safetensors"])) { try resolve("org/model") }
        }
    }

    #if Hub
        @Test func whatIsNotThereIsDownloadedOnceAndFoundOffline() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub()
                let online = stub.settings(folder), offline = stub.settings(folder, isOffline: true)
                func resolve(_ settings: HubSettings, _ name: String = "org/model") async throws -> String {
                    try await onThread { try ModelFolder.resolve(name, settings: settings) }
                }
                await #expect(throws: HubError.notCachedOffline("org/model")) { try await resolve(offline) }
                #expect(stub.hub.requests.isEmpty)
                let path = try await resolve(online)
                let count = stub.hub.requests.count
                #expect(contents(path + "/config.json") == stub.model.file("config.json")?.bytes)
                #expect(try await resolve(online) == path)
                #expect(try await resolve(offline) == path)
                #expect(try await HubDownload(try HubModelName("org/model"), settings: offline).run().folder == path)
                #expect(stub.hub.requests.count == count)

                let other = stub.settings(folder + "/other")
                let tokenizer = try await onThread {
                    try ModelFolder.resolve("org/model", need: .tokenizer, settings: other)
                }
                #expect(tree(tokenizer) == ["config.json", "tokenizer.json"])

                try FileManager.default.removeItem(atPath: path + "/model.safetensors")
                await #expect(throws: HubError.incompleteOffline("org/model", missing: ["model.safetensors"])) {
                    try await resolve(offline)
                }
                #expect(try await resolve(online) == path)
                #expect(contents(path + "/model.safetensors") == stub.model.file("model.safetensors")?.bytes)
            }
        }
    #endif
}
