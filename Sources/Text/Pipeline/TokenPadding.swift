import SequiturFiles

/// How encodings are brought to the same length.
public struct TokenPadding: Sendable, Equatable {
    public var id: Int32
    public var typeID: Int32
    public var token: String
    /// The length to pad to; nil: that of the longest of a batch.
    public var length: Int?
    /// Rounds the length up.
    public var multiple: Int?
    /// Whether padding goes before the tokens.
    public var isLeft: Bool

    /// The most that a file may ask for.
    private static let lengthLimit = 1 << 20

    public init(
        id: Int32 = 0, typeID: Int32 = 0, token: String = "[PAD]", length: Int? = nil, multiple: Int? = nil,
        isLeft: Bool = false
    ) {
        self.id = id
        self.typeID = typeID
        self.token = token
        self.length = length
        self.multiple = multiple
        self.isLeft = isLeft
    }

    init(_ reader: ComponentReader) throws {
        let strategy = reader.member("strategy")
        if strategy.value.string == "BatchLongest" {
            length = nil
        } else if let fixed = strategy.optional("Fixed") {
            length = try fixed.integer(0...Self.lengthLimit)
        } else {
            throw strategy.error(expected: #""BatchLongest" or {"Fixed": length}"#)
        }
        isLeft = try reader.member("direction").choice(["Left": true, "Right": false])
        multiple = try reader.optional("pad_to_multiple_of")?.integer(0...Self.lengthLimit)
        id = try reader.member("pad_id").id()
        typeID = try reader.member("pad_type_id").id()
        token = try reader.member("pad_token").string()
    }

    /// As tokenizer.json has it.
    var json: JSONValue {
        [
            "strategy": length.map { ["Fixed": .integer(Int64($0))] } ?? "BatchLongest",
            "direction": isLeft ? "Left" : "Right", "pad_to_multiple_of": multiple.map { .integer(Int64($0)) } ?? nil,
            "pad_id": .integer(Int64(id)), "pad_type_id": .integer(Int64(typeID)), "pad_token": .string(token),
        ]
    }

    /// - Throws: `EncodingError.tooManyWindows`.
    func apply(to encodings: inout [Encoding]) throws {
        var length = length ?? encodings.map(\.count).max() ?? 0
        if let multiple, multiple > 0, length % multiple > 0 { length += multiple - length % multiple }
        for index in encodings.indices { try encodings[index].pad(to: length, with: self) }
    }
}
