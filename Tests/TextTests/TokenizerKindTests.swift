import SequiturText
import Testing

@Suite struct TokenizerKindTests {
    @Test func namesAreListed() throws {
        #expect(try TokenizerKind(named: "word") == .word)
        let error = #expect(throws: TokenizerError.unknownKind("bpe\u{1B}[2J")) { try TokenizerKind(named: "bpe\u{1B}[2J") }
        #expect(error?.description == "unknown tokenizer 'bpe\\u{1B}[2J'; choose one of: character, word, byte-level, wordpiece, unigram")
    }

    @Test(arguments: TokenizerKind.allCases) func trainersMakeTheirKind(kind: TokenizerKind) throws {
        var trainer = try kind.makeTrainer()
        try trainer.append(document: "a b")
        #expect(try trainer.makeTokenizer().kindName == kind.rawValue)
    }

    @Test func messagesAreOneLine() {
        let errors: [TokenizerError] = [
            .unknownCharacter(0x0A, byteOffset: 1), .unknownWord("a\u{2028}b", byteOffset: 1), .invalidUTF8(byteOffset: 3),
            .wordTooLong(byteOffset: 0, limit: 9), .idOutOfRange(7, vocabularySize: 3), .duplicateToken("\n"),
            .missingSpecialToken("\r\n"), .vocabularyTooSmall(kind: .character, found: 1, minimum: 2, minimumFrequency: 3),
            .invalidOption(name: "minimum frequency", value: 0, minimum: 1), .unknownTokenNeeded(kind: .word, example: "\u{85}"),
            .unsupportedComponent(name: "normalizer", found: "\u{7}\n"), .malformedFile(reason: "…"),
        ]
        for error in errors {
            #expect(!error.description.unicodeScalars.contains { $0.properties.generalCategory == .control || $0 == "\u{2028}" })
            #expect(error.description.contains(";") || error.description.contains("must"))
        }
    }
}
