import SequiturTensors

/// How labels of single tokens spell spans: a letter for the place in the span, a hyphen and the span's type, as in `B-PER`.
/// `O` stands outside of all spans.
public enum TagScheme: String, Sendable, CaseIterable {
    /// A span begins with B and goes on with I (Sang & Veenstra 1999's IOB2).
    case bio
    /// A span begins with I, or with B where it touches one of its own type (Ramshaw & Marcus 1995; CoNLL-2003's files).
    case iob1
    /// A span is B I … I E, or S where it is one token.
    case bioes
    /// The same with M instead of I, as Chinese word segmentation has it.
    case bmes

    fileprivate enum Place { case outside, begin, inside, end, single }

    fileprivate func place(_ letter: String) -> Place? {
        switch (self, letter) {
        case (_, "O"): .outside
        case (_, "B"): .begin
        case (.bio, "I"), (.iob1, "I"), (.bioes, "I"), (.bmes, "M"): .inside
        case (.bioes, "E"), (.bmes, "E"): .end
        case (.bioes, "S"), (.bmes, "S"): .single
        default: nil
        }
    }

    private var letters: String {
        switch self {
        case .bio, .iob1: "B or I"
        case .bioes: "B, I, E or S"
        case .bmes: "B, M, E or S"
        }
    }

    /// What labels look like, for messages.
    fileprivate var expectation: String { "\(rawValue) labels are O, or \(letters) with or without a hyphen and a type" }

    /// Whether `next` may follow `previous`; nil is what lies before the first token and after the last.
    fileprivate func allows(_ previous: Label?, _ next: Label?) -> Bool {
        let continues = previous?.place == .begin || previous?.place == .inside
        let isSameSpan = continues && previous?.type == next?.type
        switch self {
        case .bio: return next?.place != .inside || isSameSpan
        case .iob1: return next?.place != .begin || isSameSpan
        case .bioes, .bmes:
            let isWithin = next?.place == .inside || next?.place == .end
            return continues ? isWithin && isSameSpan : !isWithin
        }
    }

    fileprivate struct Label {
        let place: Place
        let type: [UInt8]
    }

    fileprivate func label(_ text: String) throws(TagConstraintsError) -> Label {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let place = place(String(parts[0])), place != .outside || parts.count == 1 else {
            throw TagConstraintsError(description: "label \(String(reflecting: text)) is unknown: \(expectation)")
        }
        return Label(place: place, type: parts.count > 1 ? Array(parts[1].utf8) : [])
    }
}

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
        var parsed: [TagScheme.Label] = []
        for label in labels { parsed.append(try scheme.label(label)) }
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
