/// A cell of a table: bytes between separators, or between quotation marks.
struct TableCell {
    let bytes: UnsafeRawBufferPointer
    /// Two quotation marks in it stand for one.
    var hasDoubledMarks = false

    var text: String {
        guard hasDoubledMarks else { return bytes.text }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var isSecond = false
        for byte in bytes {
            isSecond = byte == TableRows.mark && !isSecond
            if !isSecond || byte != TableRows.mark { result.append(byte) }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// The rows of a table, one after the other: cells divided by a separator, and where `isQuoted` those that begin with a quotation
/// mark quoted as RFC 4180 has it, line breaks within included.
///
/// Blank lines are no rows. What RFC 4180 does not allow is refused: a quotation mark within a cell that does not begin with one,
/// anything but a separator after the closing one, a quoted cell that never ends. The next row then begins at the next line.
struct TableRows {
    fileprivate static let mark = UInt8(ascii: "\"")
    private let bytes: UnsafeRawBufferPointer
    private let separator: UInt8
    private let isQuoted: Bool
    private var offset = 0
    private var nextLine = 1
    /// The line on which the row begins that `next` gave or refused last.
    private(set) var line = 0

    init(_ bytes: UnsafeRawBufferPointer, separator: UInt8, isQuoted: Bool) {
        (self.bytes, self.separator, self.isQuoted) = (bytes, separator, isQuoted)
    }

    /// Puts the cells of the next row into `cells`; false at the end of the file.
    mutating func next(into cells: inout [TableCell]) throws -> Bool {
        cells.removeAll(keepingCapacity: true)
        while offset < bytes.count, let length = lineEnd(at: offset) {
            offset += length
            nextLine += 1
        }
        line = nextLine
        guard offset < bytes.count else { return false }
        while true {
            let isMarked = isQuoted && offset < bytes.count && bytes[offset] == Self.mark
            cells.append(try isMarked ? quotedCell() : plainCell())
            if offset < bytes.count, bytes[offset] == separator {
                offset += 1
                continue
            }
            offset += lineEnd(at: offset) ?? 0
            nextLine += 1
            return true
        }
    }

    /// The length of the line end at a place, nil where the line goes on; 0 at the end of the file.
    private func lineEnd(at offset: Int) -> Int? {
        guard offset < bytes.count else { return 0 }
        if bytes[offset] == UInt8(ascii: "\n") { return 1 }
        guard bytes[offset] == UInt8(ascii: "\r") else { return nil }
        if offset + 1 == bytes.count { return 1 }
        return bytes[offset + 1] == UInt8(ascii: "\n") ? 2 : nil
    }

    private mutating func plainCell() throws -> TableCell {
        let start = offset
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == separator || byte == UInt8(ascii: "\n") { break }
            if byte == UInt8(ascii: "\r"), lineEnd(at: offset) != nil { break }
            if isQuoted, byte == Self.mark {
                skipLine()
                throw RowRefusal(
                    "a quotation mark within a cell that does not begin with one; quote the cell and double the mark")
            }
            offset += 1
        }
        return TableCell(bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<offset]))
    }

    private mutating func quotedCell() throws -> TableCell {
        let start = offset + 1, firstLine = nextLine
        var hasDoubledMarks = false
        offset = start
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if byte == UInt8(ascii: "\n") { nextLine += 1 }
            guard byte == Self.mark else { continue }
            if offset < bytes.count, bytes[offset] == Self.mark {
                hasDoubledMarks = true
                offset += 1
                continue
            }
            guard lineEnd(at: offset) != nil || bytes[offset] == separator else {
                let refusal = RowRefusal(
                    "a separator was expected after the quotation mark that ends a cell; double marks within cells",
                    line: nextLine)
                skipLine()
                throw refusal
            }
            return TableCell(
                bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<offset - 1]), hasDoubledMarks: hasDoubledMarks)
        }
        (offset, nextLine) = (start, firstLine)
        skipLine()
        throw RowRefusal("a quoted cell begins here and does not end", line: firstLine)
    }

    private mutating func skipLine() {
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") { offset += 1 }
        offset += 1
        nextLine += 1
    }
}
