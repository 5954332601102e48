import SequiturFiles

#if _endian(big)
    #error(
        "safetensors files hold little-endian numbers, which this code hands on as they are: a big-endian host needs them swapped"
    )
#endif

/// The header of a safetensors file, read and checked.
///
/// A file is: the header's length N as 8 little-endian bytes; N bytes of JSON, `{name: {dtype, shape, data_offsets}}`
/// and `__metadata__` from string to string, which spaces may follow; the tensors' bytes without holes or overlap up to
/// the end of the file. Source: the format's description and reference implementation, github.com/safetensors/safetensors.
package struct SafetensorsHeader: Sendable {
    /// The longest header, in bytes, that the format allows.
    package static let limit = 100_000_000
    static let metadataKey = "__metadata__"

    package let metadata: [String: String]
    /// The tensors in the order of their data.
    package let entries: [SafetensorsEntry]

    /// Checks everything that the header and the file's length can tell. Allocates in proportion to the header, whatever
    /// sizes it announces, and touches none of the tensors' bytes.
    package init(_ file: UnsafeRawBufferPointer) throws(SafetensorsError.Problem) {
        let header = try Self.frame(file)
        let members = try Self.members(header)
        var metadata: [String: String] = [:]
        var entries: [SafetensorsEntry] = []
        entries.reserveCapacity(members.count)
        for member in members {
            if member.key == Self.metadataKey {
                metadata = try Self.metadata(member.value)
            } else {
                entries.append(try Self.entry(member, dataStart: 8 + header.count))
            }
        }
        entries.sort { ($0.byteRange.lowerBound, $0.byteRange.upperBound) < ($1.byteRange.lowerBound, $1.byteRange.upperBound) }
        try Self.checkLayout(entries, data: 8 + header.count..<file.count)
        try Self.checkNames(entries)
        self.metadata = metadata
        self.entries = entries
    }

    /// The header's bytes.
    private static func frame(_ file: UnsafeRawBufferPointer) throws(SafetensorsError.Problem) -> UnsafeRawBufferPointer {
        guard file.count >= 8 else { throw .fileTooShort(count: file.count) }
        let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        guard length <= limit else {
            if let lookalike = SafetensorsLookalike(file) { throw .otherFormat(lookalike) }
            throw .headerTooLarge(length: length)
        }
        guard length <= file.count - 8 else { throw .headerBeyondFile(length: Int(length), fileSize: file.count) }
        let header = UnsafeRawBufferPointer(rebasing: file[8..<8 + Int(length)])
        guard let first = header.first else { throw .headerEmpty }
        guard first == UInt8(ascii: "{") else { throw .headerStart(byte: first) }
        return header
    }

    private static func members(_ header: UnsafeRawBufferPointer) throws(SafetensorsError.Problem) -> [JSONValue.Member] {
        let value: JSONValue
        do {
            // An entry is an object that holds arrays of numbers. One value for four bytes is more than any real header
            // has, and bounds the memory that a hostile one can take.
            value = try JSONValue.parse(header, limits: JSONLimits(depth: 3, values: 1024 + header.count / 4))
        } catch {
            switch error.problem {
            case .invalidUTF8: throw .headerNotUTF8(offset: error.offset)
            case .duplicateKey(let key): throw .duplicateKey(key, offset: error.offset)
            default: throw .headerNotJSON(error)
            }
        }
        if let end = header.lastIndex(where: { $0 != UInt8(ascii: " ") }), header[end] != UInt8(ascii: "}") {
            throw .headerPadding(offset: end)
        }
        return value.members ?? []
    }

    private static func metadata(_ value: JSONValue) throws(SafetensorsError.Problem) -> [String: String] {
        guard let members = value.members else { throw .metadataNotText(key: nil) }
        var metadata: [String: String] = [:]
        for member in members {
            guard let text = member.value.string else { throw .metadataNotText(key: member.key) }
            guard metadata.updateValue(text, forKey: member.key) == nil else { throw .equivalentKeys(member.key) }
        }
        return metadata
    }

    private static func entry(_ member: JSONValue.Member, dataStart: Int) throws(SafetensorsError.Problem) -> SafetensorsEntry {
        let name = member.key
        guard let fields = member.value.members else { throw .entryNotObject(name: name, kind: member.value.kind) }
        for field in fields where !["dtype", "shape", "data_offsets"].contains(field.key) {
            throw .unknownField(name: name, field: field.key)
        }
        guard let dtypeValue = member.value["dtype"] else { throw .missingField(name: name, field: "dtype") }
        guard let shapeValue = member.value["shape"] else { throw .missingField(name: name, field: "shape") }
        guard let offsetsValue = member.value["data_offsets"] else { throw .missingField(name: name, field: "data_offsets") }
        guard let dtypeName = dtypeValue.string, let dtype = SafetensorsDType(rawValue: dtypeName) else {
            throw .unknownDType(name: name, dtype: dtypeValue.string ?? dtypeValue.serialized())
        }
        guard let shape = naturals(shapeValue) else { throw .invalidShape(name: name) }
        guard let offsets = naturals(offsetsValue), offsets.count == 2 else { throw .invalidOffsets(name: name) }
        let (begin, end) = (offsets[0], offsets[1])
        guard begin <= end else { throw .offsetsReversed(name: name, begin: begin, end: end) }
        let expected = try dtype.byteCount(shape: shape, name: name)
        guard end - begin == expected else { throw .sizeMismatch(name: name, expected: expected, found: end - begin) }
        guard end <= Int.max - dataStart else { throw .dataTruncated(expected: end, found: 0) }
        return SafetensorsEntry(name: name, dtype: dtype, shape: shape, byteRange: dataStart + begin..<dataStart + end)
    }

    private static func naturals(_ value: JSONValue) -> [Int]? {
        guard let values = value.array else { return nil }
        var numbers: [Int] = []
        numbers.reserveCapacity(values.count)
        for value in values {
            guard let number = value.int, number >= 0 else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// Checks that the tensors, sorted by their offsets, cover the file's data from the first byte to the last.
    private static func checkLayout(_ entries: [SafetensorsEntry], data: Range<Int>) throws(SafetensorsError.Problem) {
        var previousEnd = data.lowerBound
        for entry in entries {
            let begin = entry.byteRange.lowerBound
            if begin > previousEnd {
                throw .hole(name: entry.name, begin: begin - data.lowerBound, previousEnd: previousEnd - data.lowerBound)
            }
            if begin < previousEnd {
                throw .overlap(name: entry.name, begin: begin - data.lowerBound, previousEnd: previousEnd - data.lowerBound)
            }
            previousEnd = entry.byteRange.upperBound
        }
        let expected = previousEnd - data.lowerBound
        if expected > data.count { throw .dataTruncated(expected: expected, found: data.count) }
        if expected < data.count { throw .dataAfterTensors(expected: expected, found: data.count) }
    }

    /// Refuses names that differ in bytes but are equal to `String`, since no dictionary of Swift can hold both.
    private static func checkNames(_ entries: [SafetensorsEntry]) throws(SafetensorsError.Problem) {
        var names = Set<String>(minimumCapacity: entries.count)
        for entry in entries where !names.insert(entry.name).inserted { throw .equivalentKeys(entry.name) }
    }
}
