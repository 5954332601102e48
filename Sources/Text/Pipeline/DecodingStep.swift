import SequiturFiles

/// A step that turns tokens into text: one case for each class of `tokenizers.decoders`.
indirect enum DecodingStep: Sendable {
    case bytePair(suffix: [UInt8])
    case byteLevel
    case byteFallback
    case connectionist(padding: [UInt8], delimiter: [UInt8], cleansUp: Bool)
    case fuse
    case metaspace(replacement: UInt32, dropsFirst: Bool)
    case replace(TextPattern, content: [UInt8])
    case strip(content: UInt32, start: Int, stop: Int)
    case wordPiece(prefix: [UInt8], cleansUp: Bool)
    case sequence([DecodingStep])

    init(_ reader: ComponentReader) throws {
        func bytes(_ name: String) throws -> [UInt8] { Array(try reader.member(name).string().utf8) }
        switch try reader.type("a decoder") {
        case "BPEDecoder": self = .bytePair(suffix: try bytes("suffix"))
        case "ByteLevel": self = .byteLevel
        case "ByteFallback": self = .byteFallback
        case "CTC":
            self = .connectionist(
                padding: try bytes("pad_token"), delimiter: try bytes("word_delimiter_token"),
                cleansUp: try reader.member("cleanup").bool())
        case "Fuse": self = .fuse
        case "Metaspace":
            let metaspace = try Metaspace(reader)
            self = .metaspace(replacement: metaspace.replacement, dropsFirst: metaspace.prependScheme != .never)
        case "Replace": self = .replace(try TextPattern(reader.member("pattern")), content: try bytes("content"))
        case "Strip":
            self = .strip(
                content: try reader.member("content").scalar(), start: try reader.member("start").integer(0...Int(Int32.max)),
                stop: try reader.member("stop").integer(0...Int(Int32.max)))
        case "WordPiece": self = .wordPiece(prefix: try bytes("prefix"), cleansUp: try reader.member("cleanup").bool())
        case "Sequence": self = .sequence(try reader.member("decoders").array().map(DecodingStep.init))
        default:
            throw reader.member("type").error(
                expected: "a decoder: BPEDecoder, ByteLevel, ByteFallback, CTC, Fuse, Metaspace, Replace, Strip, WordPiece or "
                    + "Sequence")
        }
    }

    /// - Throws: `EncodingError.patternTooSlow` and `.textGrows`.
    func apply(to tokens: [[UInt8]]) throws -> [[UInt8]] {
        try apply(to: tokens, limit: PipelineText.limit(Self.size(tokens)))
    }

    private static func size(_ tokens: [[UInt8]]) -> Int { tokens.reduce(0) { $0 + $1.count + 1 } }

    private func apply(to tokens: [[UInt8]], limit: Int) throws -> [[UInt8]] {
        switch self {
        case .bytePair(let suffix):
            return tokens.enumerated().map { index, token in
                token.replacing(suffix, with: index == tokens.count - 1 ? [] : [0x20])
            }
        case .byteLevel:
            let bytes = tokens.flatMap { token in token.withUnsafeBufferPointer(ByteAlphabet.decode) ?? token }
            return [Array(String(decoding: bytes, as: UTF8.self).utf8)]
        case .byteFallback: return Self.joinBytes(tokens)
        case .connectionist(let padding, let delimiter, let cleansUp):
            return tokens.enumerated().compactMap { index, token in
                guard index == 0 || tokens[index - 1] != token else { return nil }
                var text = token.replacing(padding, with: [])
                if cleansUp { text = Self.cleanedUp(text).replacing(delimiter, with: [0x20]) }
                return text.isEmpty ? nil : text
            }
        case .fuse: return [Array(tokens.joined())]
        case .metaspace(let replacement, let dropsFirst):
            return tokens.enumerated().map { index, token in
                token.mappingScalars { scalar in
                    scalar != replacement ? scalar : index == 0 && dropsFirst ? nil : 0x20
                }
            }
        case .replace(let pattern, let content):
            var size = 0
            return try tokens.map { token in
                let replaced = try pattern.replacing(in: token, with: content, limit: limit)
                size += replaced.count
                guard size <= limit else { throw EncodingError.textGrows(limit: limit) }
                return replaced
            }
        case .strip(let content, let start, let stop):
            return tokens.map { Self.stripped($0, content: content, start: start, stop: stop) }
        case .wordPiece(let prefix, let cleansUp):
            return tokens.enumerated().map { index, token in
                var token = token
                if index > 0 { token = token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : [0x20] + token }
                return cleansUp ? Self.cleanedUp(token) : token
            }
        case .sequence(let steps):
            return try steps.reduce(tokens) { tokens, step in
                let result = try step.apply(to: tokens, limit: limit)
                // Some steps double a text.
                guard Self.size(result) <= limit else { throw EncodingError.textGrows(limit: limit) }
                return result
            }
        }
    }

    /// Joins tokens like `<0xE2>` to the characters that they spell; those that spell none are U+FFFD each.
    private static func joinBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var bytes: [UInt8] = []
        func flush() {
            guard !bytes.isEmpty else { return }
            if bytes.withUnsafeBytes({ $0.firstInvalidUTF8Offset }) == nil {
                result.append(bytes)
            } else {
                result += repeatElement([0xEF, 0xBF, 0xBD], count: bytes.count)
            }
            bytes = []
        }
        for token in tokens {
            if let byte = byte(of: token) {
                bytes.append(byte)
            } else {
                flush()
                result.append(token)
            }
        }
        flush()
        return result
    }

    /// The byte that a token like `<0xE2>` stands for.
    static func byte(of token: [UInt8]) -> UInt8? {
        guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else { return nil }
        return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
    }

    private static func stripped(_ token: [UInt8], content: UInt32, start: Int, stop: Int) -> [UInt8] {
        let scalars = token.withUnsafeBufferPointer(UTF8Scalars.all)
        let first = scalars.prefix(start).prefix { $0 == content }.count
        let last = scalars.count - scalars.suffix(stop).reversed().prefix { $0 == content }.count
        var result: [UInt8] = []
        for scalar in scalars[min(first, last)..<last] { UTF8Scalars.append(scalar, to: &result) }
        return result
    }

    private static let cleaning: [(String, String)] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ]

    /// Takes away the spaces before punctuation and contractions.
    private static func cleanedUp(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(0x20) else { return text }
        return cleaning.reduce(text) { $0.replacing(Array($1.0.utf8), with: Array($1.1.utf8)) }
    }
}

extension [UInt8] {
    /// This with `content` in the place of every `text`, from left to right; where `text` is empty, around every character.
    func replacing(_ text: [UInt8], with content: [UInt8]) -> [UInt8] {
        guard !text.isEmpty else {
            var result = content
            for (offset, byte) in enumerated() {
                if offset > 0, !UTF8Scalars.isContinuation(byte) { result += content }
                result.append(byte)
            }
            return isEmpty ? content : result + content
        }
        var result: [UInt8] = []
        var last = 0
        withUnsafeBufferPointer { bytes in
            text.withUnsafeBufferPointer { text in
                ByteSearch.forEachMatch(of: text, in: bytes) { start, end in
                    result.append(contentsOf: bytes[last..<start])
                    result.append(contentsOf: content)
                    last = end
                }
            }
        }
        return result + self[last...]
    }

    func mappingScalars(_ map: (UInt32) -> UInt32?) -> [UInt8] {
        var result: [UInt8] = []
        for scalar in withUnsafeBufferPointer(UTF8Scalars.all) {
            if let mapped = map(scalar) { UTF8Scalars.append(mapped, to: &result) }
        }
        return result
    }
}
