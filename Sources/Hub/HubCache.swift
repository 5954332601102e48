import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Models that were downloaded, in the layout that Python's huggingface_hub reads and writes:
///
///     models--ORG--NAME/blobs/ETAG                     a file's bytes
///     models--ORG--NAME/snapshots/COMMIT/FILE          a relative symbolic link to a blob
///     models--ORG--NAME/refs/REVISION                  the commit that a branch or tag was when it was last asked for
///     models--ORG--NAME/trees/COMMIT.json              all files of a commit, where huggingface_hub has listed them
///
/// Reading needs no network and takes no lock: whatever has its name is whole.
public struct HubCache: Sendable, Equatable {
    public let folder: String

    public init(folder: String) { self.folder = folder }

    /// What is needed of a model.
    public enum Need: Sendable {
        /// Configuration and weights.
        case weights
        case tokenizer
        /// Whatever a selection of files says.
        case files(FileSelection)

        /// What to download.
        var selection: FileSelection {
            switch self {
            case .weights: FileSelection()
            case .tokenizer: .tokenizer
            case .files(let selection): selection
            }
        }
    }

    public enum Snapshot: Equatable, Sendable {
        case missing
        /// A folder with holes, and names of files that are not there.
        case partial(String, missing: [String])
        /// The path of a folder that has what is needed.
        case whole(String)
    }

    /// Looks for a model.
    ///
    /// - Throws: `FileError` where a folder or a list of the cache cannot be read.
    public func snapshot(of model: HubModelName, need: Need) throws -> Snapshot {
        guard let commit = commit(of: model) else { return .missing }
        let path = snapshotFolder(of: model, commit: commit)
        guard Folder.isFolder(path) else { return .missing }
        let names = try Self.files(in: path)
        let missing = try missingFiles(of: model, commit: commit, present: names, need: need)
        return missing.isEmpty ? .whole(path) : .partial(path, missing: missing)
    }

    /// The commit that a revision was when it was last asked for; nil where it never was.
    func commit(of model: HubModelName) -> String? {
        if let text = try? MappedFile(path: referencePath(of: model)), text.count <= 128 {
            let commit = text.withBytes { String(decoding: $0, as: UTF8.self) }.filter { !$0.isWhitespace }
            if HubModelName.isCommit(commit) { return commit }
        }
        return HubModelName.isCommit(model.revision) ? model.revision : nil
    }

    func repositoryFolder(of model: HubModelName) -> String { "\(folder)/\(model.folderName)" }
    func blobFolder(of model: HubModelName) -> String { "\(repositoryFolder(of: model))/blobs" }
    func referencePath(of model: HubModelName) -> String { "\(repositoryFolder(of: model))/refs/\(model.revision)" }
    func snapshotFolder(of model: HubModelName, commit: String) -> String {
        "\(repositoryFolder(of: model))/snapshots/\(commit)"
    }

    /// The files of a folder and those below it, by their relative paths, in order; links that lead nowhere are none.
    static func files(in folder: String, below prefix: String = "", depth: Int = 0) throws -> [String] {
        var names: [String] = []
        for name in try Folder.contents(of: folder) {
            switch kind(of: "\(folder)/\(name)") {
            case S_IFREG: names.append(prefix + name)
            case S_IFDIR where depth < 16:
                names += try files(in: "\(folder)/\(name)", below: "\(prefix)\(name)/", depth: depth + 1)
            default: break
            }
        }
        return names
    }

    /// What a path leads to: `S_IFREG`, `S_IFDIR`, …; nil for nothing.
    static func kind(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}

// What a snapshot needs to be whole.
extension HubCache {
    private func missingFiles(of model: HubModelName, commit: String, present: [String], need: Need) throws -> [String] {
        let path = snapshotFolder(of: model, commit: commit)
        let listed = try listedFiles(of: model, commit: commit)
        let there = Set(present)
        func absent(_ names: [String]) -> [String] { names.filter { !there.contains($0) } }
        switch need {
        case .tokenizer:
            let kinds = ["tokenizer.json", "vocab.txt", "vocab.json", "source.spm"]
            return kinds.contains { there.contains($0) } || present.contains { $0.hasSuffix(".model") } ? [] : ["tokenizer.json"]
        case .files(let selection):
            // Without a list, what is there has to do: but something must be there of every kind that was asked for.
            if let listed { return absent(selection.select(from: listed)) }
            guard !selection.include.isEmpty else {
                return try missingFiles(of: model, commit: commit, present: present, need: .weights)
            }
            return selection.include.filter { FileSelection(include: [$0]).select(from: present).isEmpty }
        case .weights:
            if let listed { return absent(FileSelection().select(from: listed)) }
            let indices = present.filter { $0.hasSuffix(".safetensors.index.json") && !$0.contains("/") }
            let shards = try indices.flatMap { try Self.shards(of: "\(path)/\($0)") }
            let isModel = present.contains { $0.hasSuffix(".safetensors") || $0.hasSuffix(".ngram") }
            return absent(["config.json"] + shards) + (isModel || !shards.isEmpty ? [] : ["model.safetensors"])
        }
    }

    /// All files of a commit as huggingface_hub has listed them; nil where it has not, or in a way that is not known here.
    private func listedFiles(of model: HubModelName, commit: String) throws -> [String]? {
        let path = "\(repositoryFolder(of: model))/trees/\(commit).json"
        guard Folder.exists(path), let tree = try? JSONValue.parse(contentsOf: path), tree["format_version"] == 1 else {
            return nil
        }
        return tree["files"]?.members?.map(\.key)
    }

    /// The files that an index of weights names.
    private static func shards(of index: String) throws -> [String] {
        Set((try JSONValue.parse(contentsOf: index)["weight_map"]?.members ?? []).compactMap(\.value.string)).sorted()
    }
}
