import SequiturFiles
import SequiturText
import Testing

@Suite struct UnigramTrainingTests {
    private static let text = String(
        repeating: """
            the lighthouse keeper lit the lamp and the light lit the house
            the keeper's house was lighter than the lighthouse
            Über den Häusern des Leuchtturms: 灯台の光 光 lamp lamp lit

            """, count: 4)

    private func trained(size: Int, text: String = text) throws -> TokenizerPipeline {
        var trainer = try SubwordTrainer(.unigram, vocabularySize: size, minimumFrequency: 1)
        for line in text.split(separator: "\n") { try trainer.append(line + "\n") }
        return try trainer.makePipeline()
    }

    @Test func everyTextIsSpelt() throws {
        let tokenizer = try trained(size: 320)
        #expect(tokenizer.vocabularySize <= 320)
        for text in ["the lighthouse", "", "a\n\nb\n", "日本語 🇩🇪 e\u{301}", "tabs\tand  spaces ", "<0x41> the"] {
            let ids = try tokenizer.encode(text).ids
            #expect(try Array(tokenizer.decode(ids).utf8) == Array(text.utf8), "\(text.debugDescription)")
        }
        #expect(try tokenizer.encode("Zulu").tokens.contains("<0x5A>"))
    }

    /// What several words have in common is one token.
    @Test func frequentPartsAreOneToken() throws {
        let tokenizer = try trained(size: 420)
        #expect(try tokenizer.encode("lighthouse keeper's").tokens == ["▁light", "h", "o", "use", "▁keeper", "'", "s"])
    }

    /// The pieces' probabilities do not depend on the order of the lines or the number of threads.
    @Test func trainingIsRepeatable() throws {
        #expect(try trained(size: 310).json == trained(size: 310).json)
    }

    @Test func aVocabularyWithoutRoomIsAnError() throws {
        #expect(throws: TokenizerError.invalidOption(name: "vocabulary size", value: 260, minimum: 280)) {
            try trained(size: 260)
        }
        // Little text: fewer pieces than there is room for.
        #expect(try trained(size: 5000, text: "a b").vocabularySize < 320)
        #expect(try trained(size: 300, text: "").vocabularySize == 279)
    }

    /// Counts stay within their room, and the most frequent words stay counted.
    @Test func rareWordsAreForgotten() {
        var counts = WordCounts(wordLimit: 100, byteLimit: 10_000)
        func add(_ word: String) { Array(word.utf8).withUnsafeBytes { counts.add($0) } }
        for index in 0..<5000 {
            add("word\(index)")
            add("often")
            #expect(counts.count <= 100)
        }
        var often = 0
        counts.forEach { word, count in if word.elementsEqual("often".utf8) { often = count } }
        #expect(often == 5000)
        #expect(counts.limited(minimum: 2, symbols: .max).count == 1)
        #expect(counts.limited(minimum: 1, symbols: 5).count == 1)
    }
}
