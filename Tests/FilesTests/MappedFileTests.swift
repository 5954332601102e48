import Foundation
import SequiturFiles
import Testing

@Suite struct MappedFileTests {
    @Test func readsTheBytesOfAFile() throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let file = try MappedFile(path: folder.file("data", bytes))
        #expect(file.count == bytes.count)
        #expect(file.bytes.elementsEqual(bytes))
    }

    @Test func anEmptyFileIsEmpty() throws {
        let folder = try TemporaryFolder()
        let file = try MappedFile(path: folder.file("empty"))
        #expect(file.count == 0)
        #expect(try file.text() == "")
    }

    @Test func aMissingFileIsNamed() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: FileError.self) { try MappedFile(path: folder.path + "/none") }
        #expect(error?.code == ENOENT)
        #expect(error?.description.hasPrefix("cannot read '\(folder.path)/none': no such file or directory; ") == true)
    }

    @Test func foldersDevicesAndImpossiblePathsAreRefused() throws {
        let folder = try TemporaryFolder()
        #expect(#expect(throws: FileError.self) { try MappedFile(path: folder.path) }?.code == EISDIR)
        #expect(#expect(throws: FileError.self) { try MappedFile(path: "/dev/null") }?.reason == "it is not a regular file")
        #expect(throws: FileError.self) { try MappedFile(path: "") }
        let file = try folder.file("data", [1])
        #expect(
            #expect(throws: FileError.self) { try MappedFile(path: file + "\0.txt") }?.reason == "the path contains a zero byte")
    }

    /// A pipe that nobody writes to must not stop the program.
    @Test(.timeLimit(.minutes(1))) func aPipeIsRefusedAtOnce() throws {
        let path = try TemporaryFolder()
        #expect(mkfifo(path.path + "/pipe", 0o600) == 0)
        #expect(throws: FileError.self) { try MappedFile(path: path.path + "/pipe") }
    }

    @Test func textThatIsNotUTF8IsReportedWithItsOffset() throws {
        let folder = try TemporaryFolder()
        #expect(try MappedFile(path: folder.file("good", Array("Grüße\r\n".utf8))).text() == "Grüße\r\n")
        let file = try MappedFile(path: folder.file("bad", Array("plain text, then ".utf8) + [0xFC, 0x20]))
        #expect(#expect(throws: FileError.self) { try file.text() }?.reason == "the text is not UTF-8 at byte 17")
    }

    @Test func messagesStayOnOneLine() throws {
        let error = #expect(throws: FileError.self) { try MappedFile(path: "/none/a\nb\u{1B}[2J\u{202E}") }
        #expect(error?.description.contains("'/none/a\\u{A}b\\u{1B}[2J\\u{202E}'") == true)
        #expect(String(repeating: "x", count: 500).printable(limit: 10) == "xxxxxxxxxx…")
    }
}
