/// What a file's tags turned out to be.
public struct TagSchemeRecognition: Sendable, Equatable {
    /// Nil where the tags mark no spans, as parts of speech do not.
    public let scheme: TagScheme?
    /// How many tags cannot stand where they stand, by the scheme's own rules; they are read as `TagScheme.converted` says.
    public let illFormedCount: Int
}

extension TagScheme {
    /// The scheme that the tags of a whole file follow.
    ///
    /// The letters tell BIOES and BMES from the others. Files with B and I alone are IOB1 where more spans begin with I than there
    /// are B that IOB1 would not write (CoNLL-2003's training file has two of those), and BIO otherwise. Tags of which one has no
    /// place in any scheme are plain.
    public static func recognized(in sequences: some Sequence<[String]>) -> TagSchemeRecognition {
        let transitions = Transitions(sequences)
        let letters = Set(transitions.tags.map { $0.prefix { $0 != "-" } })
        let scheme: TagScheme
        if letters.isSubset(of: ["O", "B", "I"]) {
            let asBIO = transitions.illFormedCount(.bio), asIOB1 = transitions.illFormedCount(.iob1)
            scheme = asBIO > asIOB1 ? .iob1 : .bio
        } else {
            scheme = letters.contains("M") ? .bmes : .bioes
        }
        guard transitions.tags.allSatisfy({ scheme.parse($0) != nil }) else {
            return TagSchemeRecognition(scheme: nil, illFormedCount: 0)
        }
        return TagSchemeRecognition(scheme: scheme, illFormedCount: transitions.illFormedCount(scheme))
    }

    /// The tags of one sequence in another scheme, span by span.
    ///
    /// Ill-formed tags are read as conlleval reads them: a tag that cannot go on with the span before it begins one.
    ///
    /// - Parameter tags: tags of `source`; any other traps, so ask `recognized(in:)` first.
    public static func converted(_ tags: [String], from source: TagScheme, to target: TagScheme) -> [String] {
        var converter = TagConverter(from: source, to: target)
        return converter.converted(tags)
    }
}

/// Converts sequence after sequence, and takes each distinct tag apart once.
public struct TagConverter: Sendable {
    private let source: TagScheme, target: TagScheme
    private var parsed: [String: SpanTag] = [:]
    private var spelt: [SpanTag: String] = [:]

    public init(from source: TagScheme, to target: TagScheme) {
        (self.source, self.target) = (source, target)
    }

    /// See `TagScheme.converted(_:from:to:)`.
    public mutating func converted(_ tags: [String]) -> [String] {
        let places = tags.map { parse($0) }
        var result: [String] = []
        result.reserveCapacity(tags.count)
        var previous: SpanTag?
        for (index, tag) in places.enumerated() {
            let begins = tag.begins(after: previous)
            let next = index + 1 < places.count ? places[index + 1] : nil
            let ends = next?.begins(after: tag) ?? true || next?.place == .outside
            let touches = begins && previous.map { $0.place != .outside && $0.type == tag.type } ?? false
            result.append(spell(tag, begins: begins, ends: ends, touches: touches))
            previous = tag
        }
        return result
    }

    private mutating func parse(_ tag: String) -> SpanTag {
        if let known = parsed[tag] { return known }
        guard let new = source.parse(tag) else {
            preconditionFailure("tag '\(tag)' is converted from \(source.rawValue), but \(source.expectation)")
        }
        parsed[tag] = new
        return new
    }

    private mutating func spell(_ tag: SpanTag, begins: Bool, ends: Bool, touches: Bool) -> String {
        let place: SpanTag.Place =
            switch target {
            case _ where tag.place == .outside: .outside
            case .bio: begins ? .begin : .inside
            case .iob1: touches ? .begin : .inside
            case .bioes, .bmes: begins ? (ends ? .single : .begin) : (ends ? .end : .inside)
            }
        let target = SpanTag(place: place, type: tag.type)
        if let known = spelt[target] { return known }
        // Every scheme has the places that are chosen for it above.
        let text = self.target.spell(target) ?? "O"
        spelt[target] = text
        return text
    }
}

extension SpanTag {
    /// Whether a span begins with this tag, by conlleval's rules (Tjong Kim Sang & De Meulder 2003).
    fileprivate func begins(after previous: SpanTag?) -> Bool {
        switch place {
        case .outside: return false
        case .begin, .single: return true
        case .inside, .end:
            guard let previous, previous.place == .begin || previous.place == .inside else { return true }
            return previous.type != type
        }
    }
}

/// How often each tag follows each other one; distinct pairs are few, however long the file.
private struct Transitions {
    private struct Pair: Hashable {
        /// Nil before the first tag.
        let previous: Int?
        /// Nil after the last.
        let next: Int?
    }

    private(set) var tags: [String] = []
    private var counts: [Pair: Int] = [:]

    init(_ sequences: some Sequence<[String]>) {
        var ids: [String: Int] = [:]
        for sequence in sequences {
            var previous: Int?
            for tag in sequence {
                let next: Int
                if let known = ids[tag] {
                    next = known
                } else {
                    next = tags.count
                    ids[tag] = next
                    tags.append(tag)
                }
                counts[Pair(previous: previous, next: next), default: 0] += 1
                previous = next
            }
            if let previous { counts[Pair(previous: previous, next: nil), default: 0] += 1 }
        }
    }

    func illFormedCount(_ scheme: TagScheme) -> Int {
        let parsed = tags.map(scheme.parse)
        return counts.reduce(0) { sum, entry in
            let previous = entry.key.previous.flatMap { parsed[$0] }, next = entry.key.next.flatMap { parsed[$0] }
            return scheme.allows(previous, next) ? sum : sum + entry.value
        }
    }
}
