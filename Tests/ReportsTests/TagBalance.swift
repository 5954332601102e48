import Testing

/// Reads a page as strictly as it is written here: every element is closed in order, attributes are quoted, and no bare `<`, `&` or
/// control character stands in text.
struct TagBalance {
    private(set) var problems: [String] = []
    /// All elements and how often they come.
    private(set) var elements: [String: Int] = [:]
    /// Names of all attributes.
    private(set) var attributes: Set<String> = []
    private(set) var identifiers: [String] = []
    /// Text outside of elements, style sheets apart.
    private(set) var text = ""
    private var open: [String] = []

    private static let void: Set<String> = ["meta", "br", "link", "img", "input", "hr"]

    init(_ page: String) {
        var rest = page.unicodeScalars[...]
        while let next = rest.first {
            if next == "<" {
                guard let end = rest.firstIndex(of: ">") else {
                    problems.append("an unclosed tag")
                    return
                }
                tag(String(rest[rest.index(after: rest.startIndex)..<end]))
                rest = rest[rest.index(after: end)...]
            } else {
                let end = rest.firstIndex(of: "<") ?? rest.endIndex
                if open.last != "style" { content(String(rest[..<end])) }
                rest = rest[end...]
            }
        }
        if !open.isEmpty { problems.append("left open: \(open)") }
        if Set(identifiers).count != identifiers.count { problems.append("identifiers that are not unique: \(identifiers)") }
    }

    private mutating func tag(_ tag: String) {
        if tag.hasPrefix("!") { return }
        if tag.hasPrefix("/") {
            let name = String(tag.dropFirst())
            if open.popLast() != name { problems.append("</\(name)> closes nothing") }
            return
        }
        let isClosed = tag.hasSuffix("/"), name = String(tag.prefix { $0 != " " && $0 != "/" })
        elements[name, default: 0] += 1
        var rest = tag.dropFirst(name.count).unicodeScalars[...]
        while let start = rest.firstIndex(where: { $0 != " " && $0 != "/" }) {
            guard let equals = rest.firstIndex(of: "="), rest[equals...].dropFirst().first == "\"" else {
                return problems.append("an attribute without quotes: <\(tag)>")
            }
            let begin = rest.index(equals, offsetBy: 2)
            guard let end = rest[begin...].firstIndex(of: "\"") else { return problems.append("an open quote: <\(tag)>") }
            let attribute = String(rest[start..<equals]), value = String(rest[begin..<end])
            attributes.insert(attribute)
            if attribute == "id" { identifiers.append(value) }
            content(value, isText: false)
            rest = rest[rest.index(after: end)...]
        }
        if !isClosed && !Self.void.contains(name) { open.append(name) }
    }

    private mutating func content(_ content: String, isText: Bool = true) {
        if isText { text += content }
        var rest = content.unicodeScalars[...]
        while let ampersand = rest.firstIndex(of: "&") {
            let entity = String(rest[ampersand...].prefix { $0 != ";" })
            if !["&amp", "&lt", "&gt", "&quot", "&#39"].contains(entity) { problems.append("a bare &: \(entity.prefix(20))") }
            rest = rest[rest.index(after: ampersand)...]
        }
        for scalar in content.unicodeScalars where scalar.value < 0x20 && scalar != "\n" && scalar != "\t" {
            problems.append("a control character: \(scalar.value)")
        }
    }
}

/// What a reader of a page sees of `text`.
func unescaped(_ text: String) -> String {
    var text = text
    for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
        text = text.split(separator: entity, omittingEmptySubsequences: false).joined(separator: character)
    }
    return text
}
