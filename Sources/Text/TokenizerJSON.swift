import SequiturFiles

/// The parts of a tokenizer.json, checked as far as no kind of tokenizer needs them otherwise.
struct TokenizerJSON {
    static let version = "1.0"
    private static let parts = [
        "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model",
    ]

    let normalizer: JSONValue
    let preTokenizer: JSONValue
    let decoder: JSONValue
    let tokens: [String]
    /// The token that `model.unk_token` names: the unknown token if the vocabulary has it.
    let unknownToken: String

    init(_ value: JSONValue) throws {
        guard let members = value.members else {
            throw TokenizerError.malformedFile(reason: "\(value.kind) instead of an object")
        }
        for member in members where !Self.parts.contains(member.key) {
            throw TokenizerError.unsupportedComponent(name: member.key, found: member.value.serialized())
        }
        func part(_ name: String) -> JSONValue { value[name] ?? .null }
        func require(_ name: String, _ supported: JSONValue) throws {
            guard part(name) == supported else {
                throw TokenizerError.unsupportedComponent(name: name, found: part(name).serialized())
            }
        }
        guard value["model"] != nil else { throw TokenizerError.malformedFile(reason: "there is no member 'model'") }
        try require("version", .string(Self.version))
        for name in ["truncation", "padding", "post_processor"] { try require(name, .null) }
        if value["added_tokens"] != nil { try require("added_tokens", .array([])) }
        normalizer = part("normalizer")
        preTokenizer = part("pre_tokenizer")
        decoder = part("decoder")

        let model = part("model")
        guard model["type"] == "WordLevel" else {
            throw TokenizerError.unsupportedComponent(name: "model", found: (model["type"] ?? .null).serialized())
        }
        for member in model.members ?? [] where !["type", "vocab", "unk_token"].contains(member.key) {
            throw TokenizerError.unsupportedComponent(name: "model.\(member.key)", found: member.value.serialized())
        }
        guard let unknownToken = model["unk_token"]?.string else {
            throw TokenizerError.malformedFile(reason: "model.unk_token is not a string")
        }
        self.unknownToken = unknownToken
        tokens = try Vocabulary.tokens(of: model["vocab"])
        guard !tokens.isEmpty else { throw TokenizerError.malformedFile(reason: "model.vocab is empty") }
    }

    /// The vocabulary; the token that `unk_token` names is the unknown token if it is there.
    func vocabulary(endOfSentence: String?) throws -> Vocabulary {
        let hasUnknown = tokens.contains { $0.utf8.elementsEqual(unknownToken.utf8) }
        return try Vocabulary(tokens, unknown: hasUnknown ? unknownToken : nil, endOfSentence: endOfSentence)
    }

    /// - Throws: `TokenizerError.unsupportedComponent` unless `found` is what `supported` says.
    static func require(_ name: String, _ found: JSONValue, is supported: JSONValue) throws {
        guard found == supported else { throw TokenizerError.unsupportedComponent(name: name, found: found.serialized()) }
    }

    /// A tokenizer.json of these parts.
    static func make(normalizer: JSONValue, decoder: JSONValue, preTokenizer: JSONValue, vocabulary: Vocabulary) -> JSONValue {
        let unknown = vocabulary.unknown.flatMap(vocabulary.token(for:)) ?? unusedUnknownToken(vocabulary)
        return [
            "version": .string(version),
            "truncation": nil,
            "padding": nil,
            "added_tokens": [],
            "normalizer": normalizer,
            "pre_tokenizer": preTokenizer,
            "post_processor": nil,
            "decoder": decoder,
            "model": ["type": "WordLevel", "vocab": vocabulary.json, "unk_token": .string(unknown)],
        ]
    }

    /// The format wants an `unk_token` even where there is none: a name that no token has.
    private static func unusedUnknownToken(_ vocabulary: Vocabulary) -> String {
        var name = "<unk>"
        while vocabulary.id(of: name) != nil { name = "<\(name)>" }
        return name
    }
}

extension CharacterTokenizer {
    private static let decoder: JSONValue = ["type": "Fuse"]
    static let preTokenizer: JSONValue = [
        "type": "Split", "pattern": ["Regex": "[\\s\\S]"], "behavior": "Isolated", "invert": false,
    ]

    public var json: JSONValue {
        TokenizerJSON.make(normalizer: nil, decoder: Self.decoder, preTokenizer: Self.preTokenizer, vocabulary: vocabulary)
    }

    init(_ json: TokenizerJSON) throws {
        try TokenizerJSON.require("normalizer", json.normalizer, is: nil)
        try TokenizerJSON.require("decoder", json.decoder, is: Self.decoder)
        try self.init(json.vocabulary(endOfSentence: nil))
    }
}

extension WordTokenizer {
    static let preTokenizer: JSONValue = ["type": "WhitespaceSplit"]

    public var json: JSONValue {
        let endOfSentence = endOfSentence.flatMap(token(for:))
        return TokenizerJSON.make(
            normalizer: endOfSentence.map(Self.normalizer) ?? nil, decoder: endOfSentence.map(Self.decoder) ?? nil,
            preTokenizer: Self.preTokenizer, vocabulary: vocabulary)
    }

    init(_ json: TokenizerJSON) throws {
        guard !json.normalizer.isNull else {
            try TokenizerJSON.require("decoder", json.decoder, is: nil)
            try self.init(json.vocabulary(endOfSentence: nil))
            return
        }
        let content = json.normalizer["content"]?.string ?? ""
        let endOfSentence = String(content.dropFirst().dropLast())
        try TokenizerJSON.require("normalizer", json.normalizer, is: Self.normalizer(endOfSentence))
        try TokenizerJSON.require("decoder", json.decoder, is: Self.decoder(endOfSentence))
        try self.init(json.vocabulary(endOfSentence: endOfSentence))
    }

    /// Puts the end-of-sentence token, as a word of its own, in the place of each line break.
    private static func normalizer(_ endOfSentence: String) -> JSONValue {
        ["type": "Replace", "pattern": ["String": "\n"], "content": .string(" \(endOfSentence) ")]
    }

    /// Puts a line break in the place of each end-of-sentence token, joins by spaces (no word begins with the
    /// prefix, which is a space), and takes the spaces around line breaks away again.
    private static func decoder(_ endOfSentence: String) -> JSONValue {
        [
            "type": "Sequence",
            "decoders": [
                ["type": "Replace", "pattern": ["Regex": .string("\\A\(escaped(endOfSentence))\\z")], "content": "\n"],
                ["type": "WordPiece", "prefix": " ", "cleanup": false],
                ["type": "Fuse"],
                ["type": "Replace", "pattern": ["Regex": " ?\n ?"], "content": "\n"],
            ],
        ]
    }

    /// `text` as a regular expression that matches it alone.
    private static func escaped(_ text: String) -> String {
        var pattern = ""
        for scalar in text.unicodeScalars {
            if "\\.*?+^$|{}()[]-&~#".unicodeScalars.contains(scalar) { pattern.unicodeScalars.append("\\") }
            pattern.unicodeScalars.append(scalar)
        }
        return pattern
    }
}
