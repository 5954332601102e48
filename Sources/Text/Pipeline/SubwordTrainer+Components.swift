import SequiturFiles

/// What stands around the model in the tokenizers that are trained here.
extension SubwordTrainer.Kind {
    var specialTokens: [String] {
        switch self {
        case .byteLevel: ["<|endoftext|>"]
        case .wordPiece: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        case .unigram: ["<unk>", "<s>", "</s>", "<pad>"]
        }
    }

    /// Those that the parts name.
    var neededTokens: [String] {
        switch self {
        case .byteLevel: []
        case .wordPiece: ["[UNK]", "[CLS]", "[SEP]"]
        case .unigram: ["<unk>"]
        }
    }

    /// The parts of a tokenizer.json but for the model and the added tokens.
    func parts(specialTokens: [String]) -> JSONValue {
        switch self {
        case .byteLevel:
            [
                "normalizer": nil,
                "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true],
                "post_processor": ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true],
                "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true],
            ]
        case .wordPiece: Self.wordPieceParts(specialTokens)
        case .unigram:
            [
                "normalizer": nil,
                "pre_tokenizer": [
                    "type": "Sequence",
                    "pretokenizers": [
                        ["type": "Split", "pattern": ["String": "\n"], "behavior": "Isolated", "invert": false],
                        ["type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true],
                    ],
                ],
                "post_processor": nil,
                "decoder": [
                    "type": "Sequence",
                    "decoders": [
                        ["type": "Replace", "pattern": ["String": "▁"], "content": " "], ["type": "ByteFallback"],
                        ["type": "Fuse"], ["type": "Strip", "content": " ", "start": 1, "stop": 0],
                    ],
                ],
            ]
        }
    }

    private static func wordPieceParts(_ specialTokens: [String]) -> JSONValue {
        func entry(_ token: String) -> JSONValue.Member {
            let id = JSONValue.integer(Int64(specialTokens.firstIndex(of: token) ?? 0))
            return .init(key: token, value: ["id": .string(token), "ids": [id], "tokens": [.string(token)]])
        }
        let (start, end): (JSONValue, JSONValue) = (
            ["SpecialToken": ["id": "[CLS]", "type_id": 0]], ["SpecialToken": ["id": "[SEP]", "type_id": 0]]
        )
        let first: JSONValue = ["Sequence": ["id": "A", "type_id": 0]]
        return [
            "normalizer": [
                "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil,
                "lowercase": true,
            ],
            "pre_tokenizer": ["type": "BertPreTokenizer"],
            "post_processor": [
                "type": "TemplateProcessing", "single": [start, first, end],
                "pair": [
                    start, first, end, ["Sequence": ["id": "B", "type_id": 1]], ["SpecialToken": ["id": "[SEP]", "type_id": 1]],
                ],
                "special_tokens": .object(["[CLS]", "[SEP]"].map(entry)),
            ],
            "decoder": ["type": "WordPiece", "prefix": "##", "cleanup": true],
        ]
    }
}
