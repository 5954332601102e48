import SequiturFiles

/// The tokenizer of Marian's translation models as `transformers` stores it: `source.spm` and `target.spm` cut texts into pieces,
/// `vocab.json` (and `target_vocab.json` for models with two vocabularies) has their ids.
///
///     let tokenizer = try MarianTokenizer(folder: "opus-mt-en-roa")
///     let ids = try tokenizer.encode(">>fra<< I am a small frog.")
///     let labels = try tokenizer.encode(target: "Je suis une petite grenouille.")
///     let text = tokenizer.decode(labels)
///
/// A piece without an id is the unknown token. A text may begin with the code of the target language, `>>fra<<`, which is one token.
/// Texts are not normalised beyond what the models of pieces do, and end with the end of sentence.
public final class MarianTokenizer: Sendable {
    public let configuration: TokenizerConfiguration
    /// The codes of languages that a text may begin with, in the order of their ids.
    public let languageCodes: [String]
    public let unknownID: Int32
    public let endID: Int32
    public let paddingID: Int32

    private let source: TokenizerPipeline
    private let target: TokenizerPipeline
    private let sourceIDs: TokenVocabulary
    private let targetIDs: TokenVocabulary
    private let hasOneVocabulary: Bool
    private let special: [(token: String, id: Int32)]

    /// - Throws: `FileError` with the file that is missing or malformed, and the key.
    public init(folder: String) throws {
        let configuration = try TokenizerConfiguration(folder: folder)
        try TokenizerFolder.require(configuration, oneOf: ["MarianTokenizer"], path: folder)
        func pieces(_ name: String) throws -> TokenizerPipeline {
            let path = "\(folder)/\(name)", model = try TokenizerFolder.model(path)
            do {
                return try TokenizerPipeline(model.json, sentencePiece: model.normalizer())
            } catch let error as TokenizerFormatError {
                throw TokenizerFolder.malformed(path, error)
            }
        }
        func vocabulary(_ name: String) throws -> TokenVocabulary {
            let path = "\(folder)/\(name)"
            do {
                return try TokenVocabulary(ComponentReader(try JSONValue.parse(contentsOf: path), key: name))
            } catch let error as TokenizerFormatError {
                throw TokenizerFolder.malformed(path, error)
            }
        }
        source = try pieces("source.spm")
        target = try pieces("target.spm")
        let isDivided = configuration["separate_vocabs"] == true
        hasOneVocabulary = !isDivided
        let ids = try vocabulary("vocab.json")
        sourceIDs = ids
        targetIDs = isDivided ? try vocabulary("target_vocab.json") : ids
        var special: [(token: String, id: Int32)] = []
        for (role, content) in [(TokenizerConfiguration.Role.end, "</s>"), (.unknown, "<unk>"), (.padding, "<pad>")] {
            let token = configuration.token(role, else: content).content
            guard let id = ids.id(of: token) else {
                throw TokenizerFolder.malformed(
                    "\(folder)/vocab.json", "the special token '\(token.printable(limit: 40))'", "none")
            }
            special.append((token, id))
        }
        (endID, unknownID, paddingID) = (special[0].id, special[1].id, special[2].id)
        for token in configuration.additionalTokens {
            if let id = ids.id(of: token.content) { special.append((token.content, id)) }
        }
        self.special = special
        self.configuration = configuration
        var codes: [(Int32, String)] = []
        if !isDivided {
            ids.forEach { bytes, id in
                let token = String(decoding: bytes, as: UTF8.self)
                if token.hasPrefix(">>"), token.hasSuffix("<<") { codes.append((id, token)) }
            }
        }
        languageCodes = codes.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// One more than the largest id of either vocabulary.
    public var vocabularySize: Int { max(sourceIDs.idLimit, targetIDs.idLimit) }

    /// The ids of a text of the source language, with the end of sentence.
    ///
    /// - Throws: `TokenizerError`, `EncodingError`.
    public func encode(_ text: String) throws -> [Int32] { try encode(text, source, sourceIDs) }

    /// The ids of a text of the target language, with the end of sentence.
    ///
    /// - Throws: `TokenizerError`, `EncodingError`.
    public func encode(target text: String) throws -> [Int32] { try encode(text, target, targetIDs) }

    private func encode(_ text: String, _ model: TokenizerPipeline, _ vocabulary: TokenVocabulary) throws -> [Int32] {
        var ids: [Int32] = []
        for part in parts(of: text) {
            if let id = part.id {
                ids.append(id)
                continue
            }
            var rest = part.text[...]
            if rest.hasPrefix(">>"), let end = rest.range(of: "<<") {
                ids.append(vocabulary.id(of: String(rest[..<end.upperBound])) ?? unknownID)
                rest = rest[end.upperBound...]
            }
            for piece in try model.encode(String(rest), addsSpecialTokens: false).tokens {
                ids.append(vocabulary.id(of: piece) ?? unknownID)
            }
        }
        return ids + [endID]
    }

    /// A text cut at the special tokens in it, the longest where there are several.
    private func parts(of text: String) -> [(text: String, id: Int32?)] {
        let tokens = special.map { (Array($0.token.utf8), $0.id) }.sorted { $0.0.count > $1.0.count }
        let bytes = Array(text.utf8)
        var parts: [(text: String, id: Int32?)] = []
        var (start, offset) = (0, 0)
        func flush() {
            if offset > start { parts.append((String(decoding: bytes[start..<offset], as: UTF8.self), nil)) }
        }
        while offset < bytes.count {
            guard let (token, id) = tokens.first(where: { bytes[offset...].starts(with: $0.0) }) else {
                offset += 1
                continue
            }
            flush()
            parts.append((String(decoding: token, as: UTF8.self), id))
            offset += token.count
            start = offset
        }
        flush()
        return parts
    }

    /// The text of `ids` of the target language; ids that no token has are left out.
    ///
    /// - Parameter skipsSpecialTokens: whether special tokens are left out.
    public func decode(_ ids: [Int32], skipsSpecialTokens: Bool = true) -> String {
        var text = ""
        var pieces: [Int32] = []
        func flush() {
            text += join(pieces.compactMap { targetIDs.bytes(of: $0) }.map { String(decoding: $0, as: UTF8.self) })
            pieces = []
        }
        for id in ids {
            guard let token = special.first(where: { $0.id == id })?.token else {
                pieces.append(id)
                continue
            }
            guard !skipsSpecialTokens else { continue }
            flush()
            text += token + " "
        }
        flush()
        let scalars = text.unicodeScalars.map { $0 == "\u{2581}" ? " " : $0 }
        let isSpace: (Unicode.Scalar) -> Bool = { UnicodeTables.shared[$0.value].contains(.whiteSpace) }
        let trimmed = scalars.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        return String(String.UnicodeScalarView(trimmed))
    }

    /// The text that pieces spell, without its first space. As in `transformers`, models of one vocabulary join the pieces of either
    /// language by the source language's model: what that does not know stays as it is.
    private func join(_ pieces: [String]) -> String {
        let model = hasOneVocabulary ? source : target
        var text = ""
        for piece in pieces {
            guard model.id(of: piece) != nil else {
                text += piece
                continue
            }
            text += text.isEmpty && piece.hasPrefix("\u{2581}") ? String(piece.unicodeScalars.dropFirst()) : piece
        }
        return text
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? {
        let (bytes, wanted) = (utf8, Array(text.utf8))
        var start = bytes.startIndex
        while start < bytes.endIndex {
            if bytes[start...].starts(with: wanted) { return start..<bytes.index(start, offsetBy: wanted.count) }
            start = bytes.index(after: start)
        }
        return nil
    }
}
