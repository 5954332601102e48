import SequiturFiles
import SequiturText

/// The counts that a hidden Markov model is made of.
struct HiddenMarkovCounts: Sendable, Equatable {
    /// Memory for one count for each word or class and tag ends here: 2 GiB of 4-byte counts.
    static let mostEmissions = 1 << 29

    let tags: Vocabulary
    let words: Vocabulary
    /// Classes of words that are not counted one by one; those of all shapes among them.
    let classes: Vocabulary
    var start: [Int32]  // [K]
    var end: [Int32]  // [K]
    var transitions: [Int32]  // [K, K], from row to column
    var emissions: [Int32]  // [V, K]: words, then classes

    /// Counts of zero.
    init(tags: Vocabulary, words: Vocabulary, classes: Vocabulary) throws(HiddenMarkovError) {
        self.tags = tags
        self.words = words
        self.classes = classes
        let count = tags.count, items = words.count + classes.count
        guard count <= 1 << 12, items <= Self.mostEmissions / max(1, count) else {
            throw HiddenMarkovError(
                reason: "\(count) tags and \(items) words and classes are more than a hidden Markov model can hold")
        }
        start = Array(repeating: 0, count: count)
        end = start
        transitions = Array(repeating: 0, count: count * count)
        emissions = Array(repeating: 0, count: items * count)
    }

    var items: Int { words.count + classes.count }

    /// How often each tag occurs.
    var tagTotals: [Double] {
        var totals = [Double](repeating: 0, count: tags.count)
        for (index, count) in emissions.enumerated() { totals[index % tags.count] += Double(count) }
        return totals
    }

    func item(of word: String, longestSuffix: Int) -> Int32 {
        if let id = words.id(of: word) { return id }
        for name in WordClasses.candidates(of: word, longestSuffix: longestSuffix) {
            if let id = classes.id(of: name) { return Int32(words.count) + id }
        }
        preconditionFailure("HiddenMarkovCounts: no class for a word; every shape has one")
    }

    /// Every tag but the last of its sentence is followed by another one, and every one but the first follows another.
    var areConsistent: Bool {
        let totals = tagTotals, count = tags.count
        return (0..<count).allSatisfy { tag in
            let followed = (0..<count).reduce(Double(end[tag])) { $0 + Double(transitions[tag * count + $1]) }
            let following = (0..<count).reduce(Double(start[tag])) { $0 + Double(transitions[$1 * count + tag]) }
            return followed == totals[tag] && following == totals[tag]
        }
    }
}

extension HiddenMarkovModel {
    /// Counts tagged sentences; empty ones are left out.
    ///
    /// - Throws: `HiddenMarkovError` where there is no word, a sentence has not one tag for each word, or the settings make no model.
    public convenience init(estimatedFrom sentences: [Sentence], settings: HiddenMarkovSettings = HiddenMarkovSettings()) throws {
        try settings.validate()
        for (index, sentence) in sentences.enumerated() where sentence.words.count != sentence.tags.count {
            throw HiddenMarkovError(
                reason:
                    "sentence \(index + 1) has \(sentence.words.count) words, but \(sentence.tags.count) tags: give one tag a word"
            )
        }
        let (words, classes) = try Self.inventory(sentences, settings), tags = try Vocabulary(distinct(sentences.flatMap(\.tags)))
        guard tags.count > 0 else {
            throw HiddenMarkovError(
                reason: "the tagged text for a hidden Markov model has no words; give a text that is not empty")
        }
        guard sentences.reduce(0, { $0 + $1.words.count }) <= Int(Int32.max) else {
            throw HiddenMarkovError(
                reason: "the tagged text for a hidden Markov model has more than \(Int32.max) words; give a shorter one")
        }
        var counts = try HiddenMarkovCounts(tags: tags, words: words, classes: classes)
        for sentence in sentences {
            var previous: Int?
            for (word, tag) in zip(sentence.words, sentence.tags) {
                guard let id = tags.id(of: tag).map({ Int($0) }) else { continue }
                counts.emissions[Int(counts.item(of: word, longestSuffix: settings.longestSuffix)) * tags.count + id] += 1
                if let previous { counts.transitions[previous * tags.count + id] += 1 } else { counts.start[id] += 1 }
                previous = id
            }
            if let previous { counts.end[previous] += 1 }
        }
        self.init(counts, settings: settings)
    }

    /// Words that are frequent enough, and the classes that rare ones make frequent enough.
    private static func inventory(
        _ sentences: [Sentence], _ settings: HiddenMarkovSettings
    ) throws -> (words: Vocabulary, classes: Vocabulary) {
        let all = try Vocabulary(distinct(sentences.flatMap(\.words)))
        var seen = [Int](repeating: 0, count: all.count)
        for word in sentences.lazy.flatMap(\.words) { if let id = all.id(of: word) { seen[Int(id)] += 1 } }
        let tokens = all.tokens
        let rare = tokens.indices.filter { seen[$0] < settings.minimumWordCount }
        let names = rare.map { WordClasses.candidates(of: tokens[$0], longestSuffix: settings.longestSuffix) }
        let candidates = try Vocabulary(distinct(WordClasses.whole + names.flatMap(\.self)))
        var members = [Int](repeating: 0, count: candidates.count)
        for (word, names) in zip(rare, names) {
            for name in names { if let id = candidates.id(of: name) { members[Int(id)] += seen[word] } }
        }
        let classes = candidates.tokens.enumerated().filter { index, _ in
            index < WordClasses.whole.count || members[index] >= settings.minimumClassCount
        }
        return (
            try Vocabulary(tokens.indices.filter { seen[$0] >= settings.minimumWordCount }.map { tokens[$0] }),
            try Vocabulary(classes.map(\.element))
        )
    }
}

/// Texts in the order in which they come, each once, told apart by their bytes.
private func distinct(_ texts: [String]) -> [String] {
    var seen: Set<[UInt8]> = []
    return texts.filter { seen.insert(Array($0.utf8)).inserted }
}
