import SequiturFiles
import Testing

@Suite struct UTF8ValidationTests {
    private func firstInvalid(_ bytes: [UInt8]) -> Int? { bytes.withUnsafeBytes { $0.firstInvalidUTF8Offset } }

    @Test(arguments: [
        "", "a", "sixteen bytes!!!", "ä", "€uro and more text behind it", "😀",
        "\u{0}\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10FFFF}",
    ])
    func wellFormedTextPasses(text: String) {
        #expect(firstInvalid(Array(text.utf8)) == nil)
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x9F, 0xBF], [0xE2, 0x82],
            [0xE2, 0x82, 0x28],
            [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xFF],
        ] as [[UInt8]])
    func illFormedSequencesAreFoundAtEveryOffset(sequence: [UInt8]) {
        for prefix in 0..<40 {
            let start = [UInt8](repeating: 0x61, count: prefix)
            #expect(firstInvalid(start + sequence) == prefix)
            #expect(firstInvalid(start + Array("é".utf8) + sequence + Array("tail of the text".utf8)) == prefix + 2)
        }
    }

    @Test func agreesWithTheStandardLibraryOnRandomBytes() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let bytes = (0..<6).map { _ in
                [UInt8(0x41), 0x80, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xE1, 0xED, 0xF0, 0xF4].randomElement(using: &random)!
            }
            #expect((firstInvalid(bytes) == nil) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
        }
    }
}
