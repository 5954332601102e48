import SequiturDatasets
import SequiturText
import Testing

@Suite struct DatasetErrorTests {
    @Test func messagesAreOneLineAndSayWhatToDo() {
        let position = BatchPosition(epoch: 1, window: 2, offset: 3, rowCount: 4, rowLength: 5)
        let errors: [DatasetError] = [
            .noPaths, .emptyFile(path: "a\nb"), .emptyFolder(path: "\u{1B}["), .notUTF8(path: "p", byteOffset: 12, isUTF16: true),
            .notUTF8(path: "p", byteOffset: 12, isUTF16: false), .tokenizer(path: "p\r", .unknownCharacter(10, byteOffset: 1)),
            .damagedCache(path: "\u{2028}", reason: "r"), .idOutOfRange(9, position: 1, vocabularySize: 3),
            .batchTooLarge(tokenCount: 1, batchSize: 1), .tooFewTokens(count: 0, minimum: 2),
            .invalidSetting(name: "batch size", value: "0", allowed: "at least 1"),
            .positionMismatch(saved: position, rowCount: 4, rowLength: 6),
        ]
        for error in errors {
            let text = error.description
            #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control || $0 == "\u{2028}" }, "\(text)")
            #expect(text.contains(";") || text.contains("must be"), "\(text)")
        }
        #expect(errors[3].description.contains("UTF-16"))
        #expect(errors[4].description.contains("byte 12"))
    }
}
