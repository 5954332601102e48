import SequiturTensors
import SequiturText

/// Which labels may stand beside one another, at the beginning and at the end.
///
///     let constraints = try TagConstraints(labels: ["O", "B-PER", "I-PER"], scheme: .bio)
///     constraints.firstViolation(in: [0, 2])   // 1: no span begins with I-PER
public struct TagConstraints: Sendable {
    public let labels: [String]
    public let scheme: TagScheme
    /// True where the label of the column may not follow that of the row: bool [K, K].
    public let forbiddenTransitions: Tensor
    /// True where a sequence may not begin with the label: bool [K].
    public let forbiddenStarts: Tensor
    /// True where a sequence may not end with the label: bool [K].
    public let forbiddenEnds: Tensor

    /// - Throws: where a label does not belong to the scheme.
    public init(labels: [String], scheme: TagScheme) throws(TagConstraintsError) {
        var parsed: [SpanTag] = []
        for label in labels {
            guard let tag = scheme.parse(label) else {
                throw TagConstraintsError(description: "label \(String(reflecting: label)) is unknown: \(scheme.expectation)")
            }
            parsed.append(tag)
        }
        self.labels = labels
        self.scheme = scheme
        let pairs = parsed.flatMap { previous in parsed.map { !scheme.allows(previous, $0) } }
        forbiddenTransitions = Tensor(pairs, shape: [labels.count, labels.count])
        forbiddenStarts = Tensor(parsed.map { !scheme.allows(nil, $0) })
        forbiddenEnds = Tensor(parsed.map { !scheme.allows($0, nil) })
    }

    /// The first position that may not be as it is, the length of the sequence where it may not end there; nil where all is allowed.
    public func firstViolation(in tags: [Int32]) -> Int? {
        guard let first = tags.first, let last = tags.last else { return nil }
        if forbiddenStarts.bools()[Int(first)] { return 0 }
        let forbidden = forbiddenTransitions.bools()
        for index in 1..<tags.count where forbidden[Int(tags[index - 1]) * labels.count + Int(tags[index])] { return index }
        return forbiddenEnds.bools()[Int(last)] ? tags.count : nil
    }
}

/// Labels that do not belong to their scheme, in one line.
public struct TagConstraintsError: Error, Sendable, CustomStringConvertible {
    public let description: String
}
