import SequiturFiles

/// A folder with a tokenizer in any of the layouts that the ecosystem stores: tokenizer.json, BERT's vocab.txt, GPT-2's
/// vocab.json with merges.txt, SentencePiece's models. The older ones are brought into the form of a tokenizer.json.
public enum TokenizerFolder {
    private static let sentencePieceNames = [
        "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "sentencepiece.model", "spm.model",
    ]

    /// - Throws: `FileError` for a folder without a tokenizer, and for a malformed one, with the file.
    public static func read(_ folder: String) throws -> TokenizerPipeline {
        func has(_ name: String) -> Bool { (try? MappedFile(path: "\(folder)/\(name)")) != nil }
        func readConfiguration() throws -> JSONValue? {
            let path = "\(folder)/tokenizer_config.json"
            guard has("tokenizer_config.json") else { return nil }
            let configuration = try JSONValue.parse(contentsOf: path)
            for name in ["do_lower_case", "strip_accents", "tokenize_chinese_chars", "add_prefix_space"] {
                if let value = configuration[name], !value.isNull, value.bool == nil {
                    throw malformed(path, "true or false in '\(name)'", value.kind)
                }
            }
            return configuration
        }
        if has("tokenizer.json") { return try TokenizerPipeline(contentsOf: "\(folder)/tokenizer.json") }
        if has("vocab.txt") { return try wordPiece("\(folder)/vocab.txt", configuration: readConfiguration()) }
        if has("vocab.json"), has("merges.txt") {
            return try byteLevel(
                vocabulary: "\(folder)/vocab.json", merges: "\(folder)/merges.txt", configuration: readConfiguration())
        }
        if let name = sentencePieceNames.first(where: has) { return try sentencePiece("\(folder)/\(name)") }
        throw FileError(
            action: "read", path: folder, reason: "there is no tokenizer in it",
            advice: "it should hold tokenizer.json, vocab.txt, vocab.json with merges.txt, or tokenizer.model")
    }

    /// BERT's tokenizer from a file with one token a line.
    ///
    /// - Parameter configuration: the contents of tokenizer_config.json, whose `do_lower_case`, `strip_accents` and
    ///   `tokenize_chinese_chars` count.
    /// - Throws: `FileError`.
    public static func wordPiece(_ path: String, configuration: JSONValue? = nil) throws -> TokenizerPipeline {
        var tokens: [String] = []
        for line in try MappedFile(path: path).text().utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let end = line.lastIndex { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
            tokens.append(end.map { String(Substring(line[...$0])) } ?? "")
        }
        if tokens.last?.isEmpty == true { tokens.removeLast() }
        let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map { configuration?[specialKeys[$0] ?? ""]?.content ?? $0 }
        func id(_ token: String) throws -> JSONValue {
            guard let id = tokens.firstIndex(where: { $0.utf8.elementsEqual(token.utf8) }) else {
                throw malformed(path, "the special token '\(token.printable(limit: 40))'", "no such line")
            }
            return .integer(Int64(id))
        }
        func entry(_ token: String) throws -> JSONValue.Member {
            .init(key: token, value: ["id": .string(token), "ids": [try id(token)], "tokens": [.string(token)]])
        }
        func piece(_ token: String, _ type: JSONValue) -> JSONValue { ["SpecialToken": ["id": .string(token), "type_id": type]] }
        func text(_ name: JSONValue, _ type: JSONValue) -> JSONValue { ["Sequence": ["id": name, "type_id": type]] }
        let (start, separator) = (special[2], special[3])
        return try pipeline(
            path,
            [
                "version": "1.0",
                "added_tokens": .array(try special.map { added($0, id: try id($0)) }),
                "normalizer": [
                    "type": "BertNormalizer", "clean_text": true,
                    "handle_chinese_chars": configuration.setting("tokenize_chinese_chars") ?? true,
                    "strip_accents": configuration?["strip_accents"] ?? nil,
                    "lowercase": configuration.setting("do_lower_case") ?? true,
                ],
                "pre_tokenizer": ["type": "BertPreTokenizer"],
                "post_processor": [
                    "type": "TemplateProcessing",
                    "single": [piece(start, 0), text("A", 0), piece(separator, 0)],
                    "pair": [piece(start, 0), text("A", 0), piece(separator, 0), text("B", 1), piece(separator, 1)],
                    "special_tokens": .object([try entry(start), try entry(separator)]),
                ],
                "decoder": ["type": "WordPiece", "prefix": "##", "cleanup": true],
                "model": [
                    "type": "WordPiece", "unk_token": .string(special[1]), "continuing_subword_prefix": "##",
                    "max_input_chars_per_word": 100, "vocab": vocabulary(tokens),
                ],
            ])
    }

    /// GPT-2's or RoBERTa's tokenizer from vocab.json and merges.txt; `tokenizer_class` says which.
    ///
    /// - Throws: `FileError`.
    public static func byteLevel(
        vocabulary: String, merges: String, configuration: JSONValue? = nil
    ) throws -> TokenizerPipeline {
        let vocab = try JSONValue.parse(contentsOf: vocabulary)
        guard vocab.members != nil else { throw malformed(vocabulary, "an object from token to id", vocab.kind) }
        var pairs: [JSONValue] = []
        for line in try MappedFile(path: merges).text().utf8.split(separator: 0x0A) {
            let line = line.last == 0x0D ? line.dropLast() : line
            if line.isEmpty || line.starts(with: "#version".utf8) { continue }
            pairs.append(.string(String(Substring(line))))
        }
        let isRoberta = configuration?["tokenizer_class"]?.string?.contains("Roberta") == true
        let addsSpace = configuration.setting("add_prefix_space") ?? false
        let names = isRoberta ? ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] : ["<|endoftext|>"]
        let special = names.filter { vocab[$0] != nil }
        if isRoberta, let absent = ["<s>", "</s>"].first(where: { vocab[$0] == nil }) {
            throw malformed(vocabulary, "the special token '\(absent)'", "none")
        }
        let processor: JSONValue =
            isRoberta
            ? [
                "type": "RobertaProcessing", "sep": ["</s>", vocab["</s>"] ?? nil], "cls": ["<s>", vocab["<s>"] ?? nil],
                "trim_offsets": true, "add_prefix_space": addsSpace,
            ] : ["type": "ByteLevel", "add_prefix_space": addsSpace, "trim_offsets": false]
        return try pipeline(
            vocabulary, merges: merges,
            [
                "version": "1.0",
                "added_tokens": .array(special.map { added($0, id: vocab[$0] ?? nil, stripsLeft: $0 == "<mask>") }),
                "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": addsSpace, "trim_offsets": true],
                "post_processor": processor,
                "decoder": ["type": "ByteLevel"],
                "model": ["type": "BPE", "vocab": vocab, "merges": .array(pairs)],
            ])
    }

    /// The tokenizer of a SentencePiece model, unigram or byte-pair.
    ///
    /// - Throws: `FileError`.
    public static func sentencePiece(_ path: String) throws -> TokenizerPipeline {
        let file = try MappedFile(path: path)
        let model = try file.withBytes { bytes in
            do {
                return try SentencePieceModel(bytes)
            } catch let error as TokenizerFormatError {
                throw malformed(path, error.expected, "\(error.found) in \(error.key)")
            }
        }
        return try pipeline(path, model.json)
    }

    private static let specialKeys = [
        "[PAD]": "pad_token", "[UNK]": "unk_token", "[CLS]": "cls_token", "[SEP]": "sep_token", "[MASK]": "mask_token",
    ]

    private static func pipeline(_ path: String, merges: String? = nil, _ json: JSONValue) throws -> TokenizerPipeline {
        do {
            return try TokenizerPipeline(json)
        } catch let error as TokenizerFormatError {
            let path = error.key.hasPrefix("model.merges") ? merges ?? path : path
            throw FileError(action: "use", path: path, reason: error.description, advice: "mend the file or fetch it again")
        }
    }

    private static func malformed(_ path: String, _ expected: String, _ found: String) -> FileError {
        FileError(
            action: "use", path: path, reason: "expected \(expected), found \(found)", advice: "mend the file or fetch it again")
    }

    static func added(_ token: String, id: JSONValue, stripsLeft: Bool = false, isNormalized: Bool = false) -> JSONValue {
        [
            "id": id, "content": .string(token), "single_word": false, "lstrip": .bool(stripsLeft), "rstrip": false,
            "normalized": .bool(isNormalized), "special": true,
        ]
    }

    static func vocabulary(_ tokens: [String]) -> JSONValue {
        .object(tokens.enumerated().map { JSONValue.Member(key: $1, value: .integer(Int64($0))) })
    }
}

extension JSONValue {
    /// A token as tokenizer_config.json writes it: a string, or an object with its content.
    fileprivate var content: String? { string ?? self["content"]?.string }
}

extension JSONValue? {
    /// The member `name`, nil where it is absent or null.
    fileprivate func setting(_ name: String) -> JSONValue? {
        guard let value = self?[name], !value.isNull else { return nil }
        return value
    }
}
