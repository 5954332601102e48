import SequiturFiles

/// What is wrong with a tokenizer's file: where, what was expected there, and what stands there instead.
public struct TokenizerFormatError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The path of keys in the document: `pre_tokenizer.pretokenizers[1].type`.
    public let key: String
    public let expected: String
    public let found: String

    public init(key: String, expected: String, found: String) {
        self.key = key
        self.expected = expected
        self.found = found
    }

    public var description: String {
        "\(key.printable(limit: 200)): expected \(expected), found \(found.printable(limit: 120))"
    }
}

/// One value of a tokenizer's file together with its place, read by what is expected there.
struct ComponentReader {
    let value: JSONValue
    let key: String

    init(_ value: JSONValue, key: String) {
        self.value = value
        self.key = key
    }

    func error(expected: String, found: String? = nil) -> TokenizerFormatError {
        TokenizerFormatError(key: key, expected: expected, found: found ?? value.brief)
    }

    /// The member `name`; null where there is none.
    func member(_ name: String) -> ComponentReader {
        ComponentReader(value[name] ?? .null, key: key.isEmpty ? name : "\(key).\(name)")
    }

    /// The member `name`, nil where it is absent or null.
    func optional(_ name: String) -> ComponentReader? {
        let member = member(name)
        return member.value.isNull ? nil : member
    }

    func object() throws -> [JSONValue.Member] {
        guard let members = value.members else { throw error(expected: "an object") }
        return members
    }

    func array() throws -> [ComponentReader] {
        guard let values = value.array else { throw error(expected: "an array") }
        return values.enumerated().map { ComponentReader($1, key: "\(key)[\($0)]") }
    }

    func string() throws -> String {
        guard let string = value.string else { throw error(expected: "a string") }
        return string
    }

    func bool() throws -> Bool {
        guard let bool = value.bool else { throw error(expected: "true or false") }
        return bool
    }

    func double() throws -> Double {
        guard let double = value.double else { throw error(expected: "a number") }
        return double
    }

    func integer(_ range: ClosedRange<Int>) throws -> Int {
        guard let integer = value.int, range.contains(integer) else {
            throw error(expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    /// A token's id.
    func id() throws -> Int32 { Int32(try integer(0...Int(Int32.max))) }

    /// A string of one Unicode code point.
    func scalar() throws -> UInt32 {
        let scalars = try string().unicodeScalars
        guard let first = scalars.first, scalars.count == 1 else { throw error(expected: "a string of one character") }
        return first.value
    }

    /// One of a few names.
    func choice<Choice>(_ choices: KeyValuePairs<String, Choice>) throws -> Choice {
        let name = value.string
        for choice in choices where choice.key == name { return choice.value }
        throw error(expected: "one of " + choices.map(\.key).joined(separator: ", "))
    }

    /// The name of a component; `kind` says of what, in messages.
    func type(_ kind: String) throws -> String {
        guard value.members != nil else { throw error(expected: "\(kind), an object") }
        return try member("type").string()
    }
}

extension JSONValue {
    /// This value, cut short for a message.
    fileprivate var brief: String {
        switch self {
        case .array(let values) where values.count > 8: "an array of \(values.count) values"
        case .object(let members) where members.count > 8: "an object of \(members.count) members"
        case .string(let text) where text.utf8.count > 200: "a string of \(text.utf8.count) bytes"
        case .null: "nothing"
        default: serialized()
        }
    }
}
