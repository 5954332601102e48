import Foundation
import SequiturFiles
import SequiturModels
import SequiturTasks
import SequiturTensors
import SequiturText
import Testing

/// Questions and contexts as windows of pieces or words, answers as steps of them, and back.
@Suite struct AnswerWindowTests {
    static let contexts = [
        "The keeper saw a raven in 1901 at the harbour, and a heron (grey) by the river.",
        "北京是中华人民共和国的首都。上海在1843年开埠，人口两千四百万。",
        "Le cafe\u{301} d\u{2019}Andre\u{301} ouvre a\u{300} neuf heures; nai\u{308}ve résumé.",
        "A family 👨‍👩‍👧 and a flag 🇨🇭 sail 🚢 home.", "first line\r\nsecond line\r\n\r\nthird  line\twith a tab",
        "  spaces   everywhere   ",
    ]

    /// A WordPiece tokenizer of letters and signs.
    private static func wordPiece(_ folder: String) throws -> TokenizerPipeline {
        var letters = Set(contexts.joined().decomposedStringWithCanonicalMapping.unicodeScalars.map { String($0) })
        letters.formUnion("abcdefghijklmnopqrstuvwxyz0123456789?.,".map { String($0) })
        let vocabulary =
            ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "##er", "keep", "line"]
            + letters.sorted()
            .filter { !$0.allSatisfy(\.isWhitespace) }.flatMap { [$0, "##" + $0] }
        try AtomicFile.write(vocabulary.joined(separator: "\n"), to: "\(folder)/vocab.txt")
        return try TokenizerFolder.wordPiece("\(folder)/vocab.txt")
    }

    private static func byteLevel() throws -> TokenizerPipeline {
        var trainer = try SubwordTrainer(.byteLevel, vocabularySize: 300)
        try trainer.append(contexts.joined(separator: " "))
        return try trainer.makePipeline()
    }

    private static func words() throws -> Lexicon {
        try Lexicon(
            words: contexts.map { WordSplitter.words.split($0).map(\.text) }, settings: LexiconSettings(), reserved: ["<sep>"])
    }

    /// Readers of each kind with this many steps.
    private func readers(_ limit: Int, stride: Int? = nil, in folder: String) throws -> [(String, QuestionReader)] {
        [
            ("WordPiece", try QuestionReader(Self.wordPiece(folder), maximumLength: limit, stride: stride)),
            ("byte-level", try QuestionReader(Self.byteLevel(), maximumLength: limit, stride: stride)),
            ("words", try QuestionReader(Self.words(), splitter: .words, maximumLength: limit, stride: stride)),
        ]
    }

    /// Every word of a context is found as steps, and the steps stand for that word and nothing else.
    @Test(arguments: contexts) func answersComeBackFromTheirSteps(_ context: String) throws {
        try withTemporaryFolder { folder in
            let text = AnswerText(context)
            for (name, reader) in try readers(300, in: folder) {
                let windows = try reader.windows(question: "who saw the raven?", context: context)
                #expect(windows.count == 1 && windows[0].isFirst && windows[0].isLast)
                for word in WordSplitter.words.split(context) {
                    let steps = try #require(windows[0].steps(of: word.range), "\(name): \(word)")
                    #expect(windows[0].context.contains(steps.lowerBound) && windows[0].context.contains(steps.upperBound))
                    let found = text.span(windows[0].place(of: steps))
                    #expect(
                        found == text.span(word.range), "\(name): \(word.text) at \(word.range), \(text.text(found)) at \(found)")
                    // More than the word only where it is part of a character, as signs joined into one are.
                    let isPart = !context.contains(where: { word.text.first == $0 })
                    #expect(text.text(found).unicodeScalars.elementsEqual(word.text.unicodeScalars) || isPart)
                }
                let whole = text.span(0..<context.unicodeScalars.count), steps = try #require(windows[0].steps(of: whole))
                #expect(text.span(windows[0].place(of: steps)) == whole, "\(name)")
            }
        }
    }

    /// Windows overlap, and together they have every step of the context, in the order in which one long window has them.
    @Test(arguments: [0, 3, 7]) func stridesCoverEveryPiece(_ stride: Int) throws {
        try withTemporaryFolder { folder in
            let context = Array(repeating: Self.contexts.joined(separator: " "), count: 3).joined(separator: "\n")
            let wide = try readers(100_000, in: folder), narrow = try readers(48, stride: stride, in: folder)
            for ((name, all), (_, some)) in zip(wide, narrow) {
                let whole = try all.windows(question: "where is it?", context: context)[0]
                let windows = try some.windows(question: "where is it?", context: context)
                try #require(windows.count > 3, "\(name)")
                #expect(windows[0].isFirst && windows.last?.isLast == true && windows.dropLast().allSatisfy { !$0.isLast })
                var ids: [Int32] = [], places: [Range<Int>] = []
                for (index, window) in windows.enumerated() {
                    #expect(window.text.ids.count <= 48 && window.places.count == window.context.count)
                    let own = Array(window.text.ids[window.context]), shared = index == 0 ? 0 : stride
                    if index > 0 { #expect(Array(ids.suffix(stride)) == Array(own.prefix(stride)), "\(name) \(index)") }
                    ids += own.dropFirst(shared)
                    places += window.places.dropFirst(shared)
                }
                #expect(ids == Array(whole.text.ids[whole.context]) && places == whole.places, "\(name)")
                // A word is in a window as a whole, or the window has no steps of it.
                for word in WordSplitter.words.split(context) {
                    for steps in windows.compactMap({ window in window.steps(of: word.range).map { (window, $0) } }) {
                        let place = steps.0.place(of: steps.1)
                        #expect(place.lowerBound <= word.range.upperBound && place.upperBound > word.range.lowerBound)
                    }
                }
            }
        }
    }

    @Test func aWindowHasAllOfAnAnswerOrNone() throws {
        let reader = try QuestionReader(Self.words(), splitter: .words, maximumLength: 9, stride: 2)
        let context = "a b c d e f g h", windows = try reader.windows(question: "x", context: context)
        // x, <sep> and seven words; then five more, of which two are shared.
        #expect(windows.map(\.places.count) == [7, 3] && windows[1].places.first == 10..<11)
        #expect(windows[0].steps(of: 0..<1) == 2...2 && windows[0].steps(of: 8..<13) == 6...8)
        #expect(windows[0].steps(of: 12..<15) == nil && windows[1].steps(of: 12..<15) == 3...4)
        #expect(windows[1].steps(of: 8..<11) == nil && windows[1].steps(of: 0..<1) == nil)
    }

    /// A question that is too long is cut, and its context is not.
    @Test func longQuestionsAreCut() throws {
        try withTemporaryFolder { folder in
            let question = Array(repeating: "keeper 北京 👨‍👩‍👧", count: 100).joined(separator: " ")
            for (name, reader) in try readers(160, in: folder) {
                let windows = try reader.windows(question: question, context: "The raven")
                #expect(windows.count == 1 && windows[0].steps(of: 4..<9) != nil, "\(name)")
                #expect((1...64 + 4).contains(windows[0].context.lowerBound), "\(name) \(windows[0].context)")
            }
        }
    }

    @Test(arguments: ["", " ", "\r\n", "\u{301}"]) func contextsOfNothing(_ context: String) throws {
        try withTemporaryFolder { folder in
            for (name, reader) in try readers(60, in: folder) {
                for question in ["who?", ""] {
                    let windows = try reader.windows(question: question, context: context)
                    #expect(windows.count == 1 && !windows[0].text.ids.isEmpty, "\(name)")
                    #expect(windows[0].context.upperBound <= windows[0].text.ids.count && windows[0].steps(of: 0..<0) == nil)
                }
            }
        }
    }

    /// Words of the question are marked where the context has them.
    @Test func sharedWordsAreMarked() throws {
        let reader = try QuestionReader(Self.words(), splitter: .words, maximumLength: 64)
        let window = try reader.windows(question: "Which RAVEN flew?", context: "A raven flew in.")[0]
        #expect(window.text.types == [0, 0, 0, 0, 0, 1, 2, 2, 1, 1] && window.context == 5..<10)
    }

    @Test func lengthsWithoutRoomAreRefused() throws {
        let lexicon = try Self.words()
        #expect(throws: ConfigurationError.self) { try QuestionReader(lexicon, splitter: .words, maximumLength: 4) }
        #expect(throws: ConfigurationError.self) { try QuestionReader(lexicon, splitter: .words, maximumLength: 40, stride: 20) }
        #expect(try QuestionReader(lexicon, splitter: .words, maximumLength: 40, stride: 19).stride == 19)
        #expect(try QuestionReader(lexicon, splitter: .words, maximumLength: 384).stride == 128)
    }

    /// Spans keep characters whole, and have no white space at their ends.
    @Test func spansAreOfWholeCharacters() {
        let text = AnswerText("cafe\u{301} \r\n 👨‍👩‍👧 x")
        #expect(text.text(text.span(0..<4)) == "cafe\u{301}" && text.span(4..<5) == 3..<5)
        #expect(text.span(5..<8) == 0..<0 && text.span(5..<10) == 9..<14 && text.span(0..<100) == 0..<16)
        #expect(
            AnswerText("  ab ").span(0..<5) == 2..<4 && AnswerText("").span(0..<3) == 0..<0
                && AnswerText("ab").span(1..<1) == 0..<0)
    }

    /// Against all spans, sorted.
    @Test(arguments: [1, 5, 40], [1, 4, 30]) func theBestSpansAreTheBestOfAll(_ count: Int, _ length: Int) {
        let search = SpanSearch(maximumLength: length, count: count)
        for seed in 0..<20 as Range<UInt64> {
            // Whole numbers, so that many are equal.
            let random = RandomStream(seed: seed), starts = (0..<24).map { Float(Int(random.uniform($0) * 6)) }
            let ends = (0..<24).map { Float(Int(random.split("ends").uniform($0) * 6)) },
                context = Int(seed % 5)..<24 - Int(seed % 3)
            var all: [(first: Int, last: Int, score: Float)] = []
            for first in context {
                for last in first..<context.upperBound where last - first < length {
                    all.append((first, last, starts[first] + ends[last]))
                }
            }
            all.sort { ($1.score, $0.first, $0.last) < ($0.score, $1.first, $1.last) }
            let found = search.best(starts: starts, ends: ends, context: context)
            #expect(found.map(\.score) == all.prefix(count).map(\.score))
            #expect(found.map(\.steps) == all.prefix(count).map { $0.first...$0.last })
        }
        #expect(search.best(starts: [], ends: [], context: 0..<0).isEmpty)
        #expect(search.best(starts: [.nan, 1], ends: [.nan, 2], context: 0..<2).map(\.steps) == [1...1])
    }
}
