import SequiturText
import Testing

@Suite struct CharacterTokenizerTests {
    @Test func vocabularyIsSortedByScalar() throws {
        let tokenizer = try CharacterTokenizer(trainedOn: "b\r\na\u{E9}e\u{301}\u{85}中🛥")
        #expect(tokenizer.vocabulary.tokens == ["\n", "\r", "a", "b", "e", "\u{85}", "\u{E9}", "\u{301}", "中", "🛥"])
        #expect(tokenizer.unknown == nil)
        #expect(tokenizer.endOfSentence == nil)
        #expect(try tokenizer.encode("\r\n") == [1, 0])
        #expect(try tokenizer.encode("e\u{301}\u{E9}") == [4, 7, 6])
    }

    @Test func decodeGivesTheVeryBytes() throws {
        let text = "caf\u{E9} cafe\u{301}\r\n\n\u{85}渡船🛥🏽\u{0}\u{FEFF}\u{10FFFF} ~"
        let tokenizer = try CharacterTokenizer(trainedOn: text)
        let ids = try tokenizer.encode(text)
        #expect(ids.count == text.unicodeScalars.count)
        #expect(try Array(tokenizer.decode(ids).utf8) == Array(text.utf8))
    }

    @Test func unseenCharacterIsNamedWithItsPlace() throws {
        let tokenizer = try CharacterTokenizer(trainedOn: "ab中")
        #expect(throws: TokenizerError.unknownCharacter(0x1F6E5, byteOffset: 4)) { try tokenizer.encode("a中🛥b") }
        let message = TokenizerError.unknownCharacter(0xE9, byteOffset: 17).description
        #expect(message.contains("U+00E9 'é' at byte 17"))
        #expect(TokenizerError.unknownCharacter(0x0A, byteOffset: 0).description.contains("U+000A '\\u{A}'"))
    }

    @Test func unknownTokenIsThereWhenAskedFor() throws {
        let tokenizer = try CharacterTokenizer(trainedOn: "abc", options: TokenizerOptions(includesUnknown: true))
        #expect(tokenizer.vocabulary.tokens == ["<unk>", "a", "b", "c"])
        #expect(tokenizer.unknown == 0)
        #expect(try tokenizer.encode("a中c<unk>") == [1, 0, 3, 0, 0, 0, 0, 0])
        #expect(try tokenizer.decode([1, 0]) == "a<unk>")
    }

    @Test func rareCharactersGiveWayToTheUnknownToken() throws {
        let byFrequency = try CharacterTokenizer(trainedOn: "aaabbc", options: TokenizerOptions(minimumFrequency: 2))
        #expect(byFrequency.vocabulary.tokens == ["<unk>", "a", "b"])
        #expect(try byFrequency.encode("abc") == [1, 2, 0])
        // Of the equally frequent b and c the lower scalar stays.
        let bySize = try CharacterTokenizer(trainedOn: "aacbd", options: TokenizerOptions(maximumVocabularySize: 3))
        #expect(bySize.vocabulary.tokens == ["<unk>", "a", "b"])
    }

    @Test func contradictionsAreRefused() {
        let refused = TokenizerOptions(minimumFrequency: 2, includesUnknown: false)
        #expect(throws: TokenizerError.unknownTokenNeeded(kind: .character, example: "c")) {
            try CharacterTokenizer(trainedOn: "aabbc", options: refused)
        }
        #expect(throws: TokenizerError.invalidOption(name: "minimum frequency", value: 0, minimum: 1)) {
            try CharacterTokenizer(trainedOn: "ab", options: TokenizerOptions(minimumFrequency: 0))
        }
        #expect(throws: TokenizerError.invalidOption(name: "maximum vocabulary size", value: 2, minimum: 3)) {
            try CharacterTokenizer(trainedOn: "ab", options: TokenizerOptions(maximumVocabularySize: 2))
        }
    }

    @Test(arguments: ["", "a", "aaaa"]) func aVocabularyOfOneIsRefused(text: String) {
        #expect(
            throws: TokenizerError.vocabularyTooSmall(
                kind: .character, found: text.isEmpty ? 0 : 1, minimum: 2, minimumFrequency: 1)
        ) {
            try CharacterTokenizer(trainedOn: text)
        }
    }

    @Test func refusesTokensOfSeveralCharacters() throws {
        for token in ["", "ab", "e\u{301}"] {
            #expect(throws: TokenizerError.self) { try CharacterTokenizer(Vocabulary(["a", token])) }
        }
    }

    @Test func foreignIdsAreRefused() throws {
        let tokenizer = try CharacterTokenizer(trainedOn: "abc")
        for id: Int32 in [-1, 3, .max, .min] {
            #expect(throws: TokenizerError.idOutOfRange(id, vocabularySize: 3)) { try tokenizer.decode([0, id]) }
        }
    }

    /// Overlong forms, surrogates, values above U+10FFFF, stray and missing continuation bytes.
    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC1, 0x81], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0xAF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE4, 0xB8], [0xE4, 0x61, 0x61], [0xC3],
        ] as [[UInt8]])
    func bytesThatAreNotUTF8AreNamed(bytes: [UInt8]) throws {
        let tokenizer = try CharacterTokenizer(trainedOn: "ab", options: TokenizerOptions(includesUnknown: true))
        var encoder = tokenizer.makeEncoder()
        var ids: [Int32] = []
        #expect(throws: TokenizerError.invalidUTF8(byteOffset: 2)) {
            try (Array("ab".utf8) + bytes).withUnsafeBytes { try encoder.append($0, into: &ids) }
            try encoder.finish(.document, into: &ids)
        }
        var trainer = try CharacterTokenizerTrainer()
        #expect(throws: TokenizerError.invalidUTF8(byteOffset: 0)) {
            try bytes.withUnsafeBytes { try trainer.append($0) }
            try trainer.finishDocument()
        }
    }
}
