/// A table of results, such as precision, recall and F1 for each class.
public struct ReportTable: Sendable {
    public struct Column: Sendable {
        public var name: String
        /// Numbers stand at the right, digits below digits.
        public var isNumber: Bool

        public init(_ name: String, isNumber: Bool = false) {
            self.name = name
            self.isNumber = isNumber
        }
    }

    public var title: String
    /// What the table shows, for those who cannot see it too.
    public var caption: String
    public var columns: [Column]
    /// A cell for each column; the first one names the row.
    public var rows: [[String]]
    /// How many rows at the end sum up the others: averages and totals.
    public var summaryRows: Int
    public var note: String

    public init(
        title: String, caption: String = "", columns: [Column], rows: [[String]], summaryRows: Int = 0, note: String = ""
    ) {
        precondition(
            rows.allSatisfy { $0.count == columns.count },
            "ReportTable: rows of \(rows.map(\.count)) cells, \(columns.count) columns")
        (self.title, self.caption, self.columns, self.rows) = (title, caption, columns, rows)
        (self.summaryRows, self.note) = (summaryRows, note)
    }

    /// More rows than this scroll below their header.
    private static let longest = 30

    func view(id: String) -> View {
        let head = columns.map { ["name": $0.name, "isNumber": $0.isNumber] as View }
        func view(_ rows: some Collection<[String]>) -> [View] {
            rows.map { row in
                let cells = zip(row, columns).enumerated().map { position, cell -> View in
                    ["text": cell.0, "isNumber": cell.1.isNumber, "isHeader": position == 0]
                }
                return ["cells": cells]
            }
        }
        return [
            "id": id, "name": title, "caption": caption.isEmpty ? title : caption, "columns": head,
            "rows": view(rows.dropLast(summaryRows)), "summary": view(rows.suffix(summaryRows)), "hasSummary": summaryRows > 0,
            "note": note.isEmpty ? false : note, "isLong": rows.count > Self.longest,
        ]
    }
}
