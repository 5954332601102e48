/// Lets text through, piece by piece, up to the first stop text, of which nothing is let through.
///
///     var filter = try StopTextFilter(["END"])
///     filter.append("the E")    // "the "
///     filter.append("N")        // ""
///     filter.append("EMY EN")   // "ENEMY "
///     filter.append("D now")    // "", and `isStopped`
///
/// What may be the beginning of a stop text is held back, and let through once it is known not to be. Where the pieces are
/// cut makes no difference. Of several stop texts the one that ends first counts, and of those that end together the longest.
/// Texts are compared byte by byte: `é` as one code point and as two are different.
public struct StopTextFilter: Sendable {
    /// Matches one stop text in time proportional to the text (Knuth, Morris & Pratt 1977).
    private struct Matcher {
        let bytes: [UInt8]
        /// By length of a matched beginning: the longest shorter beginning that it ends with.
        var borders: [Int] = [0, 0]
        var matched = 0

        init(_ text: String) {
            bytes = Array(text.utf8)
            for byte in bytes.dropFirst() { borders.append(extended(borders[borders.count - 1], by: byte)) }
        }

        private func extended(_ length: Int, by byte: UInt8) -> Int {
            var length = length
            while length > 0, bytes[length] != byte { length = borders[length] }
            return bytes[length] == byte ? length + 1 : 0
        }

        /// Whether the stop text ends here.
        mutating func append(_ byte: UInt8) -> Bool {
            matched = extended(matched, by: byte)
            return matched == bytes.count
        }
    }

    private var matchers: [Matcher]
    /// Bytes that may belong to a stop text.
    private var held: [UInt8] = []
    /// Whether a stop text came. Nothing is let through any more.
    public private(set) var isStopped = false

    /// - Throws: `GenerationError.invalidSetting` for an empty stop text.
    public init(_ stopTexts: [String]) throws {
        guard !stopTexts.contains("") else {
            throw GenerationError.invalidSetting(name: "stop", value: "empty", allowed: "text of at least one character")
        }
        matchers = stopTexts.map(Matcher.init)
    }

    /// The text that `piece` sets free.
    public mutating func append(_ piece: String) -> String {
        guard !isStopped else { return "" }
        guard !matchers.isEmpty else { return piece }
        for byte in piece.utf8 {
            held.append(byte)
            var length = 0
            for index in matchers.indices where matchers[index].append(byte) {
                length = max(length, matchers[index].bytes.count)
            }
            if length > 0 {
                isStopped = true
                held.removeLast(length)
                return finish()
            }
        }
        return release(keeping: matchers.map(\.matched).max() ?? 0)
    }

    /// The text still held back: no more text comes.
    public mutating func finish() -> String {
        for index in matchers.indices { matchers[index].matched = 0 }
        return release(keeping: 0)
    }

    // A stop text begins with a whole character, so what stands before it ends with one.
    private mutating func release(keeping count: Int) -> String {
        let text = String(decoding: held.dropLast(count), as: UTF8.self)
        held.removeFirst(held.count - count)
        return text
    }
}
