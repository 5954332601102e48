import SequiturFiles
import SequiturText

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// C classes, V terms

/// Multinomial naive Bayes over words and pairs of words (McCallum & Nigam 1998), with one added to every count: a counted baseline of
/// classification.
///
///     P(c | text) ∝ P(c) Π_terms P(w | c)^n(w)
///     P(c) = N_c / N        P(w | c) = (n(w, c) + 1) / (n(c) + V)
///
/// Terms that training does not have are left out.
///
///     let model = try NaiveBayesModel(countedFrom: [.init("fine", classes: [1]), .init("dull", classes: [0])], classes: ["bad", "good"])
///     model.probabilities(of: [.init("fine")])[0]   // [1/3, 2/3]
public struct NaiveBayesModel: Sendable {
    public let classes: [String]
    public let terms: TextTerms
    /// Whether all classes are taken for equally frequent.
    public let isBalanced: Bool
    private let table: TermTable
    private let textCounts: [Int32]  // [C]
    private let counts: [Int32]  // [V, C]
    private let priors: [Double]  // log P(c)
    private let totals: [Double]  // log (n(c) + V)

    /// - Throws: `BaselineError` where there are less than two classes or a text has not one class.
    public init(
        countedFrom texts: [ClassifiedText], classes: [String], terms: TextTerms = TextTerms(), isBalanced: Bool = false
    ) throws {
        try BaselineError.requireClasses(texts, classes, areSingle: true)
        let found = texts.map { terms.terms(of: $0.text, $0.second) }, table = TermTable(countedFrom: found)
        var counts = [Int32](repeating: 0, count: table.count * classes.count),
            textCounts = [Int32](repeating: 0, count: classes.count)
        for (text, found) in zip(texts, found) {
            textCounts[text.classes[0]] += 1
            for (term, count) in table.counts(of: found) {
                counts[Int(term) * classes.count + text.classes[0]] += Int32(clamping: count)
            }
        }
        self.init(classes, terms, isBalanced, table, textCounts, counts)
    }

    private init(
        _ classes: [String], _ terms: TextTerms, _ isBalanced: Bool, _ table: TermTable, _ textCounts: [Int32], _ counts: [Int32]
    ) {
        (self.classes, self.terms, self.isBalanced, self.table) = (classes, terms, isBalanced, table)
        (self.textCounts, self.counts) = (textCounts, counts)
        let all = textCounts.reduce(0) { $0 + Double($1) }
        // A class without texts is possible only in a file; it is never found.
        priors = textCounts.map { $0 == 0 ? -Double.greatestFiniteMagnitude : isBalanced ? 0 : log(Double($0) / all) }
        var totals = [Double](repeating: Double(table.count), count: classes.count)
        for (index, count) in counts.enumerated() { totals[index % classes.count] += Double(count) }
        self.totals = totals.map { log(max(1, $0)) }
    }

    public var parameterCount: Int { counts.count + textCounts.count }

    /// P(c | text) of every class.
    public func probabilities(of texts: [ClassifiedText]) -> [[Float]] {
        texts.map { text in
            var scores = priors
            for (term, count) in table.counts(of: terms.terms(of: text.text, text.second)) {
                for index in classes.indices {
                    scores[index] += Double(count) * (log(Double(counts[Int(term) * classes.count + index]) + 1) - totals[index])
                }
            }
            return Self.softmax(scores)
        }
    }

    static func softmax(_ scores: some Collection<Double>) -> [Float] {
        let highest = scores.max() ?? 0, shares = scores.map { exp($0 - highest) }, sum = shares.reduce(0, +)
        return shares.map { Float($0 / sum) }
    }
}

// MARK: Files

/// A folder with `config.json`: classes, terms and how texts are cut; and `model.safetensors`: the counts, int32 `texts` [C] and
/// `terms` [V, C].
extension NaiveBayesModel {
    static let modelType = "sequitur-naive-bayes"

    public func write(toFolder folder: String) throws {
        try SafetensorsWriter.write(
            [
                .init("texts", .int32, [classes.count], textCounts),
                .init("terms", .int32, [table.count, classes.count], counts),
            ], to: "\(folder)/model.safetensors")
        let json: JSONValue = [
            "model_type": .string(Self.modelType), "splitter": .string(terms.splitter.rawValue), "balanced": .bool(isBalanced),
            "classes": .array(classes.map { .string($0) }), "terms": .array(table.terms.map { .string($0) }),
        ]
        try json.write(to: "\(folder)/config.json")
    }

    /// - Throws: `FileError`, `JSONError`, `SafetensorsError`, `CheckpointError` or `BaselineError`.
    public init(folder: String) throws {
        let file = try BaselineConfiguration(
            folder: folder, type: Self.modelType, keys: ["splitter", "balanced", "classes", "terms"])
        let classes = try file.distinctStrings("classes", atLeast: 2), table = try file.terms()
        let tensors = try BaselineTensors(
            folder: folder, shapes: ["texts": (.int32, [classes.count]), "terms": (.int32, [table.count, classes.count])])
        self.init(
            classes, TextTerms(splitter: try file.choice("splitter")), try file.bool("balanced"), table,
            try tensors.counts("texts"),
            try tensors.counts("terms"))
        guard textCounts.contains(where: { $0 > 0 }) else {
            throw BaselineError(reason: "\(folder)/model.safetensors: no class has texts")
        }
    }
}
