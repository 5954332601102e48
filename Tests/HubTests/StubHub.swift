import Foundation
import SequiturHub

/// A hub with one model, and the server that its large files lie on: what huggingface.co answers, as far as downloads ask.
final class StubHub: Sendable {
    let hub: StubServer
    let storage: StubServer
    let model: StubModel

    /// - Parameters:
    ///   - token: without which the hub answers 401.
    ///   - fault: what to answer instead; asked first, for both servers.
    init(
        _ model: StubModel = StubModel(), token: String? = nil,
        fault: @escaping @Sendable (StubRequest) -> StubResponse? = { _ in nil }
    ) throws {
        self.model = model
        let storage = try StubServer { request in
            if let response = fault(request) { return response }
            guard let file = model.files.first(where: { request.path.hasPrefix("/storage/\($0.sha256)?") }) else {
                return StubResponse(status: 403)
            }
            // A storage server has etags of its own.
            return Self.part(of: file.bytes, etag: "\"stored-\(file.sha256.prefix(8))\"", asked: request)
        }
        self.storage = storage
        let origin = storage.origin
        hub = try StubServer { request in
            if let response = fault(request) { return response }
            if let token, request.headers["authorization"] != "Bearer \(token)" {
                return StubResponse(status: 401, headers: ["X-Error-Code": "RepoNotFound"])
            }
            return model.answer(request, storage: origin)
        }
    }

    func settings(_ folder: String, token: String? = nil, isOffline: Bool = false) -> HubSettings {
        HubSettings(cache: HubCache(folder: folder + "/hub"), endpoint: hub.origin, token: token, isOffline: isOffline)
    }

    static func part(of bytes: [UInt8], etag: String, asked request: StubRequest) -> StubResponse {
        let range = request.headers["range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) }
        guard let range, request.headers["if-range"].map({ $0 == etag }) ?? true else {
            return StubResponse(headers: ["ETag": etag, "Accept-Ranges": "bytes"], body: bytes)
        }
        guard range < bytes.count else { return StubResponse(status: 416, headers: ["Content-Range": "bytes */\(bytes.count)"]) }
        return StubResponse(
            status: 206, headers: ["ETag": etag, "Content-Range": "bytes \(range)-\(bytes.count - 1)/\(bytes.count)"],
            body: Array(bytes[range...]))
    }
}

struct StubFile: Sendable {
    let name: String
    let bytes: [UInt8]
    /// Stored elsewhere and named by the SHA-256 of its bytes, as files of git-lfs are.
    let isLarge: Bool

    var sha256: String {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update($0) }
        return hexadecimal(hash.finalized())
    }

    var gitName: String {
        var hash = SHA1()
        (Array("blob \(bytes.count)\0".utf8) + bytes).withUnsafeBytes { hash.update($0) }
        return hexadecimal(hash.finalized())
    }

    var etag: String { isLarge ? sha256 : gitName }
}

struct StubModel: Sendable {
    var name = "org/model"
    var commit = "0123456789abcdef0123456789abcdef01234567"
    var revisions = ["main", "v1.0", "refs/pr/1"]
    var files = [
        StubFile(name: "config.json", bytes: Array("{\"model_type\": \"bert\"}".utf8), isLarge: false),
        StubFile(name: "tokenizer.json", bytes: Array(repeating: 0x20, count: 5000), isLarge: false),
        StubFile(name: "model.safetensors", bytes: (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }, isLarge: true),
        StubFile(name: "1_Pooling/config.json", bytes: Array("{}".utf8), isLarge: false),
        StubFile(name: "pytorch_model.bin", bytes: Array(repeating: 1, count: 1000), isLarge: true),
        StubFile(name: "onnx/model.onnx", bytes: Array(repeating: 2, count: 1000), isLarge: true),
        StubFile(name: "a name with spaces & more.txt", bytes: Array("x".utf8), isLarge: false),
        StubFile(name: "empty.txt", bytes: [], isLarge: false),
    ]
    /// Names that the list has beside those of the files.
    var otherNames: [String] = []

    func file(_ name: String) -> StubFile? { files.first { $0.name == name } }

    func answer(_ request: StubRequest, storage: String) -> StubResponse {
        let path = request.path.prefix { $0 != "?" }.removingPercentEncoding ?? ""
        let api = "/api/models/\(name)"
        if path == api || path.hasPrefix(api + "/revision/") {
            let revision = path == api ? "main" : String(path.dropFirst((api + "/revision/").count))
            guard revisions.contains(revision) || revision == commit else {
                return StubResponse(status: 404, headers: ["X-Error-Code": "RevisionNotFound"])
            }
            let names = files.map(\.name) + otherNames
            let siblings = names.map { #"{"rfilename": "\#($0)"}"# }.joined(separator: ", ")
            return json(
                #"{"id": "\#(name)", "modelId": "\#(name)", "sha": "\#(commit)", "siblings": [\#(siblings)], "tags": []}"#)
        }
        // What newer versions of huggingface_hub ask.
        if path == "\(api)/tree/\(commit)" {
            let entries = files.map { file in
                let large = #", "lfs": {"oid": "\#(file.sha256)", "size": \#(file.bytes.count), "pointerSize": 130}"#
                return #"{"type": "file", "path": "\#(file.name)", "size": \#(file.bytes.count), "oid": "\#(file.gitName)""#
                    + (file.isLarge ? large : "") + "}"
            }
            return json("[\(entries.joined(separator: ", "))]")
        }
        // Small files: a redirect on the same server first.
        if let file = files.first(where: { path == "/api/resolve-cache/models/\(name)/\(commit)/\($0.name)" }) {
            var response = StubHub.part(of: file.bytes, etag: "\"\(file.gitName)\"", asked: request)
            response.headers["X-Repo-Commit"] = commit
            return response
        }
        for revision in revisions + [commit] where path.hasPrefix("/\(name)/resolve/\(revision)/") {
            let wanted = String(path.dropFirst("/\(name)/resolve/\(revision)/".count))
            guard let file = file(wanted) else { break }
            var headers = ["X-Repo-Commit": commit]
            guard file.isLarge else {
                let address = "/api/resolve-cache/models/\(name)/\(commit)/\(wanted)"
                headers["Location"] = address.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
                return StubResponse(status: 307, headers: headers)
            }
            headers["Location"] = "\(storage)/storage/\(file.sha256)?signature=1"
            headers["ETag"] = "\"of-the-redirect\""
            headers["X-Linked-Etag"] = "\"\(file.sha256)\""
            headers["X-Linked-Size"] = "\(file.bytes.count)"
            return StubResponse(status: 302, headers: headers, body: Array("Found".utf8))
        }
        let isOurs = path.hasPrefix("/\(name)/resolve/")
        return StubResponse(status: 404, headers: ["X-Error-Code": isOurs ? "EntryNotFound" : "RepoNotFound"])
    }

    private func json(_ text: String) -> StubResponse {
        StubResponse(headers: ["Content-Type": "application/json; charset=utf-8"], body: Array(text.utf8))
    }
}

func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
