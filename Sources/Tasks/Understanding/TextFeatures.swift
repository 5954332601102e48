import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText

/// How texts and words become what the encoder of a task reads: words of a lexicon, or the pieces of a pre-trained model's tokenizer.
public struct TextFeatures: Sendable {
    enum Source: Sendable {
        case words(Lexicon, readsCharacters: Bool)
        case pieces(TokenizerPipeline, PieceFrame)
    }

    let source: Source
    /// How raw text is cut into words.
    public let splitter: WordSplitter
    /// The most steps that are read at once.
    let limit: Int

    /// A part of a sentence that the encoder reads at once.
    struct Window: Sendable {
        let text: EncodedText
        /// The words that it has.
        let words: Range<Int>
        /// Those whose tags are taken from it: each word of the sentence belongs to one window, the one that shows more around it.
        let owned: Range<Int>
    }

    // MARK: Sentences of words

    /// A sentence as one window, or as overlapping ones where it has more pieces than the model reads at once. No word is lost.
    func windows(_ words: [String]) throws -> [Window] {
        switch source {
        case .words(let lexicon, let readsCharacters):
            var text = EncodedText(ids: words.map(lexicon.id(of:)))
            if readsCharacters { text.characters = words.map(lexicon.characterIDs(of:)) }
            return [Window(text: text, words: words.indices, owned: words.indices)]
        case .pieces(let tokenizer, let frame):
            let capacity = frame.capacity(limit)
            let pieces = try frame.pieces(of: words, tokenizer).map { Array($0.prefix(capacity)) }
            let ranges = Self.ranges(pieces.map(\.count), capacity: capacity)
            return ranges.indices.map { index in
                let range = ranges[index]
                // Between two windows the border lies in the middle of what both have.
                let lower = index == 0 ? range.lowerBound : (range.lowerBound + ranges[index - 1].upperBound) / 2
                let upper = index == ranges.count - 1 ? range.upperBound : (ranges[index + 1].lowerBound + range.upperBound) / 2
                return Window(text: frame.text(pieces[range]), words: range, owned: lower..<upper)
            }
        }
    }

    /// Words that are read at once: as many as have room, a quarter of them shared with the window before.
    static func ranges(_ counts: [Int], capacity: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = [], start = 0
        while true {
            var end = start, used = 0
            while end < counts.count, end == start || used + counts[end] <= capacity {
                used += counts[end]
                end += 1
            }
            ranges.append(start..<end)
            if end >= counts.count { return ranges }
            var next = end, shared = 0
            while next > start + 1, shared + counts[next - 1] <= capacity / 4 {
                next -= 1
                shared += counts[next]
            }
            start = next
        }
    }

    // MARK: Texts

    /// A text, or a pair of texts, as the encoder reads them at once; what is beyond the limit is cut off.
    func encode(_ text: String, _ second: String? = nil) throws -> EncodedText {
        switch source {
        case .words(let lexicon, let readsCharacters):
            var words = splitter.split(text).map(\.text)
            if let second { words += [Self.separator] + splitter.split(second).map(\.text) }
            if words.isEmpty { words = [Self.separator] }
            words = Array(words.prefix(limit))
            var encoded = EncodedText(ids: words.map(lexicon.id(of:)))
            if readsCharacters { encoded.characters = words.map(lexicon.characterIDs(of:)) }
            return encoded
        case .pieces(let tokenizer, _):
            let encoding = try tokenizer.encode(text, pair: second)
            var encoded = EncodedText(ids: encoding.ids.isEmpty ? [0] : encoding.ids)
            if encoding.typeIDs.contains(where: { $0 != 0 }) { encoded.types = encoding.typeIDs }
            return encoded
        }
    }

    /// Stands between two texts, and for an empty one.
    static let separator = "<sep>"

    var fingerprint: Fingerprint {
        switch source {
        case .words(let lexicon, _): lexicon.json.serializedBytes().withUnsafeBytes { Fingerprint(of: $0) }
        case .pieces(let tokenizer, _): tokenizer.fingerprint
        }
    }
}

/// What a tokenizer puts around a text, and how it cuts single words.
struct PieceFrame: Sendable {
    let before, after: [Int32]
    let unknown: Int32
    /// Whether words after the first begin with a space, as byte-level pieces do.
    let spacesWords: Bool

    init(_ tokenizer: TokenizerPipeline) throws {
        let encoding = try tokenizer.encode("a")
        let own = encoding.specialTokensMask.indices.filter { encoding.specialTokensMask[$0] == 0 }
        before = Array(encoding.ids[..<(own.first ?? 0)])
        after = Array(encoding.ids[((own.last ?? -1) + 1)...])
        unknown = ["[UNK]", "<unk>", "<|endoftext|>"].lazy.compactMap { tokenizer.id(of: $0) }.first ?? encoding.ids.first ?? 0
        spacesWords = Self.isByteLevelWithoutSpace(tokenizer.json["pre_tokenizer"] ?? .null)
    }

    private static func isByteLevelWithoutSpace(_ json: JSONValue) -> Bool {
        if json["type"]?.string == "ByteLevel" { return json["add_prefix_space"]?.bool == false }
        return json["pretokenizers"]?.array?.contains { isByteLevelWithoutSpace($0) } ?? false
    }

    /// Pieces of words that have room for a text within `limit` steps.
    func capacity(_ limit: Int) -> Int { max(1, limit - before.count - after.count) }

    /// The pieces of each word, at least one.
    func pieces(of words: [String], _ tokenizer: TokenizerPipeline) throws -> [[Int32]] {
        let spaced = spacesWords ? words.enumerated().map { $0 == 0 ? $1 : " \($1)" } : words
        let encoding = try tokenizer.encode(words: spaced, addsSpecialTokens: false)
        var pieces = [[Int32]](repeating: [], count: words.count)
        for (id, word) in zip(encoding.ids, encoding.words) where word >= 0 { pieces[Int(word)].append(id) }
        for index in pieces.indices where pieces[index].isEmpty { pieces[index] = [unknown] }
        return pieces
    }

    func text(_ pieces: ArraySlice<[Int32]>) -> EncodedText {
        var ids = before, first: [Int32] = []
        for word in pieces {
            first.append(Int32(ids.count))
            ids += word
        }
        return EncodedText(ids: ids + after, firstPieces: first)
    }
}
