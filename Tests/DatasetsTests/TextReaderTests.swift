import Foundation
import SequiturDatasets
import SequiturFiles
import SequiturText
import Testing

@Suite struct TextReaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func contents(_ reader: TextReader, pieceBytes: Int = TextReader.defaultPieceBytes) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for file in reader.files {
            var start = 0
            try reader.read(file, pieceBytes: pieceBytes) { piece, offset in
                #expect(offset >= start)
                #expect(piece.firstInvalidUTF8Offset == nil, "a character was cut at \(offset)")
                start = offset + piece.count
                bytes += piece
            }
        }
        return bytes
    }

    @Test func foldersAreReadInOrder() throws {
        try folder.write("b.txt", "1")
        try folder.write("a/z.txt", "2")
        try folder.write("a/c/d.txt", "3")
        try folder.write("a.txt", "4")
        try folder.write("B.txt", "5")
        try folder.write("notes.md", "not text of ours")
        try folder.write(".hidden.txt", "hidden")
        try folder.write(".git/x.txt", "hidden")
        try folder.write("empty.txt", "")
        let reader = try TextReader(folder.path)
        #expect(
            reader.files.map { $0.path.dropFirst(folder.path.count + 1) }
                == ["B.txt", "a.txt", "a/c/d.txt", "a/z.txt", "b.txt", "empty.txt"])
        #expect(try contents(reader) == Array("54321".utf8))
        #expect(reader.byteCount == 5)
        #expect(try TextReader([folder.path + "/notes.md", folder.path + "/a/"]).files.count == 3)
    }

    @Test func linksAreFollowedOnce() throws {
        try folder.write("data/a.txt", "1")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/data/loop", withDestinationPath: folder.path + "/data")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/data/b.txt", withDestinationPath: folder.path + "/data/a.txt")
        #expect(try contents(TextReader(folder.path)) == Array("11".utf8))
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/data/c.txt", withDestinationPath: "/nowhere")
        #expect(throws: FileError.self) { try TextReader(folder.path) }
    }

    @Test func whatIsMissingOrEmptyIsNamed() throws {
        #expect(throws: DatasetError.noPaths) { try TextReader([]) }
        let absent = folder.path + "/absent.txt"
        let missing = #expect(throws: FileError.self) { try TextReader(absent) }
        #expect(missing?.description.hasPrefix("cannot read '\(absent)': no such file or directory;") == true)
        #expect(throws: FileError.self) { try TextReader("") }
        let empty = try folder.write("empty.txt", "")
        #expect(throws: DatasetError.emptyFile(path: empty)) { try TextReader(empty) }
        #expect(throws: DatasetError.emptyFolder(path: folder.path)) { try TextReader(folder.path) }
        #expect(throws: FileError.self) { try TextReader("/dev/null") }
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything")) func whatMayNotBeReadIsNamed() throws {
        let path = try folder.write("secret.txt", "text")
        #expect(chmod(path, 0) == 0)
        let reader = try TextReader(path)
        let error = #expect(throws: FileError.self) { try contents(reader) }
        #expect(error?.path == path)
    }

    @Test func aFileThatVanishesIsAnError() throws {
        let path = try folder.write("a.txt", "text")
        let reader = try TextReader(path)
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: FileError.self) { try contents(reader) }
    }

    @Test func piecesAreWholeCharacters() throws {
        let text = "a\u{E9}中🛥\r\nb\u{301}渡船\u{10FFFF}\u{85}"
        let reader = try TextReader(folder.write("a.txt", text))
        for pieceBytes in 1...40 { #expect(try contents(reader, pieceBytes: pieceBytes) == Array(text.utf8)) }
    }

    @Test func recordsAreOfTheContents() throws {
        let text = "a\u{E9}中🛥\r\n"
        let a = try folder.write("a.txt", text)
        let b = try folder.write("b.txt", "x")
        let record = try TextReader([a, b]).record()
        #expect(record.byteCount == text.utf8.count + 1)
        #expect(record.characterCount == text.unicodeScalars.count + 1)
        #expect(record.files[0].content == Array(text.utf8).withUnsafeBytes { Fingerprint(of: $0) })
        #expect(try TextReader([b, a]).record().fingerprint != record.fingerprint)
        let copy = try folder.write("elsewhere/c.txt", text)
        #expect(try TextReader([copy, b]).record().fingerprint == record.fingerprint)
        try folder.write("b.txt", "y")
        #expect(try TextReader([a, b]).record().fingerprint != record.fingerprint)
    }

    @Test func aByteOrderMarkIsNotText() throws {
        let path = try folder.write("mark.txt", [0xEF, 0xBB, 0xBF] + Array("ab".utf8))
        let reader = try TextReader(path)
        for pieceBytes in 1...6 { #expect(try contents(reader, pieceBytes: pieceBytes) == Array("ab".utf8)) }
        #expect(try reader.record().characterCount == 2)
        let later = try TextReader(folder.write("later.txt", "a\u{FEFF}b"))
        #expect(try contents(later) == Array("a\u{FEFF}b".utf8))
        // Places count from the start of the file.
        let tokenizer = try CharacterTokenizer(trainedOn: "ac")
        #expect(throws: DatasetError.tokenizer(path: path, .unknownCharacter(0x62, byteOffset: 4))) {
            _ = try reader.encode(with: tokenizer) { _ in }
        }
    }

    @Test(
        arguments: [
            ([0x61, 0xE9, 0x20], 1), ([0xFF, 0xFE, 0x61, 0x00], 0), ([0x61, 0xE4, 0xB8], 1), ([0x80], 0), ([0xC0, 0x80], 0),
            ([0x61, 0x62, 0xED, 0xA0, 0x80], 2), ([0xEF, 0xBB, 0xBF, 0xFF], 3), ([0xE4, 0xB8, 0xAD, 0xE4, 0xB8, 0x61], 3),
        ] as [([UInt8], Int)])
    func bytesThatAreNotUTF8AreNamed(bytes: [UInt8], byteOffset: Int) throws {
        let path = try folder.write("bad.txt", bytes)
        let reader = try TextReader(path)
        let isUTF16 = bytes.starts(with: [0xFF, 0xFE])
        for pieceBytes in [4, 5, 1000] {
            #expect(throws: DatasetError.notUTF8(path: path, byteOffset: byteOffset, isUTF16: isUTF16)) {
                try contents(reader, pieceBytes: pieceBytes)
            }
        }
        for pieceBytes in 1...3 { #expect(throws: DatasetError.self) { try contents(reader, pieceBytes: pieceBytes) } }
    }

    @Test func everyFileIsADocumentOfItsOwn() throws {
        try folder.write("1.txt", "the cat")
        try folder.write("2.txt", "the dog\n")
        try folder.write("3.txt", "\r\n")
        let reader = try TextReader(folder.path)
        let tokenizer = try reader.trainTokenizer(.word)
        #expect(tokenizer.vocabulary.tokens == ["<unk>", "<eos>", "the", "cat", "dog"])
        for pieceBytes in [1, 2, 3, 100] {
            var ids: [Int32] = []
            _ = try reader.encode(with: tokenizer, pieceBytes: pieceBytes) { ids += $0 }
            #expect(ids == [2, 3, 1, 2, 4, 1, 1])
        }
    }

    @Test func progressIsTold() throws {
        try folder.write("1.txt", "abcde")
        try folder.write("2.txt", "fgh")
        var told: [Int] = []
        _ = try TextReader(folder.path).trainTokenizer(.character, pieceBytes: 2) { bytesRead, byteCount in
            #expect(byteCount == 8)
            told.append(bytesRead)
        }
        #expect(told == [2, 4, 5, 7, 8])
        struct Stop: Error {}
        #expect(throws: Stop.self) { _ = try TextReader(folder.path).trainTokenizer(.character) { _, _ in throw Stop() } }
    }
}
