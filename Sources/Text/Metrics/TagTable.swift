/// Tags by number, each taken apart once, and the spans that they spell.
struct TagTable {
    /// A tag's letter; `other` are those that the counting does not know.
    enum Letter: UInt8 { case outside, begin, inside, end, single, other }

    struct Tag {
        var letter: Letter
        var type: Int
    }

    struct Span: Equatable {
        var type: Int
        var start: Int
        var end: Int
    }

    let counting: EntityCounting
    /// The types by number; 0 is the empty one, which `O` has.
    private(set) var types = ByteStringTable()
    private var texts = ByteStringTable()
    private var tags: [Tag] = []

    init(_ counting: EntityCounting) {
        self.counting = counting
        types.insert("")
    }

    /// The number of a tag.
    mutating func index(of text: String) -> Int {
        let (index, isNew) = texts.insert(text)
        if isNew { tags.append(parse(text)) }
        return index
    }

    /// Whether two tags are the same to this counting.
    func isSame(_ first: Int, _ second: Int) -> Bool {
        if first == second { return true }
        guard counting == .conlleval, tags[first].letter != .other else { return false }
        return tags[first].letter == tags[second].letter && tags[first].type == tags[second].type
    }

    private mutating func parse(_ text: String) -> Tag {
        switch counting {
        case .strict(let scheme):
            guard let tag = scheme.parse(text) else { return Tag(letter: .outside, type: 0) }
            let letter: Letter =
                switch tag.place {
                case .outside: .outside
                case .begin: .begin
                case .inside: .inside
                case .end: .end
                case .single: .single
                }
            return Tag(letter: letter, type: types.insert(tag.type).index)
        case .conlleval:
            let bytes = text.utf8
            let hyphen = bytes.firstIndex(of: UInt8(ascii: "-"))
            let letter: Letter =
                switch String(decoding: bytes[..<(hyphen ?? bytes.endIndex)], as: UTF8.self) {
                case "O": .outside
                case "B", "S": .begin
                case "I", "E", "M": .inside
                default: .other
                }
            let type = hyphen.map { String(decoding: bytes[bytes.index(after: $0)...], as: UTF8.self) } ?? ""
            return Tag(letter: letter, type: types.insert(type).index)
        }
    }

    /// Replaces `spans` by those of a sentence, in their order.
    func collect(_ spans: inout [Span], from sentence: [Int]) {
        spans.removeAll(keepingCapacity: true)
        switch counting {
        case .conlleval: collectLenient(&spans, from: sentence)
        case .strict(let scheme): collectStrict(&spans, from: sentence, rules: StrictRules(scheme))
        }
    }

    private func collectLenient(_ spans: inout [Span], from sentence: [Int]) {
        var start: Int?
        var previous = Tag(letter: .outside, type: 0)
        for position in 0...sentence.count {
            let tag = position < sentence.count ? tags[sentence[position]] : Tag(letter: .outside, type: 0)
            let isOtherType = previous.type != tag.type
            let wasInside = previous.letter == .begin || previous.letter == .inside
            let ends = wasInside && (tag.letter == .begin || tag.letter == .outside) || previous.letter != .outside && isOtherType
            let starts =
                tag.letter == .begin && previous.letter != .other || tag.letter == .inside && previous.letter == .outside
                || tag.letter != .outside && isOtherType
            if ends, let begin = start {
                spans.append(Span(type: previous.type, start: begin, end: position))
                start = nil
            }
            if starts { start = position }
            previous = tag
        }
    }

    /// From a tag that may begin a span on over all that may be inside; the span counts if it may end there.
    private func collectStrict(_ spans: inout [Span], from sentence: [Int], rules: StrictRules) {
        let outside = Tag(letter: .outside, type: 0)
        var previous = outside
        var position = 0
        while position < sentence.count {
            let first = tags[sentence[position]]
            guard rules.begins(first, after: previous) else {
                previous = first
                position += 1
                continue
            }
            let start = position
            previous = first
            position += 1
            while position < sentence.count, rules.goesOn(previous, tags[sentence[position]]) {
                previous = tags[sentence[position]]
                position += 1
            }
            let next = position < sentence.count ? tags[sentence[position]] : outside
            if rules.ends(previous, before: next) { spans.append(Span(type: first.type, start: start, end: position)) }
        }
    }
}

/// Where spans begin, go on and end in seqeval's strict mode; differences to the schemes' own definitions are seqeval's.
private struct StrictRules {
    let scheme: TagScheme

    init(_ scheme: TagScheme) { self.scheme = scheme }

    func begins(_ tag: TagTable.Tag, after previous: TagTable.Tag) -> Bool {
        let isSameType = previous.type == tag.type
        switch (scheme, tag.letter) {
        case (.bio, .begin), (.bioes, .begin), (.bmes, .begin), (.bioes, .single), (.bmes, .single): return true
        case (.iob1, .begin): return isSameType && previous.letter != .outside
        case (.iob1, .inside): return previous.letter != .inside || !isSameType
        default: return false
        }
    }

    func goesOn(_ previous: TagTable.Tag, _ tag: TagTable.Tag) -> Bool {
        guard previous.type == tag.type, previous.letter == .begin || previous.letter == .inside else { return false }
        return tag.letter == .inside || tag.letter == .end
    }

    func ends(_ last: TagTable.Tag, before next: TagTable.Tag) -> Bool {
        switch scheme {
        case .bio: true
        case .iob1: last.letter == .inside || next.letter != .begin || last.type == next.type
        case .bioes, .bmes: last.letter == .end || last.letter == .single
        }
    }
}
