import SequiturFiles

/// What tokenizer_config.json and special_tokens_map.json of a model folder say that matters for encoding. Everything else in them,
/// chat templates included, is kept as it stands; see `TokenizerFolder.companions`.
public struct TokenizerConfiguration: Sendable {
    /// A special token, and whether it takes the white space beside it.
    public struct SpecialToken: Sendable, Equatable {
        public var content: String
        public var stripsLeft = false
        public var stripsRight = false

        public init(_ content: String, stripsLeft: Bool = false) { (self.content, self.stripsLeft) = (content, stripsLeft) }
    }

    /// What a special token is for.
    public enum Role: String, CaseIterable, Sendable {
        case beginning = "bos_token"
        case end = "eos_token"
        case unknown = "unk_token"
        case separator = "sep_token"
        case padding = "pad_token"
        case start = "cls_token"
        case mask = "mask_token"
    }

    /// The tokenizer's class in `transformers`, without the ending that says which backend it has; nil for those that say nothing
    /// about how text is treated.
    public private(set) var className: String?
    public private(set) var specialTokens: [Role: SpecialToken] = [:]
    /// Special tokens without a role.
    public private(set) var additionalTokens: [SpecialToken] = []
    /// The most tokens that the model takes; nil where the file gives none, or its stand-in for none.
    public private(set) var maximumLength: Int?
    private var flags: [String: Bool] = [:]
    /// How many `<extra_id_…>` tokens T5's vocabulary gets.
    private(set) var extraCount: Int?

    private static let flagNames = [
        "do_lower_case", "strip_accents", "tokenize_chinese_chars", "add_prefix_space", "add_bos_token", "add_eos_token",
        "legacy",
        "separate_vocabs",
    ]

    private static let generalNames = ["PreTrainedTokenizer", "TokenizersBackend", "AutoTokenizer"]

    public init() {}

    /// Reads the two files where they are there.
    ///
    /// - Throws: `FileError` with the file and the key.
    public init(folder: String) throws {
        for name in ["special_tokens_map.json", "tokenizer_config.json"] {
            let path = "\(folder)/\(name)"
            guard TokenizerFolder.has(path) else { continue }
            let reader = ComponentReader(try JSONValue.parse(contentsOf: path), key: "")
            do {
                guard reader.value.members != nil else {
                    throw TokenizerFormatError(key: name, expected: "an object", found: reader.value.kind)
                }
                try read(reader)
            } catch let error as TokenizerFormatError {
                throw TokenizerFolder.malformed(path, error)
            }
        }
    }

    private mutating func read(_ reader: ComponentReader) throws {
        func token(_ reader: ComponentReader) throws -> SpecialToken {
            guard reader.value.string == nil else { return SpecialToken(try reader.string()) }
            guard reader.value.members != nil else { throw reader.error(expected: "a token: a string or an object") }
            var token = SpecialToken(try reader.member("content").string())
            token.stripsLeft = try reader.optional("lstrip")?.bool() ?? false
            token.stripsRight = try reader.optional("rstrip")?.bool() ?? false
            return token
        }
        for role in Role.allCases {
            if let entry = reader.optional(role.rawValue) { specialTokens[role] = try token(entry) }
        }
        for name in ["additional_special_tokens", "extra_special_tokens"] {
            // The second name may hold tokens by names of their own.
            guard let list = reader.optional(name), list.value.array != nil else { continue }
            additionalTokens = try list.array().map(token)
        }
        for name in Self.flagNames { if let flag = reader.optional(name) { flags[name] = try flag.bool() } }
        if let limit = reader.optional("model_max_length") {
            let length = try limit.double()
            guard length >= 1 else { throw limit.error(expected: "a length of at least 1") }
            maximumLength = length < 1e9 ? Int(length) : nil
        }
        if let count = reader.optional("extra_ids") { extraCount = try count.integer(0...100_000) }
        if let name = try reader.optional("tokenizer_class")?.string() {
            let base = name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
            className = Self.generalNames.contains(base) ? nil : base
        }
    }

    /// The flag `name`, nil where the files do not have it.
    public subscript(_ name: String) -> Bool? { flags[name] }

    func token(_ role: Role, else content: String) -> SpecialToken { specialTokens[role] ?? SpecialToken(content) }
}

/// What generation_config.json says about writing text.
public struct GenerationConfiguration: Sendable, Equatable {
    public private(set) var beginningID: Int32?
    /// The tokens at which a text ends.
    public private(set) var endIDs: [Int32] = []
    public private(set) var paddingID: Int32?
    public private(set) var decoderStartID: Int32?
    public private(set) var forcedBeginningID: Int32?
    public private(set) var samples: Bool?
    public private(set) var temperature: Double?
    public private(set) var topK: Int?
    public private(set) var topP: Double?
    public private(set) var repetitionPenalty: Double?
    public private(set) var beamCount: Int?
    public private(set) var lengthPenalty: Double?
    public private(set) var maximumLength: Int?
    public private(set) var maximumNewTokens: Int?

    public init() {}

    /// Reads a folder's file; all is nil where there is none.
    ///
    /// - Throws: `FileError` with the file and the key.
    public init(folder: String) throws {
        let path = "\(folder)/generation_config.json"
        guard TokenizerFolder.has(path) else { return }
        let reader = ComponentReader(try JSONValue.parse(contentsOf: path), key: "")
        do {
            guard reader.value.members != nil else {
                throw TokenizerFormatError(key: "generation_config.json", expected: "an object", found: reader.value.kind)
            }
            try read(reader)
        } catch let error as TokenizerFormatError {
            throw TokenizerFolder.malformed(path, error)
        }
    }

    private mutating func read(_ reader: ComponentReader) throws {
        func positive(_ name: String) throws -> Double? {
            guard let entry = reader.optional(name) else { return nil }
            let value = try entry.double()
            guard value >= 0, value.isFinite else { throw entry.error(expected: "a number of at least 0") }
            return value
        }
        func count(_ name: String) throws -> Int? { try reader.optional(name)?.integer(0...Int(Int32.max)) }
        beginningID = try reader.optional("bos_token_id")?.id()
        if let end = reader.optional("eos_token_id") {
            endIDs = end.value.array == nil ? [try end.id()] : try end.array().map { try $0.id() }
        }
        paddingID = try reader.optional("pad_token_id")?.id()
        decoderStartID = try reader.optional("decoder_start_token_id")?.id()
        forcedBeginningID = try reader.optional("forced_bos_token_id")?.id()
        samples = try reader.optional("do_sample")?.bool()
        temperature = try positive("temperature")
        topK = try count("top_k")
        topP = try positive("top_p")
        repetitionPenalty = try positive("repetition_penalty")
        beamCount = try count("num_beams")
        lengthPenalty = try reader.optional("length_penalty")?.double()
        maximumLength = try count("max_length")
        maximumNewTokens = try count("max_new_tokens")
    }
}
