import Foundation
import SequiturFiles
import SequiturModels
import Testing

@Suite struct HiddenMarkovModelTests {
    typealias Sentence = HiddenMarkovModel.Sentence

    static let corpus = [
        Sentence(words: ["the", "dog", "barks"], tags: ["D", "N", "V"]),
        Sentence(words: ["the", "cat", "sleeps"], tags: ["D", "N", "V"]),
        Sentence(words: ["dog", "and", "cat"], tags: ["N", "C", "N"]), Sentence(words: [], tags: []),
        Sentence(words: ["and", "the", "dog", "sleeping"], tags: ["C", "D", "N", "V"]), Sentence(words: ["Rex"], tags: ["N"]),
    ]
    private let model = try? HiddenMarkovModel(
        estimatedFrom: corpus,
        settings: HiddenMarkovSettings(minimumClassCount: 2, longestSuffix: 3, transitionSmoothing: 0.5, emissionSmoothing: 0.25))

    @Test func everyDistributionSumsToOne() throws {
        let model = try #require(model)
        #expect(model.distributions.count == 1 + 2 * 4)
        for row in model.distributions {
            #expect(row.allSatisfy { $0 > 0 })
            #expect(abs(row.reduce(0) { $0 + Double($1) } - 1) < 1e-6)
        }
    }

    /// By hand: 5 sentences, of which 2 begin with D; N is 6 times there, 3 times followed by V, once by C and twice by the end.
    @Test func countsByHand() throws {
        let model = try #require(model)
        #expect(model.tagNames == ["D", "N", "V", "C"])
        #expect(model.wordCount == 4)  // the, dog, cat, and
        // barks, sleeps, sleeping and Rex are rare; beside the eight shapes there are two lower-case words that end in s.
        #expect(model.classNames.count == 9 && model.classNames.last == "lower:s")
        let start = [2, 2, 0, 1].map { (Float($0) + 0.5) / (5 + 0.5 * 4) }
        let afterNoun = [0, 0, 3, 1, 2].map { (Float($0) + 0.5) / (6 + 0.5 * 5) }
        #expect(zip(model.distributions[0], start).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(zip(model.distributions[2], afterNoun).allSatisfy { abs($0 - $1) < 1e-6 })
        // "the dog", D N: start · P(the | D) · P(N | D) · P(dog | N) · P(end | N), with 13 words and classes.
        let words = (3 + 0.25) / (3 + 0.25 * 13) * (3 + 0.25) / (6 + 0.25 * 13)
        let tags = (2 + 0.5) / 7 * (3 + 0.5) / (3 + 0.5 * 5) * (2 + 0.5) / 8.5
        let found = model.logProbability(of: Sentence(words: ["the", "dog"], tags: ["D", "N"]))
        #expect(abs(found - log(words * tags)) < 1e-5)
        #expect(model.logProbability(of: Sentence(words: ["the"], tags: ["X"])) == -.infinity)
        #expect(model.logProbability(of: Sentence(words: [], tags: [])) == 0)
    }

    /// All taggings of sentences with known, rare and unknown words: their probabilities add up to the sentence's, the best one is chosen.
    @Test func sumsAndMaximaAreThoseOfEnumeration() throws {
        let model = try #require(model)
        let sentences = [["the", "cat", "barks"], ["Zoe", "and", "the", "lynx", "42"], ["dog"], [], ["sleeping", "—"]]
        let sums = model.logProbabilities(of: sentences), best = model.tags(of: sentences)
        for (index, words) in sentences.enumerated() {
            let taggings = words.reduce([[String]]([[]])) { partial, _ in
                partial.flatMap { start in model.tagNames.map { start + [$0] } }
            }
            let scores = taggings.map { model.logProbability(of: Sentence(words: words, tags: $0)) }
            #expect(abs(sums[index] - log(scores.reduce(0) { $0 + exp($1) })) < 1e-5)
            let chosen = model.logProbability(of: Sentence(words: words, tags: best[index]))
            #expect(abs(chosen - (scores.max() ?? 0)) < 1e-5)
        }
    }

    /// The probabilities of all sentences of one length, and of all lengths together.
    @Test func sentencesShareOneProbability() throws {
        let model = try HiddenMarkovModel(
            estimatedFrom: [Sentence(words: ["a", "b", "a"], tags: ["X", "Y", "X"]), Sentence(words: ["b"], tags: ["Y"])],
            settings: HiddenMarkovSettings(minimumWordCount: 1, longestSuffix: 0))
        // One word for each class of unknown words.
        let words = ["a", "b", "a1", "AB", "C", "Cd", "c-d", "d", "7", "…"]
        var total = 0.0, sentences: [[String]] = [[]]
        for _ in 1...3 {
            sentences = sentences.flatMap { start in words.map { start + [$0] } }
            total += model.logProbabilities(of: sentences).reduce(0) { $0 + exp($1) }
        }
        // What is left is for longer sentences: the chance that the chain of tags has not ended.
        let start = model.distributions[0].map(Double.init), rows = model.distributions[1...2].map { $0.map(Double.init) }
        var state = start, left = 1.0
        for _ in 1...3 {
            left -= state[0] * rows[0][2] + state[1] * rows[1][2]
            state = [0, 1].map { state[0] * rows[0][$0] + state[1] * rows[1][$0] }
        }
        #expect(abs(total + left - 1) < 1e-5)
    }

    @Test func unknownWordsAreKnownByTheirForm() throws {
        let verbs = ["walking", "talking", "singing", "eating"].map { Sentence(words: ["is", $0], tags: ["A", "V"]) }
        let names = ["Anna", "Bert", "Carl", "Dora"].map { Sentence(words: ["is", $0], tags: ["A", "N"]) }
        let model = try HiddenMarkovModel(estimatedFrom: verbs + names, settings: HiddenMarkovSettings(minimumClassCount: 3))
        #expect(model.classNames.contains("lower:ing") && model.classNames.contains("capital:"))
        #expect(model.tags(of: [["is", "jumping"], ["is", "Emil"]]) == [["A", "V"], ["A", "N"]])
    }

    @Test func refusesWhatItCannotCount() {
        func reason(_ sentences: [Sentence], _ settings: HiddenMarkovSettings = HiddenMarkovSettings()) -> String? {
            #expect(throws: HiddenMarkovError.self) { try HiddenMarkovModel(estimatedFrom: sentences, settings: settings) }?
                .description
        }
        #expect(reason([]) == "the tagged text for a hidden Markov model has no words; give a text that is not empty")
        #expect(reason([Sentence(words: [], tags: [])])?.contains("no words") == true)
        #expect(
            reason(Self.corpus + [Sentence(words: ["a", "b"], tags: ["N"])])
                == "sentence 7 has 2 words, but 1 tags: give one tag a word")
        #expect(reason(Self.corpus, HiddenMarkovSettings(minimumWordCount: 0))?.contains("at least 1") == true)
        #expect(reason(Self.corpus, HiddenMarkovSettings(longestSuffix: 33))?.contains("0...32") == true)
        #expect(reason(Self.corpus, HiddenMarkovSettings(transitionSmoothing: 0))?.contains("above 0") == true)
        #expect(reason(Self.corpus, HiddenMarkovSettings(emissionSmoothing: .nan))?.contains("above 0") == true)
    }

    // MARK: Files

    @Test func aWrittenModelIsTheSame() throws {
        let model = try #require(model), folder = try SafetensorsFolder()
        try model.write(toFolder: folder.path)
        #expect(try folder.names == ["config.json", "model.safetensors"])
        let read = try HiddenMarkovModel(folder: folder.path)
        #expect(read.settings == model.settings && read.tagNames == model.tagNames && read.classNames == model.classNames)
        #expect(read.distributions == model.distributions)
        let sentences = [["the", "cat"], ["Zoe", "barks"]]
        #expect(read.tags(of: sentences) == model.tags(of: sentences))
        #expect(read.logProbabilities(of: sentences) == model.logProbabilities(of: sentences))
    }

    /// Each change of a sound model makes a file that is refused in one line.
    @Test func refusesOtherFiles() throws {
        let model = try #require(model), folder = try SafetensorsFolder(), path = folder.path + "/config.json"
        try model.write(toFolder: folder.path)
        let sound = try String(contentsOfFile: path, encoding: .utf8), counts = try #require(folder.contents)
        func refused(_ config: String, _ bytes: [UInt8]? = nil, _ expected: String) throws {
            try Data(config.utf8).write(to: URL(fileURLWithPath: path))
            try folder.put(bytes ?? counts)
            do {
                _ = try HiddenMarkovModel(folder: folder.path)
                Issue.record("read, though it should say: \(expected)")
            } catch {
                #expect("\(error)".contains(expected) && !"\(error)".contains("\n"), "\(error)")
            }
        }
        func changed(_ old: String, _ new: String) -> String { sound.replacingOccurrences(of: old, with: new) }
        try refused("{}", nil, "\"model_type\" is missing")
        try refused("[", nil, "not valid JSON")
        try refused(changed("sequitur-hidden-markov", "sequitur-lstm"), nil, "\"model_type\" must be")
        try refused(changed("\"tags\"", "\"labels\""), nil, "unknown key \"labels\"")
        try refused(changed("\"longest_suffix\": 3", "\"longest_suffix\": -1"), nil, "0...32")
        try refused(changed("\"transition_smoothing\": 0.5", "\"transition_smoothing\": 0"), nil, "above 0")
        try refused(changed("\"D\"", "1"), nil, "strings alone")
        try refused(changed("\"D\"", "\"N\""), nil, "config.json")
        try refused(changed("\"symbol:\"", "\"symbol:x\""), nil, "\"symbol:\"")
        try refused(changed("\"D\",", ""), nil, "should have shape")
        try refused(changed("\"dog\",", ""), nil, "should have shape")
        try refused(sound, Array(counts.dropLast(4)), "model.safetensors")
        var other = counts
        other[other.count - 4] &+= 1
        try refused(sound, other, "not of one text")
        other = counts
        other[other.count - 1] = 0x80
        try refused(sound, other, "below 0")
        try refused(sound, counts.replacing(Array("I32".utf8), with: Array("F32".utf8)), "counts are I32")
        try refused(sound, counts.replacing(Array("\"start\"".utf8), with: Array("\"stark\"".utf8)), "lacks start")
        try Data(sound.utf8).write(to: URL(fileURLWithPath: path))
        try folder.put(counts)
        #expect(try HiddenMarkovModel(folder: folder.path).tagNames == model.tagNames)
    }
}
