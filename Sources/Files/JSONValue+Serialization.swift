extension JSONValue {
    /// This value as JSON text.
    ///
    /// Numbers are written in the shortest form that reads back the same; a number that is not finite, which JSON
    /// cannot express, is written as `null`.
    ///
    /// - Parameter pretty: one member or element a line, indented by two spaces, as Python's `json.dumps(indent=2)`.
    public func serialized(pretty: Bool = false) -> String {
        String(decoding: serializedBytes(pretty: pretty), as: UTF8.self)
    }

    /// This value as JSON text in UTF-8; see `serialized(pretty:)`.
    public func serializedBytes(pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter(isPretty: pretty)
        writer.append(self)
        return writer.bytes
    }

    /// Writes this value to a file of its own, pretty and with a line break at its end, through `AtomicFile`.
    public func write(to path: String, pretty: Bool = true) throws {
        try AtomicFile.write(serializedBytes(pretty: pretty) + [0x0A], to: path)
    }
}

private struct JSONWriter {
    let isPretty: Bool
    var bytes: [UInt8] = []
    private var depth = 0

    init(isPretty: Bool) { self.isPretty = isPretty }

    mutating func append(_ value: JSONValue) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        case .number(let value): append(value.isFinite ? value.description : "null")
        case .string(let text): appendQuoted(text)
        case .array(let elements):
            appendList("[", elements, "]") { writer, element in writer.append(element) }
        case .object(let members):
            appendList("{", members, "}") { writer, member in
                writer.appendQuoted(member.key)
                writer.append(writer.isPretty ? ": " : ":")
                writer.append(member.value)
            }
        }
    }

    private mutating func appendList<Element>(
        _ open: String, _ elements: [Element], _ close: String, _ appendElement: (inout JSONWriter, Element) -> Void
    ) {
        append(open)
        depth += 1
        for (position, element) in elements.enumerated() {
            if position > 0 { append(",") }
            breakLine()
            appendElement(&self, element)
        }
        depth -= 1
        if !elements.isEmpty { breakLine() }
        append(close)
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0A: append("\\n")
            case 0x0C: append("\\f")
            case 0x0D: append("\\r")
            case 0..<0x20: append("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))")
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
