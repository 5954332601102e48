/// A step that cuts text into the pieces that the model sees one by one: one case for each class of
/// `tokenizers.pre_tokenizers`.
indirect enum PreTokenizer: Sendable {
    case bert
    case byteLevel(addsPrefixSpace: Bool, splits: Bool)
    case delimiter(UInt32)
    case digits(isIndividual: Bool)
    case fixedLength(Int)
    case metaspace(Metaspace)
    case punctuation(SplitBehavior)
    case split(TextPattern, SplitBehavior, isInverted: Bool)
    case unicodeScripts
    case whitespace
    case whitespaceSplit
    case sequence([PreTokenizer])

    init(_ reader: ComponentReader) throws {
        switch try reader.type("a pre-tokenizer") {
        case "BertPreTokenizer": self = .bert
        case "ByteLevel":
            self = .byteLevel(
                addsPrefixSpace: try reader.member("add_prefix_space").bool(),
                splits: try reader.optional("use_regex")?.bool() ?? true)
        case "CharDelimiterSplit": self = .delimiter(try reader.member("delimiter").scalar())
        case "Digits": self = .digits(isIndividual: try reader.member("individual_digits").bool())
        case "FixedLength": self = .fixedLength(try reader.optional("length")?.integer(1...Int(Int32.max)) ?? 5)
        case "Metaspace": self = .metaspace(try Metaspace(reader))
        case "Punctuation": self = .punctuation(try reader.optional("behavior").map(SplitBehavior.init) ?? .isolated)
        case "Split":
            self = .split(
                try TextPattern(reader.member("pattern")), try SplitBehavior(reader.member("behavior")),
                isInverted: try reader.member("invert").bool())
        case "UnicodeScripts": self = .unicodeScripts
        case "Whitespace": self = .whitespace
        case "WhitespaceSplit": self = .whitespaceSplit
        case "Sequence": self = .sequence(try reader.member("pretokenizers").array().map(PreTokenizer.init))
        default:
            throw reader.member("type").error(
                expected: "a pre-tokenizer: BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, FixedLength, Metaspace, "
                    + "Punctuation, Split, UnicodeScripts, Whitespace, WhitespaceSplit or Sequence")
        }
    }

    /// Cuts every open piece of `text`.
    ///
    /// - Parameter keepsBytes: whether a last step of the kind ByteLevel leaves bytes as they are, for a model that reads bytes.
    /// - Throws: `EncodingError.patternTooSlow` and `.textGrows`.
    func apply(to text: inout PipelineText, keepsBytes: Bool = false) throws {
        let tables = UnicodeTables.shared
        switch self {
        case .bert: text.cut { piece, cuts in Self.cutWords(piece, &cuts, tables: tables) }
        case .byteLevel(let addsPrefixSpace, let splits):
            if addsPrefixSpace {
                let isContinuation = text.isContinuation
                try text.rewrite { piece, output in
                    if piece.bytes[0] != 0x20, !(isContinuation && piece.isFirst) {
                        output.append(byte: 0x20, origin: piece.origins[0])
                    }
                    output.append(piece, 0..<piece.count)
                }
            }
            if splits {
                text.cut { piece, cuts in
                    SplitScanner.gpt2.forEachMatch(in: piece.bytes, tables: tables) { cuts.append($0, $1) }
                }
            }
            if !keepsBytes { try text.rewrite { piece, output in ByteAlphabet.map(piece, output: &output) } }
        case .delimiter(let delimiter):
            Self.split(&text, .removed) { $0 == delimiter }
        case .digits(let isIndividual):
            Self.split(&text, isIndividual ? .isolated : .contiguous) { tables[$0].contains(.numeric) }
        case .fixedLength(let length):
            text.cut { piece, cuts in
                var start = 0
                var count = 0
                piece.forEachScalar { _, offset, _ in
                    if count == length {
                        cuts.append(start, offset)
                        (start, count) = (offset, 0)
                    }
                    count += 1
                }
                cuts.append(start, piece.count)
            }
        case .metaspace(let metaspace): try metaspace.apply(to: &text)
        case .punctuation(let behavior):
            Self.split(&text, behavior) { tables[$0].contains(.punctuation) }
        case .split(let pattern, let behavior, let isInverted):
            try text.cut { piece, cuts in
                var splitter = Splitter(behavior, isInverted: isInverted)
                try pattern.forEachMatch(in: piece.bytes) { splitter.match($0, $1, &cuts) }
                splitter.finish(piece.count, &cuts)
            }
        case .unicodeScripts: text.cut { piece, cuts in Self.cutScripts(piece, &cuts, tables: tables) }
        case .whitespace: text.cut { piece, cuts in Self.cutRegularWords(piece, &cuts, tables: tables) }
        case .whitespaceSplit:
            Self.split(&text, .removed) { tables[$0].contains(.whiteSpace) }
        case .sequence(let steps):
            for (index, step) in steps.enumerated() {
                try step.apply(to: &text, keepsBytes: keepsBytes && index == steps.count - 1)
            }
        }
    }

    /// Whether the last step is of the kind ByteLevel, and no other is.
    var endsInBytes: Bool {
        switch self {
        case .byteLevel: true
        case .sequence(let steps):
            steps.last?.endsInBytes == true && !steps.dropLast().contains { $0.mapsBytes }
        default: false
        }
    }

    private var mapsBytes: Bool {
        switch self {
        case .byteLevel: true
        case .sequence(let steps): steps.contains { $0.mapsBytes }
        default: false
        }
    }

    /// Splits at single code points.
    @inline(__always)
    private static func split(_ text: inout PipelineText, _ behavior: SplitBehavior, at isMatch: (UInt32) -> Bool) {
        text.cut { piece, cuts in
            var splitter = Splitter(behavior)
            piece.forEachScalar { scalar, offset, length in
                if isMatch(scalar) { splitter.match(offset, offset + length, &cuts) }
            }
            splitter.finish(piece.count, &cuts)
        }
    }

    /// White space goes, punctuation stands alone.
    private static func cutWords(_ piece: PieceText, _ cuts: inout PieceCuts, tables: UnicodeTables) {
        var start = 0
        piece.forEachScalar { scalar, offset, length in
            let properties = tables[scalar]
            if properties.isDisjoint(with: [.whiteSpace, .punctuation]) { return }
            cuts.append(start, offset)
            if !properties.contains(.whiteSpace) { cuts.append(offset, offset + length) }
            start = offset + length
        }
        cuts.append(start, piece.count)
    }

    /// `\w+|[^\w\s]+`
    private static func cutRegularWords(_ piece: PieceText, _ cuts: inout PieceCuts, tables: UnicodeTables) {
        let kinds: UnicodeProperties = [.wordCharacter, .regularSpace]
        var start = 0
        var last = UnicodeProperties.regularSpace
        piece.forEachScalar { scalar, offset, _ in
            let kind = tables[scalar].intersection(kinds)
            guard kind != last else { return }
            if last != .regularSpace { cuts.append(start, offset) }
            (start, last) = (offset, kind)
        }
        if last != .regularSpace { cuts.append(start, piece.count) }
    }

    /// A new piece where the script changes. What belongs to every script goes with the piece before; at the very start, it
    /// is left out, as `tokenizers` does.
    private static func cutScripts(_ piece: PieceText, _ cuts: inout PieceCuts, tables: UnicodeTables) {
        var start: Int?
        var last: UInt32?
        piece.forEachScalar { scalar, offset, _ in
            let script = tables.script(scalar)
            guard script != 0, script != last else { return }
            if let start { cuts.append(start, offset) }
            (start, last) = (offset, script)
        }
        if let start { cuts.append(start, piece.count) }
    }
}

/// Spaces made visible, as SentencePiece does (Kudo and Richardson, 2018), and pieces that begin with them.
struct Metaspace: Sendable {
    enum PrependScheme: Sendable { case first, never, always }

    let replacement: UInt32
    let prependScheme: PrependScheme
    let splits: Bool

    init(_ reader: ComponentReader) throws {
        replacement = try reader.member("replacement").scalar()
        prependScheme =
            try reader.optional("prepend_scheme")?.choice(["first": .first, "never": .never, "always": .always])
            ?? (reader.optional("add_prefix_space")?.bool() == false ? .never : .always)
        if let old = reader.optional("add_prefix_space"), try !old.bool(), prependScheme != .never {
            throw old.error(expected: "true beside this prepend_scheme")
        }
        splits = try reader.optional("split")?.bool() ?? true
    }

    func apply(to text: inout PipelineText) throws {
        let isContinuation = text.isContinuation
        try text.rewrite { piece, output in
            let startsWithSpace = piece.bytes[0] == 0x20 || piece.starts(with: replacement)
            let isPrepended = piece.isFirst ? prependScheme != .never && !isContinuation : prependScheme == .always
            if !startsWithSpace, isPrepended {
                output.append(replacement, origin: piece.origins[0])
            }
            for (byte, origin) in zip(piece.bytes, piece.origins) {
                if byte == 0x20 { output.append(replacement, origin: origin) } else { output.append(byte: byte, origin: origin) }
            }
        }
        guard splits else { return }
        text.cut { piece, cuts in
            var start = 0
            piece.forEachScalar { scalar, offset, _ in
                if scalar == replacement {
                    cuts.append(start, offset)
                    start = offset
                }
            }
            cuts.append(start, piece.count)
        }
    }
}
