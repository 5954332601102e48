import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A confusion matrix: how often what a row says was taken for what a column says.
public struct MatrixFigure: Sendable {
    public var title: String
    public var rowLabels: [String]
    public var columnLabels: [String]
    /// `counts[row][column]`.
    public var counts: [[Int]]
    public var rowTitle: String
    public var columnTitle: String
    /// Whether the last row and the last column stand for several labels.
    private var hasOthers = (row: false, column: false)

    public init(
        title: String, rowLabels: [String], columnLabels: [String], counts: [[Int]], rowTitle: String = "gold",
        columnTitle: String = "predicted"
    ) {
        precondition(
            counts.count == rowLabels.count && counts.allSatisfy { $0.count == columnLabels.count },
            "MatrixFigure: \(rowLabels.count) row and \(columnLabels.count) column labels, counts of \(counts.count) rows")
        (self.title, self.rowLabels, self.columnLabels, self.counts) = (title, rowLabels, columnLabels, counts)
        (self.rowTitle, self.columnTitle) = (rowTitle, columnTitle)
    }

    /// The same labels for rows and columns.
    public init(
        title: String, labels: [String], counts: [[Int]], rowTitle: String = "gold", columnTitle: String = "predicted"
    ) {
        self.init(
            title: title, rowLabels: labels, columnLabels: labels, counts: counts, rowTitle: rowTitle, columnTitle: columnTitle)
    }

    /// More labels than this cannot be read as a matrix: the most confused are shown, the others as one.
    package static let shownLimit = 20
    /// How many pairs are listed where not all labels are shown.
    private static let pairLimit = 15

    /// The matrix that is shown: this one, or that of the most confused labels, in their order, and the rest.
    package var shown: MatrixFigure {
        guard max(rowLabels.count, columnLabels.count) > Self.shownLimit + 1 else { return self }
        func kept(_ labels: [String], _ mistakes: (String) -> Int) -> Set<String> {
            let weighed = labels.enumerated().map { ($0.offset, $0.element, mistakes($0.element)) }
            return Set(weighed.sorted { ($1.2, $0.0) < ($0.2, $1.0) }.prefix(Self.shownLimit).map(\.1))
        }
        var mistakes: [String: Int] = [:]
        for (row, line) in zip(rowLabels, counts) {
            for (column, count) in zip(columnLabels, line) where row != column && count > 0 {
                mistakes[row, default: 0] += count
                mistakes[column, default: 0] += count
            }
        }
        var seen: Set<String> = []
        let all = (rowLabels + columnLabels).filter { seen.insert($0).inserted }
        let names = kept(all) { mistakes[$0] ?? 0 }
        /// Where each label goes: its own place, or the last one.
        func places(_ labels: [String]) -> (names: [String], place: [Int], hasOthers: Bool) {
            var found: [String] = []
            let place = labels.map { label -> Int in
                guard names.contains(label) else { return -1 }
                found.append(label)
                return found.count - 1
            }
            let others = labels.count - found.count
            guard others > 0 else { return (found, place, false) }
            return (found + ["\(others) others"], place.map { $0 < 0 ? found.count : $0 }, true)
        }
        let (rows, columns) = (places(rowLabels), places(columnLabels))
        var sums = [[Int]](repeating: [Int](repeating: 0, count: columns.names.count), count: rows.names.count)
        for (row, line) in zip(rows.place, counts) {
            for (column, count) in zip(columns.place, line) { sums[row][column] += count }
        }
        var made = MatrixFigure(
            title: title, rowLabels: rows.names, columnLabels: columns.names, counts: sums, rowTitle: rowTitle,
            columnTitle: columnTitle)
        made.hasOthers = (rows.hasOthers, columns.hasOthers)
        return made
    }

    /// The pairs that are taken for each other most, the most frequent first.
    private var pairs: [(row: String, column: String, count: Int, share: Double)] {
        var found: [(row: String, column: String, count: Int, share: Double)] = []
        for (row, line) in zip(rowLabels, counts) {
            let total = line.reduce(0, +)
            for (column, count) in zip(columnLabels, line) where row != column && count > 0 {
                found.append((row, column, count, Double(count) / Double(total)))
            }
        }
        return Array(found.sorted { $0.count > $1.count }.prefix(Self.pairLimit))
    }

    func view(id: String) -> View {
        let shown = shown, isCut = shown.counts.count < counts.count || shown.columnLabels.count < columnLabels.count
        let rows = zip(shown.rowLabels, shown.counts).enumerated().map { row, labelled -> View in
            let (label, line) = labelled, total = line.reduce(0, +)
            let cells = zip(shown.columnLabels, line).enumerated().map { place, counted -> View in
                let (column, count) = counted
                let share = total > 0 ? Double(count) / Double(total) : 0
                return [
                    "count": count == 0 ? "·" : Quantity.grouped(count), "strength": strength(share),
                    "isEmpty": count == 0, "kind": shown.kind(row, place), "isStrong": share >= Self.strongShare,
                    "place":
                        "\(rowTitle) \(label), \(columnTitle) \(column): \(Quantity.grouped(count)) of \(Quantity.grouped(total))",
                ]
            }
            return ["name": label, "cells": cells, "total": Quantity.grouped(total)]
        }
        let listed = isCut ? pairs : []
        let pairRows = listed.map {
            ["row": $0.row, "column": $0.column, "count": Quantity.grouped($0.count), "share": percent($0.share)] as View
        }
        let note =
            "\(rowLabels.count) \(rowTitle) labels: those that are confused most have a row of their own, the others are one together."
        return [
            "id": id, "name": title, "rowTitle": rowTitle, "columnTitle": columnTitle, "columns": shown.columnLabels,
            "rows": rows,
            "pairs": pairRows, "hasPairs": !listed.isEmpty, "isEmpty": counts.isEmpty,
            "note": isCut ? note : false,
        ]
    }

    /// How a cell is coloured: what stands for several labels on both sides holds agreement and confusion alike.
    private func kind(_ row: Int, _ column: Int) -> String {
        if hasOthers.row, hasOthers.column, row == rowLabels.count - 1, column == columnLabels.count - 1 { return "mixed" }
        return rowLabels[row] == columnLabels[column] ? "right" : "wrong"
    }

    /// The share of a row from which the colour is so strong that the text must be the other one of black and white.
    private static let strongShare = 0.79

    /// How strong a colour shows a share of a row: rare confusions are to be seen too.
    private func strength(_ share: Double) -> String { Quantity.fixed(sqrt(share), 3) }

    private func percent(_ share: Double) -> String { Quantity.fixed(100 * share, 1) + " %" }
}
