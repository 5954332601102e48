import SequiturText

/// What classical classifiers of texts count: words in lower case and pairs of neighbours.
///
///     TextTerms().terms(of: "Not bad")   // ["not", "bad", "not bad"]
///
/// Of a pair of texts a term is one of both, or of one alone: what two texts share tells most of whether they match.
public struct TextTerms: Sendable, Equatable {
    /// How texts are cut into words.
    public var splitter: WordSplitter

    public init(splitter: WordSplitter = .words) { self.splitter = splitter }

    /// Words first, then pairs, each as often as the text has it.
    public func terms(of text: String) -> [String] {
        let words = splitter.split(text).map { $0.text.lowercased() }
        return words + zip(words, words.dropFirst()).map { "\($0) \($1)" }
    }

    /// Terms that both texts have begin with =, those of one with ≠.
    public func terms(of first: String, _ second: String?) -> [String] {
        guard let second else { return terms(of: first) }
        let left = terms(of: first), right = terms(of: second), shared = Set(left).intersection(right)
        return (left + right).map { (shared.contains($0) ? "= " : "≠ ") + $0 }
    }
}

/// The terms that a classifier knows, each with a number.
struct TermTable: Sendable {
    let terms: [String]
    private let numbers: [String: Int32]

    /// The terms of a corpus, in the order in which they come.
    init(countedFrom texts: [[String]]) {
        var terms: [String] = [], numbers: [String: Int32] = [:]
        for term in texts.joined() where numbers[term] == nil {
            numbers[term] = Int32(terms.count)
            terms.append(term)
        }
        (self.terms, self.numbers) = (terms, numbers)
    }

    /// Nil where two terms are one by Unicode's canonical equivalence.
    init?(_ terms: [String]) {
        self.terms = terms
        numbers = Dictionary(terms.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
        guard numbers.count == terms.count else { return nil }
    }

    var count: Int { terms.count }

    /// How often a text has each known term, in the order of their numbers.
    func counts(of text: [String]) -> [(term: Int32, count: Int)] {
        var counts: [Int32: Int] = [:]
        for term in text { if let number = numbers[term] { counts[number, default: 0] += 1 } }
        return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// A text, or a pair of texts, as classical classifiers take it.
public struct ClassifiedText: Sendable, Equatable {
    public var text: String
    public var second: String?
    /// The numbers of its classes; one, but of many-label models.
    public var classes: [Int]

    public init(_ text: String, _ second: String? = nil, classes: [Int] = []) {
        (self.text, self.second, self.classes) = (text, second, classes)
    }
}

extension BaselineError {
    static func requireClasses(_ texts: [ClassifiedText], _ classes: [String], areSingle: Bool) throws(BaselineError) {
        guard !texts.isEmpty, classes.count > (areSingle ? 1 : 0) else {
            throw BaselineError(reason: "\(texts.count) texts of \(classes.count) classes: there is nothing to tell apart")
        }
        for (index, text) in texts.enumerated() {
            guard !areSingle || text.classes.count == 1, text.classes.allSatisfy(classes.indices.contains) else {
                throw BaselineError(
                    reason: "text \(index + 1) has the classes \(text.classes), of \(classes.count): give one a text")
            }
        }
    }
}

extension BaselineConfiguration {
    func terms() throws -> TermTable {
        guard let table = TermTable(try distinctStrings("terms")) else {
            throw BaselineError(reason: "\(path): \"terms\" has two that Unicode calls equal")
        }
        return table
    }
}
