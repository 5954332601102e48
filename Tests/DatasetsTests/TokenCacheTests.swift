import Foundation
import SequiturDatasets
import SequiturFiles
import SequiturText
import Testing

@Suite struct TokenCacheTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static func sample(lines: Int = 200) -> String {
        (0..<lines).map { "line \($0) of \($0 % 7) caf\u{E9} 渡船\r\n" }.joined() + "the end"
    }

    private func modify(_ path: String, secondsAgo: Double) throws {
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -secondsAgo)], ofItemAtPath: path)
    }

    @Test(arguments: TokenizerKind.allCases) func holdsTheTokensOfTheText(kind: TokenizerKind) throws {
        let text = Self.sample()
        try folder.write("text/a.txt", text)
        try folder.write("text/b.txt", "line 3\n")
        let reader = try TextReader(folder.path + "/text")
        let tokenizer = try reader.trainTokenizer(kind)
        let expected = try tokenizer.encode(text, ending: .document) + tokenizer.encode("line 3\n", ending: .document)
        for pieceBytes in [1, 7, 1000, 1 << 18] {
            let path = folder.path + "/cache-\(pieceBytes)"
            try TokenCache.make(at: path, for: reader, tokenizer: tokenizer, pieceBytes: pieceBytes)
            let cache = try TokenCache(opening: path)
            #expect(try cache.tokens.tokens(at: 0..<cache.tokens.count) == expected)
            #expect(cache.tokens.vocabularySize == tokenizer.vocabularySize)
            #expect(cache.tokenizer == tokenizer.fingerprint)
            #expect(try cache.record == reader.record())
            #expect(cache.record.characterCount == text.unicodeScalars.count + 7)
            #expect(try cache.tokens.tokens(at: 5..<9) == Array(expected[5..<9]))
        }
        let memory = try TokenizedText(reader, tokenizer: tokenizer)
        #expect(try memory.tokens.tokens(at: 0..<memory.tokens.count) == expected)
        #expect(try memory.record == reader.record())
    }

    /// 65,536 tokens take two bytes each, 65,537 four.
    @Test(arguments: [(65_536, 2), (65_537, 4)]) func idsTakeTheBytesTheyNeed(vocabularySize: Int, idBytes: Int) throws {
        let words = (0..<vocabularySize - 2).map { "w\($0)" }
        let reader = try TextReader(folder.write("a.txt", words.joined(separator: "\n")))
        let tokenizer = try reader.trainTokenizer(.word)
        #expect(tokenizer.vocabularySize == vocabularySize)
        let path = folder.path + "/cache"
        let cache = try TokenCache.openOrMake(at: path, for: reader, tokenizer: tokenizer)
        let ids = try cache.tokens.tokens(at: 0..<cache.tokens.count)
        #expect(try ids == tokenizer.encode(words.joined(separator: "\n"), ending: .document))
        let size = try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        #expect(size == 64 + (ids.count * idBytes + 7) / 8 * 8 + 24 + 56)
    }

    @Test func isUsedAgainWhileNothingChanges() throws {
        let file = try folder.write("a.txt", Self.sample())
        let tokenizer = try TextReader(file).trainTokenizer(.character)
        let path = folder.path + "/cache"
        /// Whether the text had to be encoded anew.
        func isMade(_ tokenizer: any Tokenizer) throws -> Bool {
            var isMade = false
            let reader = try TextReader(file)
            let cache = try TokenCache.openOrMake(at: path, for: reader, tokenizer: tokenizer) { _, _ in isMade = true }
            #expect(try cache.holds(reader, tokenizer))
            return isMade
        }
        #expect(try isMade(tokenizer))
        #expect(try !isMade(tokenizer))
        try modify(file, secondsAgo: 1000)  // another time, the same bytes
        #expect(try !isMade(tokenizer))
        var bytes = Array(Self.sample().utf8)
        bytes.swapAt(0, 1)  // the same length, other bytes
        try folder.write("a.txt", bytes)
        try modify(file, secondsAgo: 500)
        #expect(try isMade(tokenizer))
        try folder.write("a.txt", Self.sample() + "!e")
        let other = try TextReader(file).trainTokenizer(.character)
        #expect(other.fingerprint != tokenizer.fingerprint)
        #expect(try isMade(other))
        #expect(try isMade(TextReader(file).trainTokenizer(.word)))
        try folder.write("cache", "damaged")
        #expect(try isMade(other))
        #expect(try folder.names() == ["a.txt", "cache"])
    }

    @Test func namesTellTextsAndTokenizersApart() throws {
        let a = try folder.write("a.txt", Self.sample())
        let b = try folder.write("b.txt", Self.sample())
        let tokenizer = try TextReader(a).trainTokenizer(.character)
        let other = try TextReader(a).trainTokenizer(.word)
        let names = try [([a], tokenizer), ([b], tokenizer), ([a, b], tokenizer), ([a], other)].map {
            TokenCache.fileName(for: try TextReader($0.0), tokenizer: $0.1)
        }
        #expect(Set(names).count == 4)
        let detour = folder.path + "/../" + URL(fileURLWithPath: folder.path).lastPathComponent + "/a.txt"
        #expect(try TokenCache.fileName(for: TextReader(detour), tokenizer: tokenizer) == names[0])
    }

    @Test func cacheFoldersAreMade() throws {
        let reader = try TextReader(folder.write("a.txt", Self.sample()))
        let tokenizer = try reader.trainTokenizer(.word)
        let cacheFolder = folder.path + "/deep/er/cache"
        let first = try TokenizedText(reader, tokenizer: tokenizer, cacheFolder: cacheFolder)
        let second = try TokenizedText(reader, tokenizer: tokenizer, cacheFolder: cacheFolder + "/") { _, _ in
            Issue.record("the cache was not used")
        }
        #expect(try first.tokens.tokens(at: 0..<first.tokens.count) == second.tokens.tokens(at: 0..<second.tokens.count))
        #expect(first.record == second.record)
        #expect(throws: FileError.self) {
            try TokenizedText(reader, tokenizer: tokenizer, cacheFolder: folder.path + "/a.txt/cache")
        }
    }

    @Test func nothingIsLeftWhenEncodingFails() throws {
        let file = try folder.write("a.txt", "abc\u{E9}")
        let reader = try TextReader(file)
        let tokenizer = try CharacterTokenizer(trainedOn: "abc")
        #expect(throws: DatasetError.tokenizer(path: file, .unknownCharacter(0xE9, byteOffset: 3))) {
            try TokenCache.make(at: folder.path + "/cache", for: reader, tokenizer: tokenizer)
        }
        #expect(try folder.names() == ["a.txt"])
    }

    @Test func damagedCachesAreRefused() throws {
        let reader = try TextReader(folder.write("a.txt", Self.sample(lines: 5)))
        let tokenizer = try reader.trainTokenizer(.character)
        let path = folder.path + "/cache"
        try TokenCache.make(at: path, for: reader, tokenizer: tokenizer)
        // Not through AtomicFile: hundreds of syncs would take their time.
        func overwrite(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
        let bytes = Array(try #require(FileManager.default.contents(atPath: path)))
        let count = try TokenCache(opening: path).tokens.count
        for length in [0, 1, 8, 63, 64, 119, 120, bytes.count - 1, bytes.count - 8] {
            try overwrite(Array(bytes.prefix(length)))
            #expect(throws: DatasetError.self, "\(length) bytes") { try TokenCache(opening: path) }
        }
        try overwrite(bytes + [0])
        #expect(throws: DatasetError.self) { try TokenCache(opening: path) }
        // Every bit of everything but the ids is covered by the checksum, and nothing traps before it is checked.
        let idsEnd = 64 + (count * 2 + 7) / 8 * 8
        for position in Array(0..<64) + Array(idsEnd..<bytes.count) {
            for bit in [0, 3, 7] {
                var damaged = bytes
                damaged[position] ^= 1 << UInt8(bit)
                try overwrite(damaged)
                #expect(throws: DatasetError.self, "bit \(bit) of byte \(position)") { try TokenCache(opening: path) }
            }
        }
        // A changed id is found when it is read.
        var damaged = bytes
        damaged[64 + 2 * 3 + 1] = 0x7F
        try overwrite(damaged)
        let cache = try TokenCache(opening: path)
        #expect(throws: DatasetError.self) { try cache.tokens.tokens(at: 0..<count) }
        #expect(try cache.tokens.tokens(at: 4..<count).count == count - 4)
    }

    /// A text of 48 MiB, whose ids take four times that in memory, is encoded and read in half of it. In a process of its own, since
    /// other tests' memory would count.
    @Test func memoryStaysBounded() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = folder.path + "/large.txt"
            let block = Self.sample(lines: 20_000) + "\n"
            let times = (48 << 20) / block.utf8.count + 1
            try AtomicFile.write(to: path) { writer in for _ in 0..<times { try writer.write(block) } }
            let reader = try TextReader(path)
            let tokenizer = try reader.trainTokenizer(.character)
            let before = Self.anonymousMemory()
            var greatest = before
            let cache = try TokenCache.openOrMake(at: folder.path + "/cache", for: reader, tokenizer: tokenizer) { _, _ in
                greatest = max(greatest, Self.anonymousMemory())
            }
            #expect(try cache.tokens.count == times * tokenizer.encode(block).count)
            var batches = try ContiguousBatches(cache.tokens, rowCount: 20, windowLength: 1 << 14)
            var batch = TokenBatch()
            while try batches.next(into: &batch) { greatest = max(greatest, Self.anonymousMemory()) }
            #expect(greatest - before < 24 << 20)
        }
    }

    /// The bytes of memory that no file stands behind; 0 where the system does not tell.
    private static func anonymousMemory() -> Int {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
            let kilobytes = Int(line.split(separator: " ").dropLast().last?.trimmingCharacters(in: .whitespaces) ?? "")
        else { return 0 }
        return kilobytes << 10
    }
}
