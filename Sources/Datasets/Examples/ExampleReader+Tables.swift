import SequiturFiles

extension ExampleReader {
    func labels(of text: String) throws -> [String] { try LabelReading(options).labels(of: text) }

    /// TSV and CSV. All rows must have as many cells as the first.
    func table(_ text: ExampleText, isQuoted: Bool, isPair: Bool) throws -> ExampleFile<LabeledText> {
        let separator = try byte(of: options.separator ?? (isQuoted ? "," : "\t"))
        var collector = ExampleCollector<LabeledText>(text.path, options)
        var rows = TableRows(text.bytes, separator: separator, isQuoted: isQuoted)
        let labels = LabelReading(options)
        var cells: [TableCell] = []
        var columns: TableColumns?
        while true {
            do {
                guard try rows.next(into: &cells) else { break }
            } catch let refusal as RowRefusal {
                try collector.refuse(line: refusal.line ?? rows.line, refusal.reason)
                continue
            }
            if columns == nil {
                columns = try TableColumns(firstRow: cells.map(\.text), line: rows.line, path: text.path, options, isPair: isPair)
                columns?.notes.forEach { collector.note($0) }
                if columns?.hasHeader == true { continue }
            }
            guard let columns else { continue }
            let line = rows.line
            try collector.add(line: line) { try columns.example(cells, labels, line: line) }
        }
        return try collector.finished()
    }

    /// Lines that begin or end with their label.
    func labeledLines(_ text: ExampleText, isLabelFirst: Bool) throws -> ExampleFile<LabeledText> {
        let character = options.separator ?? (isLabelFirst ? " " : "@")
        let separator = try byte(of: character)
        var collector = ExampleCollector<LabeledText>(text.path, options)
        var lines = text.lines
        while let line = lines.next() {
            if line.isBlank { continue }
            let number = lines.number
            try collector.add(line: number) {
                guard let place = isLabelFirst ? line.firstIndex(of: separator) : line.lastIndex(of: separator) else {
                    throw RowRefusal(
                        "'\(character)' was expected between \(isLabelFirst ? "label and text" : "text and label"), "
                            + "but the line has none")
                }
                let before = UnsafeRawBufferPointer(rebasing: line[..<place])
                let after = UnsafeRawBufferPointer(rebasing: line[(place + 1)...])
                let text = (isLabelFirst ? after : before).trimmed
                guard !text.isEmpty else { throw RowRefusal("the text is empty") }
                return LabeledText(
                    text: text.text, labels: try labels(of: (isLabelFirst ? before : after).text), line: number)
            }
        }
        return try collector.finished()
    }

    func byte(of separator: Character) throws -> UInt8 {
        guard let byte = separator.asciiValue, separator != "\n", separator != "\r\n", separator != "\"" else {
            throw DatasetError.invalidSetting(
                name: "the separator", value: "'\(String(separator).printable())'", allowed: "one ASCII character")
        }
        return byte
    }
}

/// Which cells of a row are the text, the second text and the label.
private struct TableColumns {
    let hasHeader: Bool
    private(set) var notes: [String] = []
    private let width: Int
    private let firstLine: Int
    private var text: [Int] = []
    private var second: [Int] = []
    private var label: Int?
    private let isPair: Bool

    init(firstRow: [String], line: Int, path: String, _ options: ExampleReadingOptions, isPair: Bool) throws {
        (width, firstLine, self.isPair) = (firstRow.count, line, isPair)
        let asked = [options.textField, isPair ? options.secondField : nil, options.labelField]
        let namesAreAsked = asked.contains { $0?.split(separator: ",").contains { Int($0.asciiTrimmed) == nil } ?? false }
        hasHeader = options.hasHeader ?? (namesAreAsked || Self.hasUsualNames(firstRow, isPair: isPair))
        let header = hasHeader ? firstRow : nil

        func find(_ field: String?, _ usual: [String], _ name: String) throws -> [Int] {
            if let field { return try Self.columns(field, header: header, width: width, name: name) }
            guard let header else { return [] }
            return usual.lazy.compactMap { name in header.firstIndex { $0.asciiTrimmed.lowercased() == name } }.prefix(1).map(
                \.self)
        }
        text = try find(options.textField, isPair ? UsualNames.first : UsualNames.text, "text")
        second = isPair ? try find(options.secondField, UsualNames.second, "second text") : []
        let labels = try find(options.labelField, UsualNames.label, "label")
        guard labels.count < 2 else {
            throw DatasetError.invalidSetting(
                name: "the label column", value: "'\((options.labelField ?? "").printable())'", allowed: "one column")
        }
        label = labels.first

        let isTextNamed = header != nil && !text.isEmpty
        var free = (0..<width).filter { !text.contains($0) && !second.contains($0) && $0 != label }
        if text.isEmpty, !free.isEmpty { text = [free.removeFirst()] }
        if isPair, second.isEmpty, !free.isEmpty { second = [free.removeFirst()] }
        guard !text.isEmpty, !isPair || !second.isEmpty else {
            throw BadRow(
                path: path, line: line,
                reason: "\(isPair ? "two texts were" : "a text was") expected, but here "
                    + "\(width == 1 ? "is" : "are") \(width.counted("column"))")
        }
        if label == nil, !isTextNamed { label = isPair ? free.first : free.last }
        if label == nil {
            let names = header.map { ": the header has " + $0.map { $0.printable() }.joined(separator: ", ") } ?? ""
            notes.append("no column of labels\(names)")
        }
    }

    /// Whether a first row has the names that columns usually have.
    private static func hasUsualNames(_ row: [String], isPair: Bool) -> Bool {
        let names = row.map { $0.asciiTrimmed.lowercased() }
        func has(_ usual: [String]) -> Bool { names.contains { usual.contains($0) } }
        let hasTexts = isPair ? has(UsualNames.first) && has(UsualNames.second) : has(UsualNames.text)
        return hasTexts && (has(UsualNames.label) || has(UsualNames.number) || names.count == (isPair ? 2 : 1))
    }

    private static func columns(_ field: String, header: [String]?, width: Int, name: String) throws -> [Int] {
        func column(_ part: some StringProtocol) throws -> Int? {
            if let index = header?.firstIndex(where: { $0.asciiTrimmed == String(part).asciiTrimmed }) { return index }
            guard let number = Int(String(part).asciiTrimmed) else { return nil }
            return try? ColumnNumber(number, name: "the \(name) column").index(in: width)
        }
        if let whole = try column(field) { return [whole] }
        return try field.split(separator: ",", omittingEmptySubsequences: false).map { part in
            if let found = try column(part) { return found }
            let names = header.map { "one of " + $0.map { $0.printable() }.joined(separator: ", ") + ", or " } ?? ""
            throw DatasetError.invalidSetting(
                name: "the \(name) column", value: "'\(String(part).printable())'", allowed: "\(names)a number from 1 to \(width)"
            )
        }
    }

    func example(_ cells: [TableCell], _ labels: LabelReading, line: Int) throws -> LabeledText {
        guard cells.count == width else {
            throw RowRefusal("\(width.counted("column")) as in line \(firstLine) were expected, but here are \(cells.count)")
        }
        return LabeledText(
            text: try joined(text, of: cells, name: isPair ? "first text" : "text"),
            second: isPair ? try joined(second, of: cells, name: "second text") : nil,
            labels: try label.map { try labels.labels(of: cells[$0].text) } ?? [], line: line)
    }

    private func joined(_ columns: [Int], of cells: [TableCell], name: String) throws -> String {
        let parts = columns.lazy.filter { !cells[$0].bytes.isBlank }.map { cells[$0].text }
        guard let first = parts.first else { throw RowRefusal("the \(name) is empty") }
        return columns.count == 1 ? first : parts.joined(separator: " ")
    }
}

extension String {
    /// Without spaces, tabs and line ends at both ends.
    var asciiTrimmed: String {
        guard let first = utf8.firstIndex(where: { !$0.isSpace }), let last = utf8.lastIndex(where: { !$0.isSpace }) else {
            return ""
        }
        return String(self[first...last])
    }
}

extension Substring {
    fileprivate var asciiTrimmed: String { String(self).asciiTrimmed }
}
