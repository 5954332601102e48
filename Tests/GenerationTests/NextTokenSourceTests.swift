import SequiturGeneration
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText
import Testing

@Suite struct NextTokenSourceTests {
    private func isClose(_ left: [Float], _ right: [Float]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) }
    }

    private func tokens(_ count: Int, below vocabularySize: Int) -> [Int32] {
        (0..<count).map { Int32(RandomStream(seed: 5).uniform($0) * Double(vocabularySize)) }
    }

    /// A text longer than a chunk, read whole and then on by single tokens, against one call of the model.
    @Test(arguments: [nil, 3] as [Int32?]) func aTextReadInPartsScoresAsOneReadAtOnce(start: Int32?) throws {
        let model = try smallRecurrentModel(vocabularySize: 20)
        let source = try LanguageModelSource(model, start: start)
        let chunk = LanguageModelSource<RecurrentLanguageModel>.chunkLength
        for length in [1, 2, chunk - 1, chunk, chunk + 1, 2 * chunk + 7] {
            let text = tokens(length + 3, below: 20)
            let whole = (start.map { [$0] } ?? []) + text
            let expected = Engine.run {
                let hidden = model(.ids(Tensor(whole, shape: [whole.count, 1])), state: model.initialState(rows: 1)).hidden
                return (0...3).map { model.logits(hidden[whole.count - 4 + $0]).floats() }
            }
            var (scores, state) = try source.read(Array(text[..<length]))
            #expect(scores.shape == [1, 20])
            #expect(isClose(scores.floats(), expected[0]))
            for step in 1...3 {
                (scores, state) = try source.advance(state, by: [text[length + step - 1]])
                #expect(isClose(scores.floats(), expected[step]), "length \(length), step \(step)")
            }
        }
    }

    @Test func aBatchScoresAsItsTexts() throws {
        let source = try LanguageModelSource(smallRecurrentModel(vocabularySize: 20), start: 0)
        let texts: [[Int32]] = [[1, 2, 3], [], [4]]
        let readings = try texts.map { try source.read($0) }
        let state = readings[0].state.concatenated(with: readings[1].state).concatenated(with: readings[2].state)
        let batch = try source.advance(state.select(rows: [2, 0, 1, 0]), by: [7, 8, 9, 10])
        #expect(batch.scores.shape == [4, 20])
        for (row, text) in [texts[2] + [7], texts[0] + [8], texts[1] + [9], texts[0] + [10]].enumerated() {
            #expect(isClose(batch.scores[row].floats(), try source.read(text).scores.floats()))
        }
    }

    @Test func withoutAnythingReadAllTokensScoreAlike() throws {
        let model = try smallRecurrentModel(vocabularySize: 6)
        #expect(try LanguageModelSource(model).read([]).scores.floats() == [Float](repeating: 0, count: 6))
        let begun = try LanguageModelSource(model, start: 2).read([]).scores.floats()
        #expect(isClose(begun, try LanguageModelSource(model).read([2]).scores.floats()))
    }

    @Test func trainingAroundMakesNoDifference() throws {
        let model = try smallRecurrentModel(vocabularySize: 6, dropout: 0.5)
        let source = try LanguageModelSource(model)
        let expected = try source.read([1, 2]).scores.floats()
        let (value, gradients) = try withContext(.training, random: RandomStream(seed: 1)) {
            try valueWithGradients(of: model.parameters()) {
                let scores = try source.read([1, 2]).scores
                #expect(scores.floats() == expected)
                return scores.sum()
            }
        }
        #expect(value.scalar != 0)
        #expect(gradients.norm == 0)
    }

    @Test func tokensOutsideTheVocabularyAreErrors() throws {
        let neural = try LanguageModelSource(smallRecurrentModel(vocabularySize: 6))
        let tokenizer = try characterTokenizer()
        let counted = try NGramSource(nGramModel(of: tokenizer))
        for token in [-1, 6, Int32.max, Int32.min] as [Int32] {
            let expected = GenerationError.tokenOutOfRange(token, vocabularySize: 6)
            #expect(throws: expected) { try neural.read([0, token]) }
            #expect(throws: expected) { try neural.advance(neural.read([0]).state, by: [token]) }
            #expect(throws: expected) { try LanguageModelSource(neural.model, start: token) }
        }
        for token in [-1, Int32(tokenizer.vocabularySize)] {
            #expect(throws: GenerationError.self) { try counted.read([token]) }
            #expect(throws: GenerationError.self) { try counted.advance(counted.read([]).state, by: [token]) }
        }
    }

    @Test(arguments: 1...5) func countedScoresAreThoseOfTheWholeText(order: Int) throws {
        for tokenizer in [try characterTokenizer() as any Tokenizer, try wordTokenizer()] {
            let model = try nGramModel(of: tokenizer, order: order)
            let source = NGramSource(model)
            let text = try tokenizer.encode(riverText)
            var (scores, state) = try source.read([])
            #expect(scores.floats() == (try model.logProbabilities(context: [])))
            for (position, token) in text.prefix(40).enumerated() {
                (scores, state) = try source.advance(state, by: [token])
                #expect(scores.floats() == (try model.logProbabilities(context: Array(text[...position]))))
                #expect(scores.floats() == (try source.read(Array(text[...position])).scores.floats()))
            }
        }
    }
}
