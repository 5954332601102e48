import Foundation
import SequiturFiles
import SequiturText
import Testing

/// Models were made by `Tools/make_sentencepiece_fixtures.py`, with the ids that SentencePiece gives.
@Suite struct SentencePieceTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures/SentencePiece/"
    static let names = ["unigram", "unigram-bytes", "unigram-user", "bpe", "bpe-bytes", "bpe-user"]
    /// The committed models, and those in the folder that SEQUITUR_TOKENIZER_FIXTURES names.
    private static let paths: [String] = {
        let given = ProcessInfo.processInfo.environment["SEQUITUR_TOKENIZER_FIXTURES"].map { [$0 + "/"] } ?? []
        return names.map { folder + $0 }
            + given.flatMap { folder in
                ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
                    .filter { $0.hasSuffix(".model") }.map { folder + $0.dropLast(".model".count) }
            }
    }()

    @Test(arguments: paths) func givesWhatSentencePieceGives(path: String) throws {
        let tokenizer = try TokenizerFolder.sentencePiece(path + ".model")
        let samples = try #require(try JSONValue.parse(contentsOf: path + ".expected.json").array)
        try #require(samples.count >= 20)
        for sample in samples {
            let text = try #require(sample["text"]?.string)
            let ids = try #require(sample["ids"]?.array).compactMap(\.int)
            #expect(try tokenizer.encode(text).ids.map(Int.init) == ids, "ids of \(text.debugDescription)")
            let decoded = try #require(sample["decoded"]?.string)
            let found = try tokenizer.decode(ids.map { Int32($0) }, skipsSpecialTokens: false)
            // SentencePiece shows what it does not know as " ⁇ ", its vocabulary as "<unk>".
            #expect(
                found.replacingOccurrences(of: "<unk>", with: " \u{2047} ", options: .literal) == decoded,
                "decoding of \(text.debugDescription)")
        }
    }

    /// A model is found in a folder by each of the names that are in use.
    @Test(arguments: ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "sentencepiece.model", "spm.model"])
    func modelsAreFoundInFolders(file: String) throws {
        let model = try contents("bpe")
        let tokenizer = try withTokenizerFolder([file: model]) { try TokenizerFolder.read($0) }
        #expect(tokenizer.json == (try TokenizerFolder.sentencePiece(Self.folder + "bpe.model")).json)
    }

    /// A file that was cut off is an error, unless it was cut between two fields: then it is read or refused, but never traps.
    @Test(arguments: ["unigram-user", "bpe-user"]) func everyPrefixIsReadOrRefused(name: String) throws {
        let bytes = try contents(name)
        var read = 0
        for count in 0..<bytes.count where try isRead(Array(bytes.prefix(count)), isEncoding: false) { read += 1 }
        // Between the fields of a model there are as many places as it has pieces, and two.
        #expect(read <= (try TokenizerFolder.sentencePiece(Self.folder + name + ".model")).vocabularySize + 2)
    }

    /// No bytes make the reader or what it read trap.
    @Test(arguments: names) func damagedModelsNeverTrap(name: String) throws {
        let bytes = try contents(name)
        var random = SplitMix(state: 0x5EED)
        for _ in 0..<100 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try isRead(damaged, isEncoding: true)
        }
    }

    /// Lengths and numbers at the edges of what the wire format can say.
    @Test(
        arguments: [
            [], [0x0A], [0x0A, 0x80], [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x0A] + [UInt8](repeating: 0xFF, count: 12), [0x0B],
            [0x0C],
            [0x0F], [0x08, 0x01], [0x0D, 0, 0, 0, 0], [0x09, 0, 0, 0], [0x0A, 0x02, 0x08, 0x01], [0x0A, 0x03, 0x0A, 0x01, 0xFF],
            [0x0A, 0x02, 0x18, 0x07], [0x0A, 0x05, 0x15, 0, 0, 0xC0, 0x7F], [0x12, 0x02, 0x18, 0x03],
            [0x0A, 0x00, 0x12, 0x02, 0x18, 0x04],
            [0x0A, 0x00, 0x0A, 0x00], Array("not a model at all".utf8), [UInt8](repeating: 0, count: 40),
        ] as [[UInt8]]) func malformedModelsAreRefused(bytes: [UInt8]) throws
    {
        #expect(try !isRead(bytes, isEncoding: true))
    }

    private func contents(_ name: String) throws -> [UInt8] {
        [UInt8](try #require(FileManager.default.contents(atPath: Self.folder + name + ".model")))
    }

    /// Reads a model, and encodes and decodes with it; what is refused must be refused in one line that names the file.
    private func isRead(_ bytes: [UInt8], isEncoding: Bool) throws -> Bool {
        try withTokenizerFolder(["tokenizer.model": bytes]) { folder throws in
            let tokenizer: TokenizerPipeline
            do {
                tokenizer = try TokenizerFolder.read(folder)
            } catch let error as FileError {
                #expect(error.path == "\(folder)/tokenizer.model" && !error.description.contains("\n"), "\(error)")
                return false
            }
            guard isEncoding, let encoding = try? tokenizer.encode("The keeper, <s> <sep> e\u{301} ﬁ 日本語!") else { return true }
            #expect(encoding.offsets.count == encoding.ids.count)
            _ = try? tokenizer.decode(encoding.ids)
            return true
        }
    }
}

/// Vigna's SplitMix64: the same damage in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// Runs `body` with a new folder of these files, which is removed afterwards.
func withTokenizerFolder<Result>(_ files: [String: [UInt8]], _ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.path + "/sequitur-tokenizer-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, bytes) in files {
        let file = URL(fileURLWithPath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }
    return try body(folder)
}
