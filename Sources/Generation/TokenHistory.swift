/// Which tokens a text has had so far, prompt included.
public struct TokenHistory: Sendable {
    /// Each token once, in the order of its first appearance.
    public private(set) var distinct: [Int32] = []
    private var isSeen: [Bool]

    public init(_ tokens: [Int32] = [], vocabularySize: Int) {
        isSeen = [Bool](repeating: false, count: vocabularySize)
        for token in tokens { append(token) }
    }

    /// - Precondition: `token` is in the vocabulary.
    public mutating func append(_ token: Int32) {
        precondition(
            token >= 0 && token < isSeen.count, "TokenHistory: token \(token) is not in the vocabulary of \(isSeen.count)")
        guard !isSeen[Int(token)] else { return }
        isSeen[Int(token)] = true
        distinct.append(token)
    }
}
