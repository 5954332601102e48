import SequiturFiles

/// The lines of ARPA text, split at the byte 0x0A, and their numbers.
struct NGramARPALines {
    private let bytes: UnsafeRawBufferPointer
    private let file: String
    private var offset = 0
    /// The number of the line last read, from 1 up.
    private(set) var number = 0

    init(_ bytes: UnsafeRawBufferPointer, file: String) {
        self.bytes = bytes
        self.file = file
    }

    var byteCount: Int { bytes.count }

    /// The next line without its end, be that "\n" or "\r\n", or nil after the last.
    mutating func next() -> UnsafeRawBufferPointer? {
        guard offset < bytes.count else { return nil }
        let rest = bytes[offset...]
        let end = rest.firstIndex(of: 0x0A) ?? bytes.count
        var line = bytes[offset..<end]
        if line.last == 0x0D { line.removeLast() }
        offset = end + 1
        number += 1
        return UnsafeRawBufferPointer(rebasing: line)
    }

    mutating func nextNonempty() -> UnsafeRawBufferPointer? {
        while let line = next() {
            if !line.isEmpty { return line }
        }
        return nil
    }

    /// The number of the line that holds the byte at `offset`.
    func number(atByte offset: Int) -> Int { 1 + bytes[..<offset].count { $0 == 0x0A } }

    /// An error at `line`, or at the line last read.
    func malformed(_ reason: String, line: Int? = nil) -> NGramError {
        .malformedARPA(file: file, line: line ?? number, reason: reason)
    }

    /// Puts what stands between the spaces and tabs of `line` into `fields`.
    static func split(_ line: UnsafeRawBufferPointer, into fields: inout [UnsafeRawBufferPointer]) {
        fields.removeAll(keepingCapacity: true)
        var start: Int?
        for (offset, byte) in line.enumerated() {
            if byte == 0x20 || byte == 0x09 {
                if let first = start { fields.append(UnsafeRawBufferPointer(rebasing: line[first..<offset])) }
                start = nil
            } else if start == nil {
                start = offset
            }
        }
        if let first = start { fields.append(UnsafeRawBufferPointer(rebasing: line[first...])) }
    }

    /// A piece of the text, fit for a message.
    static func shown(_ piece: UnsafeRawBufferPointer) -> String {
        String(decoding: piece, as: UTF8.self).printable(limit: 60)
    }
}
