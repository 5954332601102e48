import SequiturText
import Testing

/// Where text and ids are cut makes no difference.
@Suite struct StreamingTests {
    private static let text = """
        the ferry <unk> left\r\n\n渡船\u{3000}離開\u{2003}了 cafe\u{301} caf\u{E9}\u{85}\u{A0}x \u{1680}\u{205F} 🛥🏽 \u{10FFFF}\u{2028}end
         a\u{E2}b \u{2026} long-word-across-many-pieces-of-the-text\t.
        last line without a line feed
        """

    private func pieces(of bytes: [UInt8], using random: inout some RandomNumberGenerator) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        let longest = [1, 2, 5, 40].randomElement(using: &random) ?? 1
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 0...longest, using: &random))
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }

    @Test(arguments: TokenizerKind.allCases) func piecesOfText(kind: TokenizerKind) throws {
        var whole = try kind.makeTrainer(TokenizerOptions())
        try whole.append(document: Self.text)
        let tokenizer = try whole.makeTokenizer()
        let expected = try tokenizer.encode(Self.text, ending: .document)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let pieces = pieces(of: Array(Self.text.utf8), using: &random)
            var trainer = try kind.makeTrainer(TokenizerOptions())
            var encoder = tokenizer.makeEncoder()
            var ids: [Int32] = []
            for piece in pieces {
                try piece.withUnsafeBytes {
                    try trainer.append($0)
                    try encoder.append($0, into: &ids)
                }
            }
            try trainer.finishDocument()
            try encoder.finish(.document, into: &ids)
            try #require(ids == expected, "cut at \(pieces.map(\.count))")
            try #require(trainer.makeTokenizer().fingerprint == tokenizer.fingerprint)
        }
    }

    @Test(arguments: TokenizerKind.allCases) func idsOneByOne(kind: TokenizerKind) throws {
        var trainer = try kind.makeTrainer(TokenizerOptions())
        try trainer.append(document: Self.text)
        let tokenizer = try trainer.makeTokenizer()
        for _ in 0..<100 {
            let ids = (0..<30).map { _ in Int32.random(in: 0..<Int32(tokenizer.vocabularySize)) }
            var decoder = tokenizer.makeDecoder()
            var text = ""
            for id in ids { text += try decoder.append(id) }
            text += try decoder.finish()
            #expect(try text == tokenizer.decode(ids))
        }
    }

    @Test func anErrorInALaterPieceNamesThePlaceInTheText() throws {
        let tokenizer = try CharacterTokenizer(trainedOn: "ab")
        var encoder = tokenizer.makeEncoder()
        var ids: [Int32] = []
        let pieces: [[UInt8]] = [Array("abab".utf8), [0xE4, 0xB8], [0xAD]]
        #expect(throws: TokenizerError.unknownCharacter(0x4E2D, byteOffset: 4)) {
            for piece in pieces { try piece.withUnsafeBytes { try encoder.append($0, into: &ids) } }
        }
    }
}
