import SequiturFiles

/// What a hub answers when asked for a revision of a model: its commit and the names of the files.
package struct HubListing: Sendable {
    package let commit: String
    /// Relative paths that stay within the model's folder, each once.
    package let files: [String]

    /// - Throws: `HubError` for an answer that is not a hub's, and for names that could lead out of the folder.
    package init(_ bytes: UnsafeRawBufferPointer, model: String, host: String) throws {
        func wrong(_ reason: String) -> HubError { .notAHub(host: host, reason: reason) }
        let json: JSONValue
        do {
            json = try JSONValue.parse(bytes, limits: JSONLimits(depth: 64, values: 2_000_000))
        } catch {
            throw wrong("its answer is not valid JSON (\(error))")
        }
        guard let commit = json["sha"]?.string, HubModelName.isCommit(commit) else { throw wrong("it names no commit") }
        guard let siblings = json["siblings"]?.array else { throw wrong("it lists no files") }
        var names: [String] = []
        for sibling in siblings {
            guard let name = sibling["rfilename"]?.string else { throw wrong("it lists a file without a name") }
            guard HubFileName.isSafe(name) else { throw HubError.unsafeFileName(name, model: model) }
            names.append(name)
        }
        var seen: Set<String> = []
        self.commit = commit
        files = names.filter { seen.insert($0).inserted }
    }
}
