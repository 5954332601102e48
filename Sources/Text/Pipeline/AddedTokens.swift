/// A token that is found in the text before the model sees it.
public struct AddedToken: Sendable, Equatable {
    public var id: Int32
    public var content: String
    /// Matches only where no word character stands beside it.
    public var isSingleWord: Bool
    /// Takes the white space on its left.
    public var stripsLeft: Bool
    /// Takes the white space on its right.
    public var stripsRight: Bool
    /// Is normalised, and looked for in the normalised text.
    public var isNormalized: Bool
    /// Can be left out in decoding.
    public var isSpecial: Bool
}

/// The added tokens of a tokenizer: those looked for in the text as it came, then those looked for once it is normalised.
struct AddedTokens: Sendable {
    private(set) var tokens: [AddedToken] = []
    private var places: [Int32: Int] = [:]
    private var ids = ByteStringTable()
    private var idsByEntry: [Int32] = []
    /// What each token reads as in decoding, where normalisation changed it.
    private(set) var normalizedForms: [Int32: [UInt8]] = [:]
    private var plain = AddedTokenMatcher()
    private var normalized = AddedTokenMatcher()

    init() {}

    /// Tokens that the model has keep its ids; others get the next free ones, as in `tokenizers`, whatever the file says.
    init(_ reader: ComponentReader, vocabulary: TokenVocabulary, normalizer: Normalizer?) throws {
        guard !reader.value.isNull else { return }
        var largest: Int32?
        for entry in try reader.array() {
            let id = entry.member("id")
            var token = AddedToken(
                id: try id.id(), content: try entry.member("content").string(),
                isSingleWord: try entry.member("single_word").bool(), stripsLeft: try entry.member("lstrip").bool(),
                stripsRight: try entry.member("rstrip").bool(), isNormalized: try entry.member("normalized").bool(),
                isSpecial: try entry.member("special").bool())
            guard !token.content.isEmpty else { continue }
            let size = Int32(truncatingIfNeeded: vocabulary.count)
            let next = largest.map { $0 >= size || size == 0 ? $0 + 1 : size } ?? size
            token.id = self.id(of: token.content) ?? vocabulary.id(of: token.content) ?? next
            largest = max(largest ?? token.id, token.id)
            insert(token)
        }
        for token in tokens {
            var form = Array(token.content.utf8)
            if token.isNormalized, let normalizer {
                let result = try normalizer.normalized(form)
                if result != form { normalizedForms[token.id] = result }
                form = result
            }
            if token.isNormalized { normalized.insert(form, token) } else { plain.insert(form, token) }
        }
    }

    private mutating func insert(_ token: AddedToken) {
        if let place = places[token.id] {
            tokens[place] = token
        } else {
            places[token.id] = tokens.count
            tokens.append(token)
        }
        let (entry, isNew) = ids.insert(token.content)
        if isNew { idsByEntry.append(token.id) } else { idsByEntry[entry] = token.id }
    }

    func id(of content: String) -> Int32? { ids.index(of: content).map { idsByEntry[$0] } }

    subscript(id: Int32) -> AddedToken? { places[id].map { tokens[$0] } }

    var largestID: Int32 { tokens.map(\.id).max() ?? -1 }

    /// Cuts the tokens out of `text`, normalising what lies between.
    ///
    /// - Throws: `EncodingError.patternTooSlow`.
    func extract(from text: inout PipelineText, normalizer: Normalizer?) throws {
        if !plain.isEmpty { text.cut { piece, cuts in plain.cut(piece, &cuts) } }
        try normalizer?.apply(to: &text)
        if !normalized.isEmpty { text.cut { piece, cuts in normalized.cut(piece, &cuts) } }
    }
}

extension Normalizer {
    /// What a text by itself becomes.
    func normalized(_ bytes: [UInt8]) throws -> [UInt8] {
        var text = PipelineText()
        bytes.withUnsafeBufferPointer { text.reset($0) }
        try apply(to: &text)
        return text.bytes
    }
}

/// Finds tokens in a text: at each place the longest, from left to right.
struct AddedTokenMatcher: Sendable {
    private var trie = ByteTrie()
    private var tokens: [AddedToken] = []
    /// Which bytes tokens begin with.
    private var starts = [Bool](repeating: false, count: 256)

    var isEmpty: Bool { tokens.isEmpty }

    mutating func insert(_ form: [UInt8], _ token: AddedToken) {
        guard let first = form.first, trie.insert(form, value: Int32(tokens.count)) else { return }
        starts[Int(first)] = true
        tokens.append(token)
    }

    func cut(_ piece: PieceText, _ cuts: inout PieceCuts) {
        let tables = UnicodeTables.shared
        /// The end of what has been cut.
        var done = 0
        var offset = 0
        while offset < piece.count {
            guard starts[Int(piece.bytes[offset])], let found = longest(piece.bytes, at: offset) else {
                offset += 1
                continue
            }
            var (start, end) = (offset, found.end)
            offset = found.end
            let token = tokens[found.token]
            if token.isSingleWord {
                let isJoined =
                    (start > 0 && tables[UTF8Scalars.decode(piece.bytes, before: start).scalar].contains(.wordCharacter))
                    || (end < piece.count && tables[UTF8Scalars.decode(piece.bytes, at: end).scalar].contains(.wordCharacter))
                if isJoined { continue }
            }
            while token.stripsLeft, start > done {
                let (scalar, length) = UTF8Scalars.decode(piece.bytes, before: start)
                guard tables[scalar].contains(.regularSpace) else { break }
                start -= length
            }
            while token.stripsRight, end < piece.count {
                let (scalar, length) = UTF8Scalars.decode(piece.bytes, at: end)
                guard tables[scalar].contains(.regularSpace) else { break }
                end += length
            }
            cuts.append(done, start)
            cuts.append(start, end, id: token.id)
            done = end
            offset = max(offset, done)
        }
        cuts.append(done, piece.count)
    }

    private func longest(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> (token: Int, end: Int)? {
        var node = 0
        var offset = start
        var found: (token: Int, end: Int)?
        while offset < bytes.count {
            node = trie.next(node, bytes[offset])
            if node == 0 { break }
            offset += 1
            if trie.values[node] >= 0 { found = (Int(trie.values[node]), offset) }
        }
        return found
    }
}
