import Foundation
import SequiturFiles
import SequiturTraining
import Testing

@Suite struct CheckpointStoreTests {
    private let temporary: TemporaryFolder
    private let store: CheckpointStore

    init() throws {
        temporary = try TemporaryFolder()
        store = CheckpointStore(folder: temporary.path + "/checkpoints", run: "mine")
    }

    private func files(_ text: String = "x") -> [CheckpointStore.File] {
        [.init(name: "trainer.json") { try AtomicFile.write(text, to: $0) }]
    }

    private func save(_ steps: Int..., keep: Int, protecting: Set<Int> = []) throws -> [Int] {
        for step in steps {
            try store.save(step: step, files())
            try store.rotate(latest: step, keep: keep, protecting: protecting)
        }
        return try store.steps()
    }

    private var names: [String] { get throws { try temporary.names(of: "checkpoints") } }

    // The five ways in which others have deleted the wrong checkpoint.

    @Test func stepsAreSortedAsNumbers() throws {
        #expect(try save(8, 9, 10, 11, keep: 2) == [10, 11])
        #expect(try save(99, 100, keep: 2) == [99, 100])
    }

    @Test func oneIsKeptWhereOneIsAskedFor() throws {
        #expect(try save(1, keep: 1) == [1])
        #expect(try save(2, 3, keep: 1) == [3])
        try store.rotate(latest: 3, keep: 0, protecting: [])
        #expect(try store.steps() == [3])
    }

    @Test func theBestAndTheResumedStay() throws {
        #expect(try save(1, 2, 3, 4, 5, keep: 1, protecting: [2, 3]) == [2, 3, 5])
    }

    @Test func foldersOfOthersStay() throws {
        try CheckpointStore(folder: store.folder, run: "another").save(step: 1, files())
        for name in ["step-2", "step-03", "step-x", "notes"] { try temporary.makeFolder("checkpoints/\(name)") }
        #expect(try save(4, 5, keep: 1) == [1, 2, 5])
        #expect(try names == ["notes", "step-03", "step-1", "step-2", "step-5", "step-x"])
    }

    /// A run that went back to an older checkpoint neither keeps those beyond it for newer, nor removes its own for older.
    @Test func whatWasBeyondTheResumedStepGoes() throws {
        #expect(try save(10, 11, 12, keep: 3) == [10, 11, 12])
        try AtomicFile.write("damage", to: store.path(ofStep: 12) + "/manifest.json")
        #expect(try save(10, keep: 1, protecting: [10]) == [10, 12])
        #expect(try save(11, keep: 1, protecting: [10]) == [10, 11, 12])  // 12 is nobody's: it stays, and counts for nothing
        #expect(try save(12, 13, keep: 1, protecting: [10]) == [10, 13])
    }

    @Test func aFileOfOthersWithinACheckpointStays() throws {
        try store.save(step: 1, files())
        _ = try temporary.file("checkpoints/step-1/notes.txt", [65])
        #expect(try save(2, keep: 1) == [2])
        let left = try #require(try names.first { $0 != "step-2" })
        #expect(try temporary.names(of: "checkpoints/\(left)") == ["notes.txt"])
    }

    @Test func aStepIsReplaced() throws {
        try store.save(step: 1, files("old"))
        try store.save(step: 1, files("new"))
        #expect(try names == ["step-1"])
        #expect(temporary.contents(of: "checkpoints/step-1/trainer.json") == Array("new".utf8))
        #expect(throws: Never.self) { try store.verify(step: 1) }
    }

    // MARK: Damage

    @Test(arguments: [
        "{}", "", "null", "{\"format_version\":2}", "\u{FEFF}{}", "{\"format_version\":1,\"run\":\"r\",\"step\":1}",
    ])
    func aDamagedManifestIsNamed(text: String) throws {
        try store.save(step: 1, files())
        try AtomicFile.write(text, to: store.path(ofStep: 1) + "/manifest.json")
        #expect { try store.verify(step: 1) } throws: { "\($0)".contains("step-1") && "\($0)".contains("manifest.json") }
    }

    @Test func aManifestCannotNameFilesElsewhere() throws {
        try store.save(step: 1, files())
        for name in ["../secret", "/etc/passwd", "..", ""] {
            let text = """
                {"format_version":1,"run":"r","step":1,"files":[{"name":"\(name)","size":1,"xxh64":"0000000000000000"}]}
                """
            try AtomicFile.write(text, to: store.path(ofStep: 1) + "/manifest.json")
            #expect { try store.verify(step: 1) } throws: { "\($0)".contains("malformed") }
        }
    }

    @Test(arguments: ["", "x!", "y"]) func aDamagedFileIsNamed(contents: String) throws {
        try store.save(step: 1, files("x"))
        #expect(throws: Never.self) { try store.verify(step: 1) }
        try AtomicFile.write(contents, to: store.path(ofStep: 1) + "/trainer.json")
        #expect { try store.verify(step: 1) } throws: { "\($0)".contains("trainer.json") }
    }

    @Test func aMissingFileIsNamed() throws {
        try store.save(step: 1, files())
        try temporary.remove("checkpoints/step-1/trainer.json")
        #expect { try store.verify(step: 1) } throws: { "\($0)".contains("trainer.json") }
    }

    // MARK: Leftovers

    @Test func leftoversAreClearedAway() throws {
        try store.save(step: 3, files())
        let mine = "7-\(getpid())-ab", alive = "7-1-ab"  // process 1 always runs
        for name in [".step-\(mine).tmp", ".step-\(alive).tmp", ".step-x-y-z.tmp", ".other.tmp"] {
            try temporary.makeFolder("checkpoints/\(name)")
            _ = try temporary.file("checkpoints/\(name)/trainer.json", [1])
        }
        try store.tidy()
        #expect(try names == [".other.tmp", ".step-7-1-ab.tmp", ".step-x-y-z.tmp", "step-3"])
    }

    /// A checkpoint that stood aside when the program was killed takes its name again, unless its successor has it.
    @Test func aReplacedCheckpointComesBack() throws {
        try store.save(step: 3, files("old"))
        try temporary.move("checkpoints/step-3", to: "checkpoints/.step-3-\(getpid())-ab.old")
        try store.tidy()
        #expect(try names == ["step-3"])
        #expect(throws: Never.self) { try store.verify(step: 3) }
        try temporary.makeFolder("checkpoints/.step-3-\(getpid())-cd.old")
        try store.tidy()
        #expect(try names == ["step-3"])
    }
}
