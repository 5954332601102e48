import SequiturFiles

/// The tokens of a model, found by their bytes and by their ids, which need not be without gaps.
struct TokenVocabulary: Sendable {
    private var table = ByteStringTable()
    /// The ids of the table's entries.
    private var ids: [Int32] = []
    /// The entry of each id, −1 where there is none.
    private var entries: [Int32] = []

    var count: Int { ids.count }
    /// One more than the largest id.
    var idLimit: Int { entries.count }

    init() {}

    /// Reads an object from token to id.
    init(_ reader: ComponentReader) throws {
        let members = try reader.object()
        // Ids far beyond the number of tokens would cost memory without use.
        let limit = members.count * 4 + 65_536
        for member in members {
            guard let id = member.value.int, 0..<limit ~= id else {
                throw TokenizerFormatError(
                    key: "\(reader.key)['\(member.key.printable(limit: 40))']",
                    expected: "a whole number from 0 to \(limit - 1)", found: member.value.serialized())
            }
            guard insert(member.key, id: Int32(id)) else {
                throw TokenizerFormatError(
                    key: "\(reader.key)['\(member.key.printable(limit: 40))']", expected: "an id that no other token has",
                    found: String(id))
            }
        }
    }

    /// Adds a token; false where its id is taken.
    mutating func insert(_ token: String, id: Int32) -> Bool { insert(Array(token.utf8), id: id) }

    /// Adds a token of any bytes; false where its id is taken.
    mutating func insert(_ token: [UInt8], id: Int32) -> Bool {
        let (entry, isNew) = token.withUnsafeBytes { table.insert($0) }
        guard isNew else { return false }
        ids.append(id)
        while entries.count <= Int(id) { entries.append(-1) }
        guard entries[Int(id)] < 0 else { return false }
        entries[Int(id)] = Int32(entry)
        return true
    }

    /// Adds the token of the next id; one that is there already keeps the later id for its text, as `tokenizers` has it.
    mutating func appendNext(_ token: String) {
        let (entry, isNew) = table.insert(token)
        let id = Int32(entries.count)
        if isNew { ids.append(id) } else { ids[entry] = id }
        entries.append(Int32(entry))
    }

    @inline(__always)
    func id(of bytes: UnsafeBufferPointer<UInt8>) -> Int32? { table.index(of: UnsafeRawBufferPointer(bytes)).map { ids[$0] } }

    func id(of token: String) -> Int32? { table.index(of: token).map { ids[$0] } }

    func id(of bytes: [UInt8]) -> Int32? { bytes.withUnsafeBytes { table.index(of: $0) }.map { ids[$0] } }

    func bytes(of id: Int32) -> ArraySlice<UInt8>? {
        guard id >= 0, id < entries.count, entries[Int(id)] >= 0 else { return nil }
        return table.bytes(at: Int(entries[Int(id)]))
    }

    /// All tokens with their ids, in the order of the file.
    func forEach(_ body: (_ bytes: ArraySlice<UInt8>, _ id: Int32) throws -> Void) rethrows {
        for (entry, id) in ids.enumerated() { try body(table.bytes(at: entry), id) }
    }

    /// The ids of the tokens `<0x00>` … `<0xFF>`, −1 where one is missing.
    func byteTokens() -> [Int32] {
        let digits = Array("0123456789ABCDEF".utf8)
        return (0..<256).map { byte in
            let token: [UInt8] = [0x3C, 0x30, 0x78, digits[byte >> 4], digits[byte & 15], 0x3E]
            return id(of: token) ?? -1
        }
    }
}
