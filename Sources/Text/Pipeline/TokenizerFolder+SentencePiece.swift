import SequiturFiles

extension TokenizerFolder {
    /// The tokenizer of a SentencePiece model, unigram or byte-pair.
    ///
    /// By itself it gives what SentencePiece gives. As part of a folder of T5, XLM-RoBERTa or LLaMA (and those that are built like
    /// them) it is what their classes in `transformers` make of it: T5 has 100 more tokens and ends texts, XLM-RoBERTa has ids of its
    /// own, LLaMA begins and ends texts as the configuration says.
    ///
    /// - Parameter modelType: what config.json calls the model, for a configuration that names no class.
    /// - Throws: `FileError`.
    public static func sentencePiece(
        _ path: String, configuration: TokenizerConfiguration = TokenizerConfiguration(), modelType: String? = nil
    ) throws -> TokenizerPipeline {
        let model = try model(path)
        try require(
            configuration, oneOf: ["T5Tokenizer", "XLMRobertaTokenizer", "LlamaTokenizer", "CodeLlamaTokenizer"], path: path)
        func matches(_ names: [String], _ types: [String]) -> Bool {
            configuration.className.map { names.contains($0) } ?? types.contains(modelType ?? "")
        }
        do {
            if matches(["T5Tokenizer"], ["t5", "mt5", "umt5", "longt5"]) { return try pipeline(path, model.t5(configuration)) }
            if matches(["XLMRobertaTokenizer"], ["xlm-roberta"]) { return try pipeline(path, model.xlmRoberta(configuration)) }
            if matches(["LlamaTokenizer", "CodeLlamaTokenizer"], ["llama", "mistral", "mixtral"]) {
                return try pipeline(path, model.llama(configuration))
            }
            return try TokenizerPipeline(model.json, sentencePiece: model.normalizer())
        } catch let error as TokenizerFormatError {
            throw malformed(path, error)
        }
    }

    static func model(_ path: String) throws -> SentencePieceModel {
        let file = try MappedFile(path: path)
        return try file.withBytes { bytes in
            do {
                return try SentencePieceModel(bytes)
            } catch let error as TokenizerFormatError {
                throw malformed(path, error.expected, "\(error.found) in \(error.key)")
            }
        }
    }
}

/// What `transformers` makes of a model.
extension SentencePieceModel {
    private typealias Token = TokenizerConfiguration.SpecialToken

    private var metaspaceOfWords: JSONValue {
        ["type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true]
    }

    private func parts(_ vocabulary: [(String, Double)], unknown: Int, added: [(Token, Int)], processor: JSONValue) -> JSONValue {
        var known: Set<Int> = []
        let tokens = added.sorted { $0.1 < $1.1 }.filter { known.insert($0.1).inserted }
        return [
            "version": "1.0",
            "added_tokens": .array(tokens.map { TokenizerFolder.added($0.0, id: .integer(Int64($0.1))) }),
            "normalizer": rules.isEmpty ? nil : ["type": "Precompiled", "precompiled_charsmap": .string(Base64.encode(rules))],
            "pre_tokenizer": ["type": "Sequence", "pretokenizers": [["type": "WhitespaceSplit"], metaspaceOfWords]],
            "post_processor": processor,
            "decoder": metaspaceOfWords,
            "model": [
                "type": "Unigram", "unk_id": .integer(Int64(unknown)),
                "vocab": .array(vocabulary.map { [.string($0.0), .number($0.1)] }), "byte_fallback": false,
            ],
        ]
    }

    private func requireUnigrams(_ name: String) throws {
        guard type == 1 else {
            throw TokenizerFormatError(key: "trainer_spec.model_type", expected: "1 (unigram) for \(name)", found: String(type))
        }
    }

    /// The pieces, then `<extra_id_99>` … `<extra_id_0>`; every text ends with the end of sentence.
    func t5(_ configuration: TokenizerConfiguration) throws -> JSONValue {
        try requireUnigrams("T5")
        var vocabulary = pieces.map { ($0.text, Double($0.score)) }
        var added: [(Token, Int)] = pieces.indices.filter { [.control, .unknown].contains(pieces[$0].kind) }
            .map { (Token(pieces[$0].text), $0) }
        var ids: [[UInt8]: Int] = [:]
        for (id, entry) in vocabulary.enumerated() where ids[Array(entry.0.utf8)] == nil { ids[Array(entry.0.utf8)] = id }
        func add(_ token: Token) {
            let bytes = Array(token.content.utf8), id = ids[bytes] ?? vocabulary.count
            if id == vocabulary.count { vocabulary.append((token.content, 0)) }
            ids[bytes] = id
            added.append((token, id))
        }
        for number in (0..<(configuration.extraCount ?? 100)).reversed() { add(Token("<extra_id_\(number)>")) }
        let end = configuration.token(.end, else: "</s>")
        for token in [end, configuration.token(.unknown, else: "<unk>"), configuration.token(.padding, else: "<pad>")] {
            add(token)
        }
        let endID = ids[Array(end.content.utf8)] ?? 0
        let processor = TokenizerFolder.template(first: ([], [end.content]), second: ([], [end.content]), secondType: 0) { _ in
            .integer(Int64(endID))
        }
        let unknown = pieces.firstIndex { $0.kind == .unknown } ?? 2
        return parts(vocabulary, unknown: unknown, added: added, processor: processor)
    }

    /// fairseq's order of special tokens, then the pieces after the model's own three, then the mask.
    func xlmRoberta(_ configuration: TokenizerConfiguration) throws -> JSONValue {
        try requireUnigrams("XLM-RoBERTa")
        let start = configuration.token(.start, else: "<s>"), end = configuration.token(.separator, else: "</s>")
        let special = [start, configuration.token(.padding, else: "<pad>"), end, configuration.token(.unknown, else: "<unk>")]
        let mask = configuration.token(.mask, else: "<mask>")
        let vocabulary =
            special.map { ($0.content, 0.0) } + pieces.dropFirst(3).map { ($0.text, Double($0.score)) } + [(mask.content, 0.0)]
        let added = Array(zip(special, 0...)) + [(mask, vocabulary.count - 1)]
        let processor = TokenizerFolder.template(
            first: ([start.content], [end.content]), second: ([end.content], [end.content]), secondType: 0
        ) { .integer($0 == start.content ? 0 : 2) }
        return parts(vocabulary, unknown: 3, added: added, processor: processor)
    }

    /// Bytes for what has no piece, no normalisation, and one space before the text.
    func llama(_ configuration: TokenizerConfiguration) throws -> JSONValue {
        guard type == 2 else {
            throw TokenizerFormatError(key: "trainer_spec.model_type", expected: "2 (byte-pair) for LLaMA", found: String(type))
        }
        let prepends = configuration["add_prefix_space"] ?? true
        let scheme: JSONValue = !prepends ? "never" : configuration["legacy"] == true ? "always" : "first"
        let special = pieces.indices.filter { [.control, .unknown].contains(pieces[$0].kind) }
        var decoders: [JSONValue] = [
            ["type": "Replace", "pattern": ["String": "▁"], "content": " "], ["type": "ByteFallback"], ["type": "Fuse"],
        ]
        if prepends { decoders.append(["type": "Strip", "content": " ", "start": 1, "stop": 0]) }
        return [
            "version": "1.0",
            "added_tokens": .array(special.map { TokenizerFolder.added(pieces[$0].text, id: .integer(Int64($0))) }),
            "normalizer": nil,
            "pre_tokenizer": ["type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": false],
            "post_processor": try TokenizerFolder.surrounding(configuration, beginning: "<s>", end: "</s>") { token in
                guard let id = pieces.firstIndex(where: { $0.text.utf8.elementsEqual(token.utf8) }) else {
                    throw TokenizerFormatError(key: "pieces", expected: "the special token '\(token)'", found: "none")
                }
                return .integer(Int64(id))
            },
            "decoder": ["type": "Sequence", "decoders": .array(decoders)],
            "model": bytePairs.replacing("unk_token", with: nil).replacing("byte_fallback", with: true),
        ]
    }
}
