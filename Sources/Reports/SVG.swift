import SequiturFiles

/// The text of a drawing, put together element by element. Colours are the page's: classes, not values.
struct SVG {
    private var body = ""

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        body +=
            "<line class=\"\(style)\" x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\" y2=\"\(Self.number(y2))\"/>"
    }

    mutating func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, title: String = "") {
        let shape =
            "<rect class=\"\(style)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" height=\"\(Self.number(height))\""
        body += shape + Self.closed("rect", title)
    }

    mutating func circle(_ x: Double, _ y: Double, radius: Double, _ style: String, title: String = "") {
        body += "<circle class=\"\(style)\" cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(radius))\""
        body += Self.closed("circle", title)
    }

    mutating func text(_ x: Double, _ y: Double, _ text: String, anchor: String, _ style: String = "label") {
        body +=
            "<text class=\"\(style)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor)\">\(text.escapedForHTML)</text>"
    }

    /// A line through points; nil is a gap. A point between gaps is a dot.
    mutating func path(_ points: [(x: Double, y: Double)?], _ style: String) {
        var data = "", isOpen = false
        for (index, point) in points.enumerated() {
            guard let point else {
                isOpen = false
                continue
            }
            data += "\(isOpen ? "L" : "M")\(Self.number(point.x)) \(Self.number(point.y))"
            let isLast = index + 1 == points.count || points[index + 1] == nil
            if !isOpen && isLast { data += "h0" }
            isOpen = true
        }
        if !data.isEmpty { body += "<path class=\"\(style)\" d=\"\(data)\"/>" }
    }

    /// The whole drawing.
    ///
    /// - Parameters:
    ///   - id: unique in the page.
    ///   - description: what it shows, for those who cannot see it.
    func element(width: Double, height: Double, id: String, title: String, description: String) -> String {
        """
        <svg viewBox="0 0 \(Self.number(width)) \(Self.number(height))" role="img" aria-labelledby="\(id)-title \(id)-description">\
        <title id="\(id)-title">\(title.escapedForHTML)</title>\
        <desc id="\(id)-description">\(description.escapedForHTML)</desc>\(body)</svg>
        """
    }

    private static func closed(_ name: String, _ title: String) -> String {
        title.isEmpty ? "/>" : "><title>\(title.escapedForHTML)</title></\(name)>"
    }

    /// A coordinate, to a tenth of a unit.
    private static func number(_ value: Double) -> String {
        let text = Quantity.fixed(value, 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
