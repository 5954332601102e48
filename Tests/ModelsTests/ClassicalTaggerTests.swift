import Foundation
import SequiturFiles
import SequiturModels
import Testing

/// The most frequent tag and the linear chain: by hand, by brute force, and back from their folders.
@Suite struct ClassicalTaggerTests {
    private typealias Sentence = HiddenMarkovModel.Sentence

    private static let corpus = [
        Sentence(words: ["the", "dog", "barks"], tags: ["D", "N", "V"]),
        Sentence(words: ["the", "cat", "sleeps"], tags: ["D", "N", "V"]),
        Sentence(words: ["a", "dog", "sleeps"], tags: ["D", "N", "V"]), Sentence(words: ["dog", "barks"], tags: ["N", "N"]),
        Sentence(words: [], tags: []),
    ]

    @Test func mostFrequentTagByHand() throws {
        let model = try MostFrequentTagModel(countedFrom: Self.corpus)
        let found = model.answers(to: ["dog", "barks", "sleeps", "Dog", ""])
        // barks is N once and V once: N comes first; N is the most frequent of 11 words.
        #expect(found.map(\.tag) == ["N", "N", "V", "N", "N"])
        let shares: [Float] = [1, 0.5, 1, 5 / 11, 5 / 11]
        #expect(found.map(\.probability) == shares)
        #expect(model.answers(to: []).isEmpty && model.tags == ["D", "N", "V"])
    }

    /// The loss of all weights and its gradient against all sequences, one by one.
    @Test func theChainIsTheSumOverAllSequences() throws {
        let settings = LinearChainSettings(minimumCount: 1, penalty: 0.3)
        let data = LinearChainData(Self.corpus.filter { !$0.words.isEmpty }, settings)
        let columns = data.features.transposed(columnCount: data.rows.count), count = data.tags.count
        let size = data.rows.count * count + count * count + 2 * count
        var point = (0..<size).map { sin(Double($0) * 12.9898) * 0.7 }
        var gradient = [Double](repeating: 0, count: size), residuals = [Double](repeating: 0, count: data.gold.count * count)
        func loss(_ point: [Double], _ gradient: inout [Double]) -> Double {
            data.loss(point, &gradient, columns, &residuals, penalty: settings.penalty)
        }
        let found = loss(point, &gradient)
        var expected = settings.penalty / 2 * point.reduce(0) { $0 + $1 * $1 }
        for sentence in 0..<(data.bounds.count - 1) {
            let words = Array(data.bounds[sentence]..<data.bounds[sentence + 1])
            func score(_ tags: [Int]) -> Double {
                let first = data.rows.count * count, second = first + count * count
                var sum = point[second + tags[0]] + point[second + count + tags[tags.count - 1]]
                for (word, tag) in zip(words, tags) {
                    for index in data.features.starts[word]..<data.features.starts[word + 1] {
                        sum += point[Int(data.features.columns[index]) * count + tag]
                    }
                }
                for (from, to) in zip(tags, tags.dropFirst()) { sum += point[first + from * count + to] }
                return sum
            }
            var sequences = [[Int]]([[]])
            for _ in words { sequences = sequences.flatMap { head in (0..<count).map { head + [$0] } } }
            expected += log(sequences.reduce(0) { $0 + exp(score($1)) }) - score(words.map { Int(data.gold[$0]) })
        }
        #expect(abs(found - expected) < 1e-9, "\(found) \(expected)")
        var ignored = gradient
        for index in stride(from: 0, to: size, by: 7) + Array((size - 15)..<size) {
            let value = point[index]
            point[index] = value + 1e-5
            let above = loss(point, &ignored)
            point[index] = value - 1e-5
            let below = loss(point, &ignored)
            point[index] = value
            #expect(abs((above - below) / 2e-5 - gradient[index]) < 1e-6, "\(index)")
        }
    }

    @Test func theBestPathAndItsProbabilities() {
        // Two steps, two tags: scores of the four sequences are 1, 4.5, 2.5, 2.
        let chain = ChainWeights(transitions: [0, 2.5, 0, -1.5], start: [0, 1], end: [0, 0.5])
        var scores = [0.5, 1, 0.5, 1]
        #expect(chain.bestPath(scores) == [0, 1] && chain.bestPath([]) == [])
        scores.withUnsafeMutableBufferPointer { chain.marginals(of: $0) }
        let shares = [exp(1), exp(4.5), exp(2.5), exp(2)], all = shares.reduce(0, +)
        let expected = [
            (shares[0] + shares[1]) / all, (shares[2] + shares[3]) / all, (shares[0] + shares[2]) / all,
            (shares[1] + shares[3]) / all,
        ]
        for (found, expected) in zip(scores, expected) { #expect(abs(found - expected) < 1e-12) }
    }

    @Test func aChainLearnsFromFormsAndNeighbours() throws {
        let model = try LinearChainTagger(learntFrom: Self.corpus, settings: LinearChainSettings(minimumCount: 1, penalty: 0.01))
        let found = model.answers(to: Self.corpus.map(\.words) + [["the", "bird", "keeps"]])
        #expect(found.map(\.tags) == Self.corpus.map(\.tags) + [["D", "N", "V"]])
        #expect(found.allSatisfy { $0.probabilities.allSatisfy { (0.3...1.00001).contains($0) } })
        let again = try LinearChainTagger(learntFrom: Self.corpus, settings: LinearChainSettings(minimumCount: 1, penalty: 0.01))
        #expect(again.weights == model.weights && again.transitions == model.transitions)
        let characters = try LinearChainTagger(
            learntFrom: [
                Sentence(words: ["上", "海", "好"], tags: ["B", "I", "O"]),
                Sentence(words: ["好", "上", "海"], tags: ["O", "B", "I"]),
            ],
            settings: LinearChainSettings(features: .characters, minimumCount: 1, penalty: 0.1))
        #expect(characters.answers(to: [["好", "好", "上", "海"]])[0].tags == ["O", "O", "B", "I"])
    }

    @Test func refusesWhatCannotBeLearnt() throws {
        for sentences in [[], [Sentence(words: [], tags: [])], [Sentence(words: ["a", "b"], tags: ["N"])]] {
            #expect(throws: BaselineError.self) { try MostFrequentTagModel(countedFrom: sentences) }
            #expect(throws: BaselineError.self) { try LinearChainTagger(learntFrom: sentences) }
        }
        #expect(throws: CancellationError.self) { try LinearChainTagger(learntFrom: Self.corpus) { true } }
    }

    /// A convex function with a minimum that is known: Σ i (x_i − i)² + (Σ x_i − 10)².
    @Test func findsTheMinimum() throws {
        var point = [Double](repeating: 0, count: 5)
        let outcome = try LBFGS(gradientTolerance: 1e-10).minimize(&point) { point, gradient in
            let rest = point.reduce(-10, +)
            for index in point.indices { gradient[index] = 2 * Double(index + 1) * (point[index] - Double(index)) + 2 * rest }
            return point.enumerated().reduce(rest * rest) {
                $0 + Double($1.offset + 1) * ($1.element - Double($1.offset)) * ($1.element - Double($1.offset))
            }
        }
        // 0 + 1 + 2 + 3 + 4 = 10: both parts are 0 there.
        for (index, value) in point.enumerated() { #expect(abs(value - Double(index)) < 1e-8) }
        #expect(outcome.value < 1e-15 && outcome.iterations < 40)
    }

    // MARK: Files

    @Test func writtenModelsAreTheSame() throws {
        let folder = try SafetensorsFolder(), asked = Self.corpus.map(\.words) + [["A", "new", "Word", "2"]]
        let frequent = try MostFrequentTagModel(countedFrom: Self.corpus)
        try frequent.write(toFolder: folder.path)
        #expect(try MostFrequentTagModel(folder: folder.path) == frequent)
        let chain = try LinearChainTagger(learntFrom: Self.corpus, settings: LinearChainSettings(minimumCount: 1))
        try chain.write(toFolder: folder.path)
        #expect(try LinearChainTagger(folder: folder.path).answers(to: asked) == chain.answers(to: asked))
    }

    @Test func refusesOtherFiles() throws {
        let folder = try SafetensorsFolder(), path = folder.path + "/config.json"
        func refused(_ config: String, _ bytes: [UInt8]?, _ expected: String, _ read: () throws -> Void) throws {
            try Data(config.utf8).write(to: URL(fileURLWithPath: path))
            if let bytes { try folder.put(bytes) }
            do {
                try read()
                Issue.record("read, though it should say: \(expected)")
            } catch {
                #expect("\(error)".contains(expected) && !"\(error)".contains("\n"), "\(error)")
            }
        }
        try MostFrequentTagModel(countedFrom: Self.corpus).write(toFolder: folder.path)
        var sound = try oneLine(path)
        func changed(_ old: String, _ new: String) -> String {
            #expect(sound.contains(old), "\(old)")
            return sound.replacingOccurrences(of: old, with: new)
        }
        func frequent() throws { _ = try MostFrequentTagModel(folder: folder.path) }
        try refused(changed("\"V\"", "\"N\""), nil, "\"tags\"", frequent)
        try refused(changed("\"D\", ", ""), nil, "\"word_tags\" must be a list of whole numbers from 0 to 1", frequent)
        try refused(changed("\"dog\"", "\"dog\", \"bird\""), nil, "\"word_tags\" must be a list of 8 whole numbers", frequent)
        try refused(changed("\"totals\": [", "\"totals\": [0, "), nil, "\"totals\" must be a list of 7 whole numbers", frequent)
        try refused(changed("\"counts\": [2", "\"counts\": [9"), nil, "\"counts\" must be from 1 to \"totals\"", frequent)

        try LinearChainTagger(learntFrom: Self.corpus, settings: LinearChainSettings(minimumCount: 1)).write(
            toFolder: folder.path)
        sound = try oneLine(path)
        let weights = try #require(folder.contents)
        func chain() throws { _ = try LinearChainTagger(folder: folder.path) }
        try refused(changed("sequitur-linear-chain", "x"), weights, "\"model_type\" must be", chain)
        try refused(changed("\"features\": \"words\"", "\"features\": \"all\""), weights, "one of words, characters", chain)
        try refused(changed("\"feature_count\": ", "\"feature_count\": 9"), weights, "should have shape", chain)
        try refused(changed("\"feature_count\": ", "\"feature_count\": -"), weights, "whole number from 0", chain)
        try refused(changed("\"D\", ", ""), weights, "should have shape", chain)
        try refused(sound, Array(weights.dropLast(8)), "model.safetensors", chain)
        try refused(sound, weights.replacing(Array("\"end\"".utf8), with: Array("\"and\"".utf8)), "lacks end", chain)
        try refused(sound, weights.replacing(Array("\"U64\"".utf8), with: Array("\"I64\"".utf8)), "U64 is expected", chain)
        // U64 stands first, behind a header whose length the first 8 bytes tell.
        let length = weights.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        var other = weights
        other.replaceSubrange((8 + length)..<(16 + length), with: weights[(16 + length)..<(24 + length)])
        try refused(sound, other, "a number twice", chain)
        other = weights
        other.replaceSubrange((other.count - 4)..., with: [0, 0, 0xC0, 0x7F])
        try refused(sound, other, "not finite", chain)
    }
}

/// A file of JSON without its line breaks.
func oneLine(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isWhitespace).joined(separator: " ").replacing(
        "[ ", with: "[")
}
