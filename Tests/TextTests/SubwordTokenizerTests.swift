import Foundation
import SequiturFiles
import SequiturText
import Testing

/// Pipelines as tokenizers of language models: text of any size in parts, and tokens that come one by one.
@Suite struct SubwordTokenizerTests {
    /// Sentences in many scripts, some of them in long paragraphs, with blank lines and runs of spaces between them.
    private static let text: String = {
        let samples = (try? JSONValue.parse(contentsOf: PipelineFixtureTests.folder + "samples.json").array) ?? []
        let sentences = samples.prefix(16).compactMap { $0.array?.first?.string }
        var random = SplitMix(state: 5)
        return (0..<4000).map { _ in
            sentences[Int.random(in: 0..<sentences.count, using: &random)]
                + ["\n", "\n\n", " ", "  ", " \n ", "\r\n", "\t"][Int.random(in: 0..<7, using: &random)]
        }.joined()
    }()

    private func tokenizer(_ name: String) throws -> SubwordTokenizer {
        try SubwordTokenizer(TokenizerPipeline(contentsOf: PipelineFixtureTests.folder + name + ".json"))
    }

    private func encode(_ tokenizer: SubwordTokenizer, _ bytes: [UInt8], pieces: [Int] = []) throws -> [Int32] {
        var encoder = tokenizer.makeEncoder()
        var ids: [Int32] = []
        try bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            for count in pieces {
                try encoder.append(UnsafeRawBufferPointer(rebasing: rest.prefix(count)), into: &ids)
                rest = rest.dropFirst(count)
            }
            try encoder.append(UnsafeRawBufferPointer(rebasing: rest), into: &ids)
        }
        try encoder.finish(.open, into: &ids)
        return ids
    }

    /// A text of many parts has the tokens of the whole, wherever it arrives cut.
    @Test(arguments: ["gpt2", "roberta", "llama3", "qwen2", "bert", "unigram", "precompiled-bytes", "whitespace"])
    func partsHaveTheTokensOfTheWhole(name: String) throws {
        let tokenizer = try tokenizer(name), bytes = Array(Self.text.utf8)
        try #require(bytes.count > 4 * SubwordTokenizer.smallestPart)
        let whole = try tokenizer.pipeline.encode(Self.text, addsSpecialTokens: false).ids
        #expect(try encode(tokenizer, bytes) == whole)
        var random = SplitMix(state: 9)
        let pieces = (0..<20).map { _ in Int.random(in: 1...50_000, using: &random) }
        #expect(try encode(tokenizer, bytes, pieces: pieces) == whole)
    }

    @Test(arguments: ["unigram", "unigram-bytes", "bpe-bytes"])
    func partsOfSentencePieceHaveTheTokensOfTheWhole(name: String) throws {
        let tokenizer = try SubwordTokenizer(TokenizerFolder.sentencePiece(SentencePieceTests.folder + name + ".model"))
        let whole = try tokenizer.pipeline.encode(Self.text, addsSpecialTokens: false).ids
        #expect(try encode(tokenizer, Array(Self.text.utf8)) == whole)
    }

    /// Text without a place to cut is cut all the same, and spells what it spelt.
    @Test func textWithoutSpacesIsCut() throws {
        let tokenizer = try tokenizer("gpt2"), text = String(repeating: "漢字", count: 400_000)
        let ids = try encode(tokenizer, Array(text.utf8))
        #expect(try tokenizer.decode(ids) == text)
        #expect(try encode(tokenizer, Array(text.utf8), pieces: [1, 70_000, 1_000_001, 5]) == ids)
    }

    @Test func documentsEndWithTheEndOfSentence() throws {
        let tokenizer = try tokenizer("gpt2")
        #expect(tokenizer.endOfSentence == 0 && tokenizer.kindName == "byte-level")
        #expect(try tokenizer.encode("The", ending: .document) == tokenizer.encode("The") + [0])
        #expect(try tokenizer.decode(tokenizer.encode("The", ending: .document)) == "The")
        #expect(try self.tokenizer("bert").token(for: 3) == "[SEP]" && self.tokenizer("bert").endOfSentence == 3)
        #expect(try self.tokenizer("bert").unknown == 1 && self.tokenizer("scripts").endOfSentence == nil)
    }

    @Test func invalidBytesAreNamedByTheirPlace() throws {
        let tokenizer = try tokenizer("gpt2")
        for place in [0, 70_000, 150_001] {
            var bytes = [UInt8](repeating: 0x61, count: 150_002)
            for index in stride(from: 50, to: bytes.count, by: 50) { bytes[index] = 0x20 }
            bytes[place] = 0xFF
            #expect(throws: TokenizerError.invalidUTF8(byteOffset: place)) { try encode(tokenizer, bytes, pieces: [3, 80_000]) }
        }
    }

    /// Tokens one by one give the text that they give together.
    @Test(arguments: PipelineFixtureTests.paths) func tokensOneByOneGiveTheText(path: String) throws {
        let pipeline = try TokenizerPipeline(contentsOf: path + ".json")
        let tokenizer = try SubwordTokenizer(pipeline)
        let samples = try #require(try JSONValue.parse(contentsOf: PipelineFixtureTests.folder + "samples.json").array)
        for text in samples.compactMap({ $0.array?.first?.string }) {
            guard let ids = try? pipeline.encode(text, addsSpecialTokens: false).ids else { continue }
            let (found, wanted) = (try tokenizer.decode(ids), try pipeline.decode(ids))
            #expect(Array(found.utf8) == Array(wanted.utf8), "\(text.debugDescription)")
        }
        let count = Int32(tokenizer.vocabularySize)
        #expect(throws: TokenizerError.idOutOfRange(count, vocabularySize: Int(count))) { try tokenizer.decode([count]) }
    }

    /// Characters wait for their last byte and no longer.
    @Test func charactersAreWhole() throws {
        let tokenizer = try tokenizer("gpt2")
        var decoder = tokenizer.makeDecoder()
        let ids = try #require(
            [0xF0, 0x9F, 0x9A, 0xA2, 0xE2, 0x82, 0x41].map { byte in
                tokenizer.vocabulary.id(of: String(Character(Unicode.Scalar(Self.symbol(of: byte))!)))
            } as? [Int32])
        let pieces = try ids.map { try decoder.append($0) }
        #expect(pieces == ["", "", "", "🚢", "", "", "\u{FFFD}A"])
        #expect(try decoder.finish() == "")
    }

    private static func symbol(of byte: UInt8) -> UInt32 {
        let shown = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
        let hidden = (0...255).filter { !shown.contains($0) }
        return hidden.firstIndex(of: Int(byte)).map { UInt32(0x100 + $0) } ?? UInt32(byte)
    }

    @Test func filesAreReadAsWhatTheyAre() throws {
        #expect(try TokenizerFile.read(PipelineFixtureTests.folder + "bert.json").kindName == "wordpiece")
        #expect(try TokenizerFile.read(SentencePieceTests.folder + "unigram.model").kindName == "unigram")
        #expect(try TokenizerFile.read(PipelineFixtureTests.folder + "llama2.json").kindName == "byte-pair")
        let first = try tokenizer("gpt2"), second = try tokenizer("roberta")
        #expect(try first.fingerprint == tokenizer("gpt2").fingerprint && first.fingerprint != second.fingerprint)
    }
}
