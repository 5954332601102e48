/// A step that puts special tokens around the encoded texts: one case for each class of `tokenizers.processors`.
indirect enum PostProcessor: Sendable {
    case bert(separator: SpecialToken, start: SpecialToken)
    case roberta(separator: SpecialToken, start: SpecialToken, trimsOffsets: Bool, addsPrefixSpace: Bool)
    case byteLevel(trimsOffsets: Bool, addsPrefixSpace: Bool)
    case template(Template)
    case sequence([PostProcessor])

    init(_ reader: ComponentReader) throws {
        switch try reader.type("a post-processor") {
        case "BertProcessing":
            self = .bert(
                separator: try SpecialToken(pair: reader.member("sep")), start: try SpecialToken(pair: reader.member("cls")))
        case "RobertaProcessing":
            self = .roberta(
                separator: try SpecialToken(pair: reader.member("sep")), start: try SpecialToken(pair: reader.member("cls")),
                trimsOffsets: try reader.member("trim_offsets").bool(),
                addsPrefixSpace: try reader.member("add_prefix_space").bool())
        case "ByteLevel":
            self = .byteLevel(
                trimsOffsets: try reader.member("trim_offsets").bool(),
                addsPrefixSpace: try reader.member("add_prefix_space").bool())
        case "TemplateProcessing": self = .template(try Template(reader))
        case "Sequence": self = .sequence(try reader.member("processors").array().map(PostProcessor.init))
        default:
            throw reader.member("type").error(
                expected: "a post-processor: BertProcessing, RobertaProcessing, ByteLevel, TemplateProcessing or Sequence")
        }
    }

    /// How many special tokens are added to a text, or to a pair.
    func addedCount(isPair: Bool) -> Int {
        switch self {
        case .bert: isPair ? 3 : 2
        case .roberta: isPair ? 4 : 2
        case .byteLevel: 0
        case .template(let template): template.addedCount(isPair: isPair)
        case .sequence(let steps): steps.reduce(0) { $0 + $1.addedCount(isPair: isPair) }
        }
    }

    /// The one encoding of a text or of a pair.
    func apply(to encodings: [Encoding], addsSpecialTokens: Bool) throws -> Encoding {
        var encodings = encodings
        for index in encodings.indices { encodings[index].setTypeIDs(Int32(index)) }
        return try .joined(process(encodings, addsSpecialTokens: addsSpecialTokens))
    }

    private func process(_ encodings: [Encoding], addsSpecialTokens: Bool) throws -> [Encoding] {
        switch self {
        case .bert(let separator, let start):
            guard addsSpecialTokens else { return encodings }
            return encodings.enumerated().map { index, encoding in
                encoding.surrounded(
                    before: index == 0 ? start : nil, after: separator, typeID: index == 0 ? 0 : 1)
            }
        case .roberta(let separator, let start, let trimsOffsets, let addsPrefixSpace):
            return encodings.enumerated().map { index, encoding in
                var encoding = encoding
                if trimsOffsets { encoding.trimOffsets(addsPrefixSpace: addsPrefixSpace) }
                encoding.setTypeIDs(0)
                guard addsSpecialTokens else { return encoding }
                for window in encoding.overflowing.indices { encoding.overflowing[window].setTypeIDs(0) }
                return encoding.surrounded(before: index == 0 ? start : separator, after: separator, typeID: 0)
            }
        case .byteLevel(let trimsOffsets, let addsPrefixSpace):
            guard trimsOffsets else { return encodings }
            return encodings.map { encoding in
                var encoding = encoding
                encoding.trimOffsets(addsPrefixSpace: addsPrefixSpace)
                return encoding
            }
        case .template(let template): return try template.apply(to: encodings, addsSpecialTokens: addsSpecialTokens)
        case .sequence(let steps):
            return try steps.reduce(encodings) { try $1.process($0, addsSpecialTokens: addsSpecialTokens) }
        }
    }
}

/// A special token of a post-processor, which may be several tokens.
struct SpecialToken: Sendable {
    let ids: [Int32]
    let tokens: [String]

    /// Reads `["[SEP]", 102]`.
    init(pair reader: ComponentReader) throws {
        let pair = try reader.array()
        guard pair.count == 2 else { throw reader.error(expected: "a token and its id") }
        tokens = [try pair[0].string()]
        ids = [try pair[1].id()]
    }

    /// Reads `{"id": "[SEP]", "ids": [102], "tokens": ["[SEP]"]}`.
    init(_ reader: ComponentReader) throws {
        ids = try reader.member("ids").array().map { try $0.id() }
        tokens = try reader.member("tokens").array().map { try $0.string() }
        guard ids.count == tokens.count else { throw reader.error(expected: "as many ids as tokens") }
    }
}

/// A template of texts and special tokens, one for single texts and one for pairs.
struct Template: Sendable {
    enum Piece: Sendable {
        case text(Int, typeID: Int32)
        case special(SpecialToken, typeID: Int32)
    }

    private let single: [Piece]
    private let pair: [Piece]

    init(_ reader: ComponentReader) throws {
        let tokens = reader.member("special_tokens")
        var special: [(name: [UInt8], token: SpecialToken)] = []
        for member in try tokens.object() {
            let entry = ComponentReader(member.value, key: "\(tokens.key)['\(member.key.printable(limit: 40))']")
            special.append((Array(member.key.utf8), try SpecialToken(entry)))
        }
        func pieces(_ name: String, texts: Int) throws -> [Piece] {
            try reader.member(name).array().map { piece in
                if let text = piece.optional("Sequence") {
                    let index = try text.member("id").choice(["A": 0, "B": 1])
                    guard index < texts else { throw text.member("id").error(expected: "A: there is one text") }
                    return .text(index, typeID: try text.member("type_id").id())
                }
                let token = piece.member("SpecialToken")
                _ = try token.object()
                let name = Array(try token.member("id").string().utf8)
                guard let found = special.first(where: { $0.name == name }) else {
                    throw token.member("id").error(expected: "a name in special_tokens")
                }
                return .special(found.token, typeID: try token.member("type_id").id())
            }
        }
        single = try pieces("single", texts: 1)
        pair = try pieces("pair", texts: 2)
    }

    func addedCount(isPair: Bool) -> Int {
        (isPair ? pair : single).reduce(0) { count, piece in
            if case .special(let token, _) = piece { count + token.ids.count } else { count }
        }
    }

    func apply(to encodings: [Encoding], addsSpecialTokens: Bool) throws -> [Encoding] {
        guard 1...2 ~= encodings.count else {
            throw TokenizerFormatError(
                key: "post_processor", expected: "a template that comes before no other",
                found: "\(encodings.count) parts to join")
        }
        return (encodings.count == 2 ? pair : single).compactMap { piece in
            switch piece {
            case .text(let index, let typeID):
                var encoding = encodings[index]
                encoding.setTypeIDs(typeID)
                return encoding
            case .special(let token, let typeID):
                return addsSpecialTokens ? Encoding(ids: token.ids, tokens: token.tokens, typeID: typeID) : nil
            }
        }
    }
}

extension Encoding {
    /// This with special tokens around it, and around each window that was cut off.
    fileprivate func surrounded(before: SpecialToken?, after: SpecialToken, typeID: Int32) -> Encoding {
        func around(_ encoding: Encoding) -> Encoding {
            var result = Encoding()
            if let before { result.append(Encoding(ids: before.ids, tokens: before.tokens, typeID: typeID)) }
            var middle = encoding
            middle.overflowing = []
            middle.specialTokensMask = [Int32](repeating: 0, count: middle.count)
            middle.attentionMask = [Int32](repeating: 1, count: middle.count)
            result.append(middle)
            result.append(Encoding(ids: after.ids, tokens: after.tokens, typeID: typeID))
            return result
        }
        var result = around(self)
        result.overflowing = overflowing.map(around)
        return result
    }

    /// Takes the spaces that byte-level tokens begin and end with out of their offsets.
    fileprivate mutating func trimOffsets(addsPrefixSpace: Bool) {
        let tables = UnicodeTables.shared
        for index in ids.indices {
            let token = tokens[index].unicodeScalars
            func isSpace(_ scalar: Unicode.Scalar) -> Bool {
                scalar.value == 0x120 || tables[scalar.value].contains(.whiteSpace)
            }
            var leading = token.prefix(while: isSpace).count
            let trailing = token.reversed().prefix(while: isSpace).count
            guard leading > 0 || trailing > 0 else { continue }
            var (start, end) = (offsets[index].lowerBound, offsets[index].upperBound)
            if leading > 0 {
                // The one space that was put before the text does not stand in it.
                if index == 0 || start == 0, addsPrefixSpace, leading == 1 { leading = 0 }
                start = min(start + leading, end)
            }
            if trailing > 0, end >= trailing { end = max(end - trailing, start) }
            offsets[index] = start..<end
        }
        for window in overflowing.indices { overflowing[window].trimOffsets(addsPrefixSpace: addsPrefixSpace) }
    }
}
