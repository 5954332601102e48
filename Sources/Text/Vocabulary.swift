import SequiturFiles

/// A tokenizer's tokens, each with an id: 0, 1, 2 … without gaps.
///
/// Tokens are told apart by their bytes: `é` as one code point and as two are two tokens, although `==` calls the two
/// strings equal.
public struct Vocabulary: Sendable, Equatable {
    let table: ByteStringTable
    /// The id that stands for everything that is not in the vocabulary, if there is one.
    public let unknown: Int32?
    /// The id that ends a sentence, which for text in lines ends a line, if there is one.
    public let endOfSentence: Int32?

    /// - Parameters:
    ///   - tokens: the tokens in the order of their ids.
    ///   - unknown: which of them stands for everything else.
    ///   - endOfSentence: which of them ends a sentence.
    /// - Throws: `TokenizerError` for a token that stands there twice and a special token that is not there.
    public init(_ tokens: [String], unknown: String? = nil, endOfSentence: String? = nil) throws {
        var table = ByteStringTable()
        guard Int32(exactly: tokens.count) != nil else {
            throw TokenizerError.malformedFile(reason: "\(tokens.count) tokens, more than \(Int32.max)")
        }
        for token in tokens where !table.insert(token).isNew { throw TokenizerError.duplicateToken(token) }
        func special(_ token: String?) throws -> Int32? {
            guard let token else { return nil }
            guard let id = table.index(of: token) else { throw TokenizerError.missingSpecialToken(token) }
            return Int32(id)
        }
        self.unknown = try special(unknown)
        self.endOfSentence = try special(endOfSentence)
        self.table = table
    }

    public var count: Int { table.count }

    /// The tokens in the order of their ids.
    public var tokens: [String] { (0..<count).map(table.string(at:)) }

    /// The token of `id`, nil where there is none.
    public func token(for id: Int32) -> String? {
        id >= 0 && id < count ? table.string(at: Int(id)) : nil
    }

    /// The id of `token`, nil where there is none.
    public func id(of token: String) -> Int32? {
        table.index(of: token).map(Int32.init)
    }

    /// The ids that are not text: the unknown token and the end of a sentence.
    public var specialTokens: [Int32] { [unknown, endOfSentence].compactMap(\.self) }
}

extension Vocabulary {
    /// As tokenizer.json writes it: an object from token to id, in the order of the ids.
    var json: JSONValue {
        .object(tokens.enumerated().map { JSONValue.Member(key: $1, value: .integer(Int64($0))) })
    }

    /// Reads the tokens of an object from token to id.
    ///
    /// - Throws: `TokenizerError` unless the ids are 0, 1, 2 … without gaps and repetitions.
    static func tokens(of json: JSONValue?) throws -> [String] {
        guard let members = json?.members else { throw TokenizerError.malformedFile(reason: "model.vocab is not an object") }
        var tokens = [String?](repeating: nil, count: members.count)
        for member in members {
            guard let id = member.value.int, tokens.indices.contains(id) else {
                throw TokenizerError.malformedFile(
                    reason:
                        "the id of token '\(member.key.printable(limit: 40))' is not a whole number from 0 to \(members.count - 1)"
                )
            }
            if let other = tokens[id] {
                throw TokenizerError.malformedFile(
                    reason: "tokens '\(other.printable(limit: 40))' and '\(member.key.printable(limit: 40))' both have id \(id)")
            }
            tokens[id] = member.key
        }
        return tokens.compactMap(\.self)
    }
}
