/// Byte-pair encoding (Sennrich et al., 2016): characters, or bytes, of which the pair that was merged first in training is
/// merged until none is left.
struct BytePairModel: Sendable {
    /// A symbol of a piece that is being merged; `next` and `previous` link those that are left.
    struct Symbol {
        var id: Int32
        var length: Int32
        var previous: Int32
        var next: Int32
        /// The rank of the merge with the next symbol, and what it makes.
        var merge = Merge.none
    }

    /// What becomes of a pair: the rank of its merge above the id of the result.
    struct Merge: Equatable {
        var rank: UInt32
        var id: Int32

        static let none = Merge(rank: .max, id: -1)
    }

    let vocabulary: TokenVocabulary
    let readsBytes: Bool
    let merges: MergeTable
    private let unknown: Int32?
    private let unknownToken: String?
    private let fusesUnknown: Bool
    private let prefix: [UInt8]
    private let suffix: [UInt8]
    private let byteTokens: [Int32]?
    private let ignoresMerges: Bool
    /// The ids of single bytes, for a model that reads bytes.
    private let alphabet: [Int32]
    /// Tokens by the bytes they stand for, for a model that reads bytes and looks whole pieces up.
    private let rawTokens: TokenVocabulary

    init(_ reader: ComponentReader, readsBytes mayReadBytes: Bool) throws {
        let vocabulary = try TokenVocabulary(reader.member("vocab"))
        if let dropout = reader.optional("dropout"), try dropout.double() != 0 {
            throw dropout.error(expected: "null: encoding that leaves merges out at random is for training alone")
        }
        prefix = Array(try reader.optional("continuing_subword_prefix")?.string().utf8 ?? "".utf8)
        suffix = Array(try reader.optional("end_of_word_suffix")?.string().utf8 ?? "".utf8)
        unknownToken = try reader.optional("unk_token")?.string()
        unknown = unknownToken.flatMap { vocabulary.id(of: $0) }
        fusesUnknown = try reader.optional("fuse_unk")?.bool() ?? false
        byteTokens = try reader.optional("byte_fallback")?.bool() == true ? vocabulary.byteTokens() : nil
        ignoresMerges = try reader.optional("ignore_merges")?.bool() ?? false
        merges = try MergeTable(reader.member("merges"), vocabulary: vocabulary, prefixLength: prefix.count)

        alphabet = ByteAlphabet.scalars.map { scalar in
            var bytes: [UInt8] = []
            UTF8Scalars.append(scalar, to: &bytes)
            return vocabulary.id(of: bytes) ?? -1
        }
        readsBytes = mayReadBytes && prefix.isEmpty && suffix.isEmpty && !alphabet.contains(-1)
        var rawTokens = TokenVocabulary()
        if readsBytes, ignoresMerges {
            vocabulary.forEach { bytes, id in
                let raw = Array(bytes).withUnsafeBufferPointer(ByteAlphabet.decode)
                if let raw { _ = rawTokens.insert(raw, id: id) }
            }
        }
        self.rawTokens = rawTokens
        self.vocabulary = vocabulary
    }

    func tokenize(_ piece: UnsafeBufferPointer<UInt8>, scratch: inout ModelScratch, into tokens: inout [ModelToken]) throws {
        if ignoresMerges, let id = readsBytes ? rawTokens.id(of: piece) : vocabulary.id(of: piece) {
            tokens.append(ModelToken(id, 0, piece.count))
            return
        }
        scratch.symbols.removeAll(keepingCapacity: true)
        if readsBytes {
            for byte in piece { append(alphabet[Int(byte)], 1, to: &scratch.symbols) }
        } else {
            try appendCharacters(of: piece, to: &scratch.symbols)
        }
        mergeAll(&scratch.symbols, &scratch.queue)
        var offset = 0
        var index = scratch.symbols.isEmpty ? -1 : 0
        while index >= 0 {
            let symbol = scratch.symbols[index]
            tokens.append(ModelToken(symbol.id, offset, offset + Int(symbol.length)))
            offset += Int(symbol.length)
            index = Int(symbol.next)
        }
    }

    @inline(__always)
    private func append(_ id: Int32, _ length: Int, to symbols: inout [Symbol]) {
        let index = Int32(truncatingIfNeeded: symbols.count)
        if index > 0 { symbols[Int(index) - 1].next = index }
        symbols.append(Symbol(id: id, length: Int32(truncatingIfNeeded: length), previous: index - 1, next: -1))
    }

    private func appendCharacters(of piece: UnsafeBufferPointer<UInt8>, to symbols: inout [Symbol]) throws {
        var start = 0
        /// The bytes of unknown characters that are not written yet.
        var pending = 0
        func id(_ start: Int, _ end: Int) -> (id: Int32?, bytes: [UInt8]?) {
            if (start == 0 || prefix.isEmpty) && (end < piece.count || suffix.isEmpty) {
                return (vocabulary.id(of: UnsafeBufferPointer(rebasing: piece[start..<end])), nil)
            }
            var bytes = start == 0 ? [] : prefix
            bytes.append(contentsOf: piece[start..<end])
            if end == piece.count { bytes += suffix }
            return (vocabulary.id(of: bytes), bytes)
        }
        func flush() {
            if pending > 0, let unknown { append(unknown, pending, to: &symbols) }
            pending = 0
        }
        while start < piece.count {
            let end = start + UTF8Scalars.length(piece[start])
            let (found, affixed) = id(start, end)
            if let found {
                flush()
                append(found, end - start, to: &symbols)
            } else {
                let bytes = affixed ?? Array(piece[start..<end])
                if let byteTokens, bytes.allSatisfy({ byteTokens[Int($0)] >= 0 }) {
                    for byte in bytes { append(byteTokens[Int(byte)], 1, to: &symbols) }
                } else if let unknownToken {
                    guard unknown != nil else { throw TokenizerError.missingSpecialToken(unknownToken) }
                    if !fusesUnknown { flush() }
                    pending += end - start
                }
            }
            start = end
        }
        flush()
    }
}
