/// A named stretch of tokens.
public struct EntitySpan: Hashable, Sendable {
    /// Empty where tags have no types.
    public let type: String
    /// The places of its tokens.
    public let range: Range<Int>

    public init(type: String, range: Range<Int>) {
        self.type = type
        self.range = range
    }

    /// Types are compared byte by byte, since Swift holds canonically equivalent strings equal.
    public static func == (left: EntitySpan, right: EntitySpan) -> Bool {
        left.range == right.range && left.type.utf8.elementsEqual(right.type.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(range)
        for byte in type.utf8 { hasher.combine(byte) }
    }

    /// The spans that a sentence's tags spell, in their order.
    public static func spans(of tags: [String], counting: EntityCounting) -> [EntitySpan] {
        var table = TagTable(counting)
        let sentence = tags.map { table.index(of: $0) }
        var spans: [TagTable.Span] = []
        table.collect(&spans, from: sentence)
        return spans.map { EntitySpan(type: table.types.string(at: $0.type), range: $0.start..<$0.end) }
    }
}

/// Which spans a sequence of tags spells where it breaks the rules of its scheme, as untrained and hurried taggers do.
///
/// The two ways differ by a point or more of F1 and are often confused; both are named wherever they are printed.
public enum EntityCounting: Sendable, Equatable {
    /// As the script of the CoNLL shared tasks counts (`conlleval`; Tjong Kim Sang and Buchholz 2000): nothing is thrown away.
    /// A span begins at a B, at an I after O, and where the type changes; it ends before a B, before O, and where the type changes.
    ///
    /// The script knows B, I and O. Tags of BIOES and BMES are spelt so first, as is usual (E and M become I, S becomes B): by itself
    /// the script joins neighbours like `S-PER S-PER`.
    case conlleval
    /// As seqeval's `mode="strict"` counts (Nakayama 2018): a span that does not follow the rules of its scheme is none, like I
    /// without B, or B without E in BIOES. BMES is BIOES with M for I. A tag that the scheme does not have spells no span.
    case strict(TagScheme)

    public var name: String {
        switch self {
        case .conlleval: "conlleval"
        case .strict(let scheme): "strict \(scheme.rawValue.uppercased())"
        }
    }
}
