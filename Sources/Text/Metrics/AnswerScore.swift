/// How well an answer agrees with the best of several gold ones (Rajpurkar et al. 2016, 2018).
///
/// Answers are compared in lower case, without punctuation and without the words a, an and the. `exactMatch` is 1 where they are the
/// same; `f1` is that of their words as multisets, with n words in common:
///
///     precision = n / |predicted|     recall = n / |gold|     F1 = 2 · precision · recall / (precision + recall)
///
/// Both are the maximum over the gold answers.
public struct AnswerScore: Sendable, Hashable {
    /// The rules of the two data sets, which differ where nothing is left of an answer.
    public enum Rules: String, Sendable, CaseIterable {
        /// SQuAD v1.1: an empty answer has no word in common with anything, so its F1 is 0.
        case squad1 = "squad-v1.1"
        /// SQuAD v2: gold answers of which nothing is left do not count; a question without answers is answered by the empty text,
        /// whose F1 with itself is 1.
        case squad2 = "squad-v2"
    }

    public let exactMatch: Double
    public let f1: Double

    public init(exactMatch: Double, f1: Double) {
        self.exactMatch = exactMatch
        self.f1 = f1
    }

    /// - Parameters:
    ///   - prediction: the answer; empty for none.
    ///   - answers: the gold answers; none where the question has none.
    public init(prediction: String, answers: [String], rules: Rules = .squad2) {
        let words = AnswerNormalization.words(prediction)
        var golds = answers.map(AnswerNormalization.words)
        if rules == .squad2 {
            golds.removeAll(where: \.isEmpty)
            if golds.isEmpty { golds = [[]] }
        }
        exactMatch = golds.contains { Self.areSame($0, words) } ? 1 : 0
        f1 = golds.reduce(0) { max($0, Self.f1(words, $1, rules)) }
    }

    private static func areSame(_ first: [String], _ second: [String]) -> Bool {
        first.count == second.count && zip(first, second).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }

    private static func f1(_ predicted: [String], _ gold: [String], _ rules: Rules) -> Double {
        if predicted.isEmpty || gold.isEmpty {
            return rules == .squad2 && predicted.isEmpty && gold.isEmpty ? 1 : 0
        }
        var table = ByteStringTable()
        var left: [Int] = []
        for word in gold {
            let (index, isNew) = table.insert(word)
            if isNew { left.append(0) }
            left[index] += 1
        }
        var common = 0
        for word in predicted {
            guard let index = table.index(of: word), left[index] > 0 else { continue }
            left[index] -= 1
            common += 1
        }
        return MatchCounts(correct: common, found: predicted.count, gold: gold.count).harmonicMean
    }
}
