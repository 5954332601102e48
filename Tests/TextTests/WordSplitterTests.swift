import SequiturFiles
import SequiturText
import Testing

@Suite struct WordSplitterTests {
    @Test(
        arguments: [
            (WordSplitter.words, "Don't fly to 上海!", ["Don't", "fly", "to", "上", "海", "!"]),
            (
                .words, "U.N. paid $1,000.50 (well-known) at 10:30.",
                ["U.N.", "paid", "$", "1,000.50", "(", "well-known", ")", "at", "10:30", "."]
            ),
            (.words, "end.Next 3.x a.b@c", ["end.Next", "3", ".", "x", "a.b", "@", "c"]),
            (.words, "e\u{301}te\u{301} 🇩🇪", ["e\u{301}te\u{301}", "🇩", "🇪"]),
            (.words, "", []), (.words, " \r\n\t\u{85}", []),
            (.spaces, "Do n't  stop\u{A0}!", ["Do", "n't", "stop", "!"]),
            (.characters, "上海 a\u{301}b", ["上", "海", "a\u{301}", "b"]),
        ] as [(WordSplitter, String, [String])])
    func cutsWords(splitter: WordSplitter, text: String, words: [String]) {
        let found = splitter.split(text)
        #expect(found.map { Array($0.text.unicodeScalars) } == words.map { Array($0.unicodeScalars) })
        // Ranges are those of the words in the text, in order.
        let scalars = Array(text.unicodeScalars)
        for word in found { #expect(Array(word.text.unicodeScalars) == Array(scalars[word.range])) }
        for (left, right) in zip(found, found.dropFirst()) { #expect(left.range.upperBound <= right.range.lowerBound) }
    }

    /// What is no white space is in some word.
    @Test(arguments: WordSplitter.allCases) func losesNothing(splitter: WordSplitter) {
        let text = "Мир, 世界 — 10,5 % of U.S. 'quotes'; a\u{200B}b x\u{FE0F} …"
        let kept = splitter.split(text).map(\.text).joined()
        #expect(Array(kept.unicodeScalars) == text.unicodeScalars.filter { !$0.properties.isWhitespace })
    }
}

@Suite struct LexiconTests {
    private let sentences = [["The", "cat", "saw", "7", "cats"], ["the", "Cat", "3"], ["a", "cat"]]

    @Test func frequentWordsComeFirst() throws {
        let lexicon = try Lexicon(words: sentences, settings: LexiconSettings(), reserved: ["<sep>"])
        #expect(lexicon.words.tokens == ["<unk>", "<sep>", "cat", "0", "the", "a", "cats", "saw"])
        #expect(
            lexicon.id(of: "CAT") == 2 && lexicon.id(of: "9") == 3 && lexicon.id(of: "dog") == 0 && lexicon.id(of: "<sep>") == 1)
        #expect(lexicon.singletons == [5, 6, 7])
        #expect(lexicon.characterIDs(of: "Cat").allSatisfy { $0 > 0 } && lexicon.characterIDs(of: "?") == [0])
        #expect(lexicon.characterIDs(of: "Cat") != lexicon.characterIDs(of: "cat"))
    }

    @Test func settingsCutWhatIsKept() throws {
        var settings = LexiconSettings()
        settings.lowercases = false
        settings.makesDigitsAlike = false
        settings.minimumCount = 2
        #expect(try Lexicon(words: sentences, settings: settings).words.tokens == ["<unk>", "cat"])
        settings.minimumCount = 1
        settings.maximumWords = 3
        #expect(try Lexicon(words: sentences, settings: settings).words.tokens == ["<unk>", "cat", "3", "7"])
        settings.maximumCharacters = 4
        let lexicon = try Lexicon(words: [["abcdef"]], settings: settings)
        #expect(lexicon.characterIDs(of: "abcdef") == ["a", "b", "e", "f"].map { lexicon.characters.id(of: $0) })
    }

    @Test func isTheSameWhenReadAgain() throws {
        let lexicon = try Lexicon(words: sentences + [["上海"]], settings: LexiconSettings(), reserved: ["<sep>"])
        let read = try Lexicon(json: try parsed(lexicon.json.serialized()))
        #expect(read.words == lexicon.words && read.characters == lexicon.characters && read.reserved == lexicon.reserved)
        #expect(read.settings == lexicon.settings)
    }

    @Test(arguments: [
        (#"{}"#, "lowercase"), (#"{"lowercase": 1}"#, "lowercase"),
        (#"{"lowercase": true, "digits_alike": true, "maximum_characters": -4}"#, "maximum_characters"),
        (#"{"lowercase": true, "digits_alike": true, "maximum_characters": 40, "reserved": [1]}"#, "reserved"),
        (
            #"{"lowercase": true, "digits_alike": true, "maximum_characters": 40, "reserved": [], "words": ["a"], "characters": ["<unk>"]}"#,
            "words"
        ),
        (
            #"{"lowercase": true, "digits_alike": true, "maximum_characters": 40, "reserved": [], "words": ["<unk>", "a", "a"], "characters": ["<unk>"]}"#,
            "a"
        ),
    ]) func malformedFilesAreRefused(json: String, key: String) throws {
        let error = #expect(throws: TokenizerError.self) { try Lexicon(json: try parsed(json)) }
        #expect(error?.description.contains(key) == true)
    }
}

private func parsed(_ json: String) throws -> JSONValue { try Array(json.utf8).withUnsafeBytes { try JSONValue.parse($0) } }
