import SequiturFiles

/// Values of each class as bars: F1, precision, support.
public struct BarFigure: Sendable {
    public struct Measure: Sendable {
        public var name: String
        /// A value for each label, nil where it has none.
        public var values: [Double?]
        /// The value of a bar over the whole width; nil for the largest of all.
        public var maximum: Double?
        /// Digits after the point.
        public var digits: Int

        public init(_ name: String, _ values: [Double?], maximum: Double? = nil, digits: Int = 3) {
            (self.name, self.values, self.maximum, self.digits) = (name, values, maximum, digits)
        }
    }

    public var title: String
    public var labelTitle: String
    public var labels: [String]
    public var measures: [Measure]
    public var note: String

    public init(title: String, labelTitle: String = "class", labels: [String], measures: [Measure], note: String = "") {
        precondition(
            measures.allSatisfy { $0.values.count == labels.count },
            "BarFigure: \(measures.map(\.values.count)) values, \(labels.count) labels")
        (self.title, self.labelTitle, self.labels, self.measures, self.note) = (title, labelTitle, labels, measures, note)
    }

    func view(id: String) -> View {
        let tops = measures.map { measure in
            measure.maximum ?? measure.values.compactMap { $0 }.filter(\.isFinite).max() ?? 0
        }
        let rows = labels.enumerated().map { index, label -> View in
            let cells = zip(measures, tops).enumerated().map { position, pair -> View in
                let (measure, top) = pair
                guard let value = measure.values[index] else {
                    return ["text": "–", "width": "0", "isSecond": position % 2 == 1]
                }
                let share = top > 0 && value.isFinite ? min(max(value / top, 0), 1) : 0
                let text =
                    measure.digits == 0 && abs(value) < 1e15
                    ? Quantity.grouped(Int(value.rounded())) : Quantity.fixed(value, measure.digits)
                return ["text": text, "width": Quantity.fixed(share, 3), "isSecond": position % 2 == 1]
            }
            return ["name": label, "cells": cells]
        }
        return [
            "id": id, "name": title, "labelTitle": labelTitle, "measures": measures.map(\.name), "rows": rows,
            "note": note.isEmpty ? false : note, "isLong": labels.count > 30,
        ]
    }
}
