/// One token for every Unicode scalar of the text.
///
/// Scalars, not grapheme clusters: the vocabulary stays small, a combining mark is a token of its own, and so are the two
/// halves of a Windows line break. Nothing is normalised, hence `decode(encode(text)) == text` to the byte. The trainer
/// sorts the vocabulary by scalar value, after `<unk>` where there is one.
///
/// A vocabulary has `<unk>` if it was asked for, or if the training options left characters out. Otherwise a character
/// that is not in the vocabulary is `TokenizerError.unknownCharacter` with the character and its place.
public struct CharacterTokenizer: Tokenizer, Equatable {
    static let unknownToken = "<unk>"

    public let vocabulary: Vocabulary
    private let ids: ScalarMap

    /// - Parameter vocabulary: tokens of one Unicode scalar each, but for the unknown token.
    /// - Throws: `TokenizerError.malformedFile` for any other token.
    public init(_ vocabulary: Vocabulary) throws {
        var ids = ScalarMap()
        for (id, token) in vocabulary.tokens.enumerated() where Int32(id) != vocabulary.unknown {
            guard let scalar = token.unicodeScalars.first, token.unicodeScalars.count == 1 else {
                throw TokenizerError.malformedFile(
                    reason: "token '\(token.printable(limit: 40))' of a character tokenizer is not one character")
            }
            ids[scalar.value] = Int32(id)
        }
        self.vocabulary = vocabulary
        self.ids = ids
    }

    public let kind = TokenizerKind.character
    public var kindName: String { kind.rawValue }

    public func makeEncoder() -> any TokenEncoder {
        CharacterEncoder(sink: CharacterEncoder.Sink(map: ids, unknown: unknown))
    }

    public func makeDecoder() -> any TokenDecoder { CharacterDecoder(vocabulary: vocabulary) }
}

private struct CharacterEncoder: TokenEncoder {
    struct Sink: ScalarSink {
        let map: ScalarMap
        let unknown: Int32?
        var ids: [Int32] = []

        mutating func scalar(_ value: UInt32, at offset: Int) throws {
            let id = map[value]
            if id >= 0 {
                ids.append(id)
            } else if let unknown {
                ids.append(unknown)
            } else {
                throw TokenizerError.unknownCharacter(value, byteOffset: offset)
            }
        }
    }

    var sink: Sink
    private var pending = PendingBytes()

    init(sink: Sink) { self.sink = sink }

    mutating func append(_ bytes: UnsafeRawBufferPointer, into ids: inout [Int32]) throws {
        swap(&ids, &sink.ids)
        defer { swap(&ids, &sink.ids) }
        try pending.feedScalars(bytes, into: &sink)
    }

    mutating func finish(_ ending: TextEnding, into ids: inout [Int32]) throws { try pending.finishScalars() }
}

private struct CharacterDecoder: TokenDecoder {
    let vocabulary: Vocabulary

    mutating func append(_ id: Int32) throws -> String {
        guard let token = vocabulary.token(for: id) else {
            throw TokenizerError.idOutOfRange(id, vocabularySize: vocabulary.count)
        }
        return token
    }

    mutating func finish() -> String { "" }
}
