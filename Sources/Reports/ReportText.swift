import Mustache

/// How texts stand in a page: everything that HTML reads as markup is escaped, scalar by scalar, in elements and in attributes.
///
/// The library's own escaping goes by characters and so leaves a quotation mark alone that carries a combining mark, which an HTML
/// parser takes for the end of the attribute.
struct ReportText: MustacheContentType {
    static let name = "SEQUITUR"

    func escapeText(_ text: String) -> String { text.escapedForHTML }
}

extension String {
    /// This text for an element's content or a quoted attribute. Control characters and noncharacters, which HTML forbids, and those
    /// that change the direction of what follows, are written as `\u{…}`; a joiner, which emoji and scripts need, stays.
    var escapedForHTML: String {
        var result = ""
        result.reserveCapacity(utf8.count)
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default:
                if scalar.isUnfitForHTML {
                    result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}

extension Unicode.Scalar {
    fileprivate var isUnfitForHTML: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F: true  // controls
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x206F, 0xFEFF, 0xFFF9...0xFFFB: true  // directions, separators
        case 0xE0000...0xE007F: true  // tags: invisible letters
        case 0xFDD0...0xFDEF: true
        default: value & 0xFFFE == 0xFFFE
        }
    }
}
