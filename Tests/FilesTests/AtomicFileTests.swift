import Foundation
import SequiturFiles
import Testing

@Suite struct AtomicFileTests {
    @Test(arguments: [0, 1, 262_143, 262_144, 262_145, 1_000_003])
    func writesExactlyWhatTheBodyWrites(count: Int) throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
        try AtomicFile.write(bytes, to: folder.path + "/whole")
        #expect(folder.contents(of: "whole") == bytes)
        try AtomicFile.write(to: folder.path + "/parts") { writer in
            try writer.write("head ")
            for start in stride(from: 0, to: count, by: 1013) { try writer.write(Array(bytes[start..<min(start + 1013, count)])) }
            #expect(writer.count == count + 5)
        }
        #expect(folder.contents(of: "parts") == Array("head ".utf8) + bytes)
        #expect(try folder.names == ["parts", "whole"])
    }

    @Test func anErrorOfTheBodyLeavesTheOldFileAndNothingBesideIt() throws {
        struct Refusal: Error {}
        let folder = try TemporaryFolder()
        let path = try folder.file("model", [1, 2, 3])
        #expect(throws: Refusal.self) {
            try AtomicFile.write(to: path) { writer in
                try writer.write([UInt8](repeating: 9, count: 1 << 20))
                throw Refusal()
            }
        }
        #expect(folder.contents(of: "model") == [1, 2, 3])
        #expect(try folder.names == ["model"])
    }

    /// Fails the first operation, then the second, and so on until a write goes through: whatever refuses, the file
    /// holds the old contents or the new ones and nothing lies beside it.
    @Test(arguments: [ENOSPC, EIO, EDQUOT]) func noFailingOperationLosesTheOldFile(code: Int32) throws {
        let folder = try TemporaryFolder()
        let old = [UInt8](repeating: 1, count: 100)
        let new = [UInt8](repeating: 2, count: 700_000)
        let path = try folder.file("model", old)
        var failed: Set<FileOperation> = []
        var failures = 0
        while true {
            let countdown = Countdown(failures)
            do {
                try FaultInjection.$current.withValue(FaultInjection { countdown.step($0) ? code : nil }) {
                    try AtomicFile.write(to: path) { writer in
                        for part in 0..<7 { try writer.write(Array(new[part * 100_000..<(part + 1) * 100_000])) }
                    }
                }
                break
            } catch let error as FileError {
                #expect(error.code == code)
                #expect(error.path == path)
            }
            // Only syncing the folder comes after the new contents took the name.
            #expect(folder.contents(of: "model") == (countdown.failed == .synchronizeFolder ? new : old))
            #expect(try folder.names == ["model"])
            if let operation = countdown.failed { failed.insert(operation) }
            failures += 1
        }
        #expect(failed == [.create, .write, .synchronize, .close, .rename, .synchronizeFolder])
        #expect(folder.contents(of: "model") == new)
    }

    @Test func aWriteErrorThatTheBodyOverlooksStillFailsTheFile() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("model", [1])
        let countdown = Countdown(1)
        #expect(throws: FileError.self) {
            try FaultInjection.$current.withValue(FaultInjection { countdown.step($0) ? ENOSPC : nil }) {
                try AtomicFile.write(to: path) { writer in
                    try? writer.write([UInt8](repeating: 2, count: 1 << 20))
                    try writer.write("rest")
                }
            }
        }
        #expect(folder.contents(of: "model") == [1])
    }

    @Test func aFileThatIsMappedKeepsItsBytesWhenItIsReplaced() throws {
        let folder = try TemporaryFolder()
        let old = [UInt8](repeating: 5, count: 50_000)
        let path = try folder.file("model", old)
        let mapped = try MappedFile(path: path)
        try AtomicFile.write(to: path) { try $0.write(UnsafeRawBufferPointer(rebasing: mapped.bytes.prefix(20_000))) }
        #expect(mapped.bytes.elementsEqual(old))
        #expect(folder.contents(of: "model") == Array(old.prefix(20_000)))
    }

    @Test func permissionsFollowTheUmask() throws {
        let folder = try TemporaryFolder()
        let mask = umask(0)
        umask(mask)
        try AtomicFile.write("text", to: folder.path + "/file")
        var status = stat()
        #expect(stat(folder.path + "/file", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o666 & ~mask)
    }

    @Test func whatIsNotAFileIsNotReplaced() throws {
        let folder = try TemporaryFolder()
        #expect(#expect(throws: FileError.self) { try AtomicFile.write("x", to: folder.path) }?.code == EISDIR)
        #expect(#expect(throws: FileError.self) { try AtomicFile.write("x", to: folder.path + "/") }?.code == EISDIR)
        #expect(#expect(throws: FileError.self) { try AtomicFile.write("x", to: folder.path + "/none/x") }?.code == ENOENT)
        #expect(throws: FileError.self) { try AtomicFile.write("x", to: "/dev/null") }
        #expect(throws: FileError.self) { try AtomicFile.write("x", to: "") }
        #expect(try folder.names.isEmpty)
    }

    @Test func whatKilledProcessesLeftIsRemoved() throws {
        let folder = try TemporaryFolder()
        let mine = ".sequitur-\(getpid())-ab.tmp", alive = ".sequitur-1-ab.tmp"  // process 1 always runs
        let foreign = [".other-\(getpid())-ab.tmp", ".sequitur-x-ab.tmp", ".sequitur-ab.tmp", "sequitur-7-ab.tmp", "model"]
        for name in [mine, alive] + foreign { _ = try folder.file(name) }
        #expect([mine, alive].allSatisfy(AtomicFile.isUnfinished) && !foreign.contains(where: AtomicFile.isUnfinished))
        try AtomicFile.tidy(folder.path)
        #expect(try Set(folder.names) == Set([alive] + foreign))
    }

    @Test func aNameInTheWorkingFolderNeedsNoSlash() throws {
        let name = "sequitur-test-\(UUID().uuidString)"
        defer { unlink(name) }
        try AtomicFile.write("here", to: name)
        #expect(try MappedFile(path: name).text() == "here")
    }
}
