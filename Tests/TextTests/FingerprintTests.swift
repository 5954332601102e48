import SequiturText
import Testing

@Suite struct FingerprintTests {
    private func digest(_ bytes: [UInt8], seed: UInt64 = 0, cuts: [Int] = []) -> UInt64 {
        var hash = XXHash64(seed: seed)
        var start = 0
        for end in cuts + [bytes.count] {
            bytes.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
            start = end
        }
        return hash.digest
    }

    /// From the reference implementation (xxHash 0.8, `XXH64`).
    @Test func agreesWithTheReference() {
        #expect(digest([]) == 0xEF46_DB37_51D8_E999)
        #expect(digest(Array("a".utf8)) == 0xD24E_C4F1_A98C_6E5B)
        #expect(digest(Array("abc".utf8)) == 0x44BC_2CF5_AD77_0999)
        #expect(digest(Array("Nobody inspects the spammish repetition".utf8)) == 0xFBCE_A83C_8A37_8BF1)
    }

    @Test func cutsDoNotMatter() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        var random = SystemRandomNumberGenerator()
        for length in [0, 1, 31, 32, 33, 64, 95, 300] {
            let text = Array(bytes.prefix(length))
            let whole = digest(text)
            for _ in 0..<20 {
                let cuts = (0..<4).map { _ in Int.random(in: 0...length, using: &random) }.sorted()
                #expect(digest(text, cuts: cuts) == whole, "length \(length), cuts \(cuts)")
            }
        }
    }

    @Test func everyByteCounts() {
        let bytes = [UInt8](repeating: 7, count: 70)
        for position in bytes.indices {
            var changed = bytes
            changed[position] ^= 1
            #expect(digest(changed) != digest(bytes))
        }
        #expect(digest(bytes, seed: 1) != digest(bytes))
    }

    @Test func readsWhatItWrites() {
        for value: UInt64 in [0, 1, 0xFBCE_A83C_8A37_8BF1, .max] {
            let text = Fingerprint(value).description
            #expect(text.utf8.count == 16)
            #expect(Fingerprint(text) == Fingerprint(value))
        }
        for text in ["", "0", "+bcea83c8a378bf1", "FBCEA83C8A378BF1", "0fbcea83c8a378bf1"] { #expect(Fingerprint(text) == nil) }
    }
}
