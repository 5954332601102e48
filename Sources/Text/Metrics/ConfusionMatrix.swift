import SequiturFiles

/// How often each class was taken for each: `counts[gold][predicted]`.
public struct ConfusionMatrix: Sendable {
    public let classes: [String]
    public let counts: [[Int]]

    /// - Parameters:
    ///   - gold: for each example its class, an index into `classes`.
    ///   - predicted: the class that was predicted for it.
    public init(classes: [String], gold: [Int], predicted: [Int]) {
        precondition(gold.count == predicted.count, "ConfusionMatrix: \(gold.count) gold classes, \(predicted.count) predicted")
        let width = classes.count
        var flat = [Int](repeating: 0, count: width * width)
        for (gold, predicted) in zip(gold, predicted) {
            precondition(
                classes.indices.contains(gold) && classes.indices.contains(predicted),
                "ConfusionMatrix: classes \(gold) and \(predicted) of \(width)")
            flat[gold * width + predicted] += 1
        }
        self.classes = classes
        counts = classes.indices.map { Array(flat[$0 * width..<($0 + 1) * width]) }
    }

    /// A class that was taken for another, and how often.
    public struct Confusion: Sendable, Equatable {
        public let gold: Int
        public let predicted: Int
        public let count: Int

        public init(gold: Int, predicted: Int, count: Int) {
            self.gold = gold
            self.predicted = predicted
            self.count = count
        }
    }

    /// The most frequent confusions first, those of one frequency in the order of classes.
    public func mostFrequentConfusions(limit: Int) -> [Confusion] {
        var confusions: [Confusion] = []
        for (gold, row) in counts.enumerated() {
            for (predicted, count) in row.enumerated() where count > 0 && predicted != gold {
                confusions.append(Confusion(gold: gold, predicted: predicted, count: count))
            }
        }
        confusions.sort { ($1.count, $0.gold, $0.predicted) < ($0.count, $1.gold, $1.predicted) }
        return Array(confusions.prefix(limit))
    }

    /// The matrix of `json`; nil where it is none.
    public init?(json: JSONValue) {
        guard let classes = json["classes"]?.array?.every(\.string), let counts = json["counts"]?.array?.every(\.counts),
            counts.count == classes.count, counts.allSatisfy({ $0.count == classes.count })
        else { return nil }
        (self.classes, self.counts) = (classes, counts)
    }

    public var json: JSONValue {
        [
            "classes": .array(classes.map(JSONValue.string)),
            "counts": .array(counts.map { .array($0.map { .integer(Int64($0)) }) }),
        ]
    }
}
