import Foundation
import SequiturModels
import Testing

@Suite struct NGramARPATests {
    /// Every number of the model survives the text to 1e-5 in log10.
    @Test(arguments: NGramCase.all)
    func roundTrip(_ example: NGramCase) throws {
        let model = try example.model()
        let text = try model.arpaText()
        let read = try NGramModel(arpaText: text, name: "round trip")
        #expect(read.counts == model.counts && read.order == model.order)
        #expect((read.endOfSentence == nil) == (model.endOfSentence == nil) && read.unknown == model.unknown)
        for history in example.histories {
            for (left, right) in zip(try model.logProbabilities(context: history), try read.logProbabilities(context: history)) {
                #expect(left == right || abs(left - right) < 1e-5 * Float(log(10.0)))
            }
        }
    }

    @Test func writtenText() throws {
        let model = try NGramModel(
            estimatedFrom: [0, 1, 0, 2], vocabulary: ["a", "b", "<eos>"], endOfSentence: 2,
            settings: NGramSettings(order: 2, smoothing: .maximumLikelihood))
        let lines = try model.arpaText().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(
            lines == [
                "\\data\\", "ngram 1=4", "ngram 2=4", "",
                "\\1-grams:", "-0.30103\ta\t-99", "-0.60206\tb\t-99", "-0.60206\t</s>\t0", "-99\t<s>\t-99", "",
                "\\2-grams:", "-0.30103\ta b", "-0.30103\ta </s>", "0\tb a", "0\t<s> a", "",
                "\\end\\", "",
            ])
    }

    /// As other toolkits write it: text before the header, spaces, no back-off weights, Windows line ends, any order of lines.
    @Test func textOfOtherToolkits() throws {
        let text = """
            A model of a small text.

            \\data\\
            ngram  1 = 5
            ngram 2=4

            \\1-grams:
            -99 <s> -0.5
            -1.0 <UNK>
            -0.4 b -0.3
            -0.7 </s>
            -0.6 a -0.2

            \\2-grams:
            -0.2 b a
            -0.1 <s> b
            -0.3 a </s>
            -0.4 a b

            \\end\\

            """.replacing("\n", with: "\r\n")
        let model = try NGramModel(arpaText: text, name: "other")
        #expect(model.vocabulary == ["<UNK>", "b", "</s>", "a"])
        #expect(model.unknown == 0 && model.endOfSentence == 2 && model.id(of: "zebra") == 0)
        func log10(_ token: Int32, _ context: [Int32]) throws -> Double {
            Double(try model.logProbability(of: token, context: context)) / log(10.0)
        }
        #expect(abs(try log10(1, []) - -0.1) < 1e-6)
        #expect(abs(try log10(3, []) - -1.1) < 1e-6)  // backoff(<s>) + log P(a)
        #expect(abs(try log10(1, [3]) - -0.4) < 1e-6)
        #expect(abs(try log10(3, [3]) - -0.8) < 1e-6)
        #expect(abs(try log10(0, [1]) - -1.3) < 1e-6)
        #expect(abs(try log10(2, [0]) - -0.7) < 1e-6)  // <UNK> has no back-off weight
    }

    private static let sound = """
        \\data\\
        ngram 1=4
        ngram 2=2

        \\1-grams:
        -0.5\ta\t-0.2
        -0.7\t</s>
        -0.9\t<unk>
        -99\t<s>\t-0.3

        \\2-grams:
        -0.4\ta a
        -0.1\t<s> a

        \\end\\

        """

    @Test(arguments: [
        ("\\data\\", "data", 15, "there is no \\data\\"),
        ("ngram 1=4\nngram 2=2\n", "", 2, "'ngram 1=COUNT' was expected"),
        ("ngram 1=4", "ngram 2=4", 2, "'ngram 1=COUNT' was expected and not 'ngram 2=4'"),
        ("ngram 2=2", "ngram 2=-2", 3, "'ngram 2=COUNT' was expected"),
        ("ngram 2=2", "ngram 2=99999999999999999999", 3, "'ngram 2=COUNT' was expected"),
        ("ngram 2=2", "ngram 2=4000000000", 3, "do not fit into the"),
        ("ngram 2=2", "ngram 2=3", 14, "before the 3 that the header states"),
        ("ngram 2=2", "ngram 2=1", 13, "\\end\\ was expected after the 1 n-grams of order 2"),
        ("ngram 1=4", "ngram 1=3", 9, "\\2-grams: was expected after the 3 n-grams of order 1"),
        ("\\1-grams:", "\\one-grams:", 5, "\\1-grams: was expected after the header"),
        ("-0.5\ta\t-0.2", "-0.5", 6, "fields and not 1"),
        ("-0.5\ta\t-0.2", "-0.5\ta\t-0.2\t-0.2", 6, "fields and not 4"),
        ("-0.5\ta\t-0.2", "0.5\ta\t-0.2", 6, "the probability 10^0.5 is above one"),
        ("-0.5\ta\t-0.2", "nan\ta\t-0.2", 6, "'nan' is not a decimal number"),
        ("-0.5\ta\t-0.2", "-0x1\ta\t-0.2", 6, "'-0x1' is not a decimal number"),
        ("-0.5\ta\t-0.2", "-0.5\ta\tinf", 6, "'inf' is not a decimal number"),
        ("-0.5\ta\t-0.2", "-0.5\ta\t1e400", 6, "'1e400' is not a decimal number"),
        ("-0.9\t<unk>", "-0.9\ta", 6, "the unigram 'a' stands twice"),
        ("-0.9\t<unk>", "-99\t<s>", 9, "<s> stands here a second time"),
        ("-0.1\t<s> a", "-0.1\ta a", 13, "this n-gram stands in line 12 already"),
        ("-0.1\t<s> a", "-0.1\t<s> b", 13, "the word 'b' is not among the unigrams"),
        ("-0.1\t<s> a", "-0.1\t<s> a\t-1", 13, "fields and not 4"),
        ("\\end\\\n", "", 14, "the text ends after the 2 n-grams of order 2"),
        ("\\end\\\n", "\\end\\\nmore\n", 16, "nothing may follow"),
    ])
    func malformed(_ old: String, _ new: String, _ line: Int, _ reason: String) throws {
        _ = try NGramModel(arpaText: Self.sound, name: "sound")
        let text = Self.sound.replacing(old, with: new, maxReplacements: 1)
        let error = #expect(throws: NGramError.self) { try NGramModel(arpaText: text, name: "m.arpa") }
        let message = try #require(error).description
        #expect(message.hasPrefix("'m.arpa', line \(line): ") && message.contains(reason), "\(message)")
        #expect(!message.contains("\n"))
    }

    @Test func missingContext() throws {
        let text = """
            \\data\\
            ngram 1=2
            ngram 2=1
            ngram 3=1

            \\1-grams:
            -0.3\ta\t0
            -0.3\tb\t0

            \\2-grams:
            -0.3\ta a

            \\3-grams:
            -0.3\ta b a

            \\end\\
            """
        #expect(throws: NGramError.malformedARPA(file: "m", line: 14, reason: "its first 2 words are not an n-gram of order 2")) {
            try NGramModel(arpaText: text, name: "m")
        }
    }

    @Test func notUTF8() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ngram-\(UUID().uuidString).arpa").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(Array("\\data\\\nngram 1=1\n\n\\1-grams:\n-1\tcaf".utf8) + [0xE9, 0x0A]).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: NGramError.self) { try NGramModel(arpa: path) }
        #expect(try #require(error).description.contains("line 5: the text is not UTF-8 at byte 34 of the file"))
    }

    /// Any cut of a sound text is an error, never a trap.
    @Test func everyTruncationIsRefused() throws {
        let text = try NGramCase.small.model().arpaText()
        let end = text.utf8.count - 1  // the last line's own end may be missing
        for count in 0..<end {
            #expect(throws: NGramError.self) {
                try NGramModel(arpaText: String(decoding: text.utf8.prefix(count), as: UTF8.self), name: "truncated")
            }
        }
    }

    /// Any letter may be wrong: the text is refused, or is a model that answers.
    @Test func everyChangedLetterIsHarmless() throws {
        let text = Array(try NGramCase.small.model().arpaText().utf8)
        let letters = Array("\n\t \\-=0123456789.eEx<>s/unk".utf8)
        var random = NGramRandom(state: 11)
        var refused = 0
        for offset in text.indices {
            var changed = text
            changed[offset] = letters[Int.random(in: 0..<letters.count, using: &random)]
            do {
                let model = try NGramModel(arpaText: String(decoding: changed, as: UTF8.self), name: "changed")
                #expect(try model.logProbabilities(context: [1, 2]).count == model.vocabularySize)
                _ = try NGramModel(binary: model.binary, name: "changed")
            } catch is NGramError {
                refused += 1
            }
        }
        #expect(refused > 100)
    }

    @Test func whatARPACannotSpell() throws {
        func write(_ vocabulary: [String], end: Int32?) throws {
            _ = try NGramModel(estimatedFrom: [0, 1], vocabulary: vocabulary, endOfSentence: end).arpaText()
        }
        #expect(throws: NGramError.notExpressibleInARPA(token: " ", id: 1, reason: "has white space")) {
            try write(["a", " "], end: nil)
        }
        #expect(throws: NGramError.notExpressibleInARPA(token: "</s>", id: 1, reason: "is spelled like another token's symbol")) {
            try write(["<eos>", "</s>"], end: 0)
        }
    }
}
