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

    private func place(_ letter: some StringProtocol) -> SpanTag.Place? {
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
    public var expectation: String { "\(rawValue) labels are O, or \(letters) with or without a hyphen and a type" }

    /// What a label says; nil where it does not belong to the scheme.
    public func parse(_ label: String) -> SpanTag? {
        let parts = label.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let place = place(parts[0]), place != .outside || parts.count == 1 else { return nil }
        return SpanTag(place: place, type: parts.count > 1 ? String(parts[1]) : "")
    }

    /// How a place in a span of a type is spelt; nil for a place that the scheme does not have.
    public func spell(_ tag: SpanTag) -> String? {
        let letter: String? =
            switch (self, tag.place) {
            case (_, .outside): "O"
            case (_, .begin): "B"
            case (.bmes, .inside): "M"
            case (_, .inside): "I"
            case (.bioes, .end), (.bmes, .end): "E"
            case (.bioes, .single), (.bmes, .single): "S"
            case (_, .end), (_, .single): nil
            }
        return letter.map { tag.place == .outside || tag.type.isEmpty ? $0 : "\($0)-\(tag.type)" }
    }

    /// Whether `next` may follow `previous`; nil is what lies before the first token and after the last.
    public func allows(_ previous: SpanTag?, _ next: SpanTag?) -> Bool {
        let continues = previous?.place == .begin || previous?.place == .inside
        let isSameSpan = continues && previous?.hasType(of: next) == true
        switch self {
        case .bio: return next?.place != .inside || isSameSpan
        case .iob1: return next?.place != .begin || isSameSpan
        case .bioes, .bmes:
            let isWithin = next?.place == .inside || next?.place == .end
            return continues ? isWithin && isSameSpan : !isWithin
        }
    }
}

/// One label of a `TagScheme`, taken apart.
public struct SpanTag: Sendable, Hashable {
    public enum Place: Sendable { case outside, begin, inside, end, single }

    public let place: Place
    /// The type of the span; empty where the label has none.
    public let type: String

    public init(place: Place, type: String) {
        self.place = place
        self.type = type
    }

    /// Types are compared byte by byte, since Swift holds canonically equivalent strings equal.
    fileprivate func hasType(of other: SpanTag?) -> Bool { other.map { type.utf8.elementsEqual($0.type.utf8) } ?? false }
}
