import SequiturFiles

/// A model of SentencePiece (Kudo and Richardson, 2018): a protocol buffer with pieces and their scores, the kind of model,
/// and compiled rules for normalisation.
struct SentencePieceModel {
    enum Kind: UInt64 { case normal = 1, unknown, control, userDefined, unused, byte }

    struct Piece {
        var text = ""
        var score: Float = 0
        var kind = Kind.normal
    }

    /// The most characters of a piece of a byte-pair model; SentencePiece makes none of more than 16 unless told to.
    private static let longestPiece = 256

    private(set) var pieces: [Piece] = []
    /// 1 unigram, 2 byte-pair; words and characters are not among the models that Transformers use.
    private(set) var type: UInt64 = 1
    private(set) var usesBytes = false
    private(set) var rules: [UInt8] = []
    private var addsPrefix = true
    private var removesExtraSpaces = true

    /// - Throws: `TokenizerFormatError` with the field.
    init(_ bytes: UnsafeRawBufferPointer) throws {
        var message = ProtocolBuffer(bytes, key: "ModelProto")
        while let field = try message.next() {
            switch field.number {
            case 1: pieces.append(try Self.piece(field.message("pieces[\(pieces.count)]")))
            case 2:
                var trainer = try field.message("trainer_spec")
                while let field = try trainer.next() {
                    if field.number == 3 { type = try field.integer("model_type") }
                    if field.number == 24, try field.integer("treat_whitespace_as_suffix") != 0 {
                        throw TokenizerFormatError(
                            key: "trainer_spec.treat_whitespace_as_suffix", expected: "false", found: "true")
                    }
                    if field.number == 35 { usesBytes = try field.integer("byte_fallback") != 0 }
                }
            case 3:
                var normalizer = try field.message("normalizer_spec")
                while let field = try normalizer.next() {
                    if field.number == 2 { rules = Array(try field.bytes("precompiled_charsmap")) }
                    if field.number == 3 { addsPrefix = try field.integer("add_dummy_prefix") != 0 }
                    if field.number == 5, try field.integer("escape_whitespaces") == 0 {
                        throw TokenizerFormatError(key: "normalizer_spec.escape_whitespaces", expected: "true", found: "false")
                    }
                    if field.number == 4 { removesExtraSpaces = try field.integer("remove_extra_whitespaces") != 0 }
                }
            default: break
            }
        }
        guard !pieces.isEmpty else {
            throw TokenizerFormatError(key: "ModelProto", expected: "pieces", found: "none")
        }
        guard type == 1 || type == 2 else {
            throw TokenizerFormatError(
                key: "trainer_spec.model_type", expected: "1 (unigram) or 2 (byte-pair)", found: String(type))
        }
        // Every way of cutting a piece in two becomes a merge.
        let isLong: (Piece) -> Bool = { $0.kind == .normal && $0.text.unicodeScalars.count > Self.longestPiece }
        if type == 2, let index = pieces.firstIndex(where: isLong) {
            throw TokenizerFormatError(
                key: "pieces[\(index)]", expected: "at most \(Self.longestPiece) characters in a piece of a byte-pair model",
                found: "\(pieces[index].text.unicodeScalars.count)")
        }
    }

    private static func piece(_ message: ProtocolBuffer) throws -> Piece {
        var message = message
        var piece = Piece()
        while let field = try message.next() {
            switch field.number {
            case 1:
                let bytes = try field.bytes("piece")
                guard bytes.firstInvalidUTF8Offset == nil else {
                    throw TokenizerFormatError(key: message.key, expected: "a piece in UTF-8", found: "other bytes")
                }
                piece.text = String(decoding: bytes, as: UTF8.self)
            case 2: piece.score = try field.float("score")
            case 3:
                let type = try field.integer("type")
                guard let kind = Kind(rawValue: type) else {
                    throw TokenizerFormatError(key: message.key, expected: "a type from 1 to 6", found: String(type))
                }
                piece.kind = kind
            default: break
            }
        }
        guard !piece.text.isEmpty else {
            throw TokenizerFormatError(key: message.key, expected: "a piece that is not empty", found: "an empty one")
        }
        return piece
    }

    /// How the model normalises text.
    ///
    /// - Throws: `TokenizerFormatError` for malformed rules.
    func normalizer() throws -> SentencePieceNormalizer {
        var symbols = ByteTrie()
        for (id, piece) in pieces.enumerated() where piece.kind == .userDefined {
            _ = symbols.insert(piece.text.utf8, value: Int32(id))
        }
        let key = ComponentReader(nil, key: "normalizer_spec.precompiled_charsmap")
        return SentencePieceNormalizer(
            rules: rules.isEmpty ? nil : try PrecompiledMap(rules, reader: key), symbols: symbols, addsPrefix: addsPrefix,
            removesExtraSpaces: removesExtraSpaces,
            hidden: Set(
                pieces.indices.filter { ![.normal, .userDefined].contains(pieces[$0].kind) }.map { Int32($0) }))
    }

    /// Whether no piece goes on after a space, so that words can be taken one by one.
    private var isCutAtSpaces: Bool {
        !pieces.contains { $0.kind != .userDefined && $0.text.unicodeScalars.dropFirst().contains("\u{2581}") }
    }

    /// The same tokenizer as a tokenizer.json, as far as `tokenizers` can be brought to do what SentencePiece does: it looks for
    /// control symbols in the text, applies rules to whole grapheme clusters, and strips every kind of white space.
    var json: JSONValue {
        let unknown = pieces.firstIndex { $0.kind == .unknown }
        let added = pieces.indices.filter { [.control, .unknown, .userDefined].contains(pieces[$0].kind) }
        var normalizers: [JSONValue] = []
        if !rules.isEmpty {
            normalizers.append(["type": "Precompiled", "precompiled_charsmap": .string(Base64.encode(rules))])
        }
        if removesExtraSpaces {
            // A space that begins the text stays where one is put there: it is that one.
            normalizers.append(["type": "Strip", "strip_left": .bool(!addsPrefix), "strip_right": true])
            normalizers.append(["type": "Replace", "pattern": ["Regex": " {2,}"], "content": " "])
        }
        // Where spaces are kept as they are, the one that goes before the text is put there even before another.
        let prepends = addsPrefix && !removesExtraSpaces
        if prepends { normalizers.append(["type": "Prepend", "prepend": "▁"]) }
        // What stands around a symbol of the user's belongs to one text: only its beginning gets a space.
        let isDivided = pieces.contains { $0.kind == .userDefined }
        let scheme: JSONValue = addsPrefix && !prepends ? isDivided ? "first" : "always" : "never"
        let metaspace: JSONValue = [
            "type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": .bool(type == 1 && isCutAtSpaces),
        ]
        let tokens: [JSONValue] = added.map { index in
            let isUsers = pieces[index].kind == .userDefined
            let token = TokenizerFolder.added(pieces[index].text, id: .integer(Int64(index)), isNormalized: isUsers)
            return isUsers ? token.replacing("special", with: false) : token
        }
        return [
            "version": "1.0",
            "added_tokens": .array(tokens),
            "normalizer": normalizers.isEmpty ? nil : ["type": "Sequence", "normalizers": .array(normalizers)],
            "pre_tokenizer": metaspace,
            "decoder": [
                "type": "Sequence",
                // A model that removes spaces but puts none before the text takes all that lead it away.
                "decoders": usesBytes || (removesExtraSpaces && !addsPrefix)
                    ? [
                        ["type": "Replace", "pattern": ["String": "▁"], "content": " "], ["type": "ByteFallback"],
                        ["type": "Fuse"],
                        [
                            "type": "Strip", "content": " ", "start": addsPrefix ? 1 : removesExtraSpaces ? 255 : 0, "stop": 0,
                        ],
                    ] : [metaspace],
            ],
            "model": type == 1 ? unigram(unknown) : bytePair(unknown),
        ]
    }

    private func unigram(_ unknown: Int?) -> JSONValue {
        [
            "type": "Unigram", "unk_id": unknown.map { .integer(Int64($0)) } ?? nil,
            "vocab": .array(pieces.map { [.string($0.text), .number(Double($0.score))] }), "byte_fallback": .bool(usesBytes),
        ]
    }

    /// The model of byte pairs, whatever its unknown token.
    var bytePairs: JSONValue { bytePair(nil) }

    /// Merges are not stored: each piece is made of any two others that spell it, pieces of higher scores first.
    private func bytePair(_ unknown: Int?) -> JSONValue {
        var known = ByteStringTable()
        for piece in pieces where piece.kind == .normal || piece.kind == .userDefined { known.insert(piece.text) }
        let order = pieces.indices.filter { pieces[$0].kind == .normal }.sorted {
            (pieces[$1].score, $0) < (pieces[$0].score, $1)
        }
        var merges: [JSONValue] = []
        for index in order {
            let scalars = pieces[index].text.unicodeScalars
            guard scalars.count > 1 else { continue }
            for place in scalars.indices.dropFirst() {
                let (left, right) = (String(scalars[..<place]), String(scalars[place...]))
                if known.index(of: left) != nil, known.index(of: right) != nil {
                    merges.append([.string(left), .string(right)])
                }
            }
        }
        return [
            "type": "BPE", "unk_token": unknown.map { .string(pieces[$0].text) } ?? nil, "fuse_unk": true,
            "byte_fallback": .bool(usesBytes), "vocab": TokenizerFolder.vocabulary(pieces.map(\.text)),
            "merges": .array(merges),
        ]
    }
}

extension JSONValue {
    func replacing(_ key: String, with value: JSONValue) -> JSONValue {
        .object((members ?? []).map { $0.key == key ? Member(key: key, value: value) : $0 })
    }
}
