import Foundation
import SequiturFiles
import SequiturTraining
import Testing

@Suite struct RunFolderTests {
    private let temporary: TemporaryFolder
    init() throws { temporary = try TemporaryFolder() }
    private var path: String { temporary.path + "/a/b/run" }

    @Test func isMadeWithTheFoldersAboveIt() throws {
        let folder = try RunFolder(creating: path, ["task": "language-modeling"])
        #expect(try temporary.names(of: "a/b/run") == [".lock", "sequitur.json"])
        #expect(folder.path(of: .weights) == path + "/model.safetensors")
        let found = try RunFolder(opening: path).readDescription()
        #expect(found["task"] == "language-modeling" && found["sequitur_run"] == 1)
    }

    @Test func anEmptyFolderIsTaken() throws {
        try temporary.makeFolder("a/b/run")
        #expect(throws: Never.self) { try RunFolder(creating: path) }
    }

    @Test func aRunIsNotReplacedUnasked() throws {
        _ = try RunFolder(creating: path)
        #expect { try RunFolder(creating: path) } throws: { "\($0)".contains("--resume") && "\($0)".contains("--overwrite") }
    }

    /// Only what a run writes is replaced.
    @Test func foreignFilesStay() throws {
        _ = try Trainer(SmallTask(), settings: .short(), folder: try RunFolder(creating: path)).run()
        for name in ["config.json", "tokenizer.json", "mine.txt", "checkpoints/notes.txt", "counts.bin", ".sequitur-x.tmp"] {
            _ = try temporary.file("a/b/run/" + name, [65])
        }
        try RunFolder(reserving: path, overwrite: true).begin([:], others: ["counts.bin"])
        #expect(try temporary.names(of: "a/b/run") == [".lock", ".sequitur-x.tmp", "checkpoints", "mine.txt", "sequitur.json"])
        #expect(try temporary.names(of: "a/b/run/checkpoints") == ["notes.txt"])
    }

    /// What a killed process had not finished writing is cleared away, and does not count as somebody's.
    @Test func unfinishedFilesGo() throws {
        try temporary.makeFolder("a/b/run")
        let leftover = "a/b/run/.sequitur-\(getpid())-ab.tmp"
        _ = try temporary.file(leftover, [65])
        _ = try RunFolder(creating: path)
        #expect(try temporary.names(of: "a/b/run") == [".lock", "sequitur.json"])
        _ = try temporary.file(leftover, [65])
        _ = try RunFolder(resuming: path)
        #expect(try temporary.names(of: "a/b/run") == [".lock", "sequitur.json"])
    }

    // MARK: Reserving

    /// Until it begins, a new run leaves an old one as it was.
    @Test func aReservedFolderIsAsItWas() throws {
        try RunFolder(creating: path, ["task": "old"]).begin(["task": "older"])
        _ = try temporary.file("a/b/run/model.safetensors", [1])
        let before = try temporary.names(of: "a/b/run")
        do {
            let reserved = try RunFolder(reserving: path, overwrite: true)
            #expect(try temporary.names(of: "a/b/run") == before)
            #expect(try reserved.readDescription()["task"] == "older")
        }
        #expect(temporary.contents(of: "a/b/run/model.safetensors") == [1])
    }

    @Test func aFolderOfTokenCachesIsEmpty() throws {
        let cache = try RunFolder(reserving: path).cache
        try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: false)
        #expect(throws: Never.self) { try RunFolder(creating: path) }
        #expect(try temporary.names(of: "a/b/run") == [".lock", "cache", "sequitur.json"])
    }

    // MARK: The lock

    /// One trains, others may read.
    @Test func onlyOneTrains() throws {
        let folder = try RunFolder(creating: path)
        for take in [{ try RunFolder(resuming: $0) }, { try RunFolder(creating: $0, overwrite: true) }] {
            #expect { _ = try take(path) } throws: {
                "\($0)".contains("another process (\(getpid())) is training in '\(path)'") && !"\($0)".contains("\n")
            }
        }
        #expect(throws: Never.self) { try RunFolder(opening: path).readDescription() }
        withExtendedLifetime(folder) {}
    }

    @Test func theLockGoesWithTheLastCopy() throws {
        do {
            let folder = try RunFolder(creating: path), copy = folder
            #expect(throws: TrainingError.self) { try RunFolder(resuming: copy.path) }
        }
        #expect(throws: Never.self) { try RunFolder(resuming: path) }
    }

    @Test(arguments: ["", "{}", "[]", "{\"sequitur_run\":2}", "{\"sequitur_run\":1,"])
    func aFolderThatIsNoRunIsNeverOverwritten(description: String) throws {
        try temporary.makeFolder("a/b/run")
        for name in ["model.safetensors", "sequitur.json"] { _ = try temporary.file("a/b/run/" + name, Array(description.utf8)) }
        #expect { try RunFolder(creating: path, overwrite: true) } throws: { "\($0)".contains("name a new or empty folder") }
        for take in [{ try RunFolder(opening: $0) }, { try RunFolder(resuming: $0) }] {
            #expect { _ = try take(path) } throws: { "\($0)".contains("holds no run: sequitur.json ") }
        }
        #expect(try temporary.names(of: "a/b/run") == ["model.safetensors", "sequitur.json"])
    }

    @Test func impossiblePlacesAreNamed() throws {
        let file = try temporary.file("file")
        for path in [file, file + "/run", "", "/proc/run"] {
            #expect(throws: FileError.self) { try RunFolder(creating: path) }
        }
        #expect { try RunFolder(opening: path) } throws: { "\($0)".contains(path) }
        #expect(throws: FileError.self) { try RunFolder(opening: file) }
    }
}
