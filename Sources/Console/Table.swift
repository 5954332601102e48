/// A table for people: columns aligned by display width, so that Chinese, combining marks and emoji line up too.
public struct Table: Sendable {
    public enum Alignment: Sendable {
        case left
        /// For numbers.
        case right
    }

    public struct Column: Sendable {
        public let title: String
        public let alignment: Alignment

        public init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    public let columns: [Column]
    public private(set) var rows: [[String]] = []

    public init(_ columns: [Column], rows: [[String]] = []) {
        self.columns = columns
        for row in rows { append(row) }
    }

    /// Adds a row of one cell a column; a line break within a cell becomes a space.
    public mutating func append(_ row: [String]) {
        precondition(row.count == columns.count, "Table.append: \(row.count) cells for \(columns.count) columns")
        rows.append(
            row.map {
                String(String.UnicodeScalarView($0.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
            })
    }

    /// The table's lines, two spaces between columns; the last column is cut where a line would exceed `maximumWidth`.
    ///
    /// - Parameter style: wraps the line of titles, which is left out where no column has a title.
    public func lines(maximumWidth: Int? = nil, style: (String) -> String = { $0 }) -> [String] {
        let titles = columns.map(\.title)
        let hasTitles = titles.contains { !$0.isEmpty }
        let all = (hasTitles ? [titles] : []) + rows
        var widths = columns.indices.map { column in all.map { displayWidth($0[column]) }.max() ?? 0 }
        if let maximumWidth, let last = widths.last {
            let before = widths.dropLast().reduce(0) { $0 + $1 + 2 }
            widths[widths.count - 1] = min(last, max(8, maximumWidth - before))
        }
        return all.enumerated().map { position, row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let text = column == row.count - 1 ? cell.truncated(toWidth: widths[column]) : cell
                line += (column == 0 ? "" : "  ") + text.padded(toWidth: widths[column], alignment: columns[column].alignment)
            }
            while line.last == " " { line.removeLast() }
            return hasTitles && position == 0 ? style(line) : line
        }
    }
}
