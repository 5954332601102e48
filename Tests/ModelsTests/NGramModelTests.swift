import Foundation
import SequiturModels
import Testing

@Suite struct NGramModelTests {
    @Test(arguments: NGramCase.all)
    func agreesWithTheDefinition(_ example: NGramCase) throws {
        let model = try example.model()
        let reference = example.reference()
        for history in example.histories {
            let context = reference.context(history)
            let all = try model.logProbabilities(context: history)
            #expect(all.count == 8)
            for token in 0..<Int32(8) {
                let expected = reference.probability(of: token, after: context)
                #expect(abs(exp(Double(all[Int(token)])) - expected) < 1e-6, "\(history) \(token)")
                let single = try model.logProbability(of: token, context: history)
                #expect(single == all[Int(token)] || abs(single - all[Int(token)]) < 1e-5, "\(history) \(token)")
            }
        }
    }

    @Test(arguments: NGramCase.all)
    func sumsToOne(_ example: NGramCase) throws {
        let model = try example.model()
        for history in example.histories {
            let sum = try model.logProbabilities(context: history).reduce(0) { $0 + exp(Double($1)) }
            #expect(abs(sum - 1) < 1e-5, "\(history)")
        }
    }

    /// "I love natural language processing" by hand, from three sentences.
    ///
    /// Bigrams: `<s>` I 2, `<s>` we 1, I love 2, we love 1, love natural 2, love language 1, natural language 2,
    /// language processing 1, language `</s>` 2, processing `</s>` 1: n_1 = n_2 = 5, Y = 1/3, D_1 = 1/3; n_3 = 0, so D_2 = 1.
    /// Words followed: I 1, we 1, natural 1, processing 1, love 2, language 2, `</s>` 2, in all 10: n_1 = 4, n_2 = 3, Y = 0.4,
    /// D_1 = 0.4, D_2 = 1, γ = 0.46, over 8 words 0.0575 each. So P(I) = P(we) = P(natural) = P(processing) = 0.1175,
    /// P(love) = P(language) = P(`</s>`) = 0.1575, P(`<unk>`) = 0.0575.
    @Test func bigramByHand() throws {
        let vocabulary = ["</s>", "<unk>", "I", "love", "natural", "language", "processing", "we"]
        let words = Dictionary(uniqueKeysWithValues: zip(vocabulary, Int32(0)...))
        func ids(_ text: String) throws -> [Int32] { try text.split(separator: " ").map { try #require(words[String($0)]) } }
        var estimator = try NGramEstimator(vocabulary: vocabulary, endOfSentence: 0, settings: NGramSettings(order: 2))
        try estimator.append(sentences: [
            ids("I love natural language processing"), ids("I love language"), ids("we love natural language"),
        ])
        let (model, statistics) = try estimator.finish()
        #expect(statistics.tokenCount == 15 && statistics.sentenceCount == 3)
        #expect(statistics.orders.map(\.distinct) == [7, 10])
        #expect(statistics.orders.map(\.countsOfCounts) == [[4, 3, 0, 0], [5, 5, 0, 0]])
        #expect(abs(statistics.orders[0].discounts.first - 0.4) < 1e-12 && statistics.orders[0].discounts.second == 1)
        #expect(abs(statistics.orders[1].discounts.first - 1.0 / 3) < 1e-12 && statistics.orders[1].discounts.third == 1.5)

        let factors: [(context: String, word: String, probability: Double)] = [
            ("", "I", 1.0 / 3 + 4.0 / 9 * 0.1175),
            ("I", "love", 1.0 / 2 + 1.0 / 2 * 0.1575),
            ("love", "natural", 1.0 / 3 + 4.0 / 9 * 0.1175),
            ("natural", "language", 1.0 / 2 + 1.0 / 2 * 0.1575),
            ("language", "processing", 2.0 / 9 + 4.0 / 9 * 0.1175),
            ("processing", "</s>", 2.0 / 3 + 1.0 / 3 * 0.1575),
        ]
        for factor in factors {
            let context = try factor.context == "" ? [] : ids("I love \(factor.context)")
            let word = try #require(words[factor.word])
            #expect(abs(exp(Double(try model.logProbability(of: word, context: context))) - factor.probability) < 1e-6)
        }
        let product = factors.reduce(1) { $0 * $1.probability }
        #expect(abs(exp(try model.logProbability(ofSentence: ids("I love natural language processing"))) - product) < 1e-7)
        let notSeen = 1.0 / 3 * 0.0575  // P(<unk> | processing)
        #expect(abs(exp(Double(try model.logProbability(of: 1, context: ids("I love processing")))) - notSeen) < 1e-7)
    }

    /// In a 4-gram model each factor of a sentence depends on the three words before and on nothing else.
    @Test func fourGramFactors() throws {
        let example = NGramCase(order: 4)
        let model = try example.model()
        let sentence: [Int32] = [1, 2, 1, 3, 2]
        var sum = 0.0
        for (position, token) in (sentence + [0]).enumerated() {
            sum += Double(try model.logProbability(of: token, context: Array(sentence.prefix(position))))
        }
        #expect(abs(try model.logProbability(ofSentence: sentence) - sum) < 1e-5)
        #expect(
            try model.logProbability(of: 2, context: [5, 6, 2, 1, 3]) == model.logProbability(of: 2, context: [4, 4, 2, 1, 3]))
        #expect(try model.logProbability(of: 2, context: [2, 1, 3]) != model.logProbability(of: 2, context: [1, 1, 3]))
    }

    @Test func scoreCountsWordsAndEnds() throws {
        let model = try NGramCase(order: 3).model()
        let first = try model.score([1, 2, 0])
        let second = try model.score([3, 0, 0])
        let whole = try model.score([1, 2, 0, 3, 0, 0])
        #expect(whole.count == 6)
        #expect(abs((first + second).logProbability - whole.logProbability) < 1e-5)
        #expect(abs(whole.perplexity - exp(-whole.logProbability / 6)) < 1e-9)
        #expect(try model.score([]) == LanguageModelScore())
        #expect(try model.score([]).perplexity.isNaN)
    }

    /// What precedes an end of sentence is another sentence.
    @Test func contextEndsAtTheSentence() throws {
        let model = try NGramCase(order: 4).model()
        #expect(try model.logProbabilities(context: [1, 2, 0]) == model.logProbabilities(context: []))
        #expect(try model.logProbabilities(context: [1, 2, 3, 4, 0, 1]) == model.logProbabilities(context: [1]))
    }

    @Test func sentencesShorterThanTheOrder() throws {
        let model = try NGramModel(
            estimatedFrom: [1, 0, 0, 1, 0], vocabulary: ["</s>", "a"], endOfSentence: 0, settings: NGramSettings(order: 5))
        #expect(model.counts == [3, 3, 1, 0, 0])
        for history: [Int32] in [[], [1], [1, 1], [1, 1, 1, 1, 1, 1]] {
            #expect(abs(try model.logProbabilities(context: history).reduce(0) { $0 + exp(Double($1)) } - 1) < 1e-6)
        }
        let reopened = try NGramModel(binary: model.binary, name: "short")
        #expect(try reopened.score([1, 0]) == model.score([1, 0]))
        #expect(try NGramModel(arpaText: model.arpaText(), name: "short").counts == model.counts)
    }

    /// Where the vocabulary has `<s>` it is never predicted, and the others' probabilities sum to one without it.
    @Test func beginningInTheVocabulary() throws {
        let model = try NGramModel(
            estimatedFrom: [2, 3, 1, 3, 3, 1], vocabulary: ["<s>", "</s>", "a", "b"], endOfSentence: 1,
            settings: NGramSettings(order: 3))
        for history: [Int32] in [[], [2], [3, 3], [2, 2, 2]] {
            let all = try model.logProbabilities(context: history)
            #expect(all.count == 4 && all[0] == -.infinity)
            #expect(abs(all.reduce(0) { $0 + exp(Double($1)) } - 1) < 1e-6)
        }
        #expect(throws: NGramError.beginningInText(position: 1)) { try model.score([2, 0]) }
        #expect(throws: NGramError.beginningInText(position: 0)) {
            try NGramModel(estimatedFrom: [0], vocabulary: ["<s>", "a"], endOfSentence: nil)
        }
        let reopened = try NGramModel(binary: model.binary, name: "with <s>")
        #expect(try reopened.logProbabilities(context: [2]) == model.logProbabilities(context: [2]))
    }

    @Test func unknownWords() throws {
        let model = try NGramCase(order: 3).model()
        #expect(model.id(of: "two") == 2)
        #expect(model.unknown == 7 && model.id(of: "seven") == 7)
        #expect(try model.score([1, 7, 7, 0]).perplexity.isFinite)
        let closed = try NGramModel(estimatedFrom: [0, 1], vocabulary: ["a", "b"], endOfSentence: nil)
        #expect(closed.unknown == nil && closed.id(of: "c") == nil && closed.id(of: "b") == 1)
        #expect(throws: NGramError.tokenOutOfRange(id: 8, position: 1, vocabularySize: 8)) { try model.score([1, 8]) }
        #expect(throws: NGramError.tokenOutOfRange(id: -1, position: 0, vocabularySize: 8)) {
            try model.logProbabilities(context: [-1])
        }
    }

    /// The same text in pieces, cut anywhere, is the same text.
    @Test func textInPieces() throws {
        let example = NGramCase(order: 3)
        var estimator = try NGramEstimator(vocabulary: example.vocabulary, endOfSentence: 0, settings: NGramSettings(order: 3))
        var rest = example.stream[...]
        while !rest.isEmpty {
            try estimator.append(Array(rest.prefix(7)))
            rest = rest.dropFirst(7)
        }
        #expect(try estimator.finish().model.binary == example.model().binary)
    }

    @Test func refusals() throws {
        func estimate(_ vocabulary: [String], end: Int32? = nil, _ settings: NGramSettings = NGramSettings()) throws {
            _ = try NGramModel(estimatedFrom: [0], vocabulary: vocabulary, endOfSentence: end, settings: settings)
        }
        #expect(throws: NGramError.order(0)) { try estimate(["a"], NGramSettings(order: 0)) }
        #expect(throws: NGramError.order(11)) { try estimate(["a"], NGramSettings(order: 11)) }
        for counts in [[], [2], [1, 3, 2], [1, 1, 1], [0, 1]] {
            #expect(throws: NGramError.minimumCounts(counts, order: 2)) {
                try estimate(["a"], NGramSettings(order: 2, minimumCounts: counts))
            }
        }
        #expect(throws: NGramError.vocabularySize(0)) { try estimate([]) }
        #expect(throws: NGramError.vocabularySize(1)) { try estimate(["<s>"]) }
        #expect(throws: NGramError.token(id: 1, reason: "is empty")) { try estimate(["a", ""]) }
        #expect(throws: NGramError.token(id: 2, reason: "has the spelling of an earlier one")) { try estimate(["a", "b", "a"]) }
        #expect(throws: NGramError.symbol("</s>", id: 1, vocabularySize: 1)) { try estimate(["a"], end: 1) }
        #expect(throws: NGramError.noText) { try NGramModel(estimatedFrom: [], vocabulary: ["a"], endOfSentence: nil) }
        #expect(throws: NGramError.noEndOfSentence) {
            var estimator = try NGramEstimator(vocabulary: ["a"], endOfSentence: nil)
            try estimator.append(sentences: [[0]])
        }
        // Canonically equivalent, but other bytes: two tokens.
        let accents = try NGramModel(estimatedFrom: [0, 1], vocabulary: ["\u{E9}", "e\u{301}"], endOfSentence: nil)
        #expect(accents.id(of: "\u{E9}") == 0 && accents.id(of: "e\u{301}") == 1)
    }

    /// A vocabulary of one token has one possible text.
    @Test func vocabularyOfOne() throws {
        let model = try NGramModel(estimatedFrom: [0, 0, 0], vocabulary: ["a"], endOfSentence: nil)
        #expect(abs(try model.score([0, 0]).perplexity - 1) < 1e-5)
    }
}
