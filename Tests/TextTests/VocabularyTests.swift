import SequiturText
import Testing

@Suite struct VocabularyTests {
    @Test func tokensHaveTheIdsOfTheirOrder() throws {
        let vocabulary = try Vocabulary(["<unk>", "b", "a", "<eos>"], unknown: "<unk>", endOfSentence: "<eos>")
        #expect(vocabulary.count == 4)
        #expect(vocabulary.tokens == ["<unk>", "b", "a", "<eos>"])
        #expect(vocabulary.id(of: "a") == 2)
        #expect(vocabulary.id(of: "c") == nil)
        #expect(vocabulary.token(for: 1) == "b")
        #expect(vocabulary.token(for: 4) == nil)
        #expect(vocabulary.token(for: -1) == nil)
        #expect(vocabulary.unknown == 0)
        #expect(vocabulary.endOfSentence == 3)
        #expect(vocabulary.specialTokens == [0, 3])
    }

    @Test func composedAndDecomposedAreTwoTokens() throws {
        let vocabulary = try Vocabulary(["\u{E9}", "e\u{301}"])
        #expect(vocabulary.id(of: "\u{E9}") == 0)
        #expect(vocabulary.id(of: "e\u{301}") == 1)
    }

    @Test func refusesDuplicatesAndAbsentSpecialTokens() {
        #expect(throws: TokenizerError.duplicateToken("a")) { try Vocabulary(["a", "b", "a"]) }
        #expect(throws: TokenizerError.missingSpecialToken("<unk>")) { try Vocabulary(["a"], unknown: "<unk>") }
        #expect(throws: TokenizerError.missingSpecialToken("<eos>")) { try Vocabulary(["a"], endOfSentence: "<eos>") }
    }

    /// Lengths around the hash's steps of eight bytes, many times the table's first size, tokens that differ in one byte.
    @Test func findsEveryTokenOfMany() throws {
        var tokens = (0..<20_000).map { String($0 * 7919, radix: 36) }
        for length in 1...40 {
            let text = String(repeating: "x", count: length)
            tokens.append(text + "!")
            for position in stride(from: 0, to: length, by: 3) {
                var bytes = Array(text.utf8)
                bytes[position] = UInt8(ascii: "?")
                tokens.append(String(decoding: bytes, as: UTF8.self))
            }
        }
        let vocabulary = try Vocabulary(tokens)
        for (id, token) in tokens.enumerated() {
            try #require(vocabulary.id(of: token) == Int32(id))
            try #require(vocabulary.token(for: Int32(id)) == token)
        }
        #expect(vocabulary.id(of: String(repeating: "x", count: 20)) == nil)
    }

    @Test func emptyVocabularyAndEmptyToken() throws {
        #expect(try Vocabulary([]).id(of: "") == nil)
        #expect(try Vocabulary([""]).id(of: "") == 0)
    }
}
