import Foundation
import SequiturFiles
import Testing

@Suite struct FolderLockTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    @Test func keepsEverybodyElseOutUntilItGoes() throws {
        do {
            let lock = try #require(try FolderLock(temporary.path))
            #expect(try FolderLock(temporary.path) == nil)
            #expect(FolderLock.holder(of: temporary.path) == Int(getpid()))
            withExtendedLifetime(lock) {}
        }
        #expect(try FolderLock(temporary.path) != nil)
        #expect(try temporary.names == [".lock"])
    }

    @Test func aFolderThatIsMissingIsNamed() throws {
        let path = temporary.path + "/missing"
        #expect(#expect(throws: FileError.self) { try FolderLock(path) }?.path == path + "/.lock")
        #expect(FolderLock.holder(of: path) == nil)
    }

    /// The file is made where it is looked for, and nowhere else.
    @Test func aLinkIsNotFollowed() throws {
        let target = temporary.path + "/target"
        try FileManager.default.createSymbolicLink(atPath: temporary.path + "/.lock", withDestinationPath: target)
        #expect(throws: FileError.self) { try FolderLock(temporary.path) }
        #expect(!FileManager.default.fileExists(atPath: target))
    }

    @Test(arguments: ["", "x", "999999999999999999999999"]) func aLockFileOfOthersNamesNobody(text: String) throws {
        _ = try temporary.file(".lock", Array(text.utf8))
        #expect(FolderLock.holder(of: temporary.path) == nil)
        #expect(try FolderLock(temporary.path) != nil)
    }
}
