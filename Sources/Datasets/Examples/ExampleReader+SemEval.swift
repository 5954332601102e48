import SequiturFiles

extension ExampleReader {
    /// The records of SemEval-2010 task 8 (Hendrickx et al. 2010): a line with number and quoted sentence, one with the relation,
    /// which test files may leave out, and a comment.
    func semEval(_ text: ExampleText) throws -> ExampleFile<RelationExample> {
        var collector = ExampleCollector<RelationExample>(text.path, options)
        var pending: (sentence: UnsafeRawBufferPointer, line: Int)?
        var relation: String?

        func finishRecord() throws {
            guard let record = pending else { return }
            let found = relation
            (pending, relation) = (nil, nil)
            try collector.add(line: record.line) {
                let marked = try MarkedSentence(record.sentence)
                return RelationExample(
                    text: marked.text, first: marked.first, second: marked.second, relation: found, line: record.line)
            }
        }

        var lines = text.lines
        while let line = lines.next() {
            if line.isBlank {
                try finishRecord()
            } else if let sentence = Self.numberedSentence(line) {
                try finishRecord()
                pending = (sentence, lines.number)
            } else if line.starts(with: "Comment".utf8) {
                continue
            } else if pending == nil || relation != nil {
                try collector.refuse(
                    line: lines.number,
                    "a number, a tab and a sentence were expected, but here is '\(line.text.printable(limit: 40))'")
            } else {
                relation = line.trimmed.text
            }
        }
        try finishRecord()
        return try collector.finished()
    }

    /// What stands behind a number and a tab.
    private static func numberedSentence(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let digits = line.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, digits.endIndex < line.count, line[digits.endIndex] == UInt8(ascii: "\t") else { return nil }
        return UnsafeRawBufferPointer(rebasing: line[(digits.endIndex + 1)...])
    }
}

/// A sentence with `<e1>` … `</e1>` and `<e2>` … `</e2>`.
private struct MarkedSentence {
    let text: String
    let first, second: Range<Int>

    init(_ line: UnsafeRawBufferPointer) throws {
        var rest = line.trimmed
        if rest.count > 1, rest.first == UInt8(ascii: "\""), rest.last == UInt8(ascii: "\"") {
            rest = UnsafeRawBufferPointer(rebasing: rest[1..<rest.count - 1])
        }
        let marks: [StaticString] = ["<e1>", "</e1>", "<e2>", "</e2>"]
        // The place of each mark in the text without marks, in bytes.
        var places: [Int?] = [nil, nil, nil, nil]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(rest.count)
        var offset = 0
        next: while offset < rest.count {
            if rest[offset] == UInt8(ascii: "<") {
                for (index, mark) in marks.enumerated() {
                    let mark = UnsafeBufferPointer(start: mark.utf8Start, count: mark.utf8CodeUnitCount)
                    guard rest[offset...].starts(with: mark) else { continue }
                    guard places[index] == nil else {
                        throw RowRefusal("the mark \(marks[index]) stands twice in the sentence")
                    }
                    places[index] = bytes.count
                    offset += mark.count
                    continue next
                }
            }
            bytes.append(rest[offset])
            offset += 1
        }
        func range(_ index: Int) throws -> Range<Int> {
            guard let start = places[index], let end = places[index + 1], start < end else {
                throw RowRefusal("an entity between \(marks[index]) and \(marks[index + 1]) was expected in the sentence")
            }
            return start..<end
        }
        let inBytes = [try range(0), try range(2)]
        guard !inBytes[0].overlaps(inBytes[1]) else { throw RowRefusal("the entities <e1> and <e2> overlap") }
        func codePoints(_ end: Int) -> Int { bytes[..<end].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }
        text = String(decoding: bytes, as: UTF8.self)
        first = codePoints(inBytes[0].lowerBound)..<codePoints(inBytes[0].upperBound)
        second = codePoints(inBytes[1].lowerBound)..<codePoints(inBytes[1].upperBound)
    }
}

extension RelationExample {
    /// A sentence whose entities stand between `<e1>` and `</e1>`, `<e2>` and `</e2>`.
    ///
    /// - Throws: one line where they do not.
    public init(marked text: String) throws {
        let sentence = try Array(text.utf8).withUnsafeBytes { try MarkedSentence($0) }
        self.init(text: sentence.text, first: sentence.first, second: sentence.second, relation: nil)
    }
}
