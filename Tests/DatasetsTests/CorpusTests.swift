import SequiturDatasets
import SequiturText
import Testing

/// Public corpora through files, cache and batches.
@Suite struct CorpusTests {
    @Test(.enabled(if: SharedData.exists("ptb/ptb.train.txt", "ptb/ptb.test.txt"), SharedData.advice)) func pennTreebank() throws
    {
        let folder = try TemporaryFolder()
        let reader = try TextReader(#require(SharedData.path("ptb/ptb.train.txt")))
        let tokenizer = try reader.trainTokenizer(.word)
        let training = try TokenizedText(reader, tokenizer: tokenizer, cacheFolder: folder.path)
        #expect(training.tokens.count == 929_589)
        let batches = try ContiguousBatches(training.tokens, rowCount: 20, windowLength: 35)
        #expect(batches.rowLength == 46_479)
        #expect(batches.windowCount(inEpoch: 0) == 1328)
        let test = try TokenizedText(
            TextReader(#require(SharedData.path("ptb/ptb.test.txt"))), tokenizer: tokenizer, cacheFolder: folder.path)
        var evaluation = try EvaluationBatches(test.tokens, rowCount: 10, windowLength: 70, startToken: tokenizer.endOfSentence)
        var scored = 0
        var batch = TokenBatch()
        while try evaluation.next(into: &batch) { scored += batch.targetCount }
        #expect(scored == 82_430)
    }

    @Test(.enabled(if: SharedData.exists("tinyshakespeare/input.txt"), SharedData.advice)) func tinyShakespeare() throws {
        let reader = try TextReader(#require(SharedData.path("tinyshakespeare/input.txt")))
        let tokenizer = try reader.trainTokenizer(.character)
        let text = try TokenizedText(reader, tokenizer: tokenizer)
        #expect(text.record.characterCount == 1_115_394)
        let (training, validation) = try text.tokens.split(validationFraction: 0.1)
        #expect((training.count, validation.count) == (1_003_854, 111_540))
        #expect(try tokenizer.decode(validation.tokens(at: 0..<12)).hasPrefix("?\n\nGREMIO:\nG"))
    }
}
