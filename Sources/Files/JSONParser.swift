/// What a JSON text may cost.
public struct JSONLimits: Sendable {
    /// How deep arrays and objects may nest; at most 512, since each level takes some of the thread's stack.
    public var depth: Int
    /// How many values, members of objects included, the whole text may hold.
    public var values: Int

    public init(depth: Int = 128, values: Int = .max) {
        self.depth = min(depth, 512)
        self.values = values
    }
}

extension JSONValue {
    /// Reads strict JSON (RFC 8259): UTF-8 without a byte order mark, one value, no key twice in an object, no lone
    /// surrogates, no numbers beyond the range of `Double`. Time and memory are linear in the text's length.
    ///
    /// - Throws: `JSONError` with the offset of the offending byte.
    public static func parse(_ bytes: UnsafeRawBufferPointer, limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw JSONError(.byteOrderMark, at: 0) }
        if let offset = bytes.firstInvalidUTF8Offset { throw JSONError(.invalidUTF8, at: offset) }
        var parser = JSONParser(bytes: bytes, limits: limits)
        return try parser.document()
    }

    public static func parse(_ text: String, limits: JSONLimits = JSONLimits()) throws -> JSONValue {
        var text = text
        return try text.withUTF8 { try parse(UnsafeRawBufferPointer($0), limits: limits) }
    }

    /// Reads a JSON file.
    ///
    /// - Throws: `FileError`, which for a malformed file says what is wrong at which byte.
    public static func parse(contentsOf path: String, limits: JSONLimits = JSONLimits()) throws -> JSONValue {
        let file = try MappedFile(path: path)
        do {
            return try file.withBytes { try parse($0, limits: limits) }
        } catch let error as JSONError {
            throw FileError(
                action: "read", path: path, reason: "not valid JSON: \(error)", advice: "mend the file or fetch it again")
        }
    }
}

/// A recursive-descent parser over bytes that are known to be UTF-8.
struct JSONParser {
    let bytes: UnsafeRawBufferPointer
    let limits: JSONLimits
    var offset = 0
    private var depth = 0
    private var values = 0

    init(bytes: UnsafeRawBufferPointer, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// The byte at `offset`, nil at the end.
    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func document() throws(JSONError) -> JSONValue {
        skipWhitespace()
        let value = try value()
        skipWhitespace()
        guard next == nil else { throw unexpected("the end of the text") }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        values += 1
        guard values <= limits.values else { throw JSONError(.tooManyValues(limit: limits.values), at: offset) }
        switch next {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw unexpected("a value")
        }
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        try descend()
        var elements: [JSONValue] = []
        if !skip(UInt8(ascii: "]")) {
            repeat {
                skipWhitespace()
                elements.append(try value())
                skipWhitespace()
            } while skip(UInt8(ascii: ","))
            guard skip(UInt8(ascii: "]")) else { throw unexpected("',' or ']'") }
        }
        depth -= 1
        return .array(elements)
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        try descend()
        var members: [JSONValue.Member] = []
        var keys = KeySet()
        if !skip(UInt8(ascii: "}")) {
            repeat {
                skipWhitespace()
                let start = offset
                guard next == UInt8(ascii: "\"") else { throw unexpected("a key in quotation marks") }
                let key = try string()
                guard keys.insert(key, members: members) else { throw JSONError(.duplicateKey(key), at: start) }
                skipWhitespace()
                guard skip(UInt8(ascii: ":")) else { throw unexpected("':'") }
                skipWhitespace()
                members.append(JSONValue.Member(key: key, value: try value()))
                skipWhitespace()
            } while skip(UInt8(ascii: ","))
            guard skip(UInt8(ascii: "}")) else { throw unexpected("',' or '}'") }
        }
        depth -= 1
        return .object(members)
    }

    /// Steps over an opening bracket and the white space after it.
    private mutating func descend() throws(JSONError) {
        depth += 1
        guard depth <= limits.depth else { throw JSONError(.tooDeep(limit: limits.depth), at: offset) }
        offset += 1
        skipWhitespace()
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for position in 0..<word.utf8CodeUnitCount {
            guard skip(word.utf8Start[position]) else { throw unexpected("'\(word)'") }
        }
        return value
    }

    private mutating func skipWhitespace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        offset += 1
        return true
    }

    func unexpected(_ expected: String) -> JSONError {
        if let byte = next {
            JSONError(.unexpectedByte(byte, expected: expected), at: offset)
        } else {
            JSONError(.unexpectedEnd(expected: expected), at: offset)
        }
    }
}

/// The keys of an object so far: few are compared one by one, many are hashed.
private struct KeySet {
    private struct Key: Hashable {
        let text: String

        static func == (left: Key, right: Key) -> Bool { left.text.hasSameBytes(as: right.text) }

        func hash(into hasher: inout Hasher) {
            var text = text
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    private var hashed: Set<Key> = []

    /// False where `key` is the key of one of `members` already.
    mutating func insert(_ key: String, members: [JSONValue.Member]) -> Bool {
        if members.count < 8 { return !members.contains { $0.key.hasSameBytes(as: key) } }
        if members.count == 8 { hashed = Set(members.map { Key(text: $0.key) }) }
        return hashed.insert(Key(text: key)).inserted
    }
}
