import SequiturFiles
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Gives a folder of its own to a test, gone with it.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/sequitur-tasks-XXXXXX".utf8CString)
    let path = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { removeFolder(path) }
    try body(path)
}

func bytes(of path: String) throws -> [UInt8] { try MappedFile(path: path).withBytes { Array($0) } }

/// Sentences of a small grammar, so that much of a word follows from its neighbours.
func writeSentences(_ count: Int, to path: String) throws {
    let animals = ["keeper", "raven", "heron", "miller"], places = ["lighthouse", "harbour", "river", "meadow"]
    let verbs = ["crossed", "watched", "painted"]
    let lines = (0..<count).map {
        "the \(animals[$0 * 7 % 4]) \(verbs[$0 * 5 % 3]) the old \(places[$0 * 7 % 4]) every morning\n"
    }
    try AtomicFile.write(lines.joined(), to: path)
}

/// Removes a folder that a test made, with all that is in it.
func removeFolder(_ path: String) {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name == "." || name == ".." { continue }
        let child = "\(path)/\(name)"
        if unlink(child) != 0 { removeFolder(child) }
    }
    closedir(folder)
    rmdir(path)
}
