/// A step that rewrites text before it is cut: one case for each class of `tokenizers.normalizers`.
indirect enum Normalizer: Sendable {
    case bert(BertNormalizer)
    case unicode(UnicodeNormalization)
    case lowercase
    case stripAccents
    case strip(left: Bool, right: Bool)
    case nmt
    case replace(TextPattern, content: [UInt8])
    case prepend([UInt8])
    case byteLevel
    case precompiled(PrecompiledMap)
    /// Not a class of `tokenizers`: SentencePiece's own way.
    case sentencePiece(SentencePieceNormalizer)
    case sequence([Normalizer])

    init(_ reader: ComponentReader) throws {
        switch try reader.type("a normalizer") {
        case "BertNormalizer": self = .bert(try BertNormalizer(reader))
        case "NFC": self = .unicode(.composed)
        case "NFD": self = .unicode(.decomposed)
        case "NFKC": self = .unicode(.compatibilityComposed)
        case "NFKD": self = .unicode(.compatibilityDecomposed)
        case "Lowercase": self = .lowercase
        case "StripAccents": self = .stripAccents
        case "Strip":
            self = .strip(left: try reader.member("strip_left").bool(), right: try reader.member("strip_right").bool())
        case "Nmt": self = .nmt
        case "Replace":
            let pattern = try TextPattern(reader.member("pattern"))
            self = .replace(pattern, content: Array(try reader.member("content").string().utf8))
        case "Prepend": self = .prepend(Array(try reader.member("prepend").string().utf8))
        case "ByteLevel": self = .byteLevel
        case "Precompiled": self = .precompiled(try PrecompiledMap(reader.member("precompiled_charsmap")))
        case "Sequence": self = .sequence(try reader.member("normalizers").array().map(Normalizer.init))
        default:
            throw reader.member("type").error(
                expected: "a normalizer: BertNormalizer, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Nmt, Replace, "
                    + "Prepend, ByteLevel, Precompiled or Sequence")
        }
    }

    /// Rewrites every open piece of `text`.
    ///
    /// - Throws: `EncodingError.patternTooSlow` and `.textGrows`.
    func apply(to text: inout PipelineText) throws {
        let tables = UnicodeTables.shared
        switch self {
        case .bert(let normalizer): try normalizer.apply(to: &text)
        case .unicode(let form):
            try text.rewrite { piece, output in
                if let changes = form.changes(piece, tables: tables) {
                    output.append(changes, replacing: piece)
                } else {
                    output.append(piece, 0..<piece.count)
                }
            }
        case .lowercase:
            try text.rewrite { piece, output in
                piece.forEachScalar { scalar, offset, _ in
                    output.appendLowercase(scalar, origin: piece.origins[offset], tables: tables)
                }
            }
        case .stripAccents:
            try text.rewrite { piece, output in
                piece.forEachScalar { scalar, offset, _ in
                    if !tables[scalar].contains(.combiningMark) { output.append(scalar, origin: piece.origins[offset]) }
                }
            }
        case .strip(let left, let right):
            let isContinuation = text.isContinuation
            try text.rewrite { piece, output in
                var range = 0..<piece.count
                let left = left && !(isContinuation && piece.isFirst)
                while left, !range.isEmpty {
                    let (scalar, length) = UTF8Scalars.decode(piece.bytes, at: range.lowerBound)
                    guard tables[scalar].contains(.whiteSpace) else { break }
                    range = range.lowerBound + length..<range.upperBound
                }
                while right, !range.isEmpty {
                    let (scalar, length) = UTF8Scalars.decode(piece.bytes, before: range.upperBound)
                    guard tables[scalar].contains(.whiteSpace) else { break }
                    range = range.lowerBound..<range.upperBound - length
                }
                output.append(piece, range)
            }
        case .nmt:
            try text.rewrite { piece, output in
                piece.forEachScalar { scalar, offset, _ in
                    if let scalar = Self.nmt(scalar) { output.append(scalar, origin: piece.origins[offset]) }
                }
            }
        case .replace(let pattern, let content):
            try text.rewrite { piece, output in try pattern.replace(in: piece, with: content, output: &output) }
        case .prepend(let prefix):
            let isContinuation = text.isContinuation
            try text.rewrite { piece, output in
                if !(isContinuation && piece.isFirst) { output.append(prefix, origin: piece.origins[0]) }
                output.append(piece, 0..<piece.count)
            }
        case .byteLevel:
            try text.rewrite { piece, output in ByteAlphabet.map(piece, output: &output) }
        case .precompiled(let map):
            try text.rewrite { piece, output in try map.apply(to: piece, output: &output) }
        case .sentencePiece(let normalizer): try normalizer.apply(to: &text)
        case .sequence(let normalizers):
            for normalizer in normalizers { try normalizer.apply(to: &text) }
        }
    }

    /// What SentencePiece's rules for machine translation make of control characters and unusual spaces.
    private static func nmt(_ scalar: UInt32) -> UInt32? {
        switch scalar {
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: nil
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: 0x20
        default: scalar
        }
    }
}

extension TextWriter {
    @inline(__always)
    mutating func appendLowercase(_ scalar: UInt32, origin: Int32, tables: UnicodeTables) {
        if scalar < 0x80 {
            append(byte: UInt8(truncatingIfNeeded: scalar) &+ (scalar &- 0x41 < 26 ? 0x20 : 0), origin: origin)
        } else if tables[scalar].contains(.hasLowercase), let lowercase = tables.lowercase(scalar) {
            for part in lowercase { append(part, origin: origin) }
        } else {
            append(scalar, origin: origin)
        }
    }
}
