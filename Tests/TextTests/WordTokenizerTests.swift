import SequiturText
import Testing

@Suite struct WordTokenizerTests {
    private let text = "the cat saw the dog\n\nthe dog , the cat\n"

    @Test func vocabularyIsByFrequencyThenByOccurrence() throws {
        let tokenizer = try WordTokenizer(trainedOn: text)
        #expect(tokenizer.vocabulary.tokens == ["<unk>", "<eos>", "the", "cat", "dog", "saw", ","])
        #expect(tokenizer.unknown == 0)
        #expect(tokenizer.endOfSentence == 1)
    }

    @Test func everyLineEndsOnce() throws {
        let tokenizer = try WordTokenizer(trainedOn: text)
        #expect(try tokenizer.encode("the cat\n") == [2, 3, 1])
        #expect(try tokenizer.encode("the cat\n", ending: .document) == [2, 3, 1])
        #expect(try tokenizer.encode("the cat") == [2, 3])
        #expect(try tokenizer.encode("the cat", ending: .document) == [2, 3, 1])
        #expect(try tokenizer.encode("the cat  ", ending: .document) == [2, 3, 1])
        #expect(try tokenizer.encode("\n\n", ending: .document) == [1, 1])
        #expect(try tokenizer.encode("", ending: .document) == [])
        #expect(try tokenizer.encode(" ", ending: .document) == [])
        #expect(try tokenizer.encode("the\n ", ending: .document) == [2, 1])
    }

    @Test func oneEncoderServesManyDocuments() throws {
        let tokenizer = try WordTokenizer(trainedOn: text, options: TokenizerOptions(includesUnknown: false))
        var encoder = tokenizer.makeEncoder()
        var ids: [Int32] = []
        for document in ["the cat", "dog\n", "the"] {
            try Array(document.utf8).withUnsafeBytes { try encoder.append($0, into: &ids) }
            try encoder.finish(.document, into: &ids)
        }
        #expect(try ids == tokenizer.encode("the cat\ndog\nthe\n"))
        #expect(throws: TokenizerError.unknownWord("cow", byteOffset: 4)) {
            try Array("the cow ".utf8).withUnsafeBytes { try encoder.append($0, into: &ids) }
        }
    }

    @Test func whiteSpaceIsUnicodesAndLinesEndAtLineFeedsOnly() throws {
        let spaces: [Unicode.Scalar] = (0...0x10FFFF).compactMap(Unicode.Scalar.init).filter(\.properties.isWhitespace)
        #expect(spaces.count == 25)
        let tokenizer = try WordTokenizer(trainedOn: "a b")
        for scalar in spaces {
            let expected: [Int32] = scalar == "\n" ? [2, 1, 3] : [2, 3]
            #expect(try tokenizer.encode("a\(scalar)b") == expected, "U+\(String(scalar.value, radix: 16))")
        }
        // Neighbours of multi-byte white space, and what other definitions call white space.
        for text in ["a\u{200B}b", "a\u{1C}b", "a\u{FEFF}b", "a\u{86}b", "a\u{2027}b", "a\u{3001}b", "a\u{1681}b", "a\u{180E}b"] {
            #expect(try tokenizer.encode(text) == [0])
        }
        #expect(try tokenizer.encode("a\r\nb\r\n") == [2, 1, 3, 1])
    }

    @Test func specialTokensInTheTextAreThemselves() throws {
        let tokenizer = try WordTokenizer(trainedOn: "the <unk> cat <eos> <unk> <unk>\n")
        #expect(tokenizer.vocabulary.tokens == ["<unk>", "<eos>", "the", "cat"])
        #expect(try tokenizer.encode("<unk> zebra <eos>\n") == [0, 0, 1, 1])
    }

    @Test func rareWordsGiveWay() throws {
        let bySize = try WordTokenizer(trainedOn: text, options: TokenizerOptions(maximumVocabularySize: 4))
        #expect(bySize.vocabulary.tokens == ["<unk>", "<eos>", "the", "cat"])
        let byFrequency = try WordTokenizer(trainedOn: text, options: TokenizerOptions(minimumFrequency: 3))
        #expect(byFrequency.vocabulary.tokens == ["<unk>", "<eos>", "the"])
        #expect(try byFrequency.encode("the cat\n") == [2, 0, 1])
    }

    @Test func withoutUnknownTokenAnUnseenWordIsNamedWithItsPlace() throws {
        let options = TokenizerOptions(includesUnknown: false)
        let tokenizer = try WordTokenizer(trainedOn: text, options: options)
        #expect(tokenizer.vocabulary.tokens == ["<eos>", "the", "cat", "dog", "saw", ","])
        #expect(throws: TokenizerError.unknownWord("cow", byteOffset: 8)) { try tokenizer.encode("the dog\ncow\n") }
        #expect(throws: TokenizerError.unknownTokenNeeded(kind: .word, example: "<unk>")) {
            try WordTokenizer(trainedOn: "a <unk> b", options: options)
        }
        #expect(throws: TokenizerError.unknownTokenNeeded(kind: .word, example: "b")) {
            try WordTokenizer(trainedOn: "a a b", options: TokenizerOptions(minimumFrequency: 2, includesUnknown: false))
        }
    }

    @Test func textWithoutWordsIsRefused() {
        for text in ["", "\n\n", "<unk> <eos>\n"] {
            #expect(throws: TokenizerError.vocabularyTooSmall(kind: .word, found: 0, minimum: 1, minimumFrequency: 1)) {
                try WordTokenizer(trainedOn: text)
            }
        }
        #expect(throws: TokenizerError.vocabularyTooSmall(kind: .word, found: 0, minimum: 1, minimumFrequency: 9)) {
            try WordTokenizer(trainedOn: "a b", options: TokenizerOptions(minimumFrequency: 9))
        }
    }

    @Test func decodingPutsSpacesBetweenWordsOfALine() throws {
        let tokenizer = try WordTokenizer(trainedOn: text)
        #expect(try tokenizer.decode(tokenizer.encode(text)) == text)
        #expect(try tokenizer.decode([1, 1, 2, 3, 1, 1, 0]) == "\n\nthe cat\n\n<unk>")
        #expect(throws: TokenizerError.idOutOfRange(7, vocabularySize: 7)) { try tokenizer.decode([7]) }
    }

    @Test func tokensThatNoTextContainsAreRefused() {
        for token in ["", "a b", "a\u{A0}", "\n"] {
            #expect(throws: TokenizerError.self) { try WordTokenizer(Vocabulary(["a", token])) }
        }
    }

    @Test func aWordWithoutEndIsRefused() throws {
        let endless = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 18)
        var trainer = try WordTokenizerTrainer()
        try Array("ok ".utf8).withUnsafeBytes { try trainer.append($0) }
        #expect(throws: TokenizerError.wordTooLong(byteOffset: 3, limit: 1 << 20)) {
            for _ in 0..<5 { try endless.withUnsafeBytes { try trainer.append($0) } }
        }
    }

    @Test func bytesThatAreNotUTF8AreNamed() throws {
        let bytes = Array("the ".utf8) + [0x66, 0xE9, 0x65, 0x20]
        var trainer = try WordTokenizerTrainer()
        #expect(throws: TokenizerError.invalidUTF8(byteOffset: 5)) { try bytes.withUnsafeBytes { try trainer.append($0) } }
        var encoder = try WordTokenizer(trainedOn: text).makeEncoder()
        var ids: [Int32] = []
        #expect(throws: TokenizerError.invalidUTF8(byteOffset: 5)) {
            try bytes.withUnsafeBytes { try encoder.append($0, into: &ids) }
        }
    }
}
