import SequiturFiles

extension TokenizerFolder {
    /// BERT's tokenizer from a file with one token a line.
    ///
    /// - Parameter configuration: whose special tokens, `do_lower_case`, `strip_accents` and `tokenize_chinese_chars` count.
    /// - Throws: `FileError`.
    public static func wordPiece(
        _ path: String, configuration: TokenizerConfiguration = TokenizerConfiguration()
    ) throws -> TokenizerPipeline {
        try require(
            configuration,
            oneOf: ["Bert", "DistilBert", "Electra", "MobileBert", "ConvBert", "LayoutLM", "Lxmert", "SqueezeBert"].map {
                $0 + "Tokenizer"
            }, path: path)
        var tokens: [String] = []
        for line in try MappedFile(path: path).text().utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let end = line.lastIndex { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
            tokens.append(end.map { String(Substring(line[...$0])) } ?? "")
        }
        if tokens.last?.isEmpty == true { tokens.removeLast() }
        let special = [
            configuration.token(.padding, else: "[PAD]"), configuration.token(.unknown, else: "[UNK]"),
            configuration.token(.start, else: "[CLS]"), configuration.token(.separator, else: "[SEP]"),
            configuration.token(.mask, else: "[MASK]"),
        ]
        func id(_ token: String) throws -> JSONValue {
            guard let id = tokens.firstIndex(where: { $0.utf8.elementsEqual(token.utf8) }) else {
                throw malformed(path, "the special token '\(token.printable(limit: 40))'", "no such line")
            }
            return .integer(Int64(id))
        }
        let (start, separator) = (special[2].content, special[3].content)
        return try pipeline(
            path,
            [
                "version": "1.0",
                "added_tokens": .array(try special.map { added($0, id: try id($0.content)) }),
                "normalizer": [
                    "type": "BertNormalizer", "clean_text": true,
                    "handle_chinese_chars": .bool(configuration["tokenize_chinese_chars"] ?? true),
                    "strip_accents": configuration["strip_accents"].map { .bool($0) } ?? nil,
                    "lowercase": .bool(configuration["do_lower_case"] ?? true),
                ],
                "pre_tokenizer": ["type": "BertPreTokenizer"],
                "post_processor": try template(
                    first: ([start], [separator]), second: ([], [separator]), secondType: 1, ids: id),
                "decoder": ["type": "WordPiece", "prefix": "##", "cleanup": true],
                "model": [
                    "type": "WordPiece", "unk_token": .string(special[1].content), "continuing_subword_prefix": "##",
                    "max_input_chars_per_word": 100, "vocab": vocabulary(tokens),
                ],
            ])
    }

    /// Qwen2's way of cutting words.
    private static let qwenPattern: JSONValue =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

    /// GPT-2's, RoBERTa's (BART's) or Qwen2's tokenizer from vocab.json and merges.txt; the configuration's class says which, GPT-2's
    /// where it names none.
    ///
    /// - Throws: `FileError`.
    public static func byteLevel(
        vocabulary: String, merges: String, configuration: TokenizerConfiguration = TokenizerConfiguration()
    ) throws -> TokenizerPipeline {
        let robertaNames = ["RobertaTokenizer", "BartTokenizer", "LongformerTokenizer", "LEDTokenizer"]
        try require(configuration, oneOf: robertaNames + ["GPT2Tokenizer", "Qwen2Tokenizer"], path: vocabulary)
        let vocab = try JSONValue.parse(contentsOf: vocabulary)
        guard let members = vocab.members else { throw malformed(vocabulary, "an object from token to id", vocab.kind) }
        let ids = Dictionary(members.map { (Array($0.key.utf8), $0.value) }) { first, _ in first }
        var pairs: [JSONValue] = []
        for line in try MappedFile(path: merges).text().utf8.split(separator: 0x0A) {
            let line = line.last == 0x0D ? line.dropLast() : line
            if line.isEmpty || line.starts(with: "#version".utf8) { continue }
            pairs.append(.string(String(Substring(line))))
        }
        let isRoberta = robertaNames.contains(configuration.className ?? "")
        let isQwen = configuration.className == "Qwen2Tokenizer"
        func id(_ token: String) throws -> JSONValue {
            guard let id = ids[Array(token.utf8)] else {
                throw malformed(vocabulary, "the special token '\(token.printable(limit: 40))'", "none")
            }
            return id
        }
        var special =
            isRoberta
            ? [
                configuration.token(.start, else: "<s>"), configuration.token(.padding, else: "<pad>"),
                configuration.token(.separator, else: "</s>"), configuration.token(.unknown, else: "<unk>"),
                configuration.specialTokens[.mask] ?? .init("<mask>", stripsLeft: true),
            ] : [.init("<|endoftext|>")] + [.beginning, .end, .unknown, .padding].compactMap { configuration.specialTokens[$0] }
        var known: Set<[UInt8]> = []
        special = (special + configuration.additionalTokens).filter { known.insert(Array($0.content.utf8)).inserted }
        let prefix = JSONValue.bool(configuration["add_prefix_space"] ?? false)
        let processor: JSONValue
        if isRoberta {
            let (start, separator) = (special[0].content, special[2].content)
            let startID = try id(start)
            processor = [
                "type": "RobertaProcessing", "sep": [.string(separator), try id(separator)],
                "cls": [.string(start), startID], "trim_offsets": true, "add_prefix_space": prefix,
            ]
        } else if configuration["add_bos_token"] == true || configuration["add_eos_token"] == true {
            processor = try surrounding(configuration, beginning: "<|endoftext|>", end: "<|endoftext|>", ids: id)
        } else {
            processor = ["type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": false]
        }
        let bytes: JSONValue = [
            "type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": true, "use_regex": .bool(!isQwen),
        ]
        let split: JSONValue = ["type": "Split", "pattern": ["Regex": qwenPattern], "behavior": "Isolated", "invert": false]
        return try pipeline(
            vocabulary, merges: merges,
            [
                "version": "1.0",
                "added_tokens": .array(
                    special.compactMap { token in ids[Array(token.content.utf8)].map { added(token, id: $0) } }),
                "normalizer": isQwen ? ["type": "NFC"] : nil,
                "pre_tokenizer": isQwen ? ["type": "Sequence", "pretokenizers": [split, bytes]] : bytes,
                "post_processor": processor,
                "decoder": ["type": "ByteLevel"],
                "model": ["type": "BPE", "vocab": vocab, "merges": .array(pairs)],
            ])
    }

    /// A post-processor that puts the tokens around that `add_bos_token` and `add_eos_token` ask for.
    static func surrounding(
        _ configuration: TokenizerConfiguration, beginning: String, end: String, ids: (String) throws -> JSONValue
    ) rethrows -> JSONValue {
        let before = configuration["add_bos_token"] == true ? [configuration.token(.beginning, else: beginning).content] : []
        let after = configuration["add_eos_token"] == true ? [configuration.token(.end, else: end).content] : []
        return try template(first: (before, after), second: (before, after), secondType: 1, ids: ids)
    }
}
