import Foundation
import SequiturFiles
import SequiturText
import Testing

@Suite struct SubwordTrainerTests {
    private static let text = """
        the lighthouse keeper lit the lamp and the light lit the house
        the keeper's house was lighter than the lighthouse
        Über den Häusern des Leuchtturms: 灯台の光 光 lamp lamp lit
        """

    private func trained(_ kind: SubwordTrainer.Kind, size: Int) throws -> TokenizerPipeline {
        var trainer = try SubwordTrainer(kind, vocabularySize: size)
        for line in Self.text.split(separator: "\n") { try trainer.append(line + "\n") }
        return try trainer.makePipeline()
    }

    /// The vocabulary is full, and bytes that were never seen have tokens all the same.
    @Test func byteLevelSpellsEveryText() throws {
        let tokenizer = try trained(.byteLevel, size: 280)
        #expect(tokenizer.vocabularySize == 280)
        for text in ["the lighthouse", "", " \n\t\u{0}", "日本語 🇩🇪 e\u{301}", "<|endoftext|> the"] {
            let ids = try tokenizer.encode(text).ids
            #expect(try Array(tokenizer.decode(ids, skipsSpecialTokens: false).utf8) == Array(text.utf8))
        }
        // " the" is the most frequent word of all.
        #expect(try tokenizer.encode("see the").tokens.last == "Ġthe")
        #expect(tokenizer.id(of: "<|endoftext|>") == 0)
    }

    @Test func wordPieceKeepsWordsAndTheirEnds() throws {
        let tokenizer = try trained(.wordPiece, size: 80)
        #expect(try tokenizer.encode("The lit LAMP").tokens == ["[CLS]", "the", "lit", "lamp", "[SEP]"])
        #expect(try tokenizer.encode("lamp ы").tokens == ["[CLS]", "lamp", "[UNK]", "[SEP]"])
        #expect(try tokenizer.encode("the", pair: "lit").typeIDs == [0, 0, 0, 1, 1])
        #expect(
            try tokenizer.decode(tokenizer.encode("the keeper, lit").ids) == "the keeper [UNK] lit".replacing("[UNK] ", with: ""))
    }

    /// What is written reads back as the same tokenizer.
    @Test(arguments: SubwordTrainer.Kind.allCases) func readsWhatItWrote(kind: SubwordTrainer.Kind) throws {
        let tokenizer = try trained(kind, size: 290)
        let copy = try TokenizerPipeline(
            JSONValue.parse(tokenizer.json.serializedBytes().withUnsafeBytes { String(decoding: $0, as: UTF8.self) }))
        #expect(try copy.encode(Self.text) == tokenizer.encode(Self.text))
        #expect(copy.json == tokenizer.json)
    }

    @Test func mergesStopWherePairsAreRare() throws {
        var trainer = try SubwordTrainer(.byteLevel, vocabularySize: 1000, minimumFrequency: 3)
        try trainer.append("abab ab cd")
        // Of the pairs, "ab" alone occurs three times.
        #expect(try trainer.makePipeline().vocabularySize == 258)
    }

    @Test func badOptionsAreErrors() throws {
        #expect(throws: TokenizerError.invalidOption(name: "vocabulary size", value: 0, minimum: 1)) {
            try SubwordTrainer(.byteLevel, vocabularySize: 0)
        }
        #expect(throws: TokenizerError.invalidOption(name: "minimum frequency", value: 0, minimum: 1)) {
            try SubwordTrainer(.byteLevel, vocabularySize: 9, minimumFrequency: 0)
        }
        #expect(throws: TokenizerError.missingSpecialToken("[UNK]")) {
            try SubwordTrainer(.wordPiece, vocabularySize: 9, specialTokens: ["[CLS]", "[SEP]"])
        }
        #expect(throws: TokenizerError.duplicateToken("a")) {
            try SubwordTrainer(.byteLevel, vocabularySize: 9, specialTokens: ["a", "a"]).makePipeline()
        }
    }
}
