import SequiturGeneration
import SequiturModels
import SequiturTensors
import SequiturText
import Testing

@Suite struct TextGeneratorTests {
    private func settings(
        seed: UInt64? = 4, _ change: (inout GenerationSettings) -> Void = { _ in }
    ) -> GenerationSettings {
        var settings = GenerationSettings()
        settings.maximumTokens = 40
        settings.seed = seed
        change(&settings)
        return settings
    }

    @Test(arguments: Pairing.allCases) func streamingEqualsWhole(pairing: Pairing) throws {
        for seed in 0..<12 as Range<UInt64> {
            let generator = try pairing.generator(settings(seed: seed))
            var pieces: [String] = []
            let result = try generator.generate("the ferry") { pieces.append($0) }
            #expect(pieces.joined() == result.text)
            #expect(!pieces.contains(""))
            #expect(result.tokenCount == 40)
            #expect(result.finishReason == .length)
            let prompt = try generator.tokenizer.encode("the ferry")
            #expect(result.promptTokenCount == prompt.count)
            #expect(try "the ferry" + result.text == generator.tokenizer.decode(prompt + result.tokens))
            #expect(result.tokensPerSecond > 0)
        }
    }

    @Test(arguments: Pairing.allCases) func theSeedReplaysTheText(pairing: Pairing) throws {
        let change: (inout GenerationSettings) -> Void = {
            $0.temperature = 1.1
            $0.topK = 15
            $0.topP = 0.95
            $0.repetitionPenalty = 1.1
        }
        let first = try pairing.generator(settings(change)).generate("the ")
        #expect(try pairing.generator(settings(change)).generate("the ").tokens == first.tokens)
        #expect(first.seed == 4)
        let others = try (5..<15).map { try pairing.generator(settings(seed: $0, change)).generate("the ").tokens }
        #expect(Set(others + [first.tokens]).count > 5)
        let fresh = try pairing.generator(settings(seed: nil, change)).generate("the ")
        #expect(try pairing.generator(settings(seed: fresh.seed, change)).generate("the ").tokens == fresh.tokens)
    }

    /// Counted models have equal scores, of which greedy takes the first and a draw any.
    @Test(arguments: [Pairing.recurrentCharacters, .recurrentWords]) func aTemperatureNearZeroWritesWhatGreedyWrites(
        pairing: Pairing
    ) throws {
        let greedy = try pairing.generator(settings { $0.greedy = true }).generate("the ferry")
        for seed in 0..<5 as Range<UInt64> {
            let cold = try pairing.generator(settings(seed: seed) { $0.temperature = 1e-6 }).generate("the ferry")
            #expect(cold.text == greedy.text)
        }
        #expect(try pairing.generator(settings { $0.topK = 1 }).generate("the ferry").text == greedy.text)
    }

    /// Against the model itself, asked again about the whole text before every token.
    @Test func greedyTextIsTheModels() throws {
        let tokenizer = try characterTokenizer()
        let model = try smallRecurrentModel(vocabularySize: tokenizer.vocabularySize)
        let result = try TextGenerator(model: model, tokenizer: tokenizer, settings: settings { $0.greedy = true }).generate(
            "river")
        var text = try tokenizer.encode("river")
        for token in result.tokens {
            let logits = Engine.run {
                let hidden = model(.ids(Tensor(text, shape: [text.count, 1])), state: model.initialState(rows: 1)).hidden
                return model.logits(hidden[text.count - 1]).floats()
            }
            #expect(logits[Int(token)] >= (logits.max() ?? 0) - 1e-4)
            text.append(token)
        }
    }

    @Test(arguments: Pairing.allCases) func aBatchWritesWhatItsTextsWriteAlone(pairing: Pairing) throws {
        let prompts = ["the ferry", "", "nothing on the river", "the ferry"]
        let generator = try pairing.generator(settings { $0.stop = ["r"] })
        var streams = [String](repeating: "", count: prompts.count)
        let batch = try generator.generate(prompts) { streams[$0] += $1 }
        #expect(batch.map(\.text) == streams)
        #expect(batch[0].tokens == (try generator.generate(prompts[0])).tokens)
        #expect(batch.map(\.promptTokenCount) == (try prompts.map { try generator.tokenizer.encode($0).count }))
        // The last text has the first's prompt and a random stream of its own; the others do not change it.
        let others = try generator.generate(["", "the", "", "the ferry"])
        #expect(batch[3].tokens == others[3].tokens)
        #expect(try generator.generate([String]()).isEmpty)
    }

    @Test(arguments: Pairing.allCases) func stopTextsAreNeverWritten(pairing: Pairing) throws {
        for stop in [["er"], ["e", "the "], [" "], ["iver a", "rr", "d t"], ["\n"]] {
            for seed in 0..<10 as Range<UInt64> {
                let free = try pairing.generator(settings(seed: seed)).generate("the")
                var pieces = ""
                let stopped = try pairing.generator(
                    settings(seed: seed) { $0.stop = stop }
                ).generate("the") { piece in
                    pieces += piece
                    for text in stop { #expect(!pieces.contains(text)) }
                }
                #expect(free.text.hasPrefix(stopped.text))
                #expect(pieces == stopped.text)
                #expect((stopped.finishReason == .stop) == stop.contains { free.text.contains($0) })
                #expect(free.tokens.starts(with: stopped.tokens))
            }
        }
    }

    @Test func theEndOfASentenceEndsTheTextWhereWanted() throws {
        let tokenizer = try wordTokenizer()
        let script = try tokenizer.encode("ferry left\nthe bank\n")
        let source = ScriptedSource(script: script, vocabularySize: tokenizer.vocabularySize)
        let ending = try TextGenerator(
            source: source, tokenizer: tokenizer, settings: settings { $0.stopAtEndOfSentence = true }
        ).generate("the")
        #expect(ending.text == " ferry left")
        #expect(ending.finishReason == .end)
        #expect(ending.tokens == Array(script.prefix(3)))
        let going = try TextGenerator(source: source, tokenizer: tokenizer, settings: settings { $0.maximumTokens = 5 })
        #expect(try going.generate("the").text == " ferry left\nthe bank")
        // At the first word of a line nothing stands between.
        #expect(try going.generate("the bank\n").text == "ferry left\nthe bank")
        #expect(throws: GenerationError.noEndOfSentence) {
            try Pairing.recurrentCharacters.generator(settings { $0.stopAtEndOfSentence = true })
        }
    }

    @Test func piecesAreWholeCharacters() throws {
        let tokenizer = try ByteTokenizer()
        let text = "né 船 🛥🏽!"
        let bytes = text.utf8.map(Int32.init)
        for cut in 0...bytes.count {
            let source = ScriptedSource(script: Array(bytes[cut...] + [46]), vocabularySize: 256)
            let generator = try TextGenerator(
                source: source, tokenizer: tokenizer, settings: settings { $0.maximumTokens = bytes.count - cut + 1 })
            var pieces = ""
            // A prompt may end inside a character, which then comes whole.
            let result = try generator.generate(tokens: [Array(bytes[..<cut])]) { pieces += $1 }[0]
            #expect(text.utf8.reversed().starts(with: pieces.utf8.dropLast().reversed()) && pieces.hasSuffix("."))
            #expect(pieces.utf8.count > bytes.count - cut)
            #expect(!pieces.contains("\u{FFFD}"))
            #expect(result.text == pieces)
        }
        // Cut off inside a character: the rest cannot come any more.
        let source = ScriptedSource(script: bytes, vocabularySize: 256)
        let cutOff = try TextGenerator(source: source, tokenizer: tokenizer, settings: settings { $0.maximumTokens = 2 })
        #expect(try cutOff.generate("a").text == "n\u{FFFD}")
        let stopping = try TextGenerator(source: source, tokenizer: tokenizer, settings: settings { $0.stop = ["🛥"] })
        #expect(try stopping.generate("a").text == "né 船 ")
    }

    @Test func anEmptyPromptBeginsAsALineDoes() throws {
        for pairing in Pairing.allCases {
            let generator = try pairing.generator(settings { $0.greedy = true })
            let result = try generator.generate()
            #expect(result.promptTokenCount == 0)
            #expect(result.tokenCount == 40)
            #expect(result.text == (try generator.generate("\n").text) || pairing == .recurrentWords || pairing == .countedWords)
        }
        // An n-gram model's first word is the likeliest one at the beginning of a sentence.
        #expect(try Pairing.countedWords.generator(settings { $0.greedy = true }).generate().text.hasPrefix("the"))
        // Without line break or end of a sentence any token comes first.
        let tokenizer = try CharacterTokenizer(trainedOn: "abc")
        let model = try smallRecurrentModel(vocabularySize: 3)
        let firsts = try (0..<40).map { seed in
            try TextGenerator(model: model, tokenizer: tokenizer, settings: settings(seed: seed)).generate().tokens[0]
        }
        #expect(Set(firsts) == [0, 1, 2])
    }

    @Test func anUnknownCharacterInThePromptIsTheTokenizersError() throws {
        let generator = try Pairing.recurrentCharacters.generator(settings())
        let error = TokenizerError.unknownCharacter(0x8239, byteOffset: 4)
        #expect(throws: error) { try generator.generate("the 船") }
        #expect(throws: error) { try generator.generate(["the", "the 船"]) }
        #expect(throws: TokenizerError.idOutOfRange(99, vocabularySize: generator.tokenizer.vocabularySize)) {
            try generator.generate(tokens: [[99]])
        }
    }

    @Test func whatTheCallbackThrowsEndsTheText() throws {
        struct Enough: Error {}
        var count = 0
        #expect(throws: Enough.self) {
            try Pairing.recurrentCharacters.generator(settings()).generate("the") { _ in
                count += 1
                if count == 3 { throw Enough() }
            }
        }
        #expect(count == 3)
    }

    @Test func aTokenizerOfAnotherSizeIsRefused() throws {
        let tokenizer = try characterTokenizer()
        let model = try smallRecurrentModel(vocabularySize: tokenizer.vocabularySize + 1)
        #expect(
            throws: GenerationError.vocabularyMismatch(tokenizer: tokenizer.vocabularySize, model: tokenizer.vocabularySize + 1)
        ) {
            try TextGenerator(model: model, tokenizer: tokenizer)
        }
    }

    @Test func aCountedModelOfOtherTokensIsRefused() throws {
        let model = try nGramModel(of: CharacterTokenizer(trainedOn: "abc d"), text: "abcabc d")
        let error = GenerationError.tokenMismatch(1, tokenizer: "A", model: "a")
        #expect(throws: error) { try TextGenerator(model: model, tokenizer: CharacterTokenizer(trainedOn: "Abc d")) }
        #expect(!error.description.contains("\n"))
    }

    @Test func aDivergedModelIsAnError() throws {
        let tokenizer = try characterTokenizer()
        let model = try smallRecurrentModel(vocabularySize: tokenizer.vocabularySize)
        model.output.weight.assign(model.output.weight() * Tensor(Float.nan))
        let generator = try TextGenerator(model: model, tokenizer: tokenizer, settings: settings())
        #expect(throws: GenerationError.scoreNotFinite(token: 0, score: "nan")) { try generator.generate("the") }
    }
}
