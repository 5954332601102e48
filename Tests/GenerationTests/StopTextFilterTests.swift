import SequiturGeneration
import Testing

@Suite struct StopTextFilterTests {
    /// The text before the first stop text: of those that end first the longest counts.
    private func expected(_ text: String, _ stopTexts: [String]) -> (text: String, isStopped: Bool) {
        let bytes = Array(text.utf8)
        for end in 0...bytes.count {
            let lengths = stopTexts.map { Array($0.utf8) }.filter { bytes[..<end].suffix($0.count).elementsEqual($0) }.map(
                \.count)
            if let longest = lengths.max() { return (String(decoding: bytes[..<(end - longest)], as: UTF8.self), true) }
        }
        return (text, false)
    }

    @Test func whereverTheTextIsCut() throws {
        var random = SystemRandomNumberGenerator()
        let letters = ["a", "b", "é", "船", "\r", "\n", "e\u{301}"]
        func text(_ lengths: ClosedRange<Int>, of count: Int) -> String {
            (0..<Int.random(in: lengths, using: &random)).map { _ in letters[Int.random(in: 0..<count, using: &random)] }.joined()
        }
        for _ in 0..<3000 {
            let alphabet = Int.random(in: 2...letters.count, using: &random)
            let stopTexts = (0..<Int.random(in: 0...3, using: &random)).map { _ in text(1...4, of: alphabet) }
            let whole = text(0...20, of: alphabet)
            var filter = try StopTextFilter(stopTexts)
            var found = ""
            var rest = whole.unicodeScalars[...]
            let (text, isStopped) = expected(whole, stopTexts)
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 0...4, using: &random))
                rest = rest.dropFirst(piece.count)
                found += filter.append(String(piece))
                try #require(Array(text.utf8).starts(with: Array(found.utf8)), "\(whole.debugDescription) \(stopTexts)")
            }
            found += filter.finish()
            try #require(Array(found.utf8) == Array(text.utf8), "\(whole.debugDescription) \(stopTexts)")
            try #require(filter.isStopped == isStopped)
            #expect(filter.append("x") == (isStopped ? "" : "x"))
        }
    }

    @Test func aBeginningIsHeldBackAndThenReleased() throws {
        var filter = try StopTextFilter(["END"])
        #expect(["the E", "N", "EMY EN", "D now", "."].map { filter.append($0) } == ["the ", "", "ENEMY ", "", ""])
        #expect(filter.isStopped)
        #expect(filter.finish() == "")
    }

    @Test func aBeginningAtTheEndIsReleased() throws {
        var filter = try StopTextFilter(["\n\n"])
        #expect(filter.append("one\n") == "one")
        #expect(filter.finish() == "\n")
        #expect(!filter.isStopped)
        #expect(filter.append("\n") + filter.finish() == "\n")
    }

    @Test func nothingIsHeldBackWithoutNeed() throws {
        var filter = try StopTextFilter(["aab"])
        // After "aaa" only the last two letters can begin the stop text.
        #expect(["a", "a", "a", "a", "b"].map { filter.append($0) } == ["", "", "a", "a", ""])
        #expect(filter.isStopped)
    }
}
