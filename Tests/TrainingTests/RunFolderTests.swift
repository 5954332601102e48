import SequiturFiles
import SequiturTraining
import Testing

@Suite struct RunFolderTests {
    private let temporary: TemporaryFolder
    init() throws { temporary = try TemporaryFolder() }
    private var path: String { temporary.path + "/a/b/run" }

    @Test func isMadeWithTheFoldersAboveIt() throws {
        let folder = try RunFolder(creating: path)
        #expect(try temporary.names(of: "a/b/run") == ["sequitur.json"])
        #expect(folder.path(of: .weights) == path + "/model.safetensors")
        try folder.write(["task": "language-modeling"])
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
        let folder = try RunFolder(creating: path)
        _ = try Trainer(SmallTask(), settings: .short(), folder: folder).run()
        for name in ["config.json", "tokenizer.json", "mine.txt", "checkpoints/notes.txt", "counts.bin"] {
            _ = try temporary.file("a/b/run/" + name, [65])
        }
        _ = try RunFolder(creating: path, overwrite: true, others: ["counts.bin"])
        #expect(try temporary.names(of: "a/b/run") == ["checkpoints", "mine.txt", "sequitur.json"])
        #expect(try temporary.names(of: "a/b/run/checkpoints") == ["notes.txt"])
    }

    @Test(arguments: ["", "{}", "[]", "{\"sequitur_run\":2}", "{\"sequitur_run\":1,"])
    func aFolderThatIsNoRunIsNeverOverwritten(description: String) throws {
        try temporary.makeFolder("a/b/run")
        for name in ["model.safetensors", "sequitur.json"] { _ = try temporary.file("a/b/run/" + name, Array(description.utf8)) }
        #expect { try RunFolder(creating: path, overwrite: true) } throws: { "\($0)".contains("name a new or empty folder") }
        #expect { try RunFolder(opening: path) } throws: { "\($0)".contains("holds no run") }
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
