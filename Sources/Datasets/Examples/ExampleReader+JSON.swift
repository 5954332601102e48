import SequiturFiles

extension ExampleReader {
    /// JSON lines, or one JSON text.
    func records<Example>(
        _ place: ExamplePlace, _ format: ExampleFormat, _ make: (_ record: JSONValue, _ line: Int) throws -> Example
    ) throws -> ExampleFile<Example> {
        try ExampleText.read(place.path) { text in
            var collector = ExampleCollector<Example>(text.path, options)
            if format == .jsonl {
                var lines = text.lines
                while let line = lines.next() {
                    if line.isBlank { continue }
                    let number = lines.number
                    try collector.add(line: number) {
                        do { return try make(try JSONValue.parse(line), number) } catch let error as JSONError {
                            throw RowRefusal("not valid JSON: \(error) of the line")
                        }
                    }
                }
            } else {
                let document = try JSONDocument(text)
                for (record, line) in try document.records(split: place.split, path: place.path) {
                    try collector.add(line: line) { try make(record, line) }
                }
            }
            return try collector.finished()
        }
    }
}

/// One JSON text and the lines on which the elements of its arrays begin.
struct JSONDocument {
    let value: JSONValue
    private let bytes: UnsafeRawBufferPointer

    /// - Throws: `BadRow` with the line on which the text stops to be JSON.
    init(_ text: ExampleText) throws {
        bytes = text.bytes
        do { value = try JSONValue.parse(text.bytes) } catch {
            throw BadRow(path: text.path, line: text.line(of: error.offset), reason: "not valid JSON: \(error)")
        }
    }

    /// The elements of the text's array, or of that array of its object that `split` names, with their lines.
    func records(split: String?, path: String) throws -> Zip2Sequence<[JSONValue], [Int]> {
        let name = "the split of '\(path.printable(limit: 1024))'"
        if let records = value.array {
            if let split {
                throw DatasetError.invalidSetting(
                    name: name, value: "'\(split.printable())'", allowed: "left out: the file is one list")
            }
            return zip(records, elementLines(ofMember: nil))
        }
        let splits = (value.members ?? []).enumerated().filter { $0.element.value.array != nil }
        let names = splits.map { $0.element.key.printable() }.joined(separator: ", ")
        let chosen = splits.first { split == nil ? splits.count == 1 : $0.element.key == split }
        guard let chosen, let records = chosen.element.value.array else {
            guard !splits.isEmpty else {
                throw BadRow(
                    path: path, line: 1, reason: "an array, or an object of arrays, was expected, but here is \(value.kind)")
            }
            throw DatasetError.invalidSetting(
                name: name, value: split.map { "'\($0.printable())'" } ?? "not named",
                allowed: "one of \(names): write FILE#NAME")
        }
        return zip(records, elementLines(ofMember: chosen.offset))
    }

    /// The lines on which the elements begin: of the array that the text is, or of the one that is the value of a member.
    ///
    /// The text is known to be JSON, so brackets outside of strings are all there is to see.
    func elementLines(ofMember member: Int?) -> [Int] {
        let elementDepth = member == nil ? 1 : 2
        var result: [Int] = []
        var line = 1, depth = 0, membersSeen = 0, isElementDue = false, isString = false, isEscaped = false
        for byte in bytes {
            if byte == UInt8(ascii: "\n") { line += 1 }
            if isString {
                if !isEscaped, byte == UInt8(ascii: "\"") { isString = false }
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            if byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { continue }
            if isElementDue, byte != UInt8(ascii: "]") { result.append(line) }
            isElementDue = false
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                isElementDue = depth == elementDepth && byte == UInt8(ascii: "[") && (member == nil || membersSeen == member)
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ","):
                if depth == elementDepth { isElementDue = member == nil || membersSeen == member }
                if depth == 1 { membersSeen += 1 }
            default: break
            }
        }
        return result
    }
}
