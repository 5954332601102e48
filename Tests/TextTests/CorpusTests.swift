import SequiturFiles
import SequiturText
import Testing

/// Published figures of public corpora.
@Suite struct CorpusTests {
    private func text(_ name: String) throws -> MappedFile { try MappedFile(path: #require(SharedData.path(name))) }

    private func train(_ kind: TokenizerKind, _ file: MappedFile) throws -> any Tokenizer {
        var trainer = try kind.makeTrainer()
        try withExtendedLifetime(file) { try trainer.append(file.bytes) }
        try trainer.finishDocument()
        return try trainer.makeTokenizer()
    }

    private func encode(_ tokenizer: any Tokenizer, _ file: MappedFile) throws -> [Int32] {
        var encoder = tokenizer.makeEncoder()
        var ids: [Int32] = []
        try withExtendedLifetime(file) { try encoder.append(file.bytes, into: &ids) }
        try encoder.finish(.document, into: &ids)
        return ids
    }

    /// Mikolov et al. 2010: 929,589 / 73,760 / 82,430 tokens with one `<eos>` a line, 10,000 distinct.
    @Test(.enabled(if: SharedData.exists("ptb/ptb.train.txt", "ptb/ptb.valid.txt", "ptb/ptb.test.txt"), SharedData.advice))
    func pennTreebank() throws {
        let training = try text("ptb/ptb.train.txt")
        let tokenizer = try train(.word, training)
        #expect(tokenizer.vocabularySize == 10_000)
        #expect(tokenizer.vocabulary.tokens.prefix(5) == ["<unk>", "<eos>", "the", "N", "of"])
        let ids = try encode(tokenizer, training)
        #expect(ids.count == 929_589)
        #expect(ids.count { $0 == tokenizer.endOfSentence } == 42_068)
        #expect(ids.count { $0 == tokenizer.unknown } == 45_020)
        #expect(try encode(tokenizer, text("ptb/ptb.valid.txt")).count == 73_760)
        #expect(try encode(tokenizer, text("ptb/ptb.test.txt")).count == 82_430)
    }

    /// Merity et al. 2016: 2,088,628 tokens, 33,278 distinct.
    @Test(.enabled(if: SharedData.exists("wikitext-2/train.txt"), SharedData.advice)) func wikiText2() throws {
        let training = try text("wikitext-2/train.txt")
        let tokenizer = try train(.word, training)
        #expect(tokenizer.vocabularySize == 33_278)
        #expect(try encode(tokenizer, training).count == 2_088_628)
    }

    /// Karpathy 2015: 1,115,394 characters, 65 distinct.
    @Test(.enabled(if: SharedData.exists("tinyshakespeare/input.txt"), SharedData.advice)) func tinyShakespeare() throws {
        let input = try text("tinyshakespeare/input.txt")
        let tokenizer = try train(.character, input)
        #expect(tokenizer.vocabularySize == 65)
        let ids = try encode(tokenizer, input)
        #expect(ids.count == 1_115_394)
        #expect(try Array(tokenizer.decode(ids).utf8).elementsEqual(input.bytes))
    }
}
