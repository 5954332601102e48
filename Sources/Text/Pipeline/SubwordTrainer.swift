import SequiturFiles

/// Learns byte-level BPE (Sennrich et al., 2016; Radford et al., 2019) or WordPiece (Schuster and Nakajima, 2012) from text of
/// any size: memory grows with the distinct words alone.
///
///     var trainer = try SubwordTrainer(.byteLevel, vocabularySize: 16_000)
///     for line in lines { try trainer.append(line) }
///     let tokenizer = try trainer.makeTokenizer()
///
/// Text is cut into words as the tokenizer will cut it. The pair of neighbouring symbols that occurs most often becomes a
/// symbol, again and again, until the vocabulary is full; of pairs that occur equally often, that of the smaller ids.
public struct SubwordTrainer {
    public enum Kind: String, CaseIterable, Sendable {
        /// GPT-2's kind: every text has tokens, and they spell it to the byte.
        case byteLevel = "byte-level"
        /// BERT's kind: lower case without accents, words with unknown characters are `[UNK]`.
        case wordPiece = "wordpiece"
    }

    private let kind: Kind
    private let vocabularySize: Int
    private let minimumFrequency: Int
    private let specialTokens: [String]
    private let normalizer: Normalizer?
    private let preTokenizer: PreTokenizer
    private let parts: JSONValue
    private var text = PipelineText()
    private var words = ByteStringTable()
    private var counts: [Int] = []

    /// - Parameters:
    ///   - vocabularySize: the number of tokens; special tokens and single symbols are among them, and stay even where there
    ///     are more of them.
    ///   - minimumFrequency: pairs that occur less often are not merged.
    /// - Throws: `TokenizerError.invalidOption`.
    public init(_ kind: Kind, vocabularySize: Int, minimumFrequency: Int = 2, specialTokens: [String]? = nil) throws {
        guard vocabularySize >= 1 else {
            throw TokenizerError.invalidOption(name: "vocabulary size", value: vocabularySize, minimum: 1)
        }
        guard minimumFrequency >= 1 else {
            throw TokenizerError.invalidOption(name: "minimum frequency", value: minimumFrequency, minimum: 1)
        }
        self.kind = kind
        self.vocabularySize = vocabularySize
        self.minimumFrequency = minimumFrequency
        let special: [String]
        switch kind {
        case .byteLevel:
            special = specialTokens ?? ["<|endoftext|>"]
            parts = [
                "normalizer": nil,
                "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true],
                "post_processor": ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true],
                "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true],
            ]
        case .wordPiece:
            special = specialTokens ?? ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
            for needed in ["[UNK]", "[CLS]", "[SEP]"] where !special.contains(needed) {
                throw TokenizerError.missingSpecialToken(needed)
            }
            func entry(_ token: String, in tokens: [String]) -> JSONValue.Member {
                let id = JSONValue.integer(Int64(tokens.firstIndex(of: token) ?? 0))
                return .init(key: token, value: ["id": .string(token), "ids": [id], "tokens": [.string(token)]])
            }
            let (start, end): (JSONValue, JSONValue) = (
                ["SpecialToken": ["id": "[CLS]", "type_id": 0]], ["SpecialToken": ["id": "[SEP]", "type_id": 0]]
            )
            let first: JSONValue = ["Sequence": ["id": "A", "type_id": 0]]
            parts = [
                "normalizer": [
                    "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil,
                    "lowercase": true,
                ],
                "pre_tokenizer": ["type": "BertPreTokenizer"],
                "post_processor": [
                    "type": "TemplateProcessing", "single": [start, first, end],
                    "pair": [
                        start, first, end, ["Sequence": ["id": "B", "type_id": 1]],
                        ["SpecialToken": ["id": "[SEP]", "type_id": 1]],
                    ],
                    "special_tokens": .object(["[CLS]", "[SEP]"].map { entry($0, in: special) }),
                ],
                "decoder": ["type": "WordPiece", "prefix": "##", "cleanup": true],
            ]
        }
        self.specialTokens = special
        let reader = ComponentReader(parts, key: "")
        normalizer = try reader.optional("normalizer").map(Normalizer.init)
        preTokenizer = try PreTokenizer(reader.member("pre_tokenizer"))
    }

    /// Counts the words of `text`, which should begin and end where words do: a line, or a document.
    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { self.text.reset($0) }
        normalizer?.apply(to: &self.text)
        preTokenizer.apply(to: &self.text, keepsBytes: true)
        self.text.withPieces { bytes, _, pieces in
            for piece in pieces {
                let (index, isNew) = words.insert(
                    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[piece.start..<piece.end]))
                if isNew { counts.append(1) } else { counts[index] += 1 }
            }
        }
    }

    /// The tokenizer for everything counted so far.
    ///
    /// - Throws: `TokenizerError` where a special token stands there twice.
    public func makeTokenizer() throws -> TokenizerPipeline {
        var tokens = specialTokens
        var known = ByteStringTable()
        for token in tokens where !known.insert(token).isNew { throw TokenizerError.duplicateToken(token) }
        func id(_ token: String) -> Int32 {
            let (index, isNew) = known.insert(token)
            if isNew { tokens.append(token) }
            return Int32(index)
        }
        var merging = PairMerging()
        switch kind {
        case .byteLevel:
            let alphabet = ByteAlphabet.scalars.map { Unicode.Scalar($0).map(String.init) ?? "" }
            for symbol in alphabet.sorted(by: { $0.unicodeScalars.first! < $1.unicodeScalars.first! }) { _ = id(symbol) }
            let ids = alphabet.map(id)
            for (index, count) in counts.enumerated() { merging.add(words.bytes(at: index).map { ids[Int($0)] }, count: count) }
        case .wordPiece:
            var symbols: Set<String> = []
            let split = counts.indices.map { index in
                words.string(at: index).unicodeScalars.enumerated().map { $0 == 0 ? String($1) : "##\($1)" }
            }
            for word in split { symbols.formUnion(word) }
            for symbol in symbols.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) { _ = id(symbol) }
            for (word, count) in zip(split, counts) { merging.add(word.map(id), count: count) }
        }
        var merges: [JSONValue] = []
        merging.prepare()
        while tokens.count < vocabularySize, let (left, right) = merging.best(minimumFrequency) {
            let (first, second) = (tokens[Int(left)], tokens[Int(right)])
            let isContinuation = kind == .wordPiece && second.hasPrefix("##")
            merging.merge(left, right, into: id(first + (isContinuation ? String(second.dropFirst(2)) : second)))
            merges.append([.string(first), .string(second)])
        }
        return try TokenizerPipeline(json(tokens, merges))
    }

    private func json(_ tokens: [String], _ merges: [JSONValue]) -> JSONValue {
        let added = specialTokens.enumerated().map { TokenizerFolder.added($1, id: .integer(Int64($0))) }
        let vocabulary = TokenizerFolder.vocabulary(tokens)
        let model: JSONValue =
            switch kind {
            case .byteLevel:
                [
                    "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
                    "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": vocabulary,
                    "merges": .array(merges),
                ]
            case .wordPiece:
                [
                    "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                    "vocab": vocabulary,
                ]
            }
        func part(_ name: String) -> JSONValue { parts[name] ?? nil }
        return [
            "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(added), "normalizer": part("normalizer"),
            "pre_tokenizer": part("pre_tokenizer"), "post_processor": part("post_processor"), "decoder": part("decoder"),
            "model": model,
        ]
    }
}

/// Words as symbols, how often each pair of neighbours occurs, and in which words.
private struct PairMerging {
    private struct Candidate {
        var count: Int
        var pair: UInt64

        /// More frequent first, then smaller ids.
        func precedes(_ other: Candidate) -> Bool { (other.count, pair) < (count, other.pair) }
    }

    private var words: [[Int32]] = []
    private var frequencies: [Int] = []
    private var counts: [UInt64: Int] = [:]
    private var places: [UInt64: [Int32]] = [:]
    /// A binary heap; an entry whose count is out of date is corrected once it comes up.
    private var heap: [Candidate] = []

    mutating func add(_ word: [Int32], count: Int) {
        guard word.count > 1 else { return }
        words.append(word)
        frequencies.append(count)
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

    mutating func prepare() {
        for (index, word) in words.enumerated() {
            for place in 0..<word.count - 1 { note(Self.key(word[place], word[place + 1]), in: index) }
        }
        for (pair, count) in counts { push(Candidate(count: count, pair: pair)) }
    }

    private mutating func note(_ pair: UInt64, in word: Int) {
        counts[pair, default: 0] += frequencies[word]
        let index = Int32(word)
        if places[pair]?.last != index { places[pair, default: []].append(index) }
    }

    /// The pair to merge next, nil where none is frequent enough.
    mutating func best(_ minimum: Int) -> (Int32, Int32)? {
        while let top = pop() {
            let count = counts[top.pair] ?? 0
            guard count == top.count else {
                if count > 0 { push(Candidate(count: count, pair: top.pair)) }
                continue
            }
            guard count >= minimum else { return nil }
            return (Int32(top.pair >> 32), Int32(top.pair & 0xFFFF_FFFF))
        }
        return nil
    }

    mutating func merge(_ left: Int32, _ right: Int32, into symbol: Int32) {
        let pair = Self.key(left, right)
        let affected = places.removeValue(forKey: pair) ?? []
        var fresh: Set<UInt64> = []
        for index in affected.map(Int.init) {
            let old = words[index]
            var new: [Int32] = []
            new.reserveCapacity(old.count)
            var place = 0
            while place < old.count {
                if place + 1 < old.count, old[place] == left, old[place + 1] == right {
                    new.append(symbol)
                    place += 2
                } else {
                    new.append(old[place])
                    place += 1
                }
            }
            guard new.count < old.count else { continue }
            for place in 0..<old.count - 1 { counts[Self.key(old[place], old[place + 1])]! -= frequencies[index] }
            words[index] = new
            for place in 0..<new.count - 1 {
                let key = Self.key(new[place], new[place + 1])
                if new[place] == symbol || new[place + 1] == symbol {
                    note(key, in: index)
                    fresh.insert(key)
                } else {
                    counts[key, default: 0] += frequencies[index]
                }
            }
        }
        counts[pair] = nil
        for key in fresh { push(Candidate(count: counts[key] ?? 0, pair: key)) }
    }

    private mutating func push(_ candidate: Candidate) {
        heap.append(candidate)
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func pop() -> Candidate? {
        guard let top = heap.first else { return nil }
        let last = heap.removeLast()
        var parent = 0
        while 2 * parent + 1 < heap.count {
            var child = 2 * parent + 1
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            if !heap[child].precedes(last) { break }
            heap[parent] = heap[child]
            parent = child
        }
        if !heap.isEmpty { heap[parent] = last }
        return top
    }
}
