import SequiturFiles

/// How many things were found, how many there were to find, and how many of both are the same: all that precision, recall and F1 of
/// classes, spans and relations are made of.
///
///     precision = correct / found     recall = correct / gold     F1 = 2 · correct / (found + gold)
///
/// Counts of parts add up to those of the whole, so that averages over all parts (micro averages) and resampled units are sums of them.
/// A quotient whose denominator is zero is zero.
public struct MatchCounts: Sendable, Hashable {
    public var correct: Int
    public var found: Int
    public var gold: Int

    public init(correct: Int = 0, found: Int = 0, gold: Int = 0) {
        self.correct = correct
        self.found = found
        self.gold = gold
    }

    public var precision: Double { Self.quotient(Double(correct), found) }
    public var recall: Double { Self.quotient(Double(correct), gold) }
    public var f1: Double { Self.quotient(2 * Double(correct), found + gold) }

    /// F1 as the harmonic mean of two quotients, in this order of operations: the last bit may differ from `f1`.
    var harmonicMean: Double { Self.harmonicMean(precision, recall) }

    static func harmonicMean(_ precision: Double, _ recall: Double) -> Double {
        precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall)
    }

    static func quotient(_ numerator: Double, _ denominator: Int) -> Double {
        denominator == 0 ? 0 : numerator / Double(denominator)
    }

    public static func + (left: MatchCounts, right: MatchCounts) -> MatchCounts {
        MatchCounts(correct: left.correct + right.correct, found: left.found + right.found, gold: left.gold + right.gold)
    }

    public static func += (left: inout MatchCounts, right: MatchCounts) { left = left + right }
}

extension Sequence<MatchCounts> {
    /// The counts of all parts together.
    public func sum() -> MatchCounts { reduce(MatchCounts(), +) }
}

extension JSONValue {
    /// Counts of examples, none so large that sums of them could overflow; nil where this is something else.
    var counts: [Int]? {
        array?.every { value in value.int.flatMap { (0...1 << 40).contains($0) ? $0 : nil } }
    }
}
