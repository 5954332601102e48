import Foundation
import SequiturFiles
import SequiturModels
import Testing

@Suite struct NGramBinaryTests {
    private static let example = NGramCase.small

    @Test func mappedModelIsTheSame() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ngram-\(UUID().uuidString).bin").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let model = try Self.example.model()
        try model.write(to: path)
        let mapped = try NGramModel(contentsOf: path)
        #expect(mapped.order == 3 && mapped.counts == model.counts && mapped.vocabulary == model.vocabulary)
        #expect(mapped.endOfSentence == 0 && mapped.unknown == 7)
        #expect(try mapped.score(Self.example.stream) == model.score(Self.example.stream))
        #expect(mapped.binary == model.binary)
    }

    @Test func missingFile() {
        #expect(throws: FileError.self) { try NGramModel(contentsOf: "/nowhere/model.bin") }
        #expect(throws: FileError.self) { try NGramModel(arpa: "/nowhere/model.arpa") }
    }

    @Test func everyTruncationIsRefused() throws {
        let bytes = try Self.example.model().binary
        for count in 0..<bytes.count {
            #expect(throws: NGramError.self) { try NGramModel(binary: Array(bytes.prefix(count)), name: "truncated") }
        }
        #expect(throws: NGramError.self) { try NGramModel(binary: bytes + [0], name: "too long") }
    }

    /// Any byte may be wrong: the model is refused, or answers without leaving its bytes.
    @Test func everyChangedByteIsHarmless() throws {
        let bytes = try Self.example.model().binary
        var random = NGramRandom(state: 7)
        var refused = 0
        for offset in bytes.indices {
            for change: UInt8 in [0x01, 0x80, 0xFF, UInt8.random(in: 1...255, using: &random)] {
                var changed = bytes
                changed[offset] ^= change
                do {
                    let model = try NGramModel(binary: changed, name: "changed")
                    #expect(try model.logProbabilities(context: [1, 2]).count == model.vocabularySize)
                    _ = try? model.score([1, 2, 3, 0])
                    _ = try? model.arpaText()
                } catch is NGramError {
                    refused += 1
                }
            }
        }
        #expect(refused > bytes.count)
    }

    /// Where the parts of a 3-gram model with eight tokens are, from the documented layout.
    private func change(_ model: NGramModel, _ edit: (inout [UInt8]) -> Void) -> String {
        var bytes = model.binary
        edit(&bytes)
        do {
            _ = try NGramModel(binary: bytes, name: "m.bin")
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test func namedDefects() throws {
        let model = try Self.example.model()
        func store<T: FixedWidthInteger>(_ value: T, at offset: Int) -> (inout [UInt8]) -> Void {
            { bytes in withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(offset..<(offset + $0.count), with: $0) } }
        }
        let header = 48 + 3 * 8
        let tokens = header + 40  // nine offsets, padded
        let spelled = model.vocabulary.reduce(0) { $0 + $1.utf8.count }
        let unigrams = tokens + (spelled + 7) / 8 * 8
        let firstChildren = unigrams + 2 * 40  // nine probabilities and nine back-off weights, padded
        let bigramWords = firstChildren + 40
        let cases: [(expected: String, edit: (inout [UInt8]) -> Void)] = [
            ("does not begin with the letters SQTNGRAM", store(UInt8(0), at: 0)),
            ("version 2 of the format", store(UInt32(2), at: 8)),
            ("its order is 0", store(UInt32(0), at: 12)),
            ("its order is 4294967295", store(UInt32.max, at: 12)),
            ("contradict each other", store(UInt32.max, at: 16)),
            ("contradict each other", store(UInt32(3), at: 20)),
            ("contradict each other", store(UInt32(8), at: 24)),
            ("where its header states 17 and", store(UInt64(17), at: 32)),
            ("impossible size 18446744073709551615", store(UInt64.max, at: 40)),
            ("contradict each other", store(UInt64(9_223_372_036_854_775_807), at: 56)),
            ("its parts take", store(UInt64(4_000_000_000), at: 64)),
            ("tokens do not begin at 0", store(UInt32(1), at: header)),
            ("token 0 is empty or ends past", store(UInt32(200), at: header + 4)),
            ("token 1 is empty or ends past", store(UInt32(5), at: header + 8)),
            ("token 0 is not UTF-8", store(UInt8(0xFF), at: tokens)),
            ("number 0 has the log probability 1.0", store(Float(1).bitPattern, at: unigrams)),
            ("number 1 has the log probability nan", store(Float.nan.bitPattern, at: unigrams + 4)),
            ("number 0 has the back-off weight inf", store(Float.infinity.bitPattern, at: unigrams + 40)),
            ("children do not begin at 0", store(UInt32(1), at: firstChildren)),
            ("number 1 has the children", store(UInt32.max, at: firstChildren + 8)),
            ("out of order or unknown", store(UInt32(9), at: bigramWords)),
            ("number 1 has the word 0, out of order", store(UInt32(0), at: bigramWords + 4)),
        ]
        for (expected, edit) in cases {
            let message = change(model, edit)
            #expect(message.contains(expected), "\(expected)")
            #expect(message.hasPrefix("'m.bin' is not a sound n-gram model: ") && !message.contains("\n"))
        }
        let twins = try NGramModel(
            estimatedFrom: [0, 1], vocabulary: ["aa", "ab"], endOfSentence: nil, settings: NGramSettings(order: 1))
        #expect(
            change(twins, store(UInt8(ascii: "a"), at: 48 + 8 + 16 + 3)).contains("token 1 has the spelling of an earlier one"))
    }
}
