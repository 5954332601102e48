import SequiturFiles

/// A file of examples in memory: UTF-8, without the byte order mark that it may begin with.
struct ExampleText {
    let path: String
    let bytes: UnsafeRawBufferPointer

    /// Maps a file for as long as `body` runs.
    ///
    /// - Throws: `FileError`; `DatasetError` for a file that is empty or not UTF-8; what `body` throws.
    static func read<Result>(_ path: String, _ body: (ExampleText) throws -> Result) throws -> Result {
        try MappedFile(path: path).withBytes { bytes in
            if let offset = bytes.firstInvalidUTF8Offset {
                let isUTF16 = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
                throw DatasetError.notUTF8(path: path, byteOffset: offset, isUTF16: isUTF16)
            }
            let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
            let text = UnsafeRawBufferPointer(rebasing: bytes[(hasMark ? 3 : 0)...])
            guard !text.isBlank else { throw DatasetError.emptyFile(path: path) }
            return try body(ExampleText(path: path, bytes: text))
        }
    }

    var lines: ExampleLines { ExampleLines(bytes) }

    /// The line of a byte, from 1.
    func line(of offset: Int) -> Int {
        var line = 1
        for byte in bytes[..<min(offset, bytes.count)] where byte == UInt8(ascii: "\n") { line += 1 }
        return line
    }
}

/// The lines of a text: what stands between line feeds, without a carriage return at its end.
///
/// No other character ends a line; U+0085 and U+2028 are part of many texts.
struct ExampleLines: Sequence, IteratorProtocol {
    private let bytes: UnsafeRawBufferPointer
    /// Where the next line begins.
    private(set) var offset = 0
    /// The number of the line that `next` gave last, from 1.
    private(set) var number = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() -> UnsafeRawBufferPointer? {
        guard offset < bytes.count else { return nil }
        let start = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") { offset += 1 }
        var end = offset
        offset += 1
        number += 1
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }
}

extension UInt8 {
    var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
    var isSpace: Bool { isBlank || self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r") }
}

extension UnsafeRawBufferPointer {
    /// Whether there is nothing but spaces, tabs and line ends.
    var isBlank: Bool { allSatisfy(\.isSpace) }

    var text: String { String(decoding: self, as: UTF8.self) }

    /// Without spaces, tabs and line ends at both ends.
    var trimmed: UnsafeRawBufferPointer {
        var start = 0, end = count
        while start < end, self[start].isSpace { start += 1 }
        while end > start, self[end - 1].isSpace { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[start..<end])
    }

    /// Puts the fields into `fields`: at every `separator`, or at runs of spaces and tabs where it is nil.
    func split(at separator: UInt8?, into fields: inout [UnsafeRawBufferPointer]) {
        fields.removeAll(keepingCapacity: true)
        var start = 0
        for position in 0...count {
            guard position == count || (separator.map { self[position] == $0 } ?? self[position].isBlank) else { continue }
            if separator != nil || position > start { fields.append(UnsafeRawBufferPointer(rebasing: self[start..<position])) }
            start = position + 1
        }
    }

    /// The words between runs of spaces and tabs.
    var words: [String] {
        var fields: [UnsafeRawBufferPointer] = []
        split(at: nil, into: &fields)
        return fields.map(\.text)
    }

    func hasSameBytes(as text: StaticString) -> Bool {
        elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

/// Gathers the examples of one file.
struct ExampleCollector<Example: Sendable> {
    private(set) var file: ExampleFile<Example>
    private let skipsBadRows: Bool

    init(_ path: String, _ options: ExampleReadingOptions) {
        file = ExampleFile(path: path)
        skipsBadRows = options.skipsBadRows
    }

    mutating func add(_ example: Example) { file.examples.append(example) }

    mutating func note(_ note: String) { file.notes.append(note) }

    /// Leaves a row out, or ends the reading.
    mutating func refuse(line: Int, _ reason: String) throws {
        let row = BadRow(path: file.path, line: line, reason: reason)
        guard skipsBadRows else { throw row }
        file.badRows.append(row)
    }

    /// Adds what `make` makes of a row, or refuses the row with the reason that it throws.
    mutating func add(line: Int, _ make: () throws -> Example) throws {
        do {
            file.examples.append(try make())
        } catch let refusal as RowRefusal {
            try refuse(line: refusal.line ?? line, refusal.reason)
        }
    }

    /// - Throws: `BadRow`, the first, where no row is left; `DatasetError` where there was none.
    consuming func finished() throws -> ExampleFile<Example> {
        guard file.examples.isEmpty else { return file }
        throw file.badRows.first as (any Error)? ?? DatasetError.emptyFile(path: file.path)
    }
}

/// Why no example can be made of a row.
struct RowRefusal: Error, CustomStringConvertible {
    let reason: String
    /// Where that is another one than the row's first.
    var line: Int?

    var description: String { reason }

    init(_ reason: String, line: Int? = nil) { (self.reason, self.line) = (reason, line) }
}

extension Int {
    /// `1 column`, `2 columns`.
    func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
