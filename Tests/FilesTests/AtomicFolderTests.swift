import Foundation
import SequiturFiles
import Synchronization
import Testing

@Suite struct AtomicFolderTests {
    private let temporary: TemporaryFolder
    private var path: String { temporary.path + "/model-7" }

    init() throws { temporary = try TemporaryFolder() }

    private func write(_ text: String, to path: String, removing isOurs: (String) -> Bool = { _ in true }) throws {
        try AtomicFolder.write(to: path, removing: isOurs) { folder in
            for name in ["a", "b"] { try AtomicFile.write("\(text) \(name)", to: "\(folder)/\(name)") }
        }
    }

    /// What the folder holds: nil where there is none, and "torn" where its files are of two writings.
    private func contents(of folder: String) -> String? {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
        let texts = names.sorted().map { FileManager.default.contents(atPath: "\(folder)/\($0)") ?? Data() }
        for text in ["old", "new"] where texts == ["a", "b"].map({ Data("\(text) \($0)".utf8) }) { return text }
        return "torn"
    }

    @Test func appearsWholeAndIsReplacedWhole() throws {
        try write("old", to: path)
        #expect(contents(of: path) == "old")
        try write("new", to: path)
        #expect(contents(of: path) == "new")
        #expect(try temporary.names == ["model-7"])
    }

    @Test func anErrorOfTheBodyLeavesTheOldFolderAndNothingBesideIt() throws {
        struct Refusal: Error {}
        try write("old", to: path)
        #expect(throws: Refusal.self) {
            try AtomicFolder.write(to: path) { folder in
                try AtomicFile.write("new a", to: folder + "/a")
                throw Refusal()
            }
        }
        #expect(contents(of: path) == "old")
        #expect(try temporary.names == ["model-7"])
    }

    /// Fails the first operation, then the second, and so on until a write goes through.
    @Test(arguments: [false, true]) func noFailingOperationLosesTheOldFolder(replaces: Bool) throws {
        if replaces { try write("old", to: path) }
        var failed: Set<FileOperation> = []
        for number in 0... {
            let countdown = Countdown(number)
            do {
                try FaultInjection.$current.withValue(FaultInjection { countdown.step($0) ? ENOSPC : nil }) {
                    try write("new", to: path)
                }
                break
            } catch let error as FileError {
                // Named as they are to be called, not as they are called meanwhile.
                let isNamed = [path, path + "/a", path + "/b", temporary.path].contains(error.path) || error.action == "remove"
                #expect(error.code == ENOSPC && isNamed, "\(error)")
            }
            if let operation = countdown.failed { failed.insert(operation) }
            let found = contents(of: path)
            #expect(found == (replaces ? "old" : nil) || found == "new", "operation \(number)")
            try AtomicFolder.tidy(temporary.path, names: { $0 == "model-7" })
            #expect(try temporary.names == (found == nil ? [] : ["model-7"]), "operation \(number)")
            if found == "new" {
                try AtomicFolder.remove(path)
                if replaces { try write("old", to: path) }
            }
        }
        #expect(failed.isSuperset(of: [.makeFolder, .create, .write, .synchronize, .close, .rename, .synchronizeFolder]))
        #expect(failed.contains(.remove) == replaces)
        #expect(contents(of: path) == "new")
    }

    /// A copy of the folder as it stands before operation n is what a kill there leaves: tidied, the old model or the new one.
    @Test func aKillAtAnyOperationLosesNothing() throws {
        let work = temporary.path + "/work", killed = temporary.path + "/killed-", counter = Counter()
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: false)
        try write("old", to: work + "/model-7")
        let snapshots = FaultInjection { _ in
            try? FileManager.default.copyItem(atPath: work, toPath: killed + String(counter.next()))
            return nil
        }
        try FaultInjection.$current.withValue(snapshots) { try write("new", to: work + "/model-7") }
        var found: [String] = []
        for number in 1...counter.total {
            let folder = killed + String(number)
            try AtomicFolder.tidy(folder, names: { $0 == "model-7" })
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model-7"], "operation \(number)")
            found.append(contents(of: folder + "/model-7") ?? "nothing")
        }
        let first = try #require(found.firstIndex(of: "new"))
        #expect(found[..<first].allSatisfy { $0 == "old" } && found[first...].allSatisfy { $0 == "new" }, "\(found)")
        #expect(first > 10)
    }

    @Test func removingTakesTheNameFirst() throws {
        try write("old", to: path)
        for number in 0... {
            let countdown = Countdown(number)
            do {
                try FaultInjection.$current.withValue(FaultInjection { countdown.step($0) ? EIO : nil }) {
                    try AtomicFolder.remove(path)
                }
                break
            } catch is FileError {}
            #expect([nil, "old"].contains(contents(of: path)), "operation \(number)")
            if contents(of: path) == nil { try write("old", to: path) }
        }
        try AtomicFolder.tidy(temporary.path, names: { $0 == "model-7" })
        #expect(try temporary.names.isEmpty)
    }

    @Test func filesOfOthersStay() throws {
        try write("old", to: path)
        _ = try temporary.file("model-7/notes.txt", [65])
        try write("new", to: path, removing: { $0 != "notes.txt" })
        #expect(contents(of: path) == "new")
        let aside = try #require(try temporary.names.first { $0 != "model-7" })
        #expect(temporary.contents(of: aside + "/notes.txt") == [65])
    }

    @Test func tidyingLeavesWhatIsOfOthers() throws {
        let mine = "7-\(getpid())-ab"
        let foreign = [".model-7-1-ab.tmp", ".model-x.tmp", ".other-\(mine).tmp", "model-\(mine).tmp"]  // process 1 always runs
        for name in [".model-\(mine).tmp", ".model-\(mine).old"] + foreign {
            try FileManager.default.createDirectory(atPath: temporary.path + "/" + name, withIntermediateDirectories: false)
        }
        try AtomicFolder.tidy(temporary.path, names: { $0.hasPrefix("model") })
        // What stood aside has its name again.
        #expect(try Set(temporary.names) == Set(foreign + ["model-7"]))
    }
}
