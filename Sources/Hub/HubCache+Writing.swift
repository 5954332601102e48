import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// Whatever is written takes its name only when it is whole, so that several processes may write at once: the last one's is taken,
// and all are the same.
extension HubCache {
    /// Makes the folders of a model, and marks the cache as one that backups may leave out (bford.info/cachedir).
    func prepare(for model: HubModelName) throws {
        try Folder.make(blobFolder(of: model))
        try Folder.make("\(repositoryFolder(of: model))/snapshots")
        let tag = "\(folder)/CACHEDIR.TAG"
        guard !Folder.exists(tag) else { return }
        try AtomicFile.write(
            """
            Signature: 8a477f597d28d172789f06886806bc55
            # This file is a cache directory tag created by sequitur.
            # For information about cache directory tags, see:
            #\thttps://bford.info/cachedir/

            """, to: tag)
    }

    /// Whether a blob of this size is there.
    func hasBlob(_ etag: String, size: Int, of model: HubModelName) -> Bool {
        var status = stat()
        return stat("\(blobFolder(of: model))/\(etag)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            && status.st_size == size
    }

    /// Whether a file of a commit is there.
    func hasFile(_ name: String, commit: String, of model: HubModelName) -> Bool {
        Self.kind(of: "\(snapshotFolder(of: model, commit: commit))/\(name)") == S_IFREG
    }

    /// Gives a blob its name in the snapshot of a commit.
    ///
    /// - Parameter name: a safe one.
    func link(_ name: String, toBlob etag: String, commit: String, of model: HubModelName) throws {
        precondition(HubFileName.isSafe(name) && HubFileName.isSafe(etag: etag), "HubCache.link: '\(name)', '\(etag)'")
        var path = snapshotFolder(of: model, commit: commit)
        try Folder.make(path)
        let parts = name.split(separator: "/").map(String.init)
        for part in parts.dropLast() {
            path += "/\(part)"
            // A link in the place of a folder could lead anywhere.
            guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw FileError(action: "write", path: path, code: errno) }
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw FileError(
                    action: "write", path: path, reason: "it is not a folder", advice: "remove it from the cache and try again")
            }
        }
        let temporaryPath = "\(path)/.sequitur-\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 16)).tmp"
        path += "/\(parts[parts.count - 1])"
        let target = String(repeating: "../", count: parts.count + 1) + "blobs/\(etag)"
        guard symlink(target, temporaryPath) == 0 else { throw FileError(action: "write", path: path, code: errno) }
        do { try Folder.move(temporaryPath, to: path) } catch {
            unlink(temporaryPath)
            throw error
        }
    }

    /// Takes note of the commit that a model's revision is.
    func setReference(of model: HubModelName, to commit: String) throws {
        guard model.revision != commit, self.commit(of: model) != commit else { return }
        let path = referencePath(of: model)
        try Folder.make(Folder.parent(of: path))
        try AtomicFile.write(commit, to: path)
    }

    /// Removes what killed downloads left a day ago or earlier: by age, since a process at work may be on another machine.
    func tidy(_ model: HubModelName) throws {
        let folder = blobFolder(of: model)
        for name in try Folder.contents(of: folder) where BlobFile.isUnfinished(name) {
            var status = stat()
            if lstat("\(folder)/\(name)", &status) == 0, Int(time(nil)) - modificationTime(status) > 86_400 {
                try Folder.removeFile("\(folder)/\(name)")
            }
        }
    }

    private func modificationTime(_ status: stat) -> Int {
        #if canImport(Darwin)
            status.st_mtimespec.tv_sec
        #else
            status.st_mtim.tv_sec
        #endif
    }
}
